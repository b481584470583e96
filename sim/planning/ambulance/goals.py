"""The goals of acute missions: a share within so many minutes, urban and rural; held or not, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.nation import Nation
from sim.planning.ambulance.area import Area
from sim.planning.ambulance.demand import GOALS, Demand
from sim.planning.ambulance.kinds import PlaceKind
from sim.planning.ambulance.roads import reach_s, road_times, standing_s
from sim.planning.ambulance.year import AreaYear
from sim.planning.estimate import Estimate
from sim.planning.question import NoAnswer


@dataclass(frozen=True)
class Reach:
    """How soon an ambulance from the nearest station that has one is at a place, each step at its median."""

    place: str
    station: str
    s: float
    goal_s: float

    @property
    def too_far(self) -> bool:
        """Even when all are free, more than half of the acute responses miss the goal."""
        return self.s > self.goal_s


@dataclass(frozen=True)
class Goal:
    kind: PlaceKind
    within_s: float
    share: float  # that is wanted
    reached: Estimate
    too_far: tuple[Reach, ...]

    @property
    def verdict(self) -> str:
        low, high = self.reached.mean - self.reached.half, self.reached.mean + self.reached.half
        return "held" if low >= self.share else "not held" if high < self.share else "too close to say"


def reaches(area: Area, demand: Demand) -> list[Reach]:
    """Of each place."""
    kinds, times_s = area.responses["acute"].kinds, reach_s(area, road_times(area))
    manned = [
        n for n, each in enumerate(area.stations) if any(c.number and c.kind in kinds for c in each.crews)
    ]
    nearest = [min(manned, key=lambda n: float(times_s[n, p])) for p in range(len(area.places))]
    return [
        Reach(place.name, area.stations[n].name, float(times_s[n, p]), demand.goals_s[place.kind])
        for p, (place, n) in enumerate(zip(area.places, nearest, strict=True))
    ]


def goals_of(area: Area, demand: Demand, nation: Nation, years: Sequence[AreaYear]) -> list[Goal]:
    """Of each kind of place that had acute missions."""
    far = {reach.place: reach for reach in reaches(area, demand) if reach.too_far}
    found = []
    for kind in GOALS:
        reached = [share for year in years if (share := year.within_goal(kind)) is not None]
        if reached:
            share = float(nation.targets[f"ambulance_{kind}"]["share"])
            there = tuple(
                far[place.name] for place in area.places if place.kind == kind and place.name in far
            )
            found.append(Goal(kind, demand.goals_s[kind], share, Estimate(tuple(reached)), there))
    return found


def check_goals(asked: Mapping[PlaceKind, float], area: Area, demand: Demand) -> None:
    """Raises NoAnswer for a goal asked for that ambulances of these stations can hold nowhere."""
    every = reaches(area, demand)
    for kind, within_s in asked.items():
        of_kind = [reach for reach, place in zip(every, area.places, strict=True) if place.kind == kind]
        if not of_kind:
            raise NoAnswer(f"goals_s.{kind}: {area.title} has no {kind} place; leave it out")
        if all(reach.too_far for reach in of_kind):
            best = min(of_kind, key=lambda reach: reach.s)
            raise NoAnswer(
                f"goals_s.{kind} = {within_s:g}: nobody can hold it: the nearest {kind} place, "
                f"{best.place}, is {best.s:.0f} s from {best.station} at the median, "
                f"{standing_s(area):.0f} s of them alarm and chute; give more than {best.s:.0f}, or have "
                "an ambulance nearer (crews_more)"
            )
