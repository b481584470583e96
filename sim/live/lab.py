"""The lab made ready: parts started and wired to each other, feeds followed, ports bound to them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import tomli_w

from sim.call import Call
from sim.clock import LiveEnvironment, PortError
from sim.faults import Unsafe
from sim.journal import Journal, Record
from sim.live.ambulance import ServiceDoors
from sim.live.collector import Collector
from sim.live.farm import FarmControl, connected
from sim.live.feed import follow, ws_url
from sim.live.forgery import forged_receipt
from sim.live.iccs import CallLog, send
from sim.live.parts import Part, start
from sim.live.radios import Radios
from sim.live.stamps import Stamps
from sim.modes import live_ports
from sim.resolve import Resolved
from sim.stories import Stage

FEEDS_S_MAX = 15.0


@dataclass(frozen=True, slots=True)
class Bindings:
    """What a live run is bound to besides its own parts."""

    target: str | None = None  # another video service
    target_key: str | None = None
    carriers_url: str | None = None  # carriers that run already, for a target whose SMPP points there
    person_at: str | None = None  # the centre whose one seat a person has, at the seat page
    iccs_port: int = 0
    farm_workers: int = 1  # processes that phones and viewers are spread over
    on_seat: Callable[[str], None] = lambda url: None  # told the seat page's address


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
        radios = Radios()
        wired = await _Wiring(stack, resolved, folder, bound, radios).start()
        env = LiveEnvironment()
        stack.push_async_callback(env.close)
        journal = stack.enter_context(Journal(lambda: env.now, env.wall, folder / "journal.jsonl"))
        journal.on_record = on_record
        collector, log, stamps = (
            Collector(journal, resolved.calls, lambda: env.started_at, resolved.ambulances),
            CallLog(),
            Stamps(),
        )
        collector.call_of_stamp = stamps.call_of
        farm = await connected(wired["fake_phones"].facts["control"], collector.from_farm)
        feeds = [await stack.enter_async_context(beside(farm.listen()))]
        iccs_url, carriers_url = wired["fake_iccs"].url, bound.carriers_url or wired["fake_carriers"].url

        def from_iccs(told: dict[str, Any]) -> None:
            collector.from_iccs(told)
            log.tell(told)

        for url, take in ((iccs_url, from_iccs), (carriers_url, collector.from_carriers)):
            feeds.append(await _follow(stack, url, take))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=iccs_url, timeout=15))
        carriers = await stack.enter_async_context(httpx.AsyncClient(base_url=carriers_url, timeout=10))
        ports = live_ports(
            *(env, journal, resolved, folder, http, log, farm, carriers_url, stamps, radios),
            _doors(wired, bound),
            bound.person_at,
        )
        if bound.person_at is not None:
            bound.on_seat(str(httpx.URL(f"{iccs_url}/seat/{bound.person_at}/1")))
        stage = Stage(env, ports, journal, resolved.waits)
        await _switch_on_the_first(env, stage, resolved)
        await _set_fate(carriers, resolved)
        stack.push_async_callback(_end_moods, carriers, resolved)
        forged = await _forge(wired, resolved)
        env.begin()
        for status in forged:
            journal.record("receipt.forged", actor="lab", status=status)
        yield Lab(env, stage, wired, carriers, farm, feeds)


def _doors(wired: dict[str, Part], bound: Bindings) -> ServiceDoors:
    """Those of our own service; of a target only the administrator has the administrator's key."""
    service = wired.get("video_service")
    if service is None:
        return ServiceDoors(bound.target or "", bound.target_key or "", "")
    return ServiceDoors(service.url, str(service.facts["key"]), str(service.facts["admin_key"]))


async def _forge(wired: dict[str, Part], resolved: Resolved) -> list[int]:
    """Where our service's receipts come by HTTP, what it answers to one that is forged."""
    service = wired.get("video_service")
    return [] if service is None or resolved.routes else [await forged_receipt(service.url)]


async def _set_fate(carriers: httpx.AsyncClient, resolved: Resolved) -> None:
    """This run's draws, counting from zero, no moods, and the hour of the week at which it begins."""
    fates = {
        c.name: {key: value for key, value in c.fields().items() if key not in ("name", "share", "prefixes")}
        for c in resolved.carriers
    }
    told = {"seed": resolved.seed, "carriers": fates, "week_s": resolved.week_s}
    await send(carriers, "PUT", "/fate", told)


async def _end_moods(carriers: httpx.AsyncClient, resolved: Resolved) -> None:
    """Carriers that others started run on, and not in a mood of ours."""
    for name in sorted({mood.carrier for mood in resolved.moods}):
        with suppress(PortError):  # our own may be dead by now
            await send(carriers, "DELETE", f"/carriers/{name}/moods", None)


