"""What is set about a caller's scene, and what an operator tells him to do about it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.call import Value
from sim.reading import BadFile, at
from sim.table import Seconds, Table

if TYPE_CHECKING:
    from sim.call_table import AnyCalls

REACTS = "live"  # the only phone whose picture can change while it films


class GuidanceSpec(Table):
    """After the first picture, `at_s`: the caller is told to bring a parameter of his scene to this value."""

    at_s: Seconds
    parameter: str
    value: Value


def check_guidance(call: "AnyCalls", path: Path, keys: Sequence[str | int]) -> None:
    """Raises BadFile with file, line, key and remedy; `keys` lead to the call."""
    guides = call.operator.guides
    for scene in call.caller.filmed:
        _check(scene, call.caller.parameters, path, (*keys, "caller", "parameters"))
        for n, told in enumerate(guides):
            _check(scene, {told.parameter: told.value}, path, (*keys, "operator", "guides", n))
    if guides and call.caller.phone != REACTS:
        where = at(path, (*keys, "operator", "guides"))
        raise BadFile(f'{where}: not with phone = "{call.caller.phone}"; it goes with "{REACTS}"')


def _check(scene: str, values: Mapping[str, Value], path: Path, keys: tuple[str | int, ...]) -> None:
    if not values:
        return
    from sim.models.scene import check  # the models need scenarios

    try:
        check(scene, values)
    except ValueError as error:
        raise BadFile(f"{at(path, keys)}: {error}") from None
