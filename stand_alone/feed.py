"""Numbered events that a part tells to whoever follows it."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any


class Feed:
    """An append-only run of events with a number each; a follower may join late and misses nothing kept.

    `keep` bounds the memory. A follower that asks for what is gone gets the oldest kept event next,
    and sees the gap in the numbers.
    """

    def __init__(self, keep: int = 100_000) -> None:
        self._events: deque[dict[str, Any]] = deque(maxlen=keep)
        self._n = 0
        self._waiting: list[asyncio.Future[None]] = []  # followers that have heard all

    def tell(self, event: str, **facts: Any) -> dict[str, Any]:
        """Append one event, stamped with its number and CLOCK_MONOTONIC seconds; return it."""
        self._n += 1
        told = {"n": self._n, "event": event, "monotonic_s": time.monotonic(), **facts}
        self._events.append(told)
        if self._waiting:
            self._wake()
        return told

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for follower in waiting:
            if not follower.done():  # else it was cancelled
                follower.set_result(None)

    def since(self, n: int) -> list[dict[str, Any]]:
        """The kept events with a number above `n`, oldest first."""
        count = min(self._n - n, len(self._events))
        return [self._events[-back] for back in range(count, 0, -1)]

    async def follow(self, since: int = 0) -> AsyncIterator[dict[str, Any]]:
        """Yield every event with a number above `since`, for ever.

        A number above the newest is of an earlier life of this part: then all is told from the start.
        """
        if since > self._n:
            since = 0
        while True:
            for event in self.since(since):
                yield event
                since = event["n"]
            if since == self._n:
                heard = asyncio.get_running_loop().create_future()
                self._waiting.append(heard)
                await heard
