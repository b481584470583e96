"""The catalogue in words: what docs/scenes.md and `--list` show."""

from collections.abc import Iterable, Sequence

from fake_phones.scenes.catalogue import KINDS
from fake_phones.scenes.parameter import PHONE, OneOf, Parameter

HEAD = ("| parameter | default | limits | what |", "|---|---|---|---|")


def table(names: Sequence[str]) -> str:
    """Of each scene what is seen, what it is good for and not, and its parameters; at last the phone's."""
    return "\n\n".join([*(_scene(name) for name in names), _phone()])


def _scene(name: str) -> str:
    kind = KINDS[name]
    lines = [
        f"### {name}",
        f"{kind.says[0].upper()}{kind.says[1:]}.",
        f"Good for: {kind.good_for}. Not for: {kind.not_for}.",
    ]
    return "\n\n".join([*lines, "\n".join(_rows(kind.own))] if kind.own else lines)


def _phone() -> str:
    return "\n\n".join(["### every scene: the phone and the hand that holds it", "\n".join(_rows(PHONE))])


def _rows(parameters: Iterable[Parameter]) -> list[str]:
    return [*HEAD, *(_row(parameter) for parameter in parameters)]


def _row(parameter: Parameter) -> str:
    default = parameter.default
    shown = str(default).lower() if isinstance(default, bool | str) else f"{default:g}"
    redraws = " (a change draws anew)" if parameter.redraws else ""
    limits = (
        parameter.limits.replace("false or true", "true or false")
        if isinstance(parameter, OneOf)
        else parameter.limits
    )
    return f"| `{parameter.name}` | {shown} | {limits} | {parameter.says}{redraws} |"
