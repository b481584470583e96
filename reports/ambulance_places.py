"""How soon ambulances are at each place, beside the published times; and how many are there within a time."""

from math import ceil
from statistics import median
from typing import Any

from reports.ambulance_figures import in_minutes, is_sure, points

ENOUGH = 0.985  # a curve is drawn until so many are there
_TICKS = (5, 10, 15, 20, 30, 60)


def places_of(designs: list[dict[str, Any]]) -> dict[str, Any]:
    """The first design's places, the furthest from their goal first; ways are on a scale of 0 to 100."""
    told = [row for row in designs[0]["places"] if row["within_goal"] is not None]
    ends = [row["acute_s_p90"]["mean"] for row in told]
    ends += [row["published"]["p90_s"] for row in told if row["published"]]
    most_min = max(10.0, ceil(max(ends, default=0.0) / 600) * 10.0)
    step = next(tick for tick in _TICKS if most_min / tick <= 6 or tick == _TICKS[-1])
    rows = [_place(row, designs, most_min) for row in told]
    return {
        "rows": sorted(rows, key=lambda row: float(row["within"]["mean"])),
        "without": [row["name"] for row in designs[0]["places"] if row["within_goal"] is None],
        "published": any(row["published"] for row in told),
        "longer": {key: _longer(told, key) for key in ("median", "p90")},
        "ticks": [(round(100 * m / most_min, 2), m) for m in range(0, int(most_min), step)],
        "moved": moved(designs),
        "mixed": len({row["kind"] for row in told}) > 1,
    }


def _place(row: dict[str, Any], designs: list[dict[str, Any]], most_min: float) -> dict[str, Any]:
    def at(s: float) -> float:
        return round(min(100.0, 100 * s / 60 / most_min), 2)

    name, seed = row["name"], row["published"]
    return {
        "name": name,
        "kind": row["kind"],
        "acute": row["acute"],
        "within": row["within_goal"],
        "minutes": [in_minutes(row[f"acute_s_{key}"]["mean"]) for key in ("mean", "median", "p90")],
        "nearest": row["nearest"],
        "far": row["nearest"]["s"] > row["nearest"]["goal_s"],
        "goal_at": at(row["nearest"]["goal_s"]),
        "own_at": [at(row[f"acute_s_{key}"]["mean"]) for key in ("median", "p90")],
        "seed": seed and [in_minutes(seed[f"{key}_s"]) for key in ("mean", "median", "p90")],
        "seed_at": seed and [at(seed[f"{key}_s"]) for key in ("median", "p90")],
        "seed_within": row["published_within_goal"],
        "doubt": row["doubt"],
        "others": [_less(design["places_less_first"].get(name)) for design in designs[1:]],
    }


def _longer(told: list[dict[str, Any]], key: str) -> float:
    """How many times as long as published, at the middle one of the places; 1 without any."""
    both = [(row[f"acute_s_{key}"]["mean"], row["published"]) for row in told if row["published"]]
    return float(median(own_s / published[f"{key}_s"] for own_s, published in both)) if both else 1.0


def _less(less: dict[str, Any] | None) -> dict[str, str]:
    if less is None:
        return {"by": "–", "level": "unsure"}
    if not is_sure(less):
        return {"by": points(less), "level": "unsure"}
    better = less["mean"] > 0
    return {"by": f"{'▲' if better else '▼'} {points(less)}", "level": "better" if better else "worse"}


def moved(designs: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Of each design but the first, at how many places more acute missions are within the goal, and fewer."""
    told = []
    for design in designs[1:]:
        sure = {name: less for name, less in design["places_less_first"].items() if is_sure(less)}
        ends = {"better": max, "worse": min}
        words = []
        for word, furthest in ends.items():
            these = {name: less for name, less in sure.items() if (less["mean"] > 0) == (word == "better")}
            most = ""
            if these:
                name = furthest(these, key=lambda each: float(these[each]["mean"]))
                most = f" (most {name}, {points(these[name])} points)"
            words.append(f"{word} at {len(these)}{most}")
        told.append({"name": design["name"], "words": ", ".join(words)})
    return told


def reached_by(designs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each kind of place a curve for each design: the share of acute missions within so many minutes, in
    a box of 0 to 100 both ways, its top all of them."""
    charts = []
    for goal in designs[0]["goals"]:
        curves = {
            n: curve for n, each in enumerate(designs) if (curve := each["within_min"].get(goal["kind"]))
        }
        most = max(_until(curve) for curve in curves.values())
        most = max(ceil(max(most, goal["within_s"] / 60 + 1) / 5) * 5, 10)
        step = next(tick for tick in _TICKS if most / tick <= 7)
        lines = [
            {"name": designs[n]["name"], "dash": n % 6, "points": _points(curve, most)}
            for n, curve in curves.items()
        ]
        charts.append(
            {
                "kind": goal["kind"],
                "goal_min": goal["within_s"] / 60,
                "goal_at": round(100 * goal["within_s"] / 60 / most, 2),
                "wanted_at": round(100 - 100 * goal["share"], 2),
                "wanted": goal["share"],
                "ticks": [(round(100 * m / most, 2), m) for m in range(0, most, step)],
                "lines": lines,
            }
        )
    return charts


def _until(curve: list[float]) -> int:
    return next((n for n, share in enumerate(curve) if share >= ENOUGH), len(curve) - 1)


def _points(curve: list[float], most: int) -> str:
    return " ".join(
        f"{100 * n / most:.2f},{100 - 100 * share:.2f}" for n, share in enumerate(curve) if n <= most
    )
