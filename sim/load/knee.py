"""The knee of a ramp: where a duration's quantile over the latest sessions first leaves its limit."""

from collections import deque
from collections.abc import Mapping, Sequence

from sim.checks.metrics import quantile
from sim.scenario import KneeSpec


class Knee:
    """Takes each session's durations as it ends."""

    def __init__(self, spec: KneeSpec) -> None:
        self.spec = spec
        self._latest: deque[float] = deque(maxlen=spec.sessions)

    def takes(self, durations: Mapping[str, Sequence[float]]) -> float | None:
        """The quantile, when the latest sessions are enough of them and it is beyond the limit."""
        self._latest.extend(durations.get(self.spec.metric, ()))
        if len(self._latest) < self.spec.sessions:
            return None
        now = quantile(sorted(self._latest), self.spec.quantile)
        return now if now is not None and now > self.spec.at_most else None
