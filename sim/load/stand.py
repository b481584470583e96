"""What a conductor stands on: a farm of its own, ears in the control rooms, a clock, ports bound to them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from sim.clock import LiveEnvironment
from sim.journal import Journal, Record
from sim.live.collector import Collector
from sim.live.farm import FarmControl, connected
from sim.live.feed import beside, broke, followed
from sim.live.iccs import CallLog
from sim.live.parts import Part, start
from sim.live.radios import Radios
from sim.live.stamps import Stamps
from sim.load.welcome import Welcome
from sim.modes import live_ports
from sim.ports import Ports
from sim.resolve import Resolved

PARALLEL_S_MAX = 15.0


@dataclass(frozen=True, slots=True)
class Stand:
    """Made ready. `wrong` are what ends it all when one of them is done; its result says why."""

    env: LiveEnvironment
    ports: Ports
    journal: Journal
    farm: FarmControl
    farm_part: Part
    wrong: tuple[asyncio.Task[str], ...]


@asynccontextmanager
async def stand(
    welcome: Welcome,
    resolved: Resolved,
    folder: Path,
    share: int,
    farm_workers: int,
    on_record: Callable[[Record], None],
    on_heard: Callable[[Record], None],
) -> AsyncIterator[Stand]:
    """For as long as the block runs. `on_record` gets what is the conductor's to tell: its stories', its
    phones' and viewers'; `on_heard` what the country journals itself and the stories hear.

    Raises PartDied, PortError.
    """
    async with AsyncExitStack() as stack:
        env, log, stamps = LiveEnvironment(), CallLog(), Stamps(welcome.stamp_secret)
        for call in resolved.calls:  # so that a stray from another conductor's phone has a name
            stamps.of(call.name)
        journal = Journal(lambda: env.now, env.wall, keep=False)
        journal.on_record = on_record
        heard = Journal(lambda: env.now, env.wall, keep=False)
        heard.on_record = on_heard
        collector = Collector(journal, resolved.calls, lambda: env.started_at, resolved.ambulances)
        collector.call_of_stamp = stamps.call_of
        ears = Collector(heard, resolved.calls, lambda: env.started_at, resolved.ambulances)

        def from_iccs(told: dict[str, object]) -> None:
            ears.from_iccs(told)
            log.tell(told)

        far = [] if welcome.host is None else ["--anywhere"]  # pictures go by this machine's real addresses
        part = await start("fake_phones", ["--workers", str(farm_workers), *far], folder)
        stack.push_async_callback(part.stop)
        stack.push_async_callback(env.close)
        farm = await connected(part.facts["control"], collector.from_farm)
        feeds = [
            await stack.enter_async_context(beside(farm.listen())),
            await followed(stack, welcome.iccs_url, from_iccs),
        ]
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        iccs = httpx.AsyncClient(base_url=welcome.iccs_url, timeout=PARALLEL_S_MAX, limits=limits)
        http = await stack.enter_async_context(iccs)
        assert welcome.doors is not None
        pictures = welcome.folder if welcome.folder.is_dir() else folder  # the run's, on its machine
        ports = live_ports(
            *(env, journal, resolved, pictures, http, log, farm, welcome.carriers_url, stamps, Radios()),
            *(welcome.doors, None),
        )
        await _clips(farm, resolved, welcome.carriers_url, share)
        watches = [part.died(), *(broke(feed) for feed in feeds), _maimed(farm)]
        wrong = [await stack.enter_async_context(beside(watch)) for watch in watches]
        yield Stand(env, ports, journal, farm, part, tuple(wrong))


async def _maimed(farm: FarmControl) -> str:
    await farm.worker_died.wait()
    return "a worker of the farm died"


async def _clips(farm: FarmControl, resolved: Resolved, carriers_url: str, share: int) -> None:
    """Draw and load what lean phones will film, which takes long the first time: nobody's call waits for it.

    A spare phone of each kind does it, with numbers from the end of the lab's range, others than those of
    another share's.
    """
    kinds = {(c.caller.scene, c.caller.scene_seed) for c in resolved.calls if c.caller.phone == "lean"}
    prefix = resolved.carriers[0].prefixes[0]
    for n, (scene, seed) in enumerate(sorted(kinds), share * len(kinds)):
        spare = {"phone": f"spare-{n}", "number": f"{prefix}{999_999 - n:06d}", "carriers_url": carriers_url}
        await farm.ask("phone.add", **spare, kind="lean", scene=scene, scene_seed=seed, stamp=f"{n:016x}")
        await farm.ask("phone.ready", phone=f"spare-{n}")
        await farm.ask("phone.remove", phone=f"spare-{n}")
