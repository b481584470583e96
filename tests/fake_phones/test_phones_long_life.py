"""Phone after phone in one farm process: memory, files, tasks and threads stay as they were.

`LAB113_LIVES=10000 pytest -s tests/fake_phones/test_phones_long_life.py` (tox -e lives) is the long one; it
tells the figures after every thousand.
"""

import asyncio
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

LIVES = int(os.environ.get("LAB113_LIVES", "200"))
FIRST = min(LIVES // 5, 1000)  # then everything has been used once
AT_ONCE = 8
FILMS_S = 0.15
SETTLE_S = 20.0
WIDTH, HEIGHT, GROWS_AT_MOST = (640, 360, 1.05) if LIVES > 200 else (320, 180, 1.15)
"""Of the memory, from the first lives to the last. In small pictures the stamp has so many patterns that the
table of their bits (`lean.splice`) takes thousands of lives to fill; in large ones all are soon there."""
ROOT = Path(__file__).parents[2]

Controlling = Callable[[str], AbstractAsyncContextManager[Any]]


@dataclass(frozen=True)
class Held:
    """What the farm's process holds."""

    files: int
    tasks: int
    threads: int
    memory_mb: float

    @classmethod
    def now(cls, pid: int, totals: dict[str, Any]) -> "Held":
        status = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
        )
        files = len(os.listdir(f"/proc/{pid}/fd"))
        return cls(files, totals["tasks"], int(status["Threads"]), int(status["VmRSS"].split()[0]) / 1024)

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.files, self.tasks, self.threads


@contextmanager
def program(*command: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """A part for as long as the block runs: its process and its ready line."""
    pipe = subprocess.PIPE
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, *command], stdin=pipe, stdout=pipe, env=environment) as process:
        assert process.stdout
        try:
            yield process.pid, json.loads(process.stdout.readline())
            assert process.poll() is None
        finally:
            process.kill()


class Lives:
    """Lives of one after the other kind, some at the same time; `films` counts those that filmed."""

    def __init__(self, control: Any, service_url: str) -> None:
        self._control, self._url = control, service_url
        self._few = asyncio.Semaphore(AT_ONCE)
        self.films = self.refused = 0

    async def live(self, numbers: range) -> None:
        async with asyncio.TaskGroup() as living:
            for n in numbers:
                await self._few.acquire()
                life = living.create_task(self._live(n))
                life.add_done_callback(lambda _: self._few.release())

    async def _live(self, n: int) -> None:
        film = {"width": WIDTH, "height": HEIGHT, "fps": 15, "scene": "test-card", "kind": "lean"}
        added = {**film, "phone": f"p{n}", "stamp": secrets.token_hex(8)}
        caller = {"number": f"+4710{n:06}", "carriers_url": self._url}
        match n % 10:
            case 0 | 5:  # from the SMS's carrier to the picture, by the page
                await self._does(n, "add", **added, **caller)
                await self._does(n, "open", link=f"{self._url}/v/{n}")
                await self._does(n, "consent")
                await self._does(n, "publish")
            case 3:  # never called
                await self._does(n, "add", **added, **caller)
                await self._does(n, "ready")
            case 7:  # nobody takes its picture
                await self._does(n, "add", **added, whip_url=f"{self._url}/nothing")
                with pytest.raises(Exception, match="40"):
                    await self._does(n, "publish")
                self.refused += 1
            case _:
                await self._does(n, "add", **added, whip_url=f"{self._url}/whip")
                await self._does(n, "publish")
        if n % 10 not in (3, 7):
            await asyncio.sleep(FILMS_S)
        filmed = (await self._does(n, "remove"))["frames_sent"]
        assert (filmed > 0) == (n % 10 not in (3, 7))
        self.films += filmed > 0

    async def _does(self, n: int, what: str, **arguments: Any) -> Any:
        async with asyncio.timeout(60):
            return await self._control.do(f"phone.{what}", **{"phone": f"p{n}", **arguments})

    async def settled(self, pid: int, like: tuple[int, ...] = ()) -> Held:
        """What is held, once it is as much as `like` or at rest; the controller forgets what it heard."""
        self._control.events.clear()
        before = None
        for _ in range(round(SETTLE_S / 0.5)):
            held = Held.now(pid, await self._control.do("farm.totals"))
            if held.counts == (like or before):
                return held
            before = held.counts
            await asyncio.sleep(0.5)
        return held


def test_a_life_leaves_nothing_behind(controller: Controlling) -> None:
    async def body() -> None:
        with (
            program(str(Path(__file__).with_name("whole_service.py"))) as (_, service),
            program("-m", "fake_phones") as (pid, farm),
        ):
            async with asyncio.timeout(60 + LIVES), controller(farm["control"]) as control:
                lives = Lives(control, service["url"])
                await lives.live(range(FIRST))
                first = await lives.settled(pid)
                print(f"\n{FIRST:6} lives: {first}")
                for n in range(FIRST, LIVES, 1000):
                    await lives.live(range(n, min(n + 1000, LIVES)))
                    last = await lives.settled(pid, like=first.counts)
                    print(f"{min(n + 1000, LIVES):6} lives: {last}", flush=True)
                totals = await control.do("farm.totals")
        assert (totals["phones"], lives.refused, lives.films) == (0, LIVES // 10, LIVES * 8 // 10)
        assert last.counts == first.counts, (first, last)
        assert last.memory_mb <= first.memory_mb * GROWS_AT_MOST, (first, last)

    asyncio.run(body())
