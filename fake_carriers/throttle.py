"""A token bucket: how many messages a carrier takes in a second. Pure: `now` is an argument."""


class Throttle:
    """At most `rate_per_s` in the long run, and one second's worth at once; a rate of 0 is no limit."""

    def __init__(self) -> None:
        self._tokens: float | None = None
        self._at = 0.0

    def take(self, rate_per_s: float, now: float) -> bool:
        """Whether one more may pass at `now` (seconds on any clock that does not run back)."""
        if rate_per_s <= 0:
            self._tokens = None
            return True
        most = max(1.0, rate_per_s)
        left = most if self._tokens is None else min(most, self._tokens + (now - self._at) * rate_per_s)
        self._at = now
        passes = left >= 1.0
        self._tokens = left - passes
        return passes
