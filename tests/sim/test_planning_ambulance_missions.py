"""A mission step by step: chute, drive, hospital, first responder, held against the area's own numbers."""

from functools import cache

import numpy as np
import pytest
from ambulance_area_rig import SEED, changed, midt, norway, worked

from sim.planning.ambulance.area import Area, load_area
from sim.planning.ambulance.demand import Calls, Demand
from sim.planning.ambulance.fleet import Vehicle, fleet_of
from sim.planning.ambulance.ledger import Ledger
from sim.planning.ambulance.policies import HomeStation
from sim.planning.ambulance.roads import road_times
from sim.planning.ambulance.telling import tell_area
from sim.planning.ambulance.urgency import RESPONSES, Urgency

RESTED_S = 3 * 3600.0


@cache
def quiet(name: str) -> tuple[Area, Calls, Ledger]:
    """So few calls that most vehicles stand at home when they are sent."""
    area = load_area(name)
    return area, *worked(area, 90, demand=Demand.of(norway(), growth=0.3))


def from_home(area: Area, ledger: Ledger) -> list[tuple[Vehicle, int, float]]:
    """Vehicle, call, dispatch of the jobs whose vehicle had been free for long."""
    found = []
    for vehicle in fleet_of(area):
        free_s = 0.0
        for number, call, sent_s, until_s in sorted(ledger.jobs, key=lambda job: job[2]):
            if number == vehicle.number:
                if sent_s > free_s + RESTED_S:
                    found.append((vehicle, call, sent_s))
                free_s = until_s
    return found


@pytest.mark.parametrize("name", ["midt-norge", "fjord"])
def test_the_way_out_is_chute_and_road_by_duty_and_urgency(name: str) -> None:
    area, calls, ledger = quiet(name)
    roads, told = road_times(area), set()
    chute_s = {duty: wait.at(calls.chute_u) for duty, wait in area.chute.items()}
    for vehicle, call, sent_s in from_home(area, ledger):
        duty, place = vehicle.duty(sent_s), int(calls.place[call])
        if vehicle.number == ledger.vehicle[call] and duty is not None:
            urgency = RESPONSES[calls.urgency[call]]
            road_s = roads[vehicle.home][place] + area.places[place].local_s
            road_s *= area.responses[urgency].drive_factor * calls.drive_factor[call]
            assert ledger.arrived_s[call] - sent_s == pytest.approx(chute_s[duty][call] + road_s)
            told.add((duty, urgency))
    assert told >= {("at_station", urgency) for urgency in RESPONSES} | {("on_call", "acute")}


def test_who_is_transported_goes_to_the_nearest_hospital() -> None:
    area, calls, ledger = quiet("midt-norge")
    roads, first = road_times(area), len(area.places) + len(area.stations)
    to_hospital_s = np.array([min(row[first:]) for row in roads[: len(area.places)]])[calls.place]
    gone = np.isfinite(ledger.free_s)
    after_s = calls.transported * (to_hospital_s * calls.drive_factor + calls.handover_s) + calls.scene_s
    assert (ledger.free_s - ledger.arrived_s)[gone] == pytest.approx(after_s[gone])
    assert {min(range(2), key=lambda n: row[first + n]) for row in roads[: len(area.places)]} == {0, 1}


def test_first_responders_go_to_acute_missions_nearby_only() -> None:
    area, calls, ledger = quiet("midt-norge")
    roads = road_times(area)
    jobs = [(v, call) for v, call, _ in from_home(area, ledger) if v.kind == "first_responder"]
    assert len(jobs) > 20
    for vehicle, call in jobs:
        assert calls.urgency[call] == Urgency.ACUTE
        assert roads[vehicle.home][int(calls.place[call])] <= area.first_responder_within_s


def test_patient_transport_takes_booked_missions_and_ambulances_the_rest_of_them() -> None:
    area, calls, ledger = quiet("midt-norge")
    kinds = [vehicle.kind for vehicle in fleet_of(area)]
    by_kind: dict[str, set[int]] = {}
    for call in np.flatnonzero(ledger.vehicle >= 0):
        by_kind.setdefault(kinds[ledger.vehicle[call]], set()).add(int(calls.urgency[call]))
    assert by_kind["patient_transport"] == {Urgency.PLANNED}
    assert by_kind["ambulance"] == set(range(4))
    booked = np.flatnonzero((calls.urgency == Urgency.PLANNED) & (ledger.vehicle >= 0))
    assert np.mean([kinds[ledger.vehicle[call]] == "patient_transport" for call in booked]) > 0.6


def test_goals_are_judged_on_acute_missions_within_12_and_25_minutes() -> None:
    area = changed(midt(), warm_up_days=0)
    calls, ledger = worked(area, 20)
    year = tell_area(area, Demand.of(norway()), HomeStation(), SEED, 0, 20)
    response_s = ledger.arrived_s - calls.at_s
    urban = np.array([place.kind == "urban" for place in area.places])[calls.place]
    for kind, of_kind, goal_s in (("urban", urban, 720), ("rural", ~urban, 1500)):
        acute = (calls.urgency == Urgency.ACUTE) & of_kind
        assert year.within_goal(kind) == pytest.approx((response_s[acute] <= goal_s).mean())
        needed = (calls.need == Urgency.ACUTE) & of_kind
        assert needed.sum() != acute.sum()
    in_need, goals_s = calls.need == Urgency.ACUTE, np.where(urban, 720, 1500)
    assert year.acute_need_within_goal == pytest.approx((response_s <= goals_s)[in_need].mean())


def test_activity_standby_and_duty_add_up() -> None:
    year = tell_area(midt(), Demand.of(norway()), HomeStation(), SEED, 0, 20)
    for station in year.stations:
        own = [vehicle for vehicle in year.vehicles if vehicle.station == station.name]
        on_duty_h, overtime_h = sum(v.on_duty_h for v in own), sum(v.overtime_h for v in own)
        assert station.activity_h + station.standby_h - overtime_h == pytest.approx(on_duty_h)
        assert 0.5 * on_duty_h < station.stood_h < station.standby_h < on_duty_h
