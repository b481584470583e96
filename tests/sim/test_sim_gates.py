"""The gates of load: every arrival on time and accounted for, a farm with time left, stamps that are read."""

from dataclasses import replace
from typing import Any

import pytest
from sim_rig import call, record, resolved

from sim.gates import judge_lab
from sim.journal import Record
from sim.live.conductor import Lived
from sim.sessions import CallRow, Looked, Session
from sim.verdict import Gate


def due(n: int, lateness_s: float = 0.001) -> Record:
    return record(float(n), "call.due", f"call-{n}", "lab", lateness_s=lateness_s)


def account(told: int, dropped: int = 0, withheld: int = 0, **more: Any) -> Record:
    facts = {"told": told, "dropped": dropped, "withheld": withheld, "calls": told, "workers": {}, **more}
    return record(99.0, "load.accounted", None, **facts)


def cost(part: str, cpu_s: float, **more: Any) -> Record:
    facts = {"part": part, "cpu_s": cpu_s, "wall_s": 100.0, "rss_octets": 1, **more}
    return record(99.0, "part.measured", None, part, **facts)


def gates(*records: Record, calls: int = 3, rows: tuple[CallRow, ...] = (), **limits: Any) -> dict[str, Gate]:
    made = resolved(*(call() for _ in range(calls)), limits=limits)
    return {gate.name: gate for gate in judge_lab(made, rows, records, Lived(), [])}


def not_held(*records: Record, **more: Any) -> list[str]:
    return [name for name, gate in gates(*records, **more).items() if not gate.held]


def test_a_run_without_load_has_no_gate_of_load() -> None:
    names = " ".join(gates(record(0.0, "call.placed")))
    assert not any(word in names for word in ("arrival", "hub", "stamps", "CPU"))


def test_the_latest_of_a_hundred_arrivals_do_not_count_and_the_second_latest_does() -> None:
    on_time = [due(n) for n in range(98)]
    assert gates(*on_time, due(98), due(99, 5.0))["arrival lateness, p99"].held
    assert not_held(*on_time, due(98, 0.11), due(99, 5.0)) == ["arrival lateness, p99"]
    assert not_held(*on_time, due(98, 0.11), due(99, 5.0), arrival_lateness_s_p99=0.2) == []


@pytest.mark.parametrize(
    ("told", "dues", "more", "broken"),
    [
        (3, 3, {}, []),
        (2, 2, {"withheld": 1}, []),
        (2, 2, {}, ["arrivals that nobody accounts for"]),
        (3, 2, {}, ["arrivals that nobody accounts for"]),
        (4, 4, {}, ["arrivals that nobody accounts for"]),
        (2, 2, {"dropped": 1}, ["arrivals dropped"]),
        (3, 3, {"hub_lag_s_p99": 0.06}, ["lag of locust's hub, p99"]),
        (3, 3, {"workers": {"client-1": {"told": 3, "error": "gone"}}}, ["workers of the load that broke"]),
    ],
)
def test_every_arrival_is_accounted_for(
    told: int, dues: int, more: dict[str, Any], broken: list[str]
) -> None:
    assert not_held(*(due(n) for n in range(dues)), account(told, **more)) == broken


def test_a_call_that_two_workers_told_is_found_though_the_sums_agree() -> None:
    assert not_held(due(1), due(2), due(2), account(3)) == ["arrivals told twice"]


def test_a_scenario_may_allow_so_many_dropped_arrivals() -> None:
    assert not_held(due(1), account(1, dropped=2), arrivals_dropped=2) == []
    assert not_held(due(1), account(1, dropped=2), arrivals_dropped=1) == ["arrivals dropped"]


def test_the_busiest_farm_counts_and_no_other_part() -> None:
    idle, busy = (cost("fake_phones", cpu_s, worker=f"client-{cpu_s:g}") for cpu_s in (10.0, 96.0))
    assert not_held(idle, cost("video_service", 99.0)) == []
    assert not_held(idle, busy) == ["CPU share of the busiest farm"]


def test_a_farm_of_two_processes_may_use_two_cores() -> None:
    spent = {"frames_sent": 9, "frames_dropped": 0, "pacing_lateness_s_p99_worst": 0.0}
    lived = Lived(farm_workers=[{"worker": f"client-1/{n}", **spent} for n in (1, 2)])

    def share(cpu_s: float) -> Gate:
        told = judge_lab(resolved(call()), [], [cost("fake_phones", cpu_s, worker="client-1")], lived, [])
        return next(gate for gate in told if "CPU" in gate.name)

    assert (share(180.0).measured, share(180.0).held) == (0.9, True)
    assert not share(196.0).held


def test_stamps_that_could_not_be_read_count_under_load_or_where_the_scenario_says_so() -> None:
    session = Session(0.0, viewers={"operator": Looked(received=1000, checked=1000, read=998)})
    rows = (CallRow("call-1", session=session),)
    told = (due(1), account(1))
    assert not_held(calls=1, rows=rows) == []
    assert not_held(*told, calls=1, rows=rows) == ["stamps that could not be read"]
    assert not_held(*told, calls=1, rows=rows, stamps_unread_ratio=0.01) == []
    assert not_held(calls=1, rows=rows, stamps_unread_ratio=0.001) == ["stamps that could not be read"]
    unstamped = replace(session, viewers={"operator": Looked(received=9, checked=9, stamped=False)})
    assert not_held(*told, calls=1, rows=(CallRow("call-1", session=unstamped),)) == []
