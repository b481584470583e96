"""An ambulance area at work, on SimPy: calls, dispatch, missions, stand-by. One process per mission.

Nobody is called off once sent, and nobody is turned over to a more urgent mission on the way to a patient.
"""

from bisect import insort
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from sim.planning.ambulance.area import Area, Response
from sim.planning.ambulance.demand import HOUR_S, Calls
from sim.planning.ambulance.fleet import Vehicle, fleet_of
from sim.planning.ambulance.kinds import Kind
from sim.planning.ambulance.ledger import Ledger
from sim.planning.ambulance.policies import Ground, Policy, Standing
from sim.planning.ambulance.roads import RoadTimes
from sim.planning.ambulance.urgency import RESPONSES, Urgency

Process = Generator[simpy.Event, Any, None]


class Operations:
    """Run once: `run(until_s)` tells all missions of the calls, the last of them beyond `until_s`."""

    def __init__(self, area: Area, calls: Calls, policy: Policy, ground: Ground, roads: RoadTimes) -> None:
        self._env = simpy.Environment()
        self._area, self._policy, self._ground, self._roads = area, policy, ground, roads
        self._responses: list[Response] = [area.responses[name] for name in RESPONSES]
        self._fleet = fleet_of(area)
        self._free: dict[Kind, list[Vehicle]] = {
            kind: [v for v in self._fleet if v.kind == kind]
            for kind in ("ambulance", "patient_transport", "first_responder")
        }
        self._queue: list[tuple[int, float, int, simpy.Event]] = []
        self._helpers: dict[int, simpy.Event] = {}  # a first responder waits here for the ambulance
        self.ledger = Ledger.of(calls, area)
        self._columns(calls)

    def _columns(self, calls: Calls) -> None:
        """Plain lists: a number is read from them in a third of the time."""
        area = self._area
        self._place, self._at_s = calls.place.tolist(), calls.at_s.tolist()
        self._urgency, self._alarm_s = calls.urgency.tolist(), calls.alarm_s.tolist()
        self._chute_s = {duty: wait.at(calls.chute_u).tolist() for duty, wait in area.chute.items()}
        self._chute_s_median = {duty: wait.median_s or 0.0 for duty, wait in area.chute.items()}
        self._factor, self._scene_s = calls.drive_factor.tolist(), calls.scene_s.tolist()
        self._transported, self._handover_s = calls.transported.tolist(), calls.handover_s.tolist()
        self._local_s = [place.local_s for place in area.places]
        first = len(area.places) + len(area.stations)
        hospitals = range(first, first + len(area.hospitals))
        self._hospital = [
            min(hospitals, key=lambda node: self._roads[p][node]) for p in range(len(area.places))
        ]
        self._to_end = int((calls.urgency != Urgency.NONE).sum())

    def run(self, until_s: float) -> Ledger:
        env = self._env
        self._all_ended = env.event()
        env.process(self._calls_come())
        env.process(self._shifts_change())
        env.run(until=until_s)
        for vehicle in self._fleet:
            self._stood(vehicle)
        if self._to_end:
            env.run(until=self._all_ended)
        return self.ledger

    # ---- calls and missions

    def _calls_come(self) -> Process:
        env = self._env
        for call, (at_s, urgency) in enumerate(zip(self._at_s, self._urgency, strict=True)):
            if urgency != Urgency.NONE:
                yield env.timeout(at_s - env.now)
                env.process(self._mission(call))

    def _mission(self, call: int) -> Process:
        env, ledger = self._env, self.ledger
        yield env.timeout(self._alarm_s[call])
        vehicle = self._best(call)
        if vehicle is None and self._area.when_none_is_free == "neighbour":
            ledger.passed_on[call] = True
            return self._end()
        if self._responses[self._urgency[call]].first_responder:
            self._send_first_responder(call)
        if vehicle is None:
            sent = env.event()
            insort(self._queue, (self._urgency[call], self._at_s[call], call, sent))
            vehicle = yield sent
        else:
            self._take(vehicle, call)
        sent_s = env.now
        ledger.vehicle[call], ledger.sent_s[call] = vehicle.number, sent_s
        yield env.timeout(self._way_out_s(vehicle, call))
        self._arrive(call)
        yield env.timeout(self._scene_s[call])
        node = self._place[call]
        if self._transported[call]:
            hospital = self._hospital[node]
            yield env.timeout(self._roads[node][hospital] * self._factor[call] + self._handover_s[call])
            node = hospital
        ledger.free_s[call] = env.now
        ledger.jobs.append((vehicle.number, call, sent_s, env.now))
        self._release(vehicle, node)
        return self._end()

    def _way_out_s(self, vehicle: Vehicle, call: int) -> float:
        """From the dispatch to the patient; a crew on the road needs no time to leave."""
        now = self._env.now
        duty = vehicle.duty(now) if vehicle.stands(now) else None
        chute_s: float = self._chute_s[duty][call] if duty else 0.0
        place = self._place[call]
        way_s: float = vehicle.way_s(place, now, self._roads) + self._local_s[place]
        way_s *= self._factor[call] * self._responses[self._urgency[call]].drive_factor
        return chute_s + way_s

    def _arrive(self, call: int) -> None:
        self.ledger.arrived_s[call] = now = self._env.now
        self.ledger.helped_s[call] = min(self.ledger.helped_s[call], now)
        if call in self._helpers:
            self._helpers.pop(call).succeed()

    def _end(self) -> None:
        self._to_end -= 1
        if not self._to_end:
            self._all_ended.succeed()

    def _send_first_responder(self, call: int) -> None:
        vehicle = self._nearest("first_responder", call)
        if vehicle is None:
            return
        within_s = self._area.first_responder_within_s
        if vehicle.way_s(self._place[call], self._env.now, self._roads) <= within_s:
            self._take(vehicle, call)
            self._helpers[call] = self._env.event()
            self._env.process(self._first_response(call, vehicle, self._helpers[call]))

    def _first_response(self, call: int, vehicle: Vehicle, relieved: simpy.Event) -> Process:
        env, sent_s = self._env, self._env.now
        yield env.timeout(self._way_out_s(vehicle, call))
        self.ledger.helped_s[call] = min(self.ledger.helped_s[call], env.now)
        yield relieved  # at once, if the ambulance was there first
        self.ledger.jobs.append((vehicle.number, call, sent_s, env.now))
        self._release(vehicle, self._place[call])

    # ---- dispatch

    def _best(self, call: int) -> Vehicle | None:
        """The nearest free vehicle of the first kind that has one, above the reserve."""
        response = self._responses[self._urgency[call]]
        for kind in response.kinds:
            if kind == "ambulance" and response.reserve:
                now = self._env.now
                if sum(v.duty(now) is not None for v in self._free[kind]) <= response.reserve:
                    continue
            vehicle = self._nearest(kind, call)
            if vehicle is not None:
                return vehicle
        return None

    def _nearest(self, kind: Kind, call: int) -> Vehicle | None:
        now, place, roads = self._env.now, self._place[call], self._roads
        best, best_s = None, np.inf
        for vehicle in self._free[kind]:
            duty = vehicle.duty(now)
            if duty is not None:
                chute_s = self._chute_s_median[duty] if vehicle.stands(now) else 0.0
                way_s = vehicle.way_s(place, now, roads) + chute_s
                if way_s < best_s:
                    best, best_s = vehicle, way_s
        return best

    def _take(self, vehicle: Vehicle, call: int) -> None:
        self._stood(vehicle)
        vehicle.take(call)
        self._free[vehicle.kind].remove(vehicle)
        if vehicle.kind == "ambulance":
            self._reallocate(None)

    def _release(self, vehicle: Vehicle, node: int) -> None:
        """It sets out for home; the queue or the policy may turn it at once."""
        vehicle.release(node, self._env.now, self._roads)
        self._free[vehicle.kind].append(vehicle)
        self._serve_queue()
        if vehicle.is_free and vehicle.kind == "ambulance":
            self._reallocate(vehicle.number)

    def _serve_queue(self) -> None:
        for entry in list(self._queue):
            vehicle = self._best(entry[2])
            if vehicle is not None:
                self._queue.remove(entry)
                self._take(vehicle, entry[2])
                entry[3].succeed(vehicle)

    # ---- stand-by

    def _reallocate(self, freed: int | None) -> None:
        now, first = self._env.now, len(self._area.places)
        free = [(v, duty) for v in self._free["ambulance"] if (duty := v.duty(now)) is not None]
        standing = Standing(
            now_s=now,
            at={v.number: v.leg[1] - first for v, _ in free},
            movable=frozenset(v.number for v, duty in free if duty == "at_station"),
            freed=freed,
            way_s=lambda ambulance, station: self._fleet[ambulance].way_s(first + station, now, self._roads),
        )
        for number, station in self._policy.moves(standing, self._ground).items():
            if standing.at[number] != station:
                self._move(self._fleet[number], first + station)
                self.ledger.moves_s.append(now)

    def _move(self, vehicle: Vehicle, node: int) -> None:
        self._stood(vehicle)
        vehicle.go(node, self._env.now, self._roads)

    def _shifts_change(self) -> Process:
        """At each change of a duty: who goes off duty or on call goes home, who comes takes what waits."""
        env = self._env
        edges = sorted({h for v in self._fleet for h in range(168) if v.week[h] != v.week[h - 1]})
        week = 0
        while edges:
            for hour in edges:
                yield env.timeout(max((week * 168 + hour) * HOUR_S - env.now, 0.0))
                self._change_duties()
            week += 1

    def _change_duties(self) -> None:
        now = self._env.now
        for vehicle in self._fleet:
            if vehicle.is_free:
                self._stood(vehicle)
                if vehicle.duty(now) != "at_station" and vehicle.leg[1] != vehicle.home:
                    vehicle.go(vehicle.home, now, self._roads)
        self._serve_queue()

    def _stood(self, vehicle: Vehicle) -> None:
        """Note how long it has stood by where it is, on the duty it had until now."""
        now = self._env.now
        begin = max(vehicle.there_s, vehicle.noted_s)
        if vehicle.is_free and now > begin and vehicle.duty(begin) is not None:
            self.ledger.stood.append((vehicle.leg[1] - len(self._area.places), begin, now))
        vehicle.noted_s = now
