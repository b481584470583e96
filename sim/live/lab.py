"""The lab made ready: the country and a farm, the live clock, ports bound to them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from sim.clock import LiveEnvironment
from sim.journal import Journal, Record
from sim.live.bindings import Bindings
from sim.live.collector import Collector
from sim.live.country import country
from sim.live.farm import FarmControl, connected
from sim.live.feed import beside
from sim.live.iccs import CallLog
from sim.live.parts import Part, start
from sim.live.radios import Radios
from sim.live.stamps import Stamps
from sim.modes import live_ports
from sim.resolve import Resolved
from sim.stories import Stage


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab that is ready: the live clock, the stage for stories, and its own parts by name."""

    env: LiveEnvironment
    stage: Stage
    parts: dict[str, Part]
    carriers: httpx.AsyncClient
    farm: FarmControl
    feeds: list[asyncio.Task[None]]  # the farm's first; what one raises is the lab's own fault


@asynccontextmanager
async def lab(
    resolved: Resolved,
    folder: Path,
    bound: Bindings,
    on_record: Callable[[Record], None] = lambda record: None,
) -> AsyncIterator[Lab]:
    """Everything that a live run needs, for as long as the block runs; then all of it is stopped.

    Raises PartDied when a part does not start, PortError when one cannot be set up.
    """
    async with AsyncExitStack() as stack:
        env, log, stamps, radios = LiveEnvironment(), CallLog(), Stamps(), Radios()
        journal = stack.enter_context(Journal(lambda: env.now, env.wall, folder / "journal.jsonl"))
        journal.on_record = on_record
        collector = Collector(journal, resolved.calls, lambda: env.started_at, resolved.ambulances)
        collector.call_of_stamp = stamps.call_of
        farm_part = asyncio.create_task(_farm(stack, folder, bound))
        try:
            shared = await stack.enter_async_context(
                country(resolved, folder, bound, radios, collector, log.tell)
            )
        finally:
            await asyncio.wait({farm_part})
        part = farm_part.result()
        stack.push_async_callback(env.close)
        farm = await connected(part.facts["control"], collector.from_farm)
        feeds = [await stack.enter_async_context(beside(farm.listen())), *shared.feeds]
        iccs = httpx.AsyncClient(base_url=shared.iccs_url, timeout=15)
        http = await stack.enter_async_context(iccs)
        ports = live_ports(
            *(env, journal, resolved, folder, http, log, farm, shared.carriers_url, stamps, radios),
            shared.doors,
            bound.person_at,
        )
        if bound.person_at is not None:
            bound.on_seat(str(httpx.URL(f"{shared.iccs_url}/seat/{bound.person_at}/1")))
        stage = Stage(env, ports, journal, resolved.waits)
        await _switch_on_the_first(env, stage, resolved)
        env.begin()
        for status in shared.forged:
            journal.record("receipt.forged", actor="lab", status=status)
        parts = {**shared.parts, part.name: part}
        yield Lab(env, stage, parts, shared.carriers, farm, feeds)


async def _farm(stack: AsyncExitStack, folder: Path, bound: Bindings) -> Part:
    logs = folder / "parts"
    logs.mkdir(exist_ok=True)
    part = await start("fake_phones", ["--workers", str(bound.farm_workers)], logs)
    stack.push_async_callback(part.stop)
    return part


async def _switch_on_the_first(env: LiveEnvironment, stage: Stage, resolved: Resolved) -> None:
    """Phones that ring soon are made ready before the run's t0, so that nobody rings late."""
    soon = [call for call in resolved.calls if call.at_s < stage.waits.early_s]
    switched_on = [env.process(stage.ports.handset.switch_on(call)) for call in soon]
    units = [unit for unit in resolved.ambulances if unit.at_s < stage.waits.early_s]
    switched_on += [env.process(stage.ports.ambulance_phone.enrol(unit)) for unit in units]
    await env.run_live(env.all_of(switched_on))
