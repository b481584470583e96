"""The area at work: conservation, order, condition changes, and queues as theory has them."""

from heapq import heappop, heappush, heapreplace
from itertools import pairwise
from typing import ClassVar

import numpy as np
import pytest
from ambulance_area_rig import SEED, changed, midt, norway, worked

from sim.planning.ambulance.area import Area
from sim.planning.ambulance.demand import HOUR_S, Calls, Demand, calls_of
from sim.planning.ambulance.fleet import fleet_of
from sim.planning.ambulance.lasting import Lasting
from sim.planning.ambulance.policies import Ground, HomeStation, Policy, Standing, policies_of
from sim.planning.ambulance.queueing import erlang_b, erlang_c_wait, queue_area, queue_cases
from sim.planning.ambulance.telling import tell_area
from sim.planning.ambulance.urgency import Urgency

POLICIES = policies_of(midt())


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES.keys())
def test_every_mission_ends_once_and_no_vehicle_is_in_two_places(policy: Policy) -> None:
    calls, ledger = worked(midt(), 12, policy)
    asked = calls.urgency != Urgency.NONE
    assert (ledger.vehicle >= 0).tolist() == asked.tolist()
    assert np.isfinite(ledger.free_s[asked]).all()
    for times in ((calls.at_s, ledger.sent_s), (ledger.sent_s, ledger.arrived_s)):
        assert (times[0][asked] <= times[1][asked] + 1e-6).all()
    with_patient = calls.scene_s + calls.transported * calls.handover_s
    assert (ledger.free_s - ledger.arrived_s >= with_patient - 1e-6)[asked].all()
    missions = [(v, c) for v, c, *_ in ledger.jobs if v == ledger.vehicle[c]]
    assert sorted(c for _, c in missions) == np.flatnonzero(asked).tolist()
    for vehicle in fleet_of(midt()):
        own = sorted((begin, end) for v, _, begin, end in ledger.jobs if v == vehicle.number)
        assert all(end <= begin + 1e-6 for (_, end), (begin, _) in pairwise(own))
        assert all(vehicle.duty(begin) is not None for begin, _ in own)


def test_stand_by_is_never_where_a_vehicle_works() -> None:
    _, ledger = worked(midt(), 12)
    spells = sum(end - begin for _, begin, end in ledger.stood)
    jobs = sum(end - begin for _, _, begin, end in ledger.jobs)
    duty = sum(d is not None for v in fleet_of(midt()) for d in v.week) * HOUR_S * 12 / 7
    assert 0.8 * duty < spells + jobs < 1.05 * duty  # the rest is on the way home; overtime is beyond


def test_same_seed_same_year_and_another_replication_another() -> None:
    demand = Demand.of(norway())
    first, again, other = (tell_area(midt(), demand, HomeStation(), SEED, r, 5) for r in (0, 0, 1))
    assert first == again
    assert first.figures() != other.figures()


def test_a_year_adds_up() -> None:
    year = tell_area(midt(), Demand.of(norway()), HomeStation(), SEED, 0, 30)
    missions = sum(each.missions for each in year.by_urgency.values())
    assert missions == sum(place.missions for place in year.places)
    assert sum(v.missions for v in year.vehicles if v.kind != "first_responder") == pytest.approx(
        missions, abs=5
    )
    assert sum(s.missions for s in year.stations) == sum(v.missions for v in year.vehicles)
    assert sum(s.activity_h for s in year.stations) == pytest.approx(sum(v.busy_h for v in year.vehicles))
    assert all(0 < v.utilisation < 1 for v in year.vehicles)
    assert all(0 <= p.within_goal <= 1 for p in year.places if p.within_goal is not None)


def test_only_the_days_after_the_warm_up_count() -> None:
    one = changed(
        midt(), stations=[{**midt().stations[7].model_dump(), "crews": [_ONE]}], responses=_no_reserve(midt())
    )
    vehicle = tell_area(one, Demand.of(norway()), HomeStation(), SEED, 0, 2).vehicles[0]
    assert vehicle.busy_h == pytest.approx(48)  # asked for far more than it can do
    assert (vehicle.on_duty_h, vehicle.utilisation) == (48, pytest.approx(1))


