"""What a uniform draw becomes: pure functions of u in (0, 1), by inversion."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import NormalDist
from typing import TypeVar

T = TypeVar("T")

_NORMAL = NormalDist()
_Z95 = _NORMAL.inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A lognormal by what people state: its median and the sigma of its logarithm."""

    median: float
    sigma: float

    @classmethod
    def by_p95(cls, median: float, p95: float) -> "Lognormal":
        """The lognormal with this median and this 95th percentile (p95 >= median > 0)."""
        return cls(median, log(p95 / median) / _Z95)

    def at(self, u: float) -> float:
        return self.median * exp(self.sigma * _NORMAL.inv_cdf(u))


@dataclass(frozen=True, slots=True)
class Exponential:
    """An exponential with the given mean."""

    mean: float

    def at(self, u: float) -> float:
        return -self.mean * log(1.0 - u)


def bernoulli(u: float, probability: float) -> bool:
    """True with the given probability."""
    return u < probability


def choice(u: float, items: Sequence[tuple[T, float]]) -> T:
    """One of (item, weight) by weight; weights are 0 or more and need not sum to 1. Raises ValueError."""
    if any(weight < 0 for _, weight in items):
        raise ValueError("choice needs weights of 0 or more")
    total = sum(weight for _, weight in items)
    if total <= 0:
        raise ValueError("choice needs at least one item with a weight above 0")
    left = u * total
    for item, weight in items:
        left -= weight
        if left < 0:
            return item
    return next(item for item, weight in reversed(items) if weight > 0)  # rounding left a rest
