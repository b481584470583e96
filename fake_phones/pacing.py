"""When the next frame is due: absolute times, so that lateness never adds up; and how late frames were."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class Lateness:
    """How late pictures were, counted in steps: of a film that lasts for hours a list would grow, and what
    several films, phones or processes counted can be added up.
    """

    STEPS_S = (*(k / 1000 for k in range(1, 21)), 0.03, 0.05, 0.1, 0.2, 0.5, 1.0)

    def __init__(self) -> None:
        self.s_max = 0.0
        self._counts = [0] * (len(self.STEPS_S) + 1)

    def note(self, late_s: float) -> None:
        self._counts[bisect_left(self.STEPS_S, late_s)] += 1
        self.s_max = max(self.s_max, late_s)

    def add(self, facts: Mapping[str, Any]) -> None:
        """What `facts` told of others; of a phone that does not count it there is nothing."""
        for step, count in enumerate(facts.get("pacing_lateness_counts", ())):
            self._counts[step] += count
        self.s_max = max(self.s_max, facts.get("pacing_lateness_s_max", 0.0))

    def quantile_s(self, share: float) -> float:
        """The upper end of the step that this share of the pictures was not later than."""
        left = share * sum(self._counts)
        for step_s, count in zip((*self.STEPS_S, self.s_max), self._counts, strict=True):
            left -= count
            if left <= 0:
                return min(step_s, self.s_max)
        return self.s_max

    def facts(self) -> dict[str, Any]:
        """The counts are those of the steps up to the last one that was reached."""
        reached = max((step + 1 for step, count in enumerate(self._counts) if count), default=0)
        return {
            "pacing_lateness_s_p99": round(self.quantile_s(0.99), 4),
            "pacing_lateness_s_max": round(self.s_max, 4),
            "pacing_lateness_counts": self._counts[:reached],
        }


def merged(facts: Iterable[Mapping[str, Any]]) -> Lateness:
    """How late all of these were together."""
    late = Lateness()
    for one in facts:
        late.add(one)
    return late


@dataclass
class Pacing:
    """Slot n of a film is due n / `fps` seconds after its start; one more than a frame late is dropped."""

    fps: float
    start_s: float | None = None
    dropped: int = 0
    lateness: Lateness = field(default_factory=Lateness)
    """Of the frames that were taken."""
    _next: int = 0

    def slot(self, now_s: float) -> tuple[int, float]:
        """The next slot and the time it is due; skips the slots that it is too late for."""
        if self.start_s is None:
            self.start_s = now_s
        too_late = math.ceil((now_s - self.start_s) * self.fps - 1) - self._next
        if too_late > 0:
            self.dropped += too_late
            self._next += too_late
        slot = self._next
        self._next += 1
        return slot, self.start_s + slot / self.fps

    def filmed(self, due_s: float, at_s: float) -> None:
        """Note when the frame that was due at `due_s` was really taken."""
        self.lateness.note(max(0.0, at_s - due_s))
