"""What a plan tells of an area's days: places, stations, vehicles, and what video changed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.planning.ambulance.area import Area
from sim.planning.ambulance.demand import DAY_S, HOUR_S, Calls, Demand
from sim.planning.ambulance.fleet import Vehicle, fleet_of
from sim.planning.ambulance.ledger import Ledger
from sim.planning.ambulance.triage import Confusion, confusion, misjudged
from sim.planning.ambulance.urgency import RESPONSES, Urgency

Column = npt.NDArray[np.float64]
MINUTES = np.arange(61)


@dataclass(frozen=True)
class Responses:
    """Times from the call to the ambulance at the patient; None where there was none."""

    missions: int
    mean_s: float | None
    median_s: float | None
    p90_s: float | None

    @classmethod
    def of(cls, times_s: npt.NDArray[np.float64]) -> "Responses":
        if not len(times_s):
            return cls(0, None, None, None)
        median_s, p90_s = np.quantile(times_s, [0.5, 0.9])
        return cls(len(times_s), float(times_s.mean()), float(median_s), float(p90_s))


@dataclass(frozen=True)
class PlaceYear:
    """`acute` are the acute missions' times; the goal is the place's, and judged on them alone."""

    name: str
    kind: str
    calls: int
    missions: int
    acute: Responses
    goal_s: float
    within_goal: float | None


@dataclass(frozen=True)
class StationYear:
    """Vehicle-hours: activity from dispatch until free again; standby is on duty and not on a mission; stood
    is what any vehicle, this station's or another's, stood by here."""

    name: str
    missions: int
    activity_h: float
    standby_h: float
    stood_h: float


@dataclass(frozen=True)
class VehicleYear:
    station: str
    kind: str
    missions: int
    on_duty_h: float
    busy_h: float
    overtime_h: float  # of the busy hours, those outside its shifts

    @property
    def utilisation(self) -> float:
        """Busy share of its hours on duty."""
        return (self.busy_h - self.overtime_h) / self.on_duty_h if self.on_duty_h else 0.0


@dataclass(frozen=True)
class Told:
    """Which policy on which draws."""

    policy: str
    seed: int
    replication: int


@dataclass(frozen=True)
class AreaYear:
    """`days` days after the warm-up. Calls include those that end without a mission; booked transports are
    missions, not calls."""

    title: str
    told_of: Told
    days: int
    calls: int
    videos: int
    raised: int
    lowered: int  # sent with less urgency
    spared: int  # nobody sent
    passed_on: int  # to a neighbouring area
    moves: int  # of ambulances, by the policy
    told: Confusion  # found by telephone
    sent: Confusion  # found in the end: where video changed it, as seen
    by_urgency: dict[str, Responses]
    help_s_mean: float | None  # acute missions, until the first of ambulance and first responder
    # of patients in acute need, whatever was told; with none sent from this area it is missed
    acute_need_within_goal: float | None
    acute_within_min: dict[str, tuple[float, ...]]  # by kind of place: the share within 0, 1, … minutes
    places: tuple[PlaceYear, ...]
    stations: tuple[StationYear, ...]
    vehicles: tuple[VehicleYear, ...]

    def within_goal(self, kind: str = "") -> float | None:
        """The share of acute missions within their goal, over the urban or the rural places, or all."""
        told = [(p.acute.missions, p.within_goal) for p in self.places if kind in ("", p.kind)]
        number = sum(missions for missions, _ in told)
        return sum(n * share for n, share in told if share is not None) / number if number else None

    def figures(self) -> dict[str, float]:
        """The numbers to compare designs by; what there is none of is left out."""
        acute, ambulances = self.by_urgency["acute"], [v for v in self.vehicles if v.kind == "ambulance"]
        duty_h = sum(v.on_duty_h for v in ambulances)
        told: dict[str, float | None] = {
            "missions": sum(each.missions for each in self.by_urgency.values()),
            "videos": self.videos,
            "raised": self.raised,
            "lowered": self.lowered,
            "spared": self.spared,
            "sent_too_little": misjudged(self.sent, too_little=True),
            "sent_too_much": misjudged(self.sent, too_little=False),
            "passed_on": self.passed_on,
            "moves": self.moves,
            "acute_s_mean": acute.mean_s,
            "acute_s_median": acute.median_s,
            "acute_s_p90": acute.p90_s,
            "acute_within_goal": self.within_goal(),
            "acute_within_goal_urban": self.within_goal("urban"),
            "acute_within_goal_rural": self.within_goal("rural"),
            "acute_need_within_goal": self.acute_need_within_goal,
            "first_help_s_mean": self.help_s_mean,
            "urgent_s_mean": self.by_urgency["urgent"].mean_s,
            "ordinary_s_mean": self.by_urgency["ordinary"].mean_s,
            "planned_s_mean": self.by_urgency["planned"].mean_s,
            "ambulance_utilisation": sum(v.utilisation * v.on_duty_h for v in ambulances) / duty_h
            if duty_h
            else None,
        }
        return {name: float(value) for name, value in told.items() if value is not None}


@dataclass(frozen=True)
class Window:
    """The days that count: from the end of the warm-up."""

    begin_s: float
    end_s: float

    def clipped(self, begin_s: Column, end_s: Column) -> tuple[Column, Column]:
        """What of these spells lies inside; one outside becomes empty."""
        begin = np.clip(begin_s, self.begin_s, self.end_s)
        return begin, np.maximum(begin, np.clip(end_s, self.begin_s, self.end_s))


def year_of(
    area: Area, demand: Demand, calls: Calls, ledger: Ledger, window: Window, told_of: Told
) -> AreaYear:
    """The ledger's calls within the window, told."""
    counted = calls.at_s >= window.begin_s
    booked = calls.told == Urgency.PLANNED
    sent = counted & (ledger.vehicle >= 0)
    response_s = ledger.arrived_s - calls.at_s
    acute = sent & (calls.urgency == Urgency.ACUTE)
    fleet = fleet_of(area)
    vehicles = _vehicles(area, fleet, ledger, window)
    goal_s = np.array([demand.goals_s[place.kind] for place in area.places])[calls.place]
    needed = counted & (calls.need == Urgency.ACUTE)
    with np.errstate(invalid="ignore"):
        in_time = response_s <= goal_s  # nan, nobody sent, is not
    return AreaYear(
        title=area.title,
        told_of=told_of,
        days=round((window.end_s - window.begin_s) / DAY_S),
        calls=int((counted & ~booked).sum()),
        videos=int((counted & calls.video).sum()),
        raised=int((counted & (calls.urgency < calls.told)).sum()),
        lowered=int((counted & (calls.urgency > calls.told) & (calls.urgency != Urgency.NONE)).sum()),
        spared=int((counted & (calls.urgency > calls.told) & (calls.urgency == Urgency.NONE)).sum()),
        passed_on=int((counted & ledger.passed_on).sum()),
        moves=sum(window.begin_s <= at_s < window.end_s for at_s in ledger.moves_s),
        told=confusion(calls.told[counted & ~booked], calls.need[counted & ~booked]),
        sent=confusion(calls.urgency[counted & ~booked], calls.need[counted & ~booked]),
        by_urgency={
            name: Responses.of(response_s[sent & (calls.urgency == Urgency[name.upper()])])
            for name in RESPONSES
        },
        help_s_mean=float((ledger.helped_s - calls.at_s)[acute].mean()) if acute.any() else None,
        acute_need_within_goal=float(in_time[needed].mean()) if needed.any() else None,
        acute_within_min=_within_min(area, calls.place[acute], response_s[acute]),
        places=tuple(
            PlaceYear(
                name=place.name,
                kind=place.kind,
                calls=int((counted & ~booked & (calls.place == index)).sum()),
                missions=int((sent & (calls.place == index)).sum()),
                acute=Responses.of(response_s[(here := acute & (calls.place == index))]),
                goal_s=demand.goals_s[place.kind],
                within_goal=float(in_time[here].mean()) if here.any() else None,
            )
            for index, place in enumerate(area.places)
        ),
        stations=_stations(area, fleet, vehicles, ledger, window),
        vehicles=vehicles,
    )


