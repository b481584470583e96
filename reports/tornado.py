"""The tornado of a plan's report: for each figure the numbers that move it most, as bars."""

from typing import Any

ROWS = 8
WIDTH, MIDDLE = 300.0, 150.0


def tornado(told: dict[str, Any]) -> list[dict[str, Any]]:
    """By figure, from the `tornado` of a plan.json; what moves nothing that is shown is left out."""
    figures = (_figure(name, value, told["numbers"]) for name, value in told["figures"].items())
    return [figure for figure in figures if figure["rows"]]


def _figure(name: str, value: float, numbers: list[dict[str, Any]]) -> dict[str, Any]:
    def width(one: dict[str, Any]) -> float:
        return abs(float(one["at_high"][name]) - float(one["at_low"][name]))

    def moves(one: dict[str, Any]) -> bool:
        digits = 4 if name.startswith("in time") else 1
        return any(round(one[side][name], digits) for side in ("at_low", "at_high"))

    rows = sorted(filter(moves, numbers), key=width, reverse=True)[:ROWS]
    ends = [abs(one[side][name]) for one in rows for side in ("at_low", "at_high")]
    scale = MIDDLE / max(ends, default=1.0)
    return {
        "name": name.replace("_", " "),
        "value": _shown(name, value),
        "rows": [_row(name, one, scale) for one in rows],
    }


def _row(name: str, one: dict[str, Any], scale: float) -> dict[str, Any]:
    low, high = one["at_low"][name], one["at_high"][name]
    return {
        "key": one["key"].removesuffix(".value"),
        "range": f"{one['low']:g} … {one['now']:g} … {one['high']:g}",
        "low": _bar(low, scale),
        "high": _bar(high, scale),
        "moves": f"{_moved(name, low)} … {_moved(name, high)}",
        "source": one["source"],
    }


def _bar(by: float, scale: float) -> dict[str, float]:
    return {"x": round(MIDDLE + min(0.0, by * scale), 1), "width": round(abs(by) * scale, 1)}


def _shown(name: str, value: float) -> str:
    return f"{value:.2%}" if name.startswith("in time") else f"{value:,.1f}"


def _moved(name: str, by: float) -> str:
    return f"{100 * by:+.2f} pp" if name.startswith("in time") else f"{by:+,.1f}"
