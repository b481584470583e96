"""What is to be done when: future steps in the order of their time. Sans-IO: `now` is an argument."""

import heapq
import itertools
from collections.abc import Callable

Step = Callable[[float], None]
"""Something to do; it is told what time it is then."""


class Agenda:
    """Steps on a clock that does not run back. `wake` is told of each new earliest time."""

    def __init__(self, wake: Callable[[float], None] = lambda at: None) -> None:
        self._steps: list[tuple[float, int, Step]] = []
        self._order = itertools.count()
        self._wake = wake

    def at(self, when: float, step: Step) -> None:
        """Do `step` at `when`; of two at one time the one that was put first is done first."""
        heapq.heappush(self._steps, (when, next(self._order), step))
        if self._steps[0][2] is step:
            self._wake(when)

    def run(self, now: float) -> float | None:
        """Do what is due; the time of the next step, None when there is none."""
        while self._steps and self._steps[0][0] <= now:
            heapq.heappop(self._steps)[2](now)
        return self._steps[0][0] if self._steps else None

    def __len__(self) -> int:
        return len(self._steps)
