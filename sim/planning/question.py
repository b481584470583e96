"""What a planner asks: the `[planning]` table of a scenario. What it leaves out is as the nation has it."""

import re
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, field_validator, model_validator

from sim.moods import week_s
from sim.nation import Line
from sim.reading import dotted
from sim.table import Ratio, Table
from sim.toml_lines import KeyPath

NATION_OF = (
    2024  # the year that the nation's volumes are read as: 113 of 2022, 116117 of 2023, people of 2024
)

YEAR_DAYS = 364  # of whole weeks
Factor = Annotated[float, Field(ge=0)]


class NoAnswer(Exception):
    """The question cannot be answered; the text says why and what to change."""


class WrongKey(NoAnswer):
    """What stands at `keys` of the scenario names or asks for what cannot be; `what` says why."""

    def __init__(self, keys: KeyPath, what: str) -> None:
        self.keys, self.what = ("planning", *keys), what
        super().__init__(f"{dotted(self.keys)}: {what}")


class Merge(Table):
    """Centres that become one: its name, their calls and seats together, no overflow among them."""

    name: str
    centres: tuple[str, ...] = Field(min_length=2)


class BurstOfCalls(Table):
    """An incident: a centre's rate times `factor` at once, which decays with `decay_s`. What is left out is
    as the nation's [incident] has it.
    """

    centre: str
    at_h: Factor  # hours from the beginning, a Monday 00:00
    factor: float | None = Field(None, gt=1)
    decay_s: float | None = Field(None, gt=0)
    duplicates: Ratio | None = None  # share of its calls, after the first, about what is known already
    video_share: Ratio | None = None  # of its other calls


_HOUR = "^([01][0-9]|2[0-3]):00$"


def _whole_hour(moment: str) -> str:
    if not re.match(_HOUR, moment):
        raise ValueError(f"whole hours such as '22:00', got {moment!r}")
    return moment


Hour = Annotated[str, AfterValidator(_whole_hour), Field(json_schema_extra={"pattern": _HOUR})]


class NightRoute(Table):
    """Every day from `from` until `until` the calls of `centres`, or of all of the line with so few seats, go
    to another centre, and theirs are closed.
    """

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    centres: tuple[str, ...] = ()
    seats_up_to: int | None = Field(None, ge=1)
    line: Line = "116117"
    to: str | None = None  # left out: the one with most calls in the health region that stays open
    from_: Hour = Field(alias="from")
    until: Hour

    @model_validator(mode="after")
    def _says_who_and_when(self) -> Self:
        if bool(self.centres) == (self.seats_up_to is not None):
            raise ValueError("say either centres, by name, or seats_up_to, for all of the line with so few")
        if self.from_ == self.until:
            raise ValueError(
                "from and until are the same; a centre that is never open is no centre: merge it"
            )
        return self

    @property
    def hours(self) -> list[int]:
        """Of the week."""
        first, end = (int(moment[:2]) for moment in (self.from_, self.until))
        return [hour for hour in range(168) if (hour - first) % 24 < (end - first) % 24]


