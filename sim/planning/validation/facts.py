"""The published figures that the planner is held against: scenarios/data/validation.toml."""

from pathlib import Path

from pydantic import Field

from sim.nation import DATA
from sim.reading import read_toml, validated
from sim.table import Number, Ratio, Table

FACTS = DATA / "validation.toml"


class Range(Table):
    low: float
    high: float
    source: str

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


class Shift(Table):
    """From one hour of the day up to another."""

    begins_h: int = Field(ge=0, le=23)
    ends_h: int = Field(ge=1, le=24)
    source: str


class Raknes(Table):
    operators_day: Number
    operators_night: Number
    more_day: Number
    more_night: Number
    centres: Number
    small: Number
    small_centres: Number
    inhabitants: Number
    catchment_sigma: Number
    contacts_per_inhabitant: Range
    handling_s: Range
    day: Shift
    day_and_evening: Shift
    night: Shift
    tolerance: Number


class Oslo(Table):
    within_10_s: Number
    within_30_s: Number
    within_60_s: Number
    longest_s: Number
    seats: Number
    other_work_s: Number
    other_work_s_range: Range
    tolerance: Number
    longest_tolerance: Number
    mean_s_2023: Number


class Amk2013(Table):
    within_10_s: Number
    within_20_s: Number


class Band(Table):
    """So many centres with a share of calls in time from `low` up to `high`."""

    name: str
    low: Ratio
    high: Ratio
    centres: int
    source: str


class Lv(Table):
    within_2_min: Number
    centres: Number
    calls_per_year: Number
    bands: tuple[Band, ...]
    oslo: Number
    misplaced: Number


class SeenVideo(Table):
    seen: Number
    seen_range: Range


class Facts(Table):
    title: str
    raknes: Raknes
    oslo: Oslo
    amk_2013: Amk2013
    lv: Lv
    video: SeenVideo


def load_facts(path: Path = FACTS) -> Facts:
    """Raises BadFile."""
    return validated(Facts, read_toml(path), path)
