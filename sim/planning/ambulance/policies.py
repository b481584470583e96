"""Where free ambulances stand by: dynamic allocation as a policy that can be swapped.

A policy is asked after each change: an ambulance was freed (`freed` names it), or one was sent.
What it does not move stays where it is or goes on to where it is heading.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sim.planning.ambulance.area import Area
from sim.planning.ambulance.demand import Demand, Forecast
from sim.planning.ambulance.roads import RoadTimes, reach_s

WHOLE_WEEK_H = 168


@dataclass(frozen=True)
class Ground:
    """What does not change: which station covers which place in time, and what the look-ahead expects."""

    covers: npt.NDArray[np.bool_]  # station x place: reached within the place's goal
    forecast: Forecast

    @classmethod
    def of(cls, area: Area, demand: Demand, roads: RoadTimes) -> "Ground":
        goals_s = np.array([demand.goals_s[place.kind] for place in area.places])
        return cls(reach_s(area, roads) <= goals_s, Forecast(demand.call_rates(area)))

    def gains(self, covered: npt.NDArray[np.int64], busy: float, now_s: float, hours: int) -> list[float]:
        """What one more ambulance at each station adds to the covered demand of the next hours (MEXCLP,
        Daskin 1983): each of the k that cover a place is busy with the same probability."""
        expected = self.forecast.next_hours(now_s, hours) * (1 - busy) * busy**covered
        return [float(gain) for gain in self.covers @ expected]

    def priorities(self, busy: float, number: int) -> list[int]:
        """The stations to man with 1, 2, … ambulances, each the best after those before it."""
        if (busy, number) not in self._priorities:
            covered, best = np.zeros(self.covers.shape[1], np.int64), list[int]()
            for _ in range(number):
                best.append(int(np.argmax(self.gains(covered, busy, 0.0, WHOLE_WEEK_H))))
                covered = covered + self.covers[best[-1]]
            self._priorities[busy, number] = best
        return self._priorities[busy, number]

    @cached_property
    def _priorities(self) -> dict[tuple[float, int], list[int]]:
        return {}


@dataclass(frozen=True)
class Standing:
    """The free ambulances on duty as they stand now."""

    now_s: float
    at: Mapping[int, int]  # ambulance -> the station it stands at or heads for; a freed one its own
    movable: frozenset[int]  # those whose crews are at work; crews on call stay at home
    freed: int | None
    way_s: Callable[[int, int], float]  # (ambulance, station) -> road time


class Policy(Protocol):
    @property
    def name(self) -> str: ...

    def moves(self, standing: Standing, ground: Ground) -> Mapping[int, int]:
        """Ambulance -> station, for those that shall go elsewhere than `standing.at` says."""


@dataclass(frozen=True)
class HomeStation:
    """No dynamic allocation: who is freed drives home."""

    name: str = "home station"

    def moves(self, standing: Standing, ground: Ground) -> Mapping[int, int]:
        return {}


@dataclass(frozen=True)
class ComplianceTable:
    """With n free ambulances the n most valuable stations are manned; the nearest to spare fills each gap."""

    busy: float
    name: str = "compliance table"

    def moves(self, standing: Standing, ground: Ground) -> Mapping[int, int]:
        table = Counter(ground.priorities(self.busy, len(standing.at)))
        gaps = list((table - Counter(standing.at.values())).elements())
        to_spare = Counter(standing.at.values()) - table
        moves: dict[int, int] = {}
        for station in gaps:
            able = [a for a in standing.movable if a not in moves and to_spare[standing.at[a]] > 0]
            if not able:
                break
            nearest = min(able, key=lambda ambulance: (standing.way_s(ambulance, station), ambulance))
            moves[nearest] = station
            to_spare[standing.at[nearest]] -= 1
        return moves


@dataclass(frozen=True)
class Dmexclp:
    """Who is freed goes where it adds most to the covered demand (Jagtenberg, Bhulai and van der Mei 2015).

    With `looks_ahead_h` below 168 the demand is that of the next hours, not of the mean week.
    """

    busy: float
    looks_ahead_h: int = WHOLE_WEEK_H
    name: str = "DMEXCLP"

    def moves(self, standing: Standing, ground: Ground) -> Mapping[int, int]:
        freed = standing.freed
        if freed is None or freed not in standing.movable:
            return {}
        others = [station for ambulance, station in standing.at.items() if ambulance != freed]
        covered = ground.covers[others].sum(axis=0)
        gains = ground.gains(covered, self.busy, standing.now_s, self.looks_ahead_h)
        best = max(gains)
        # of equals the nearest
        equals = [s for s, gain in enumerate(gains) if gain >= best * (1 - 1e-9)]
        return {freed: min(equals, key=lambda station: standing.way_s(freed, station))}


def policies_of(area: Area) -> dict[str, Policy]:
    """The policies that come with the lab, with the area's numbers, by name; the first moves nobody."""
    busy = area.allocation.busy
    told: list[Policy] = [
        HomeStation(),
        ComplianceTable(busy),
        Dmexclp(busy),
        Dmexclp(busy, area.allocation.looks_ahead_h, "DMEXCLP ahead"),
    ]
    return {policy.name: policy for policy in told}