def test_more_vehicles_are_never_worse_on_common_random_numbers() -> None:
    demand = Demand.of(norway())
    areas = [midt(), midt().with_crews("Stasjon 6", "ambulance", "always", 1)]
    areas.append(areas[1].with_crews("Stasjon 8", "ambulance", "always", 1))
    told = [tell_area(area, demand, HomeStation(), SEED, 0, 30) for area in areas]
    means = [year.by_urgency["acute"].mean_s or 0.0 for year in told]
    assert means[0] >= means[1] * 0.995 >= means[2] * 0.99


def test_more_calls_make_busier_vehicles() -> None:
    told = [
        tell_area(midt(), Demand.of(norway(), growth=growth), HomeStation(), SEED, 0, 20).figures()
        for growth in (1.0, 1.3)
    ]
    assert told[1]["missions"] > 1.15 * told[0]["missions"]
    assert told[1]["ambulance_utilisation"] > 1.15 * told[0]["ambulance_utilisation"]


def test_nobody_calls_and_nothing_happens() -> None:
    empty = changed(midt(), contacts_per_1000=0.0, planned_per_1000=0.0)
    year = tell_area(empty, Demand.of(norway()), HomeStation(), SEED, 0, 3)
    assert (year.calls, year.by_urgency["acute"].missions, year.acute_need_within_goal) == (0, 0, None)
    assert year.stations[0].standby_h == pytest.approx(3 * 24 + 3 * 10)
    assert "acute_s_mean" not in year.figures()


def test_first_responders_help_before_the_ambulance_and_are_relieved_by_it() -> None:
    calls, ledger = worked(midt(), 12)
    helped = np.isfinite(ledger.arrived_s) & (ledger.helped_s < ledger.arrived_s)
    assert helped.any()
    assert (calls.urgency[helped] == Urgency.ACUTE).all()
    kinds = {vehicle.number: vehicle.kind for vehicle in fleet_of(midt())}
    relieved = [(c, end) for v, c, _, end in ledger.jobs if kinds[v] == "first_responder" and helped[c]]
    assert relieved
    assert all(end == pytest.approx(ledger.arrived_s[c]) for c, end in relieved)


def test_without_a_free_vehicle_a_call_waits_or_goes_to_the_neighbour() -> None:
    few = changed(midt(), stations=[midt().stations[7].model_dump()])
    waits, passes = worked(few, 3)[1], worked(changed(few, when_none_is_free="neighbour"), 3)[1]
    assert not waits.passed_on.any()
    assert passes.passed_on.any()
    assert (passes.vehicle[passes.passed_on] == -1).all()
    assert not np.isfinite(passes.helped_s[passes.passed_on]).any()  # so no first responder waits for ever


def test_the_more_urgent_of_those_that_wait_goes_first() -> None:
    one = changed(
        midt(), stations=[{**midt().stations[7].model_dump(), "crews": [_ONE]}], responses=_no_reserve(midt())
    )
    calls, ledger = worked(one, 4)
    waiting = calls.at_s + calls.alarm_s
    for call in np.flatnonzero(ledger.sent_s > waiting + 1e-6):
        ahead = (calls.urgency < calls.urgency[call]) & (waiting < ledger.sent_s[call] - 1e-6)
        assert not (ahead & (ledger.sent_s > ledger.sent_s[call])).any()


def test_an_ordinary_mission_leaves_the_reserve_free() -> None:
    few = changed(midt(), stations=[{**midt().stations[7].model_dump(), "crews": [{**_ONE, "number": 3}]}])
    calls, ledger = worked(few, 10)
    for _, call, begin, _ in ledger.jobs:
        busy = sum(b <= begin < e for _, _, b, e in ledger.jobs)
        reserve = (0, 0, 1, 2)[calls.urgency[call]]
        assert 3 - busy >= reserve
    assert (ledger.sent_s > calls.at_s + calls.alarm_s + 1).any()


class Watcher(HomeStation):
    """Moves nobody and notes who could have been."""

    seen: ClassVar[list[tuple[float, frozenset[int]]]] = []

    def moves(self, standing: Standing, ground: Ground) -> dict[int, int]:
        self.seen.append((standing.now_s, standing.movable))
        return {}