class CarrierHours(Table):
    """A carrier in trouble: every week from such a moment as "sat 18:00", or once, at an hour of the plan."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    carrier: str
    from_: str | None = Field(None, alias="from")
    at_h: Factor | None = None  # hours from the beginning, a Monday 00:00
    for_h: float = Field(gt=0, le=168)

    @field_validator("from_")
    @classmethod
    def _is_a_moment(cls, moment: str | None) -> str | None:
        if moment is not None:
            week_s(moment)
        return moment

    @model_validator(mode="after")
    def _begins_once(self) -> Self:
        if (self.from_ is None) == (self.at_h is None):
            raise ValueError('say either from = "sat 18:00", for every week, or at_h, for once')
        return self


class SlowHours(CarrierHours):
    """Each SMS takes `later_s` more."""

    later_s: float = Field(gt=0)


class ThrottledHours(CarrierHours):
    """At each try this share of the SMS is turned away, and tried again after `again_s`."""

    turned_away: float = Field(gt=0, lt=1)
    again_s: float = Field(10.0, gt=0)


class Planning(Table):
    begins: str | None = None  # a day such as "12-15"; the season is that of the days from there on
    season: StrictBool | None = None  # left out: in a plan of a year or more, or that says when it begins
    days: float = Field(365.0, ge=1, le=3660)
    warm_up_days: float = Field(1.0, ge=0)
    replications: int | None = Field(None, ge=2, le=10_000)  # left out: until `precision` is met
    precision: float = Field(0.002, gt=0, lt=1)  # half of the 95 % interval of each line's share in time
    to_year: int = Field(NATION_OF, ge=NATION_OF, le=2100)
    demography: StrictBool = False  # of the year asked about, by the data; growth_per_year comes on top of it
    growth_per_year: dict[Line, Annotated[float, Field(gt=-1, le=1)]] = Field(default_factory=dict)
    volume: dict[Line, Factor] = Field(default_factory=dict)  # times the nation's
    video_share: dict[Line, Ratio] = Field(default_factory=dict)
    seats: dict[str, Annotated[int, Field(ge=1, le=500)]] = Field(default_factory=dict)  # by centre
    seats_more: dict[Line, Annotated[int, Field(ge=-100, le=100)]] = Field(
        default_factory=dict
    )  # at each centre
    triage: dict[Line, str] = Field(default_factory=dict)  # a card of the data; left out: the usual one
    shifts: StrictBool = False  # seats are open as the data's shifts have them, not all round the clock
    resource_persons: int | None = Field(None, ge=1, le=999)  # in the nation; left out: as many as needed
    carriers_out: tuple[str, ...] = ()  # whose subscribers get no SMS, all the time
    carriers_silent: tuple[CarrierHours, ...] = ()  # whose SMS of these hours never come
    carriers_slow: tuple[SlowHours, ...] = ()
    carriers_throttled: tuple[ThrottledHours, ...] = ()
    merges: tuple[Merge, ...] = ()
    night: tuple[NightRoute, ...] = ()
    bursts: tuple[BurstOfCalls, ...] = ()
    trace: str | None = None  # a file of calls beside the scenario, in place of its centres' own
    cost: dict[str, Factor] = Field(
        default_factory=dict
    )  # numbers of the nation's [cost], instead of its own
    seat_fee_paid_by: dict[Line, Annotated[str, Field(min_length=1, max_length=80)]] = Field(
        default_factory=dict
    )
    overflow: StrictBool = True
    other_lines: StrictBool = False  # an AMK's telephone load besides 113, on the same seats

    @field_validator("begins")
    @classmethod
    def _is_a_day(cls, day: str | None) -> str | None:
        if day is not None:
            _day_of_year(day)
        return day

    @property
    def first_day(self) -> int | None:
        """Of the year, 0 is 1 January; none: all days are alike, but for their draws."""
        by_default = self.begins is not None or self.days >= YEAR_DAYS
        if not (by_default if self.season is None else self.season):
            return None
        return 0 if self.begins is None else _day_of_year(self.begins)

    @property
    def ends_h(self) -> float:
        """Hours from the beginning, that of the warm-up."""
        return (self.warm_up_days + self.days) * 24.0

    @property
    def names_centres(self) -> tuple[str, ...]:
        """Those that it merges, gives seats, routes by night by name, or has an incident come to."""
        night = (name for route in self.night for name in (*route.centres, *filter(None, [route.to])))
        merged = (merge.name for merge in self.merges)
        return tuple(dict.fromkeys([*merged, *self.seats, *night, *(burst.centre for burst in self.bursts)]))

    def factor(self, line: Line) -> float:
        """Of the nation's volume on this line."""
        years = self.to_year - NATION_OF
        return self.volume.get(line, 1.0) * (1.0 + self.growth_per_year.get(line, 0.0)) ** years


def _day_of_year(day: str) -> int:
    """Of such as "12-15"; 0 is 1 January. Raises ValueError."""
    try:
        return date.fromisoformat(f"2023-{day}").timetuple().tm_yday - 1
    except ValueError:
        raise ValueError(f'{day!r} is no day of a year of 365 days: say month and day, as "12-15"') from None
