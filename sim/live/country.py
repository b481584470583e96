"""The country: the parts that all calls share, started, followed and told this run's fates."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sim.clock import PortError
from sim.live.ambulance import ServiceDoors
from sim.live.bindings import Bindings
from sim.live.collector import Collector
from sim.live.feed import followed
from sim.live.forgery import forged_receipt
from sim.live.iccs import send
from sim.live.parts import Part
from sim.live.radios import Radios
from sim.live.wiring import Wiring
from sim.resolve import Resolved


@dataclass(frozen=True, slots=True)
class Country:
    """Carriers, video service and control rooms, by name in `parts`; what they tell is in the journal."""

    parts: dict[str, Part]
    iccs_url: str
    carriers_url: str
    carriers: httpx.AsyncClient
    doors: ServiceDoors
    feeds: list[asyncio.Task[None]]  # what one raises is the lab's own fault
    forged: list[int]  # what our service answered to a forged receipt, where receipts come by HTTP


@asynccontextmanager
async def country(
    resolved: Resolved,
    folder: Path,
    bound: Bindings,
    radios: Radios,
    collector: Collector,
    hear: Callable[[dict[str, Any]], None] = lambda told: None,
) -> AsyncIterator[Country]:
    """For as long as the block runs; then all is stopped. `hear` is told what the control rooms tell.

    Raises PartDied when a part does not start, PortError when one cannot be set up.
    """
    async with AsyncExitStack() as stack:
        parts = await Wiring(stack, resolved, folder, bound, radios).start()
        iccs_url, carriers_url = parts["fake_iccs"].url, bound.carriers_url or parts["fake_carriers"].url

        def from_iccs(told: dict[str, Any]) -> None:
            collector.from_iccs(told)
            hear(told)

        feeds = [
            await followed(stack, iccs_url, from_iccs),
            await followed(stack, carriers_url, collector.from_carriers),
        ]
        carriers = await stack.enter_async_context(httpx.AsyncClient(base_url=carriers_url, timeout=10))
        await _set_fate(carriers, resolved)
        stack.push_async_callback(_end_moods, carriers, resolved)
        forged = await _forge(parts, resolved)
        yield Country(parts, iccs_url, carriers_url, carriers, _doors(parts, bound), feeds, forged)


def _doors(parts: dict[str, Part], bound: Bindings) -> ServiceDoors:
    """Those of our own service; of a target only the administrator has the administrator's key."""
    service = parts.get("video_service")
    if service is None:
        return ServiceDoors(bound.target or "", bound.target_key or "", "")
    return ServiceDoors(service.url, str(service.facts["key"]), str(service.facts["admin_key"]))


async def _forge(parts: dict[str, Part], resolved: Resolved) -> list[int]:
    """Where our service's receipts come by HTTP, what it answers to one that is forged."""
    service = parts.get("video_service")
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