def test_crews_on_call_are_not_to_be_moved() -> None:
    worked(midt(), 2, Watcher())
    fleet = fleet_of(midt())
    assert len(Watcher.seen) > 50
    for now_s, movable in Watcher.seen:
        assert all(fleet[number].duty(now_s) == "at_station" for number in movable)


_ONE = {"kind": "ambulance", "shift": "always"}


def _no_reserve(area: Area) -> dict[str, object]:
    return {name: {**r.model_dump(), "reserve": 0} for name, r in area.responses.items()}


# ---- theory


def test_waits_are_those_of_kiefer_and_wolfowitz_call_by_call() -> None:
    area, demand = queue_area(3, 2.4, Lasting(median_s=2800.0, sigma=0.7, source="A"), "wait")
    calls, ledger = worked(area, 40, demand=demand)
    free_s = [0.0] * 3
    expected = []
    for at_s, mission_s in zip(calls.at_s, calls.scene_s, strict=True):
        begin_s = max(free_s[0], at_s)
        expected.append(begin_s)
        heapreplace(free_s, begin_s + mission_s)
    assert len(expected) > 2000
    assert ledger.sent_s == pytest.approx(np.array(expected), abs=1e-5)


def test_losses_are_those_of_the_same_arrays_call_by_call() -> None:
    area, demand = queue_area(3, 2.4, Lasting(mean_s=3600.0, source="A"), "neighbour")
    calls, ledger = worked(area, 40, demand=demand)
    assert ledger.passed_on.tolist() == _lost(calls, 3)


def _lost(calls: Calls, vehicles: int) -> list[bool]:
    busy: list[float] = []
    lost = []
    for at_s, mission_s in zip(calls.at_s, calls.scene_s, strict=True):
        while busy and busy[0] <= at_s:
            heappop(busy)
        lost.append(len(busy) == vehicles)
        if not lost[-1]:
            heappush(busy, at_s + mission_s)
    return lost


def test_erlang_s_formulas() -> None:
    assert erlang_b(3, 2.0) == pytest.approx(4 / 19)
    assert erlang_c_wait(1, 0.5) == pytest.approx(1.0)  # M/M/1 (domain 11)
    assert erlang_c_wait(2, 1.4) == pytest.approx(0.96078, abs=1e-5)
    with pytest.raises(ValueError, match="too much for 2 vehicles"):
        erlang_c_wait(2, 2.0)


def test_theory_is_inside_the_99_percent_interval() -> None:
    assert [case["outcome"] for case in queue_cases(replications=6, days=20)] == ["passed", "passed"]


@pytest.mark.long
def test_theory_is_inside_and_a_fault_of_2_percent_is_not() -> None:
    assert [case["outcome"] for case in queue_cases()] == ["passed", "passed"]
    assert [case["outcome"] for case in queue_cases(slower=1.02)] == ["failed", "failed"]


# ---- demand


def test_calls_come_by_the_hour_of_the_week_at_the_places_rates() -> None:
    area, demand = midt(), Demand.of(norway(), day_cv=0.0)
    calls = calls_of(area, demand, SEED, 0, 7 * 52)
    emergencies = calls.told != Urgency.PLANNED
    hours = (calls.at_s[emergencies] // HOUR_S).astype(int) % 168
    counted, expected = np.bincount(hours, minlength=168), demand.call_rates(area).sum(axis=0) * 52
    assert ((counted - expected) ** 2 / expected).sum() < 230  # chi-square, 168 cells: p = 0.001 is 228
    assert calls.at_s.tolist() == sorted(calls.at_s)
    assert len(set(calls.handover_s)) == len(calls)  # no two share a draw
    booked = calls.at_s[~emergencies] // HOUR_S % 168
    assert (booked < 5 * 24).all()


def test_busy_days_are_busy_everywhere() -> None:
    days = 300
    spread = []
    for cv in (0.0, 0.3):
        calls = calls_of(midt(), Demand.of(norway(), day_cv=cv), SEED, 0, days)
        spread.append(np.bincount((calls.at_s // 86400).astype(int), minlength=days).std())
    assert spread[1] > 1.5 * spread[0]
