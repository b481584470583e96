"""A worker of the farm that died makes the run invalid."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from sim.clock import PortError
from sim.live.conductor import Lived, _look_at_the_farm
from sim.live.lab import Lab


def looked_at(totals: dict[str, Any] | None) -> Lived:
    async def ask(do: str) -> dict[str, Any]:
        if totals is None:
            raise PortError(do)
        return totals

    lived = Lived()
    asyncio.run(_look_at_the_farm(cast(Lab, SimpleNamespace(farm=SimpleNamespace(ask=ask))), lived))
    return lived


def test_workers_that_died_are_named() -> None:
    lived = looked_at({"loop_lag_s_max": 0.25, "workers_died": [2, 3]})
    assert lived.workers_died == ["worker 2 of the farm died", "worker 3 of the farm died"]
    assert (lived.farm_lag_s_max, lived.blinded) == (0.25, False)


def test_a_farm_in_one_process_has_none() -> None:
    assert looked_at({"loop_lag_s_max": 0.25}).workers_died == []
    assert looked_at(None).blinded
