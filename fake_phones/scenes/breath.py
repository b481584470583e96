"""Breathing: how far the chest has risen at a time."""

from dataclasses import dataclass
from math import cos, pi


@dataclass(frozen=True)
class Breath:
    """Regular breaths: in over 40 % of the time, out over 45 %, then a pause. 0 a minute = none."""

    per_minute: float
    depth: float = 1.0
    phase: float = 0.0
    """0 to 1: where in a breath the scene begins."""

    def lift(self, t_s: float) -> float:
        """How far the chest has risen, 0 to `depth`."""
        if self.per_minute <= 0:
            return 0.0
        at = (t_s * self.per_minute / 60 + self.phase) % 1.0
        if at < 0.40:
            return self.depth * (0.5 - 0.5 * cos(pi * at / 0.40))
        if at < 0.85:
            return self.depth * (0.5 + 0.5 * cos(pi * (at - 0.40) / 0.45))
        return 0.0
