"""What the reports of all kinds of plans share: the template's surroundings, and words for figures."""

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

_HERE = Path(__file__).parent


@cache
def page(name: str) -> jinja2.Template:
    """The template of this name."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["pm"] = with_half
    return made.get_template(f"{name}.html.j2")


def css(*names: str) -> str:
    return "".join((_HERE / f"{name}.css").read_text(encoding="utf-8") for name in names)


def in_words(question: dict[str, Any]) -> dict[str, str]:
    """The question by key, as a person reads it; without what was left empty."""
    return {key: _shown(value) for key, value in question.items() if value not in ({}, [])}


def assumed(plan: dict[str, Any]) -> int:
    """How many of the plan's numbers nobody has published."""
    return sum(one["mark"] == "A" for one in plan["assumptions"])


def with_half(estimate: dict[str, Any], kind: str = "number") -> str:
    """A mean with half of its interval: a share in per cent, else a number with fitting digits."""
    mean, half = estimate["mean"], estimate["half"]
    if kind == "share":
        return f"{mean:.1%}" + ("" if half is None else f" ± {half:.1%}")
    digits = 0 if abs(mean) >= 100 else 1
    return f"{mean:,.{digits}f}" + ("" if not half else f" ± {half:,.{digits}f}")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(part)}" for key, part in value.items())
    if isinstance(value, list):
        return "; ".join(map(_shown, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
