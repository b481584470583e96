"""What one design's years say of places, stations and kinds of vehicle, each figure over the replications."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from sim.planning.ambulance.comparison import Design, Years
from sim.planning.ambulance.goals import Reach, reaches
from sim.planning.ambulance.response_times import Mixture, place_mixtures
from sim.planning.ambulance.triage import Confusion
from sim.planning.ambulance.urgency import TOLD
from sim.planning.estimate import Estimate

R = TypeVar("R")


@dataclass(frozen=True)
class PlaceRow:
    """`acute_…` is of acute missions, None where a replication had none. `published` is the mixture that
    reproduces the seed's row of the same name; None: the seed has none."""

    name: str
    kind: str
    calls: Estimate
    acute: Estimate
    acute_s_median: Estimate | None
    acute_s_p90: Estimate | None
    within_goal: Estimate | None
    nearest: Reach
    published: Mixture | None


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
    for n, reach in enumerate(reaches(design.area, design.demand)):
        rows = [year.places[n] for year in years]
        found.append(
            PlaceRow(
                name=rows[0].name,
                kind=rows[0].kind,
                calls=_over(rows, lambda row: row.calls),
                acute=_over(rows, lambda row: row.acute.missions),
                acute_s_median=_if_any([row.acute.median_s for row in rows]),
                acute_s_p90=_if_any([row.acute.p90_s for row in rows]),
                within_goal=_if_any([row.within_goal for row in rows]),
                nearest=reach,
                published=mixtures.get(rows[0].name),
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
