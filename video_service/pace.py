"""How fast one route is sent to: a window and a pause that follow what the carrier bears. Pure."""

import math

WINDOW = 10
"""Submits under way at once; a carrier that says "slower" halves it, each acceptance widens it by one."""
PAUSE_S = 0.25
PAUSE_S_MAX = 2.0
"""The pause after "slower" doubles up to this, until something is accepted again."""
ASKED_PAUSE_S_MAX = 10.0
"""Longest pause that a carrier may ask for: a message may be waiting that somebody's life hangs on."""


class Pace:
    """Tells from when on one more submit may go out."""

    def __init__(self) -> None:
        self._window = WINDOW
        self._pause_s = PAUSE_S
        self._pause_until = -math.inf

    def opens_at(self, under_way: int) -> float:
        """When the next submit may go out; infinity while an answer must come first."""
        return self._pause_until if under_way < self._window else math.inf

    def accepted(self) -> None:
        self._window = min(WINDOW, self._window + 1)
        self._pause_s = PAUSE_S

    def slower(self, now: float, asked_s: float | None) -> None:
        """The carrier takes no more for now. Said to several submits of one flight it counts once."""
        if asked_s is not None:
            self._pause_until = max(self._pause_until, now + min(asked_s, ASKED_PAUSE_S_MAX))
        elif now >= self._pause_until:
            self._window = max(1, self._window // 2)
            self._pause_until = now + self._pause_s
            self._pause_s = min(PAUSE_S_MAX, 2 * self._pause_s)
