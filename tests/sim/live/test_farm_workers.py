"""What the farm's processes came to is journaled; one beyond a limit, or that died, makes the run invalid."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from sim.clock import PortError
from sim.gates import judge_lab
from sim.journal import Journal, Record
from sim.live.farm import FarmControl
from sim.live.lived import Lived
from sim.resolve import resolve
from sim.scenario import load_scenario

WORKER = {
    "frames_sent": 900,
    "frames_dropped": 0,
    "frames_received": 890,
    "cpu_s": 1.5,
    "loop_lag_s_max": 0.1,
    "pacing_lateness_s_p99": 0.01,
    "pacing_lateness_s_p99_worst": 0.02,
    "pacing_lateness_counts": [900],
}


def looked_at(totals: dict[str, Any] | None) -> tuple[Lived, list[Record]]:
    async def ask(do: str) -> dict[str, Any]:
        if totals is None:
            raise PortError(do)
        return totals

    lived, journal = Lived(), Journal(lambda: 9.0, lambda: 9.0)
    asyncio.run(lived.look_at_the_farm(cast(FarmControl, SimpleNamespace(ask=ask)), journal))
    return lived, journal.records


def test_workers_that_died_are_named() -> None:
    several = [{"worker": 1, **WORKER}]
    lived, records = looked_at({**WORKER, "workers": several, "workers_died": [2, 3]})
    assert lived.workers_died == ["worker 2 of the farm died", "worker 3 of the farm died"]
    assert (lived.farm_lag_s_max, lived.blinded) == (0.1, False)
    told = [record.facts["detail"] for record in records if record.event == "part.died"]
    assert told == lived.workers_died


def test_a_farm_in_one_process_is_its_own_worker() -> None:
    lived, (measured,) = looked_at(WORKER)
    assert lived.workers_died == []
    assert measured.event == "lab.measured"
    (worker,) = measured.facts["workers"]
    assert worker.pop("worker") == 1
    assert worker.items() <= WORKER.items()
    assert "pacing_lateness_counts" not in worker
    blind, records = looked_at(None)
    assert blind.blinded
    assert records == []


def test_one_worker_that_is_too_slow_makes_the_run_invalid_however_good_the_others_are() -> None:
    scenario, nation = load_scenario(Path("scenarios/ci/first-call.toml"))
    resolved = resolve(scenario, nation)

    def not_held(**slow: Any) -> list[str]:
        workers = [{"worker": 1, **WORKER, "frames_sent": 10**6}, {"worker": 2, **WORKER, **slow}]
        gates = judge_lab(resolved, [], [], Lived(farm_workers=workers), [])
        return [gate.name for gate in gates if not gate.held]

    assert not_held() == []
    assert not_held(frames_dropped=300) == ["frames that phones were too slow for"]
    assert not_held(pacing_lateness_s_p99_worst=0.7) == ["pacing lateness of a phone, p99"]
