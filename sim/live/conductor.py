"""The conductor: tells the stories on the wall clock, with the scenario's faults, and sees parts die."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from sim.clock import PortError, Process, pause
from sim.faults import PartKilled, SmsMood, Unsafe
from sim.journal import Record
from sim.live.iccs import send
from sim.live.lab import Bindings, Lab, lab
from sim.live.parts import Part, PartDied, tracebacks
from sim.resolve import Resolved
from sim.stories import told_all

FLUSH_S = 0.5
_OF_A_WORKER = (
    *("worker", "frames_sent", "frames_dropped", "frames_received", "cpu_s", "loop_lag_s_max"),
    *("pacing_lateness_s_p99", "pacing_lateness_s_p99_worst"),
)


@dataclass(slots=True)
class Lived:
    """What a live run leaves: its journal, how late the lab was, what it could not do, why it crashed."""

    records: list[Record] = field(default_factory=list)
    lag_s_max: float = 0.0
    crashed: str = ""
    faults_failed: list[str] = field(default_factory=list)  # what the scenario wanted broken and was not
    farm_lag_s_max: float = 0.0
    farm_workers: list[dict[str, Any]] = field(default_factory=list)  # what each of its processes did
    tracebacks: dict[str, int] = field(default_factory=dict)  # by part: errors that nobody caught
    blinded: bool = False  # the farm, which is the lab's eyes, was not there to the end
    workers_died: list[str] = field(default_factory=list)  # of the farm


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
    env = ready.env
    faults = [
        (fault, env.process(_fault(ready, lived, fault)))
        for fault in resolved.scenario.faults
        if isinstance(fault, Unsafe | PartKilled | SmsMood)
    ]
    stories = env.process(told_all(ready.stage, resolved.calls, resolved.ambulances))
    telling = asyncio.create_task(env.run_live(stories))
    deaths = [asyncio.create_task(part.died()) for part in ready.parts.values()]
    broken = [asyncio.create_task(_broken(feed)) for feed in ready.feeds]
    maimed = asyncio.create_task(ready.farm.worker_died.wait())
    beside = (*deaths, *broken, maimed)
    try:
        await asyncio.wait({telling, *beside}, return_when=asyncio.FIRST_COMPLETED)
        for reason in (*deaths, *broken):
            if reason.done():
                raise PartDied(reason.result())
        if maimed.done():  # the run is invalid, however it would go on
            await _look_at_the_farm(ready, lived)
            return
        telling.result()
        await asyncio.sleep(FLUSH_S)  # the parts' last events are on their way
        lived.faults_failed += [
            f"{fault.kind} at {fault.at_s:g} s: the run was over first" for fault, f in faults if f.is_alive
        ]
        await _look_at_the_farm(ready, lived)
        unsafe = [fault for fault in resolved.scenario.faults if isinstance(fault, Unsafe)]
        await _look_at_unsafe_faults(ready, lived, unsafe)
    finally:
        for task in (telling, *beside):
            task.cancel()
        await asyncio.gather(telling, *beside, return_exceptions=True)


async def _look_at_the_farm(ready: Lab, lived: Lived) -> None:
    """Was it there to the end, and fast enough?"""
    try:
        totals = await ready.farm.ask("farm.totals")
    except PortError:
        lived.blinded = True
        return
    lived.farm_lag_s_max = totals["loop_lag_s_max"]
    lived.workers_died = [f"worker {number} of the farm died" for number in totals.get("workers_died", ())]
    several = totals.get("workers")
    lived.farm_workers = [{"worker": 1, **totals}] if several is None else several
    told = [{name: worker[name] for name in _OF_A_WORKER} for worker in lived.farm_workers]
    late_s = totals["pacing_lateness_s_p99"]
    journal = ready.stage.journal
    journal.record("lab.measured", actor="lab", pacing_lateness_s_p99=late_s, workers=told)
    for died in lived.workers_died:
        journal.record("part.died", detail=died)


async def _broken(feed: asyncio.Task[None]) -> str:
    """Wait until a feed fails for a reason of the lab's own; a feed that just ends is the part's affair."""
    await asyncio.wait({feed})
    error = None if feed.cancelled() else feed.exception()
    if error is None:
        await asyncio.Event().wait()
    return f"the lab could not take in a part's events: {error!r}"


def _fault(ready: Lab, lived: Lived, fault: Unsafe | PartKilled | SmsMood) -> Process[None]:
    """Do what a [[faults]] entry says, when it says."""
    yield from pause(ready.env, fault.at_s - ready.env.now)
    journal = ready.stage.journal
    facts: dict[str, Any] = {"carrier": fault.carrier} if isinstance(fault, SmsMood) else {}
    journal.record("fault.begun", kind=fault.kind, **facts)
    if isinstance(fault, PartKilled):
        ready.parts[fault.part].kill()
        return
    try:
        yield from ready.env.outside(_done(ready, fault))
    except PortError as error:
        lived.faults_failed.append(f"{fault.kind}: {error}")
        journal.record("port.failed", actor="lab", detail=lived.faults_failed[-1])
        return
    if isinstance(fault, SmsMood) and fault.for_s is not None:
        ready.env.process(_ends(ready, fault))


def _ends(ready: Lab, mood: SmsMood) -> Process[None]:
    """The carriers end a mood by themselves; the run may be over before."""
    yield from pause(ready.env, mood.until_s - ready.env.now)
    ready.stage.journal.record("fault.ended", kind=mood.kind, carrier=mood.carrier)


async def _done(ready: Lab, fault: Unsafe | SmsMood) -> None:
    if isinstance(fault, Unsafe):
        await _make_unsafe(ready.parts["video_service"], fault)
        return
    left_s = {} if fault.for_s is None else {"for_s": fault.for_s}
    await send(ready.carriers, "POST", f"/carriers/{fault.carrier}/moods", {**fault.mood(), **left_s})


async def _make_unsafe(service: Part, fault: Unsafe) -> None:
    fields = fault.model_dump(exclude={"at_s"})
    async with _service(service) as http:
        await send(http, "POST", "/unsafe/faults", {**fields, "kind": fault.kind.removeprefix("service.")})


async def _look_at_unsafe_faults(ready: Lab, lived: Lived, faults: Sequence[Unsafe]) -> None:
    """Did the relay show anybody anything wrong? A fault that showed nothing proves nothing."""
    for fault in faults:
        async with _service(ready.parts["video_service"]) as http:
            if not (await http.get("/unsafe/faults")).json()["frames"]:
                lived.faults_failed.append(f"{fault.kind}: it showed nobody a frame")


def _service(service: Part) -> httpx.AsyncClient:
    key = {"Authorization": f"Bearer {service.facts['key']}"}
    return httpx.AsyncClient(base_url=service.url, headers=key, timeout=10)
