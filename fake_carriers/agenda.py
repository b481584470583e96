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
        self._running = False

    def at(self, when: float, step: Step) -> None:
        """Do `step` at `when`; of two at one time the one that was put first is done first."""
        heapq.heappush(self._steps, (when, next(self._order), step))
        if self._steps[0][2] is step and not self._running:  # `run` says when it is done
            self._wake(when)

    def run(self, now: float) -> float | None:
        """Do what is due; the time of the next step, None when there is none.

        A step that is put meanwhile has its turn the next time, even when it is due already: steps that
        put themselves at `now` must not keep others from theirs.
        """
        due: list[tuple[float, int, Step]] = []
        while self._steps and self._steps[0][0] <= now:
            due.append(heapq.heappop(self._steps))
        due.reverse()
        self._running = True
        try:
            while due:
                due.pop()[2](now)
        finally:
            self._running = False
            for step in due:  # one has failed: the others have their turn the next time
                heapq.heappush(self._steps, step)
        return self._steps[0][0] if self._steps else None

    def __len__(self) -> int:
        return len(self._steps)
