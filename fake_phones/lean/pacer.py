"""One timer for all lean phones of a process: it calls each film when its next picture is due."""

import asyncio
import heapq
import itertools
import logging
import math
from functools import cached_property
from typing import Protocol

from lean_rtc import Inlet

BEATS_PER_S = 120
"""Films begin on a common beat, so that many are due at once: one waking serves them all. 15, 24, 30 and 60
pictures a second stay on the beat."""
AT_ONCE_MOST = 64  # pictures; then the event loop gets its turn

log = logging.getLogger(__name__)


class Paced(Protocol):
    """A film that is shot picture by picture."""

    over: bool

    def shoot(self, now_s: float) -> float:
        """Send the picture that is due; returns when the next one is."""

    def broke(self, error: Exception) -> None:
        """`shoot` raised; the film is over."""


class Pacer:
    """Add films to it; a film leaves when it is over. Times are the loop's (CLOCK_MONOTONIC)."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due: list[tuple[float, int, Paced]] = []
        self._ties = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    @cached_property
    def inlet(self) -> Inlet:
        """The way in for the senders of all films."""
        return Inlet()

    def add(self, film: Paced) -> float:
        """Returns when its first picture is due: at the next beat."""
        due_s = math.ceil(self._loop.time() * BEATS_PER_S) / BEATS_PER_S
        heapq.heappush(self._due, (due_s, next(self._ties), film))
        self._arm()
        return due_s

    def close(self) -> None:
        """After the connections of the films."""
        self._due.clear()
        if self._timer:
            self._timer.cancel()
        if "inlet" in vars(self):
            self.inlet.close()

    def _arm(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._due:
            self._timer = self._loop.call_at(self._due[0][0], self._look)

    def _look(self) -> None:
        for _ in range(AT_ONCE_MOST):
            now_s = self._loop.time()
            if not self._due or self._due[0][0] > now_s:
                break
            film = self._due[0][2]
            if film.over:
                heapq.heappop(self._due)
            else:
                heapq.heapreplace(self._due, (_shot(film, now_s), next(self._ties), film))
        self._arm()


def _shot(film: Paced, now_s: float) -> float:
    try:
        return film.shoot(now_s)
    except Exception as error:  # one phone's trouble is not the others'
        log.exception("a film broke")
        film.broke(error)
        return now_s
