"""An ambulance area as data: places, roads, stations with vehicles and shifts, hospitals, steps of a mission.

Distances are kilometres, times seconds, hours hours of the day. Every number's source stands beside it or in
`[sources]` under "table.key".
"""

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from sim.nation import DATA
from sim.planning.ambulance.kinds import Duty, Kind, PlaceKind
from sim.planning.ambulance.lasting import Amount, Lasting
from sim.planning.ambulance.urgency import RESPONSES, ResponseName, UrgencyName
from sim.reading import BadFile, nearest, read_toml, validated
from sim.table import Positive, Ratio, Seconds, Table

AREAS = DATA / "ambulance"
NO_AREAS = ("response-times", "triage")
Km = Annotated[float, Field(allow_inf_nan=False)]
Hours = tuple[Annotated[int, Field(ge=0, le=24)], Annotated[int, Field(ge=0, le=24)]]


class Shift(Table):
    """The hours of a vehicle's crew; outside them it is not sent."""

    at_station: tuple[Hours, ...] = ()
    on_call: tuple[Hours, ...] = ()
    days: tuple[Annotated[int, Field(ge=0, le=6)], ...] = tuple(range(7))  # Monday is 0

    @model_validator(mode="after")
    def _hours_hold(self) -> Self:
        spans = sorted([*self.at_station, *self.on_call])
        for begin, end in spans:
            if begin >= end:
                raise ValueError(f"hours {begin} to {end} do not rise; split at midnight: [[19, 24], [0, 7]]")
        for (_, end), (begin, _) in pairwise(spans):
            if begin < end:
                raise ValueError(f"two of the hours overlap at {begin}; each hour has one duty")
        return self

    def week(self) -> tuple[Duty | None, ...]:
        """The duty of each of the 168 hours, Monday 00 first."""
        return tuple(self._duty(hour // 24, hour % 24) for hour in range(168))

    def _duty(self, day: int, hour: int) -> Duty | None:
        if day not in self.days:
            return None
        if any(begin <= hour < end for begin, end in self.at_station):
            return "at_station"
        return "on_call" if any(begin <= hour < end for begin, end in self.on_call) else None


class Place(Table):
    """Where people call from. `days` is its own week, Monday first, mean 1; without it the nation's. `hours`,
    of the day, multiply the nation's; only their proportions count."""

    name: str
    km: tuple[Km, Km]
    kind: PlaceKind
    inhabitants: int = Field(ge=0)
    local_s: Seconds  # from the middle of the place to the patient
    days: tuple[Amount, ...] = ()
    hours: tuple[Amount, ...] = ()

    @model_validator(mode="after")
    def _week_has_seven_days(self) -> Self:
        if len(self.days) not in (0, 7):
            raise ValueError(
                f"days of {self.name} has {len(self.days)} numbers; give 7, Monday first, or none"
            )
        if len(self.hours) not in (0, 24) or (self.hours and not any(self.hours)):
            raise ValueError(f"hours of {self.name} need 24 numbers, midnight first, and not all 0; or none")
        return self


class Hospital(Table):
    name: str
    km: tuple[Km, Km]


class Crew(Table):
    """`number` vehicles of one kind that work the same shift."""

    kind: Kind
    shift: str
    number: int = Field(1, ge=0)


class Station(Table):
    name: str
    km: tuple[Km, Km]
    crews: tuple[Crew, ...] = ()


class Roads(Table):
    """A speed per kind of place with a detour, or a matrix of minutes between all nodes of the area.

    Half of a way is driven at the speed of each end; stations and hospitals count as rural.
    """

    speed_km_h: dict[PlaceKind, Positive] = Field(default_factory=dict)
    detour: float = Field(1.0, ge=1)
    minutes: dict[str, dict[str, Seconds]] = Field(default_factory=dict)
    source: str

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if bool(self.minutes) == bool(self.speed_km_h):
            raise ValueError("give speed_km_h for urban and rural, or a matrix of minutes; one of them")
        if self.speed_km_h and len(self.speed_km_h) < 2:
            raise ValueError("speed_km_h needs both urban and rural")
        return self


class Response(Table):
    """What an urgency gets: who may go, how soon the centre alarms, how fast they drive, what comes after."""

    kinds: tuple[Kind, ...] = Field(min_length=1)
    first_responder: bool = False
    reserve: int = Field(0, ge=0)  # so many ambulances stay free when one is sent
    alarm: Lasting
    drive_factor: Positive  # of the road time: below 1 with lights and siren
    source: str


class Care(Table):
    """What a patient's need takes, whatever was told on the telephone."""

    scene: Lasting
    transported: Ratio
    source: str


class Allocation(Table):
    """The numbers of the policies that come with the lab."""

    busy: Ratio  # the share of time an ambulance is not free
    looks_ahead_h: int = Field(ge=1, le=168)
    source: str


class Area(Table):
    """An area that one centre dispatches for."""

    title: str
    sources: dict[str, str]
    contacts_per_1000: Amount  # calls in which an ambulance is considered, a year
    planned_per_1000: Amount  # booked transports, a year
    planned_week: tuple[Amount, ...] = Field(
        min_length=24, max_length=24
    )  # weekday hours, mean of the week 1
    drive_sigma: Amount  # of a lognormal factor on each way, median 1
    warm_up_days: int = Field(ge=0)
    when_none_is_free: Literal["wait", "neighbour"]
    first_responder_within_s: Seconds
    allocation: Allocation
    chute: dict[Duty, Lasting]
    handover: Lasting
    roads: Roads
    shifts: dict[str, Shift]
    responses: dict[ResponseName, Response]
    care: dict[UrgencyName, Care]
    places: tuple[Place, ...] = Field(min_length=1)
    hospitals: tuple[Hospital, ...] = Field(min_length=1)
    stations: tuple[Station, ...] = Field(min_length=1)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The names of places, stations and hospitals, in this order: the order of the road times."""
        named: tuple[Place | Station | Hospital, ...] = (*self.places, *self.stations, *self.hospitals)
        return tuple(each.name for each in named)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for station in self.stations:
            for crew in station.crews:
                if crew.shift not in self.shifts:
                    hint = nearest(crew.shift, self.shifts)
                    raise ValueError(f"{station.name}: shift {crew.shift!r} is not there; {hint}")
        names = self.nodes
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise ValueError(f"{twice[0]!r} is there twice; places, stations and hospitals share their names")
        for name in (*self.roads.minutes, *(to for row in self.roads.minutes.values() for to in row)):
            if name not in names:
                raise ValueError(
                    f"roads.minutes: {name!r} is no place, station or hospital; {nearest(name, names)}"
                )
        for name in names if self.roads.minutes else ():
            gone = [other for other in names if other not in self.roads.minutes.get(name, {})]
            if gone:
                raise ValueError(f"roads.minutes has no way from {name!r} to {gone[0]!r}; give all of them")
        gone = [need for need in get_args(UrgencyName) if need not in self.care]
        if gone:
            raise ValueError(f"care needs a table for {gone[0]!r}")
        return self._every_call_gets_somebody()

    def _every_call_gets_somebody(self) -> Self:
        on_duty: dict[Kind, int] = {}
        for crew in (crew for station in self.stations for crew in station.crews):
            if any(self.shifts[crew.shift].week()):
                on_duty[crew.kind] = on_duty.get(crew.kind, 0) + crew.number
        for urgency in RESPONSES:
            if urgency not in self.responses:
                raise ValueError(f"responses needs a table for {urgency!r}")
            response = self.responses[urgency]
            able = [
                kind
                for kind in response.kinds
                if on_duty.get(kind, 0) > (response.reserve if kind == "ambulance" else 0)
            ]
            if not able:
                raise ValueError(
                    f"no vehicle could ever go to an {urgency} mission: add a crew of "
                    f"{' or '.join(response.kinds)} with hours, or lower the reserve"
                )
        return self

    def with_crews(self, station: str, kind: Kind, shift: str, number: int) -> "Area":
        """The same area with so many more vehicles at a station. Raises ValueError."""
        if station not in [each.name for each in self.stations]:
            raise ValueError(f"no station {station!r}; {nearest(station, [s.name for s in self.stations])}")
        more = Crew(kind=kind, shift=shift, number=number)
        stations = [
            {**each.model_dump(), "crews": (*each.crews, more)} if each.name == station else each.model_dump()
            for each in self.stations
        ]
        return Area.model_validate({**self.model_dump(), "stations": stations})


def shipped_areas() -> list[str]:
    """The names of the areas that come with the lab, all of them invented."""
    return sorted(path.stem for path in AREAS.glob("*.toml") if path.stem not in NO_AREAS)


def load_area(name: str = "midt-norge", beside: Path = AREAS) -> Area:
    """The shipped area of this name, or the one in a file (relative to `beside`). Raises BadFile.

    With `like` it has of another area, shipped or beside it, every table that it does not give itself.
    """
    path = _path(name, beside)
    tables = read_toml(path)
    like = tables.pop("like", None)
    if like is not None:
        base = read_toml(_path(str(like), path.parent))
        sources = {**base.get("sources", {}), **tables.get("sources", {})}
        tables = {**base, **tables, "sources": sources}
    return validated(Area, tables, path)


def _path(name: str, beside: Path) -> Path:
    path = AREAS / f"{name}.toml" if name in shipped_areas() else beside / name
    if not path.is_file():
        raise BadFile(f"{path}: no such file, nor a shipped area; {nearest(name, shipped_areas())}")
    return path
