"""A conductor: tells the stories that a locust worker orders, with a farm of phones and viewers of its own.

A program: `python -m sim.load.conductor --country URL --name NAME`, the country's token in LAB113_LOAD_TOKEN.
It speaks JSON lines (`lines.py`): orders `begin`, `tell`, `end`; words `ready`, `begun`, `told`, `broken`,
`ended`. It ends when standard input closes.
"""

import argparse
import asyncio
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sim.clock import PortError
from sim.live.feed import beside
from sim.live.lived import Lived
from sim.live.parts import PartDied, tracebacks
from sim.live.usage import Usage, usage
from sim.load.lines import Spoken, orders
from sim.load.rehearsal import Rehearsal
from sim.load.stand import Stand, stand
from sim.load.telling import Telling
from sim.load.uplink import NoCountry, Uplink, joined
from sim.resolve import Resolved

FLUSH_S = 0.5
TOKEN = "LAB113_LOAD_TOKEN"


class Conductor:
    """One life: joined, ready, begun, ended."""

    def __init__(self, name: str, share: int, of: int, farm_workers: int, spoken: Spoken) -> None:
        """It tells every `of`th call from the `share`th on."""
        self._name, self._share, self._of, self._say = name, share, of, spoken.say
        self._farm_workers = farm_workers
        self._begun: dict[str, Usage] = {}

    async def lives(self, url: str, token: str) -> None:
        """Until it was told to end, or standard input closes."""
        try:
            async with AsyncExitStack() as stack:
                uplink = await stack.enter_async_context(joined(url, token, self._name))
                await self._joined(stack, uplink)
        except (NoCountry, ValueError) as error:
            self._say(refused=str(error))

    async def _joined(self, stack: AsyncExitStack, uplink: Uplink) -> None:
        try:
            resolved = uplink.welcome.resolved()
            folder = _folder(stack, uplink.welcome.folder, self._name)
            if uplink.welcome.iccs_url:
                await self._conducts(stack, uplink, resolved, folder)
            else:
                await self._rehearses(stack, uplink, resolved)
        except (PartDied, PortError, ValueError) as error:
            await uplink.leave(workers_died=[f"{self._name}: {error}"], blinded=True)
            self._say(refused=str(error))

    async def _conducts(
        self, stack: AsyncExitStack, uplink: Uplink, resolved: Resolved, folder: Path
    ) -> None:
        telling = Telling(resolved, uplink.welcome.ends, uplink, self._say)
        ears = telling.own, telling.heard
        made = stand(uplink.welcome, resolved, folder, self._share, self._farm_workers, *ears)
        ready = await stack.enter_async_context(made)
        sending = await stack.enter_async_context(beside(uplink.run()))
        watching = await stack.enter_async_context(beside(self._watches(*ready.wrong, sending)))
        await telling.prepare(ready, self._share, self._of)
        self._ready(uplink, resolved)
        clock: asyncio.Task[Any] | None = None
        async for order in orders():
            match order["do"]:
                case "begin":
                    self._begun = self._used(ready)
                    t0 = order["t0_monotonic_s"] + uplink.ahead_s
                    telling.begin(ready, t0)
                    running = beside(ready.env.run_live(ready.env.event()))
                    clock = await stack.enter_async_context(running)
                    await stack.enter_async_context(beside(self._watches(clock)))
                    self._say(begun={"t0_monotonic_s": t0})
                case "tell":
                    telling.tell(order["call"])
                case "end":
                    break
        else:
            return  # nobody orders anything any more
        watching.cancel()
        await self._leaves(uplink, ready, clock, folder)

    async def _leaves(
        self,
        uplink: Uplink,
        ready: Stand,
        clock: asyncio.Task[Any] | None,
        folder: Path,
    ) -> None:
        """Tell the country how it was, and go."""
        lived = Lived(lag_s_max=ready.env.lag_s_max)
        await asyncio.sleep(FLUSH_S)  # the phones' last events are on their way
        await lived.look_at_the_farm(ready.farm, ready.journal)
        if clock is not None:
            clock.cancel()
        wall_s = round(max(0.0, ready.env.wall()), 3)
        for part, now in self._used(ready).items():
            used = now.since(self._begun.get(part, Usage()))
            facts: dict[str, Any] = {"worker": self._name, "wall_s": wall_s, **asdict(used)}
            ready.journal.record("part.measured", actor=part, at_s=wall_s, **facts)
        await uplink.leave(
            lag_s_max=lived.lag_s_max,
            farm_lag_s_max=lived.farm_lag_s_max,
            farm_workers=[_named(self._name, worker) for worker in lived.farm_workers],
            workers_died=[f"{self._name}: {died}" for died in lived.workers_died],
            blinded=lived.blinded,
            tracebacks=tracebacks(folder),
        )
        self._say(ended={})

    async def _rehearses(self, stack: AsyncExitStack, uplink: Uplink, resolved: Resolved) -> None:
        """Arrivals alone: no part, no phone."""
        await stack.enter_async_context(beside(uplink.run()))
        rehearsal = Rehearsal(resolved, uplink, self._say)
        self._ready(uplink, resolved)
        async for order in orders():
            match order["do"]:
                case "begin":
                    rehearsal.t0 = order["t0_monotonic_s"] + uplink.ahead_s
                    self._say(begun={"t0_monotonic_s": rehearsal.t0})
                case "tell":
                    rehearsal.tell(order["call"])
                case "end":
                    await uplink.leave()
                    self._say(ended={})
                    return

    def _ready(self, uplink: Uplink, resolved: Resolved) -> None:
        at_s = [call.at_s for call in resolved.calls]
        self._say(ready=True, digest=uplink.welcome.digest, at_s=at_s)

    async def _watches(self, *wrong: asyncio.Task[Any]) -> None:
        """Say what goes wrong first."""
        done, _ = await asyncio.wait(wrong, return_when=asyncio.FIRST_COMPLETED)
        task = done.pop()
        if not task.cancelled():
            self._say(broken=str(task.exception() or task.result()))

    def _used(self, ready: Stand) -> dict[str, Usage]:
        return {
            "fake_phones": usage(ready.farm_part.pid),
            "conductor": usage(os.getpid(), children=False),
            "locust": usage(os.getppid(), children=False),
        }


def _named(name: str, worker: dict[str, Any]) -> dict[str, Any]:
    return {**worker, "worker": f"{name}/{worker['worker']}"}


def _folder(stack: AsyncExitStack, run: Path, name: str) -> Path:
    """In the run's folder where that is on this machine, else for a while."""
    if run.is_dir():
        folder = run / "parts" / name
    else:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="lab113-load-")))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def _until_told(conductor: Conductor, url: str, token: str) -> None:
    life = asyncio.create_task(conductor.lives(url, token))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, life.cancel)
    await asyncio.wait({life})
    if not life.cancelled():
        life.result()


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m sim.load.conductor", description=__doc__)
    words.add_argument("--country", required=True, metavar="URL", help="ws://HOST:PORT of the country")
    words.add_argument("--name", required=True, help="of this conductor, its own in the run")
    words.add_argument("--slice", type=int, default=0, help="the first call it tells, 0 being the first")
    words.add_argument("--of", type=int, default=1, help="it tells each so many-th from there")
    words.add_argument("--farm-workers", type=int, default=1, help="processes of its farm")
    options = words.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # locust hears it, and ends us in order
    conductor = Conductor(options.name, options.slice, options.of, options.farm_workers, Spoken())
    asyncio.run(_until_told(conductor, options.country, os.environ.get(TOKEN, "")))


if __name__ == "__main__":
    main()
