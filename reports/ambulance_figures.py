"""An ambulance plan's figures as a planner reads them: minutes and shares, and what is surely better."""

from typing import Any

# a design is better with more (+1) or with less (-1) of it; 0: neither is better
_GROUPS = {
    "Response times, minutes": {
        "acute_s_mean": ("acute, mean", -1),
        "acute_s_median": ("acute, median", -1),
        "acute_s_p90": ("acute, 90th percentile", -1),
        "first_help_s_mean": ("acute, until the first help of any kind, mean", -1),
        "urgent_s_mean": ("urgent, mean", -1),
        "ordinary_s_mean": ("ordinary, mean", -1),
        "planned_s_mean": ("booked transports, mean", -1),
    },
    "Within the goal": {
        "acute_within_goal": ("acute missions, all places", 1),
        "acute_within_goal_urban": ("acute missions, urban places", 1),
        "acute_within_goal_rural": ("acute missions, rural places", 1),
        "acute_need_within_goal": ("patients in acute need, whatever was told", 1),
    },
    "The crews' work": {
        "missions": ("missions", 0),
        "passed_on": ("passed on to a neighbouring area", 0),
        "moves": ("moves to another station", 0),
        "ambulance_utilisation": ("ambulances busy, of their time on duty", 0),
    },
}
_KINDS = ("urban", "rural")


def table_of(designs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By group a row for each figure: the first design's, and each other's difference to it."""
    first = designs[0]["figures"]
    groups = []
    for title, names in _GROUPS.items():
        rows = [
            {
                "title": word,
                "first": cell(name, first[name]),
                "others": [_against(name, design, better) for design in designs[1:]],
            }
            for name, (word, better) in names.items()
            if name in first and not _says_nothing(name, designs)
        ]
        groups.append({"title": title, "rows": rows})
    return [group for group in groups if group["rows"]]


def cell(name: str, estimate: dict[str, Any]) -> str:
    """A figure with half of its interval."""
    half = estimate["half"]
    return _number(name, estimate["mean"]) + ("" if not half else f" ± {_number(name, half)}")


def points(estimate: dict[str, Any]) -> str:
    """A difference of shares, with half of its interval."""
    mean, half = 100 * estimate["mean"], estimate["half"]
    return _minus(f"{mean:+.1f}") + ("" if half is None else f" ± {100 * half:.1f}")


def is_sure(estimate: dict[str, Any]) -> bool:
    """Whether a difference is there, by its 95 % interval."""
    return estimate["half"] is not None and abs(estimate["mean"]) > estimate["half"]


def in_minutes(s: float | None) -> str:
    return "–" if s is None else f"{s / 60:.1f}"


def _says_nothing(name: str, designs: list[dict[str, Any]]) -> bool:
    """What no design has, or what says the same as another row: one kind of place, no first responder."""
    every = [design["figures"] for design in designs]
    if all(figures[name]["mean"] == 0 for figures in every):
        return True
    if name == "first_help_s_mean":
        return all(figures[name] == figures["acute_s_mean"] for figures in every)
    only = [kind for kind in _KINDS if f"acute_within_goal_{kind}" in every[0]]
    return len(only) == 1 and name == f"acute_within_goal_{only[0]}"


def _against(name: str, design: dict[str, Any], better: int) -> dict[str, str]:
    """What the design has more or less of it, pair by pair."""
    mean, half = design["less_first"][name]["mean"], design["less_first"][name]["half"]
    is_now = _number(name, design["figures"][name]["mean"])
    if mean == 0 and not half:
        return {"is_now": is_now, "by": "the same", "word": "", "level": "same"}
    by = f"{_number(name, mean, '+', by=True)}" + (
        "" if half is None else f" ± {_number(name, half, by=True)}"
    )
    if not is_sure(design["less_first"][name]):
        return {"is_now": is_now, "by": by, "word": "not sure", "level": "unsure"}
    if better == 0:
        return {"is_now": is_now, "by": by, "word": "more" if mean > 0 else "less", "level": "sure"}
    level = "better" if mean * better > 0 else "worse"
    return {
        "is_now": is_now,
        "by": by,
        "word": f"{'▲' if level == 'better' else '▼'} {level}",
        "level": level,
    }


def _number(name: str, value: float, sign: str = "", by: bool = False) -> str:
    if "_s_" in name:
        return _minus(f"{value / 60:{sign}.2f}")
    if "within" in name or "utilisation" in name:
        return _minus(f"{100 * value:{sign}.1f}") + ("" if by else " %")
    return _minus(f"{value:{sign},.0f}")


def _minus(number: str) -> str:
    """With a sign that is as wide as a plus."""
    return number.replace("-", "−")
