"""What the answer rests on most: each assumed number at both ends of its range, the others as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, get_args

from pydantic import Field

from sim.nation import DATA, Line, Nation
from sim.planning.answer import Answer
from sim.planning.question import BurstOfCalls
from sim.reading import BadFile, at, read_toml, validated
from sim.table import Table

RANGES = DATA / "sensitivity.toml"
AGES = ("under_65", "from_65_to_79", "from_80")
# what a nation may do without, and its ranges with it
_OPTIONAL = ("demography", "incident", "demand.113.months", "demand.116117.months")


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

    def seen(self, figure: str) -> bool:
        """Not 0 at both ends, as it is shown: in hundredths of a per cent, or in tenths."""
        digits = 4 if figure.startswith("in time") else 1
        return any(round(end[figure], digits) for end in (self.low, self.high))

    @property
    def moves(self) -> bool:
        """Some figure, by either end."""
        return any(self.low.values()) or any(self.high.values())


def load_ranges(nation: Nation, path: Path = RANGES) -> list[Range]:
    """Those of the file whose part of the nation is there. Raises BadFile where a key is no number of this
    nation, or a range is none.
    """
    tables = nation.model_dump()
    found = []
    for n, one in enumerate(validated(_Ranges, read_toml(path), path).ranges):
        where = at(path, ("ranges", n, "key"))
        if one.low >= one.high:
            raise BadFile(f"{where}: low is {one.low:g}, not below high, {one.high:g}")
        if any(one.key.startswith(part) and _found(tables, part) is None for part in _OPTIONAL):
            continue
        if _number(tables, one.key) is None:
            raise BadFile(f"{where}: {one.key!r} is no number of the nation")
        found.append(one)
    return found


def varied(nation: Nation, key: str, value: float) -> Nation:
    """The nation with another number in this place. The 95th percentile of a wait moves with its median, and
    the other ages with one whose share of the calls is another. `.swing` and `.growth` are how far a row of
    numbers departs from its mean, and from its first, times what it does; `.times` is of all carriers.
    """
    tables = nation.model_dump()
    parent, _, last = key.rpartition(".")
    table = _found(tables, parent)
    if last == "swing":
        mean = fmean(table["values"])
        table["values"] = [mean + value * (one - mean) for one in table["values"]]
    elif last == "growth":
        above, _, row = parent.rpartition(".")
        _found(tables, above)[row] = [table[0] + value * (one - table[0]) for one in table]
    elif last == "times":
        for carrier in tables["carriers"]:
            carrier[parent.removeprefix("carriers.")] *= value
    else:
        if last == "median":
            table["p95"] *= value / table["median"]
        elif last in AGES:
            table |= {age: table[age] * (1 - value) / (1 - table[last]) for age in AGES}
        table[last] = value
    return Nation.model_validate(tables)


def number(nation: Nation, key: str) -> float:
    """As the nation has it; 1 of a swing, a growth or times. Raises KeyError."""
    found = _number(nation.model_dump(), key)
    if found is None:
        raise KeyError(key)
    return found


def figures(answer: Answer, bursts: Sequence[BurstOfCalls] = ()) -> dict[str, float]:
    """What a planner decides by, as one number each; of incidents and their centres, too."""
    hit = {burst.centre for burst in bursts}
    shares = {f"in time {row.line}": row.share_in_time.mean for row in answer.lines if row.target}
    rows = (*answer.centres, *answer.incidents)
    there = (row for row in rows if row.name.split(", ")[0] in hit and row.line in get_args(Line))
    shares |= {f"in time {row.name}": row.share_in_time.mean for row in there}
    video = ("time_to_video_s_p95", "at_once_p999", "sessions_per_week")
    means = {name: answer.video[name].mean for name in video}
    persons = {"resource_persons": float(answer.resource_persons.needed)}
    return {**shares, **means, **persons, "staff_years": answer.cost["staff_years"]}


def less(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {name: value - other[name] for name, value in one.items()}


def longest_first(bars: Sequence[Bar], figure: str) -> list[Bar]:
    return sorted(bars, key=lambda bar: -bar.width(figure))


def _number(tables: Any, key: str) -> float | None:
    parent, _, last = key.rpartition(".")
    if last == "times":
        column = [one.get(parent.removeprefix("carriers.")) for one in tables["carriers"]]
        return 1.0 if all(isinstance(one, int | float) for one in column) else None
    if last in ("swing", "growth"):
        row = _found(tables, f"{parent}.values" if last == "swing" else parent)
        return 1.0 if isinstance(row, list | tuple) else None
    found = _found(tables, key)
    return float(found) if isinstance(found, int | float) else None


def _found(tables: Any, key: str) -> Any:
    for part in key.split("."):
        tables = tables.get(part) if isinstance(tables, dict) else None
    return tables
