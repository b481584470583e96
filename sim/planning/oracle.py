"""What calls wait that are served in the order they come, by recursions of two lines instead of events."""

from heapq import heapreplace

import numpy as np

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
