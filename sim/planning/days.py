"""How busy each day is: the season's factor times the day's own, which all streams of a line share."""

from collections.abc import Sequence

import numpy as np
from scipy.special import gammaincinv

from draws import entity_number, uniforms
from sim.planning.country import Stream
from sim.planning.tables import Floats


def day_factors(streams: Sequence[Stream], seed: int, replication: int, days: int) -> Floats:
    """S x days. A day's own factor is gamma with mean 1 and the stream's CV (domain study 3)."""
    factors = np.ones((len(streams), days))
    shared: dict[tuple[str, float], Floats] = {}
    for n, stream in enumerate(streams):
        if stream.day_cv > 0:
            kind = stream.line, stream.day_cv
            if kind not in shared:
                shared[kind] = _gamma(stream.line, stream.day_cv, seed, replication, days)
            factors[n] = shared[kind]
        if stream.year is not None:
            factors[n] *= np.resize(stream.year, days)
    return factors


def _gamma(line: str, cv: float, seed: int, replication: int, days: int) -> Floats:
    shape = 1.0 / cv**2
    which = np.arange(days, dtype=np.uint64)
    entity = np.full(days, entity_number(line), np.uint64)
    u = uniforms(seed, "plan/day", entity, which, replication)
    return np.asarray(gammaincinv(shape, u) / shape, np.float64)
