"""What the country has measured so far: rows of locust's tables, counts, and series over time."""

import time
from collections import Counter
from typing import Any

from locust.runners import Runner

from sim.checks.metrics import quantile
from sim.load.player import METRIC, log_metric

NEVER_S = 1e6  # so the country says that something never came (figures.py): JSON has no infinity
BAND_S = 10.0  # the report draws percentiles of so many seconds


class Measured:
    """`add` takes the country's words. A sample that never came counts as a failure of its row."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._t0: float | None = None
        self._samples: dict[str, list[tuple[float, float]]] = {}
        self._never: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()

    def begin(self, t0_monotonic_s: float) -> None:
        self._t0 = t0_monotonic_s

    @property
    def t_s(self) -> float:
        """Seconds since the first moment of the test; 0 before it."""
        return 0.0 if self._t0 is None else max(0.0, time.monotonic() - self._t0)

    def add(self, word: dict[str, Any]) -> None:
        self.counts.update(word.get("counts", {}))
        for metric, values in word.get("samples", {}).items():
            name = row_name(metric)
            for value in values:
                if isinstance(value, int | float) and value < NEVER_S:
                    log_metric(self._runner, name, value * 1000)
                    self._samples.setdefault(name, []).append((self.t_s, value * 1000))
                else:
                    entry = self._runner.stats.entries[(name, METRIC)]
                    entry.log(None, 0)  # type: ignore[arg-type]  # counts, without a time
                    entry.log_error("never")
                    self._never[name] += 1

    def rows(self) -> list[dict[str, Any]]:
        """One for each metric: samples, never, p50, p95, p99, max."""
        made = []
        for name in sorted({*self._samples, *self._never}):
            values = sorted(value for _, value in self._samples.get(name, []))
            quantiles = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
            shown = {key: round(quantile(values, q) or 0.0, 1) for key, q in quantiles.items()}
            made.append({"name": name, "n": len(values), "never": self._never[name], **shown})
        return made

    def bands(self) -> dict[str, list[tuple[float, float, float]]]:
        """Of each metric (seconds since t0, p50, p95), by BAND_S."""
        made = {}
        for name, samples in sorted(self._samples.items()):
            by_band: dict[int, list[float]] = {}
            for t_s, value in samples:
                by_band.setdefault(int(t_s // BAND_S), []).append(value)
            made[name] = [
                (band * BAND_S, quantile(ordered, 0.5) or 0.0, quantile(ordered, 0.95) or 0.0)
                for band, values in sorted(by_band.items())
                for ordered in [sorted(values)]
            ]
        return made


def row_name(metric: str) -> str:
    """Locust's tables are in milliseconds: durations lose their `_s`, ratios say that they are per mille."""
    return metric.removesuffix("_s") if metric.endswith("_s") else f"{metric} (per mille)"
