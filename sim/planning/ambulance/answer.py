"""What one design's years say of places, stations and kinds of vehicle, each figure over the replications."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from sim.nation import Nation
from sim.planning.ambulance.comparison import Design, Years
from sim.planning.ambulance.goals import Reach, goals_of, reaches
from sim.planning.ambulance.response_times import Mixture, place_mixtures, published
from sim.planning.ambulance.triage import Confusion
from sim.planning.ambulance.urgency import TOLD
from sim.planning.estimate import Estimate

R = TypeVar("R")


@dataclass(frozen=True)
class PlaceRow:
    """`acute_…` is of acute missions, None where a replication had none. `published` is the mixture that
    reproduces the seed's row of the same name, and what it has within the place's goal; None: the seed has
    none. `doubt` is of that row."""

    name: str
    kind: str
    calls: Estimate
    acute: Estimate
    acute_s_mean: Estimate | None
    acute_s_median: Estimate | None
    acute_s_p90: Estimate | None
    within_goal: Estimate | None
    nearest: Reach
    published: Mixture | None
    published_within_goal: float | None
    doubt: str


@dataclass(frozen=True)
class StationRow:
    """Vehicle-hours, as in `StationYear`."""

    name: str
    missions: Estimate
    activity_h: Estimate
    standby_h: Estimate
    stood_h: Estimate


@dataclass(frozen=True)
class KindRow:
    """All vehicles of a kind."""

    kind: str
    vehicles: int
    missions: Estimate
    utilisation: Estimate
    overtime_h: Estimate


def _over(rows: Sequence[R], figure: Callable[[R], float]) -> Estimate:
    return Estimate(tuple(figure(row) for row in rows))


def _if_any(numbers: Sequence[float | None]) -> Estimate | None:
    there = tuple(number for number in numbers if number is not None)
    return Estimate(there) if len(there) == len(numbers) else None


def place_rows(design: Design, years: Years) -> list[PlaceRow]:
    mixtures, found = place_mixtures(), []
    doubts = {place.name: place.doubt for place in published().places}
    for n, reach in enumerate(reaches(design.area, design.demand)):
        rows = [year.places[n] for year in years]
        mixture = mixtures.get(rows[0].name)
        found.append(
            PlaceRow(
                name=rows[0].name,
                kind=rows[0].kind,
                calls=_over(rows, lambda row: row.calls),
                acute=_over(rows, lambda row: row.acute.missions),
                acute_s_mean=_if_any([row.acute.mean_s for row in rows]),
                acute_s_median=_if_any([row.acute.median_s for row in rows]),
                acute_s_p90=_if_any([row.acute.p90_s for row in rows]),
                within_goal=_if_any([row.within_goal for row in rows]),
                nearest=reach,
                published=mixture,
                published_within_goal=None if mixture is None else mixture.share_within(reach.goal_s),
                doubt=doubts.get(rows[0].name, ""),
            )
        )
    return found


def station_rows(years: Years) -> list[StationRow]:
    return [
        StationRow(
            name=rows[0].name,
            missions=_over(rows, lambda row: row.missions),
            activity_h=_over(rows, lambda row: row.activity_h),
            standby_h=_over(rows, lambda row: row.standby_h),
            stood_h=_over(rows, lambda row: row.stood_h),
        )
        for rows in zip(*(year.stations for year in years), strict=True)
    ]


def kind_rows(years: Years) -> list[KindRow]:
    found = []
    for kind in dict.fromkeys(vehicle.kind for vehicle in years[0].vehicles):
        fleets = [[v for v in year.vehicles if v.kind == kind] for year in years]
        found.append(
            KindRow(
                kind=kind,
                vehicles=len(fleets[0]),
                missions=_over(fleets, lambda fleet: sum(v.missions for v in fleet)),
                utilisation=_over(
                    fleets,
                    lambda fleet: (
                        sum(v.busy_h - v.overtime_h for v in fleet) / (sum(v.on_duty_h for v in fleet) or 1.0)
                    ),
                ),
                overtime_h=_over(fleets, lambda fleet: sum(v.overtime_h for v in fleet)),
            )
        )
    return found


def within_min(years: Years) -> dict[str, list[float]]:
    """By kind of place the share of acute missions within 0, 1, … minutes, the mean over replications."""
    kinds = dict.fromkeys(kind for year in years for kind in year.acute_within_min)
    told = {kind: [w[kind] for year in years if kind in (w := year.acute_within_min)] for kind in kinds}
    return {kind: [sum(at) / len(at) for at in zip(*rows, strict=True)] for kind, rows in told.items()}


def mean_calls(counted: Sequence[Confusion]) -> dict[str, dict[str, float]]:
    """The mean over replications."""
    return {
        found: {need: sum(each[found][need] for each in counted) / len(counted) for need in TOLD}
        for found in TOLD
    }


def as_json(row: Any) -> Any:
    """A row, or one of its figures, for programs."""
    if isinstance(row, Estimate):
        return row.as_json()
    if isinstance(row, Mixture):
        mean_s, median_s, p90_s = row.figures_s
        return {"mean_s": mean_s, "median_s": median_s, "p90_s": p90_s}
    if hasattr(row, "__dataclass_fields__"):
        return {field.name: as_json(getattr(row, field.name)) for field in fields(row)}
    return [as_json(each) for each in row] if isinstance(row, tuple) else row


def in_full(nation: Nation, design: Design, years: Years, first: tuple[Design, Years]) -> dict[str, Any]:
    """For programs: goals, places, stations, vehicles and triage of one design; `places_less_first` holds the
    share within goal against the first design, for places that both have."""
    rows, of_first = place_rows(design, years), {row.name: row.within_goal for row in place_rows(*first)}
    return {
        "goals": [
            {**as_json(goal), "verdict": goal.verdict}
            for goal in goals_of(design.area, design.demand, nation, years)
        ],
        "within_min": within_min(years),
        "places": [as_json(row) for row in rows],
        "places_less_first": {
            row.name: row.within_goal.less(was).as_json()
            for row in rows
            if row.within_goal and (was := of_first.get(row.name))
        },
        "stations": [as_json(row) for row in station_rows(years)],
        "vehicles": [as_json(row) for row in kind_rows(years)],
        "told": mean_calls([year.told for year in years]),
        "sent": mean_calls([year.sent for year in years]),
    }
