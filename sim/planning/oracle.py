"""What calls wait that are served in the order they come: the engine's calls once more, from the same draws,
told by recursions of two lines instead of events.
"""

from heapq import heapreplace

import numpy as np
from scipy.special import ndtri

from draws import entity_number, stream_key
from draws.philox import philox_block
from sim.planning.country import Spread, Stream
from sim.planning.tables import Floats


def kiefer_wolfowitz(arrivals_s: Floats, services_s: Floats, seats: int) -> Floats:
    """Waits at so many seats, first come, first served (Kiefer and Wolfowitz 1955): each call gets the seat
    that is free first.
    """
    free = [0.0] * seats  # a heap: when each seat is
    waits = np.empty(len(arrivals_s))
    for n, (arrives, service) in enumerate(zip(arrivals_s.tolist(), services_s.tolist(), strict=True)):
        begins = max(arrives, free[0])
        heapreplace(free, begins + service)
        waits[n] = begins - arrives
    return waits


def lindley(arrivals_s: Floats, services_s: Floats) -> Floats:
    """The same for one seat, in closed form (Lindley 1952): how far the sum of (service - gap) is above its
    lowest so far.
    """
    steps = services_s[:-1] - np.diff(arrivals_s)
    sums = np.concatenate([[0.0], np.cumsum(steps)])
    return np.asarray(sums - np.minimum.accumulate(sums), np.float64)


def calls_of(stream: Stream, seed: int, replication: int, end_s: float) -> tuple[Floats, Floats]:
    """When the stream's calls come up to `end_s`, and how long each holds its seat. Days are all alike."""
    hours = int(np.ceil(end_s / 3600.0))
    expected = np.concatenate([[0.0], np.cumsum(np.resize(stream.calls_per_s, hours) * 3600.0)])
    n = int(expected[-1] + 10 * expected[-1] ** 0.5 + 10)
    gap, talk = _draws(stream.name, seed, replication, n)
    # by the time that has passed in expected calls, the process has rate one (Cinlar 1975, 4.7)
    arrivals_s = np.interp(np.cumsum(-np.log(gap)), expected, 3600.0 * np.arange(hours + 1), right=np.inf)
    come = arrivals_s < end_s
    return arrivals_s[come], _services_s(stream.talk, talk[come]) + stream.wrap_s


def _draws(name: str, seed: int, replication: int, n: int) -> tuple[Floats, Floats]:
    """The first two uniforms of each call's block."""
    key, entity, mask = stream_key(seed, replication, "plan/call"), entity_number(name), 0xFFFFFFFF
    k = np.arange(n, dtype=np.uint64)
    low, high = np.full(n, entity & mask, np.uint64), np.full(n, entity >> 32, np.uint64)
    words = philox_block((low, high, k, np.zeros(n, np.uint64)), (key & mask, key >> 32))
    return (words[0] + 0.5) / 2**32, (words[1] + 0.5) / 2**32


def _services_s(talk: Spread, u: Floats) -> Floats:
    if talk.kind == "lognormal":
        return np.asarray(talk.a * np.exp(talk.sigma * ndtri(u)), np.float64)
    return -talk.a * np.log(1 - u) if talk.kind == "exponential" else np.full(len(u), talk.a)
