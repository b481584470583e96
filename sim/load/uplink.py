"""A conductor's line to its country: joined once, then records on their way to the one journal."""

import asyncio
import itertools
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from sim.journal import Record
from sim.load.welcome import Welcome

BATCH_S = 0.2
ANSWERS_S_MAX = 20.0
CLOCKS_COMPARED = 15
_LONGEST = 2**26


class NoCountry(Exception):
    """The country cannot be joined, or is gone; the text says why."""


class Uplink:
    """What is told goes out in batches, numbered, so that nothing is lost unseen."""

    def __init__(self, socket: ClientConnection, welcome: dict[str, Any], ahead_s: float) -> None:
        self._socket, self._welcome = socket, welcome
        self.ahead_s = ahead_s  # this machine's CLOCK_MONOTONIC before the country's
        self._waiting: list[dict[str, Any]] = []
        self._n = itertools.count(1)

    @cached_property
    def welcome(self) -> Welcome:
        """Raises ValueError, for the country to be told of, when it cannot be read."""
        return Welcome.model_validate(self._welcome)

    def record(self, record: Record) -> None:
        """A record for the journal."""
        self._waiting.append(asdict(record))

    def told(self, call: str) -> None:
        """All there is of this call has been told."""
        self._waiting.append({"told": call})

    async def run(self) -> None:
        """Send what waits, again and again. Raises NoCountry when the line breaks."""
        while True:
            await asyncio.sleep(BATCH_S)
            await self._send()

    async def leave(self, **facts: Any) -> None:
        """The last words; returns when the country has everything. Raises NoCountry."""
        await self._send()
        try:
            await self._socket.send(json.dumps({"n": next(self._n), "leaving": facts}))
            async with asyncio.timeout(ANSWERS_S_MAX):
                await self._socket.recv()
        except (WebSocketException, TimeoutError) as error:
            raise NoCountry(f"the country did not take the last words: {error!r}") from None

    async def _send(self) -> None:
        if not self._waiting:
            return
        batch, self._waiting = self._waiting, []
        try:
            await self._socket.send(json.dumps({"n": next(self._n), "told": batch}, ensure_ascii=False))
        except WebSocketException as error:
            raise NoCountry(f"the line to the country broke: {error!r}") from None


@asynccontextmanager
async def joined(url: str, token: str, name: str) -> AsyncIterator[Uplink]:
    """Join the country at `url` for as long as the block runs. Raises NoCountry."""
    try:
        socket = await connect(f"{url}/uplink", max_size=_LONGEST, open_timeout=10, ping_interval=None)
    except (OSError, WebSocketException, TimeoutError) as error:
        raise NoCountry(f"{url}: no country answers there ({error})") from None
    async with socket:
        try:
            async with asyncio.timeout(ANSWERS_S_MAX):
                await socket.send(json.dumps({"join": name, "token": token}))
                told = json.loads(await socket.recv())
                if "refused" in told:
                    raise NoCountry(f"{url}: {told['refused']}")
                ahead_s = 0.0 if told["boot"] == boot() else await _ahead_s(socket)
        except (WebSocketException, TimeoutError) as error:
            raise NoCountry(f"{url}: the country did not let us in ({error!r})") from None
        yield Uplink(socket, told["welcome"], ahead_s)


def boot() -> str:
    """Of this machine's life: CLOCK_MONOTONIC is one clock for all who share it."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip() + os.uname().nodename


async def _ahead_s(socket: ClientConnection) -> float:
    """From the quickest of some exchanges, as NTP does (RFC 5905, section 8)."""
    clock, found = asyncio.get_running_loop().time, []
    for _ in range(CLOCKS_COMPARED):
        asked = clock()
        await socket.send('{"clock": true}')
        theirs = float(json.loads(await socket.recv())["clock"])
        answered = clock()
        found.append((answered - asked, (asked + answered) / 2 - theirs))
    return min(found)[1]
