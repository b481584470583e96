"""Vehicles: where they are, on which duty, on which mission.

A vehicle drives on a leg between two nodes, or stands at its end. From the middle of a leg it
reaches a node by going on or by turning round.
"""

from dataclasses import dataclass

from sim.planning.ambulance.area import Area
from sim.planning.ambulance.demand import HOUR_S
from sim.planning.ambulance.kinds import Duty, Kind
from sim.planning.ambulance.roads import RoadTimes

_FREE = -1
_ROUNDING_S = 1e-6  # sums of waits may miss a full hour by less than this


@dataclass(slots=True, eq=False)
class Vehicle:
    number: int
    kind: Kind
    station: int  # where it belongs, an index of the area's stations
    home: int  # that station's node
    week: tuple[Duty | None, ...]
    leg: tuple[int, int]  # nodes, from and to
    left_s: float = 0.0  # when it passes the leg's first node; may lie ahead after it turned
    there_s: float = 0.0
    mission: int = _FREE
    noted_s: float = 0.0  # its stand-by is in the ledger up to here

    @property
    def is_free(self) -> bool:
        return self.mission == _FREE

    def duty(self, now_s: float) -> Duty | None:
        return self.week[int((now_s + _ROUNDING_S) // HOUR_S) % 168]

    def stands(self, now_s: float) -> bool:
        return now_s >= self.there_s

    def way_s(self, node: int, now_s: float, roads: RoadTimes) -> float:
        """The road time to a node from where it is now."""
        begin, end = self.leg
        if now_s >= self.there_s:
            return roads[end][node]
        return min(abs(now_s - self.left_s) + roads[begin][node], self.there_s - now_s + roads[end][node])

    def go(self, node: int, now_s: float, roads: RoadTimes) -> None:
        """Set out for a node: onwards, or turning round."""
        begin, end = self.leg
        back_s = abs(now_s - self.left_s) + roads[begin][node]
        onwards_s = max(self.there_s - now_s, 0.0) + roads[end][node]
        if now_s >= self.there_s or onwards_s <= back_s:
            self.leg, self.left_s, self.there_s = (end, node), max(self.there_s, now_s), now_s + onwards_s
        else:
            self.leg, self.left_s = (begin, node), now_s + abs(now_s - self.left_s)
            self.there_s = now_s + back_s

    def take(self, mission: int) -> None:
        if not self.is_free:
            raise RuntimeError(f"vehicle {self.number} is on {self.mission} and cannot go on {mission} too")
        self.mission = mission

    def release(self, node: int, now_s: float, roads: RoadTimes) -> None:
        """The mission is over: from a node it sets out for home."""
        self.mission, self.leg = _FREE, (node, self.home)
        self.left_s, self.there_s = now_s, now_s + roads[node][self.home]


def fleet_of(area: Area) -> list[Vehicle]:
    """One vehicle for each of the crews' numbers, standing at home."""
    vehicles: list[Vehicle] = []
    for station, told in enumerate(area.stations):
        home = len(area.places) + station
        for crew in told.crews:
            week = area.shifts[crew.shift].week()
            for _ in range(crew.number):
                vehicles.append(Vehicle(len(vehicles), crew.kind, station, home, week, (home, home)))
    return vehicles
