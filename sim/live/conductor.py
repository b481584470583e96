"""The conductor: tells the stories on the wall clock, with the scenario's faults, and sees parts die."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from sim.clock import PortError
from sim.faults import PartKilled
from sim.journal import Record
from sim.live.bindings import Bindings
from sim.live.faults import Breaking
from sim.live.feed import broke
from sim.live.lab import Lab, lab
from sim.live.lived import Lived
from sim.live.parts import PartDied, tracebacks
from sim.resolve import Resolved
from sim.stories import told_all

FLUSH_S = 0.5


async def tell_live(
    resolved: Resolved, folder: Path, bound: Bindings, on_record: Callable[[Record], None]
) -> Lived:
    """Tell all calls of the scenario for real. A part that dies unasked ends the run (`crashed`).

    Whatever happens, cancellation included, all parts are stopped and the journal is whole.
    """
    lived = Lived()
    try:
        async with lab(resolved, folder, bound, on_record) as ready:
            journal = ready.stage.journal
            lived.records = journal.records
            mode = "live" if bound.person_at is None else "train"
            journal.record("run.begun", mode=mode, seed=resolved.seed, farm_workers=bound.farm_workers)
            try:
                await _tell(ready, lived, resolved)
            except PartDied as error:
                journal.record("part.died", detail=str(error).splitlines()[0])
                lived.crashed = str(error)
            finally:
                lived.lag_s_max = ready.env.lag_s_max
                now = ready.env.wall()
                journal.record("lab.lagged", at_s=now, lag_s_max=round(lived.lag_s_max, 6))
                journal.record("run.ended", at_s=now)
    except (PartDied, PortError) as error:
        lived.crashed = lived.crashed or str(error)
    if not any(
        isinstance(fault, PartKilled) for fault in resolved.scenario.faults
    ):  # others may stumble on it
        lived.tracebacks = tracebacks(folder / "parts")
    return lived


async def _tell(ready: Lab, lived: Lived, resolved: Resolved) -> None:
    env, faults = ready.env, resolved.scenario.faults
    breaking = Breaking(env, ready.stage.journal, ready.parts, ready.carriers, lived.faults_failed)
    breaking.begin(faults)
    stories = env.process(told_all(ready.stage, resolved.calls, resolved.ambulances))
    telling = asyncio.create_task(env.run_live(stories))
    deaths = [asyncio.create_task(part.died()) for part in ready.parts.values()]
    broken = [asyncio.create_task(broke(feed)) for feed in ready.feeds]
    maimed = asyncio.create_task(ready.farm.worker_died.wait())
    beside = (*deaths, *broken, maimed)
    try:
        await asyncio.wait({telling, *beside}, return_when=asyncio.FIRST_COMPLETED)
        for reason in (*deaths, *broken):
            if reason.done():
                raise PartDied(reason.result())
        if maimed.done():  # the run is invalid, however it would go on
            await lived.look_at_the_farm(ready.farm, ready.stage.journal)
            return
        telling.result()
        await asyncio.sleep(FLUSH_S)  # the parts' last events are on their way
        breaking.missed()
        await lived.look_at_the_farm(ready.farm, ready.stage.journal)
        await breaking.look_at_unsafe(faults)
    finally:
        for task in (telling, *beside):
            task.cancel()
        await asyncio.gather(telling, *beside, return_exceptions=True)