def _within_min(area: Area, place: npt.NDArray[np.int64], times_s: Column) -> dict[str, tuple[float, ...]]:
    kinds = np.array([each.kind for each in area.places])[place]
    own = {str(kind): np.sort(times_s[kinds == kind]) for kind in np.unique(kinds)}
    return {
        kind: tuple(np.searchsorted(times, MINUTES * 60.0, side="right") / len(times))
        for kind, times in own.items()
    }


def _vehicles(area: Area, fleet: list[Vehicle], ledger: Ledger, window: Window) -> tuple[VehicleYear, ...]:
    jobs = np.array(ledger.jobs, float).reshape(-1, 4)
    begin_s, end_s = window.clipped(jobs[:, 2], jobs[:, 3])
    counted = jobs[:, 2] >= window.begin_s
    told = []
    for vehicle in fleet:
        own = jobs[:, 0] == vehicle.number
        busy_h = float((end_s - begin_s)[own].sum()) / HOUR_S
        duty_h = _duty_h(vehicle, np.array([window.begin_s, window.end_s]))
        on_duty_busy_h = (_duty_h(vehicle, end_s[own]) - _duty_h(vehicle, begin_s[own])).sum()
        told.append(
            VehicleYear(
                station=area.stations[vehicle.station].name,
                kind=vehicle.kind,
                missions=int((own & counted).sum()),
                on_duty_h=float(duty_h[1] - duty_h[0]),
                busy_h=busy_h,
                overtime_h=max(0.0, busy_h - float(on_duty_busy_h)),
            )
        )
    return tuple(told)


def _duty_h(vehicle: Vehicle, at_s: Column) -> Column:
    """Its hours on duty up to these times."""
    week = np.concatenate([[0.0], np.cumsum([each is not None for each in vehicle.week])])
    weeks, hour = np.divmod(at_s / HOUR_S, 168)
    return np.asarray(weeks * week[-1] + np.interp(hour, np.arange(169), week), np.float64)


def _stations(
    area: Area, fleet: list[Vehicle], vehicles: tuple[VehicleYear, ...], ledger: Ledger, window: Window
) -> tuple[StationYear, ...]:
    stood = np.array(ledger.stood, float).reshape(-1, 3)
    begin_s, end_s = window.clipped(stood[:, 1], stood[:, 2])
    told = []
    for index, station in enumerate(area.stations):
        own = [year for vehicle, year in zip(fleet, vehicles, strict=True) if vehicle.station == index]
        told.append(
            StationYear(
                name=station.name,
                missions=sum(v.missions for v in own),
                activity_h=sum(v.busy_h for v in own),
                standby_h=sum(v.on_duty_h - v.busy_h + v.overtime_h for v in own),
                stood_h=float((end_s - begin_s)[stood[:, 0] == index].sum()) / HOUR_S,
            )
        )
    return tuple(told)
