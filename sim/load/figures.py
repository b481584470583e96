"""What is known of the calls that are over, while the load goes on: for locust's tables and Prometheus."""

import math
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Container, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sim.checks.metrics import call_durations, quantile
from sim.journal import Record
from sim.sessions import CallRow, call_table

_QUANTILES = (0.5, 0.95, 0.99, 1.0)
_NEVER_S = 1e6  # what never came, where infinity cannot be said


class Figures(Collector):
    """Exact: every sample is kept, in order of size."""

    def __init__(self, unseen: Container[str] = ()) -> None:
        """Of the calls named in `unseen` the seed ordains that nobody sees a picture."""
        self._unseen = unseen
        self._records: defaultdict[str, list[Record]] = defaultdict(list)
        self._samples: defaultdict[str, list[float]] = defaultdict(list)
        self._new: defaultdict[str, list[float]] = defaultdict(list)
        self._counts: Counter[str] = Counter()
        self._new_counts: Counter[str] = Counter()
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self.live = 0  # calls that ring or are talked

    def take(self, record: Record) -> None:
        """A record of the journal, as it comes."""
        if record.call is None:
            return
        self.live += record.event == "call.placed"
        self.live -= record.event in ("call.ended", "call.abandoned")
        self._records[record.call].append(record)

    def over(self, call: str) -> dict[str, list[float]]:
        """All there is of this call has come: its durations, which count from now on."""
        (row,) = call_table(self._records.pop(call), self._unseen)
        found = {**call_durations(row), **_ratios(row)}
        for name, taken in found.items():
            for value in taken:
                value = min(value, _NEVER_S)
                insort(self._samples[name], value)
                self._new[name].append(value)
        counted = [row.outcome, *(["stray_frames"] * _stray(row))]
        self._counts.update(counted)
        self._new_counts.update(counted)
        return found

    def news(self) -> tuple[dict[str, list[float]], dict[str, int]]:
        """Samples and counts since the last time."""
        told = dict(self._new), dict(self._new_counts)
        self._new, self._new_counts = defaultdict(list), Counter()
        return told

    def exposition(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        for name, ordered in sorted(self._samples.items()):
            base = f"lab113_{name.removesuffix('_s')}" + ("_seconds" if name.endswith("_s") else "")
            figure = GaugeMetricFamily(base, "Exact quantiles of calls that are over", labels=("quantile",))
            for q in _QUANTILES:
                figure.add_metric((f"{q:g}",), quantile(ordered, q) or 0.0)
            yield figure
            yield GaugeMetricFamily(f"{base}_samples", "How many there are", len(ordered))
        calls = CounterMetricFamily("lab113_calls", "Calls that are over, by how they ended", labels=("end",))
        for end, n in sorted(self._counts.items()):
            if end != "stray_frames":
                calls.add_metric((end,), n)
        yield calls
        yield CounterMetricFamily("lab113_stray_frames", "Must be 0", self._counts["stray_frames"])
        yield GaugeMetricFamily("lab113_calls_live", "Calls that ring or are talked", self.live)


def _stray(row: CallRow) -> int:
    return sum(v.stray for v in row.session.viewers.values()) if row.session else 0


def _ratios(row: CallRow) -> dict[str, list[float]]:
    looked = [] if row.session is None else list(row.session.viewers.values())
    shown_s = math.fsum(v.shown_s for v in looked)
    return {"freeze_ratio": [math.fsum(v.frozen_s for v in looked) / shown_s] if shown_s else []}
