"""The knee of a ramp: where a duration's quantile over the latest sessions first leaves its limit."""

from collections import deque
from collections.abc import Mapping, Sequence

from sim.checks.metrics import quantile
from sim.scenario import KneeSpec


class Knee:
    """Take each session's durations as it ends; `found` says what was found, once."""

    def __init__(self, spec: KneeSpec) -> None:
        self._spec = spec
        self._latest: deque[float] = deque(maxlen=spec.sessions)

    def takes(self, durations: Mapping[str, Sequence[float]]) -> float | None:
        """The quantile, when the latest sessions are enough of them and it is beyond the limit."""
        self._latest.extend(durations.get(self._spec.metric, ()))
        if len(self._latest) < self._spec.sessions:
            return None
        now = quantile(sorted(self._latest), self._spec.quantile)
        return now if now is not None and now > self._spec.at_most else None
