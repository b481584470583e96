"""How late gevent's hub was: a greenlet that ticks, and says how much it overslept."""

import time
from array import array
from collections.abc import Sequence

import gevent

TICK_S = 0.01


class HubLag:
    """Ticks from its making until `stop`."""

    def __init__(self) -> None:
        self._late_s = array("d")
        self._ticking = gevent.spawn(self._tick)

    def stop(self) -> None:
        self._ticking.kill(block=False)

    def figures(self) -> dict[str, float]:
        """The lag's p99 and maximum in seconds."""
        return {"hub_lag_s_p99": quantile(self._late_s, 0.99), "hub_lag_s_max": quantile(self._late_s, 1.0)}

    def _tick(self) -> None:
        while True:
            due = time.monotonic() + TICK_S
            gevent.sleep(TICK_S)
            self._late_s.append(time.monotonic() - due)


def quantile(values: Sequence[float], q: float) -> float:
    """By the nearest rank; of nothing 0."""
    ordered = sorted(values)
    return ordered[min(int(q * len(ordered)), len(ordered) - 1)] if ordered else 0.0
