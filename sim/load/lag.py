"""How late gevent's hub was: a greenlet that ticks, and says how much it overslept."""

import time
from array import array

import gevent

from sim.checks.metrics import quantile

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
        late_s = sorted(self._late_s)
        return {"hub_lag_s_p99": quantile(late_s, 0.99) or 0.0, "hub_lag_s_max": quantile(late_s, 1.0) or 0.0}

    def _tick(self) -> None:
        while True:
            due = time.monotonic() + TICK_S
            gevent.sleep(TICK_S)
            self._late_s.append(time.monotonic() - due)
