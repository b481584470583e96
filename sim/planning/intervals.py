"""How sure a simulated mean is: intervals, how many replications, how long a warm-up. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt

import numpy as np
from scipy.stats import t as student

from sim.planning.tables import Floats

Numbers = Sequence[float] | Floats
LOOK_AHEAD = 5


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the half width of its confidence interval."""

    mean: float
    half: float

    @property
    def low(self) -> float:
        return self.mean - self.half

    @property
    def high(self) -> float:
        return self.mean + self.half

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def half_width(numbers: Numbers, confidence: float = 0.95) -> float:
    """Of Student's interval of the mean of independent numbers; infinite for fewer than two."""
    n = len(numbers)
    if n < 2:
        return float("inf")
    return _quantile(confidence, n - 1) * float(np.std(numbers, ddof=1)) / sqrt(n)


@cache
def _quantile(confidence: float, freedom: int) -> float:
    """Kept: scipy takes longer for it than all else that an estimate takes."""
    return float(student.ppf(0.5 + confidence / 2, freedom))


def t_interval(numbers: Numbers, confidence: float = 0.95) -> Interval:
    """Over replications."""
    return Interval(float(np.mean(numbers)), half_width(numbers, confidence))


def batch_means(series: Numbers, batches: int = 30, confidence: float = 0.95) -> Interval:
    """Of one long run after its warm-up, cut into equal batches (Law 2015, 9.5.3); a rest at the front is
    left out. Batches must be long against the time over which the series remembers.
    """
    return t_interval(_batched(series, len(series) // batches), confidence)


def replications_needed(precise: Sequence[bool], look_ahead: int = LOOK_AHEAD) -> int | None:
    """How many were enough: the fewest from which on it was precise, and stayed so over the next `look_ahead`
    (over 100 replications: so many per cent of them). `precise[n - 1]` is of the first n; none: not yet.
    Hoad, Robinson and Davies (2010), J. Oper. Res. Soc. 61, 1632-1644.
    """
    found = 0
    for n, held in enumerate(precise, 1):
        found = (found or n) if held else 0
        if found and n - found >= look_ahead * max(found, 100) // 100:
            return found
    return None


def known(what: str, half: float, precision: float, after: int | None) -> str:
    """In words how well it is known (`half` of its interval), and after how many replications it was known as
    asked (`replications_needed`).
    """
    if after is not None:
        asked = f"± {precision:g} was reached after {after} and kept"
    elif half <= precision:
        asked = f"whether it stays within ± {precision:g} takes a few more to say"
    else:
        asked = f"± {precision:g} takes more"
    so_well = "is not known" if np.isinf(half) else f"is known to ± {half:.4f}"
    return f"{what} {so_well}; {asked}"


def mser5(series: Numbers) -> int:
    """How many of the first observations to leave out: what lets the rest, in batches of five, have the least
    standard error (White, Cobb and Spratt 2000). At most half of the series; if it is half, run longer.
    """
    means = _batched(series, 5, from_end=False)
    n = len(means)
    errors = [float(np.var(means[cut:])) / (n - cut) for cut in range(n // 2 + 1)]
    return 5 * int(np.argmin(errors))


def welch(series: Sequence[Numbers], window: int) -> Floats:
    """The mean over replications, smoothed by a moving average of 2 x window + 1, narrower at the start
    (Welch 1983; Law 2015, 9.5.1): where it has become flat the warm-up is over.
    """
    means = np.mean(np.asarray(series, np.float64), axis=0)
    halves = np.minimum(np.arange(len(means) - window), window)
    return np.array([means[n - half : n + half + 1].mean() for n, half in enumerate(halves)])


def _batched(series: Numbers, size: int, from_end: bool = True) -> Floats:
    """Means of whole batches of this size."""
    values = np.asarray(series, np.float64)
    batches = len(values) // size
    kept = values[len(values) - batches * size :] if from_end else values[: batches * size]
    return np.asarray(kept.reshape(batches, size).mean(axis=1), np.float64)
