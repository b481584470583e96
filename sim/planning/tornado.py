"""What the answer rests on most: each assumed number at both ends of its range, the others as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from sim.nation import DATA, Nation
from sim.planning.answer import Answer
from sim.reading import BadFile, at, read_toml, validated
from sim.table import Table

RANGES = DATA / "sensitivity.toml"


class Range(Table):
    key: str
    low: float
    high: float
    source: str


class _Ranges(Table):
    ranges: tuple[Range, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Bar:
    """One number: the figures at both ends, less the figures as the nation has it."""

    range: Range
    now: float
    low: dict[str, float]
    high: dict[str, float]

    def width(self, figure: str) -> float:
        return abs(self.high[figure] - self.low[figure])


def load_ranges(nation: Nation, path: Path = RANGES) -> list[Range]:
    """Those of the file. Raises BadFile where a key is no number of this nation, or a range is none."""
    ranges = validated(_Ranges, read_toml(path), path).ranges
    tables = nation.model_dump()
    for n, one in enumerate(ranges):
        where = at(path, ("ranges", n, "key"))
        if not isinstance(_found(tables, one.key), int | float):
            raise BadFile(f"{where}: {one.key!r} is no number of the nation")
        if one.low >= one.high:
            raise BadFile(f"{where}: low is {one.low:g}, not below high, {one.high:g}")
    return list(ranges)


def varied(nation: Nation, key: str, value: float) -> Nation:
    """The nation with another number in this place; the 95th percentile of a wait moves with its median."""
    tables = nation.model_dump()
    parent, _, last = key.rpartition(".")
    table = _found(tables, parent)
    if last == "median":
        table["p95"] *= value / table["median"]
    table[last] = value
    return Nation.model_validate(tables)


def number(nation: Nation, key: str) -> float:
    return float(_found(nation.model_dump(), key))


def figures(answer: Answer) -> dict[str, float]:
    """What a planner decides by, as one number each."""
    shares = {f"in time {row.line}": row.share_in_time.mean for row in answer.lines if row.target}
    video = ("time_to_video_s_p95", "at_once_p999", "sessions_per_week")
    means = {name: answer.video[name].mean for name in video}
    persons = {"resource_persons": float(answer.resource_persons.needed)}
    return {**shares, **means, **persons, "staff_years": answer.cost["staff_years"]}


def less(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {name: value - other[name] for name, value in one.items()}


def longest_first(bars: Sequence[Bar], figure: str) -> list[Bar]:
    return sorted(bars, key=lambda bar: -bar.width(figure))


def _found(tables: Any, key: str) -> Any:
    for part in key.split("."):
        tables = tables.get(part) if isinstance(tables, dict) else None
    return tables
