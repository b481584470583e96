"""One figure of a plan over its replications, and how sure it is."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.planning.intervals import half_width


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure, by replication."""

    numbers: tuple[float, ...]

    @property
    def mean(self) -> float:
        return float(np.mean(self.numbers))

    @property
    def half(self) -> float:
        """Half of the mean's 95 % interval; infinite for one replication."""
        return half_width(self.numbers)

    @property
    def is_not_0(self) -> bool:
        """Its interval leaves out 0."""
        return abs(self.mean) > self.half

    def less(self, other: "Estimate") -> "Estimate":
        """The difference, replication by replication: on common draws much surer than the two figures."""
        pairs = zip(self.numbers, other.numbers, strict=False)
        return Estimate(tuple(mine - theirs for mine, theirs in pairs))

    def as_json(self) -> dict[str, float | None]:
        return {"mean": self.mean, "half": None if np.isinf(self.half) else self.half}


def points(difference: float, digits: int = 2) -> str:
    """Of two shares, as a person reads it: percentage points, as "+0.04 pp"."""
    return f"{100 * difference:+.{digits}f} pp"


def quantile_s(histogram: Any, q: float) -> float:
    """The q-quantile of durations counted by whole seconds, in the middle of its second; 0 when none."""
    total = int(histogram.sum())
    if not total:
        return 0.0
    return float(np.searchsorted(np.cumsum(histogram), q * total)) + 0.5
