"""How long the whole way from request to picture takes: the distribution of its stages' sum, on a grid."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
from scipy.signal import fftconvolve
from scipy.special import ndtr

from draws import Lognormal
from sim.planning.carriers import Subscribers
from sim.planning.chain import Chain
from sim.planning.tables import Floats

STEP_S = 0.05
END_S = 1800.0  # what takes longer is left out


@dataclass(frozen=True, eq=False, slots=True)
class Way:
    """`within[n]`: the probability that it takes at most n x STEP_S, when nothing fails and no carrier is in
    trouble.
    """

    within: Floats

    def share_within(self, limit_s: float) -> float:
        return float(np.interp(limit_s, STEP_S * np.arange(len(self.within)), self.within))

    def quantile_s(self, q: float) -> float:
        return STEP_S * float(np.searchsorted(self.within, q))


@lru_cache(maxsize=16)
def way_of(chain: Chain, carriers: tuple[Subscribers, ...]) -> Way:
    """By convolution, each stage rounded to the grid. No carriers: the SMS takes no time."""
    stages = [_lognormal(stage) for stage in (chain.request, chain.opens, chain.consents, chain.connects)]
    by_carrier = [(one.last - one.first) * _sms(one) for one in carriers]
    whole = reduce(_sum, [*stages, np.sum(by_carrier, axis=0)] if by_carrier else stages)
    return Way(np.cumsum(whole))


def _sum(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.maximum(fftconvolve(one, other)[: len(one)], 0.0), np.float64)


def _sms(carrier: Subscribers) -> Floats:
    def pareto(limit_s: Floats) -> Floats:
        return 1.0 - np.maximum(limit_s / carrier.tail_s_min, 1.0) ** -carrier.tail_alpha

    body = _lognormal(carrier.body)
    delays = (1.0 - carrier.tail_share) * body + carrier.tail_share * _on_grid(pareto)
    last = round(carrier.delay_s_max / STEP_S)
    delays[last] += max(0.0, 1.0 - delays[:last].sum() - delays[last])
    delays[last + 1 :] = 0.0
    return delays


def _lognormal(given: Lognormal) -> Floats:
    if given.median <= 0.0 or given.sigma <= 0.0:
        return _on_grid(lambda limit_s: np.asarray(limit_s >= given.median, np.float64))
    with np.errstate(divide="ignore"):
        return _on_grid(lambda limit_s: np.asarray(ndtr(np.log(limit_s / given.median) / given.sigma)))


def _on_grid(within: Callable[[Floats], Floats]) -> Floats:
    """The probability of each step's middle and half a step to both sides."""
    edges = STEP_S * (np.arange(1, int(END_S / STEP_S) + 1) - 0.5)
    return np.diff(within(np.maximum(edges, 0.0)), prepend=0.0)
