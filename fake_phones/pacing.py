"""When the next frame is due: absolute times, so that lateness never adds up."""

import math
from dataclasses import dataclass, field


@dataclass
class Pacing:
    """Slot n of a film is due n / `fps` seconds after its start; one more than a frame late is dropped."""

    fps: float
    start_s: float | None = None
    dropped: int = 0
    _next: int = 0
    _lateness_s: list[float] = field(default_factory=list)

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
        self._lateness_s.append(max(0.0, at_s - due_s))

    @property
    def filmed_frames(self) -> int:
        return len(self._lateness_s)

    @property
    def lateness_s_p99(self) -> float:
        late = sorted(self._lateness_s)
        return late[int(0.99 * (len(late) - 1))] if late else 0.0

    @property
    def lateness_s_max(self) -> float:
        return max(self._lateness_s, default=0.0)
