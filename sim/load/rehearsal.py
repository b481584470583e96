"""Arrivals alone: every call is noted when it is ordered, and is over at once. It measures locust's part."""

import asyncio
from collections.abc import Callable

from sim.journal import Record
from sim.load.uplink import Uplink
from sim.resolve import Resolved


class Rehearsal:
    """`t0` is the run's begin by CLOCK_MONOTONIC."""

    def __init__(self, resolved: Resolved, uplink: Uplink, say: Callable[..., None]) -> None:
        self._resolved, self._uplink, self._say = resolved, uplink, say
        self._clock = asyncio.get_running_loop().time
        self.t0 = 0.0

    def tell(self, place: int) -> None:
        """The call at this place of the trace rings now. Raises IndexError when there is none."""
        call = self._resolved.calls[place]
        lateness_s = round(self._clock() - self.t0 - call.at_s, 6)
        due = Record(call.at_s, "call.due", call.name, None, "lab", call.at_s, {"lateness_s": lateness_s})
        self._uplink.record(due)
        self._say(
            told=place,
            line=call.line,
            outcome="rehearsed",
            ordained=None,
            ok=True,
            detail="",
            lateness_s=lateness_s,
            lasted_s=lateness_s,
        )