async def _switch_on_the_first(env: LiveEnvironment, stage: Stage, resolved: Resolved) -> None:
    """Phones that ring soon are made ready before the run's t0, so that nobody rings late."""
    soon = [call for call in resolved.calls if call.at_s < stage.waits.early_s]
    switched_on = [env.process(stage.ports.handset.switch_on(call)) for call in soon]
    units = [unit for unit in resolved.ambulances if unit.at_s < stage.waits.early_s]
    switched_on += [env.process(stage.ports.ambulance_phone.enrol(unit)) for unit in units]
    await env.run_live(env.all_of(switched_on))


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Run a coroutine beside the block; it is cancelled at the end."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _follow(
    stack: AsyncExitStack, url: str, take: Callable[[dict[str, Any]], None]
) -> asyncio.Task[None]:
    following = asyncio.Event()
    task = await stack.enter_async_context(beside(follow(ws_url(url, "/events"), take, following)))
    await asyncio.wait_for(following.wait(), FEEDS_S_MAX)
    return task


class _Wiring:
    """Starts the parts in the order in which they need each other's addresses."""

    def __init__(
        self,
        stack: AsyncExitStack,
        resolved: Resolved,
        folder: Path,
        bound: Bindings,
        radios: Radios,
    ) -> None:
        self._stack, self._resolved, self._bound, self._radios = stack, resolved, bound, radios
        self._folder = folder / "parts"
        self._folder.mkdir(exist_ok=True)
        self._parts: dict[str, Part] = {}

    async def start(self) -> dict[str, Part]:
        farm = asyncio.create_task(self._begin("fake_phones", "--workers", str(self._bound.farm_workers)))
        try:
            carriers = await self._carriers()
            await self._start_radios()
            url, key = await self._service(carriers)
            self._radios.origin = url
            await self._begin(
                "fake_iccs",
                *("--centres", self._write("centres", self._centres()), "--port", str(self._bound.iccs_port)),
                *("--video-url", url),
                LAB113_VIDEO_KEY=key,
            )
        finally:
            await asyncio.wait({farm})
        farm.result()
        return self._parts

    async def _begin(self, name: str, *arguments: str, **keys: str) -> Part:
        part = await start(name, list(arguments), self._folder, keys)
        self._stack.push_async_callback(part.stop)
        self._parts[name] = part
        return part

    async def _start_radios(self) -> None:
        for call in (call for call in self._resolved.calls if Radios.has_one(call)):
            part = await self._radios.start(call, self._folder_of(call))
            self._stack.push_async_callback(part.stop)
            self._parts[f"{part.name} of {call.name}"] = part

    def _folder_of(self, call: Call) -> Path:
        folder = self._folder / call.name
        folder.mkdir(exist_ok=True)
        return folder

    async def _carriers(self) -> Part | None:
        """Start the carriers, unless there are some that run already."""
        if self._bound.carriers_url is not None:
            return None
        tables = self._write("carriers", [carrier.fields() for carrier in self._resolved.carriers])
        return await self._begin("fake_carriers", "--carriers", tables, "--handsets", "attached")

    async def _service(self, carriers: Part | None) -> tuple[str, str]:
        """Start the reference service, unless another is the target; its URL and the control room's key."""
        if self._bound.target is not None or carriers is None:
            return self._bound.target or "", self._bound.target_key or ""
        unsafe = any(isinstance(fault, Unsafe) for fault in self._resolved.scenario.faults)
        way, keys = self._way(carriers)
        if self._radios.service_address:
            way += ["--host", self._radios.service_address]
        part = await self._begin("video_service", *way, *(["--unsafe-faults"] if unsafe else []), **keys)
        return part.url, str(part.facts["key"])

    def _way(self, carriers: Part) -> tuple[list[str], dict[str, str]]:
        """How the service is to send its SMS: options, and keys."""
        if not self._resolved.routes:
            return ["--sms-gateway", carriers.url], {
                "LAB113_SMS_GATEWAY_KEY": str(carriers.facts["gateway_key"])
            }
        first = next(c for c in self._resolved.carriers if c.name == self._resolved.routes[0])
        account = ["--smpp-system-id", first.system_id, "--smpp-password", first.password]
        addresses = [str(carriers.facts["smpp"][name]) for name in self._resolved.routes]
        return [*account, *(word for address in addresses for word in ("--smpp", address))], {}

    def _centres(self) -> list[dict[str, Any]]:
        keys = {"name", "kind", "line", "seats", "overflow", "overflow_after_s", "video"}
        tables = [centre.model_dump(mode="json", include=keys) for centre in self._resolved.centres]
        alone = {"seats": 1, "overflow": []}  # a person takes all the calls of the centre, one by one
        return [{**table, **alone} if table["name"] == self._bound.person_at else table for table in tables]

    def _write(self, table: str, rows: list[dict[str, Any]]) -> str:
        path = self._folder / f"{table}.toml"
        path.write_text(tomli_w.dumps({table: rows}), encoding="utf-8")
        return str(path)
