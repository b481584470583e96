"""Calls that do not come by the week's profile: an incident's burst, and a centre's own log."""

from dataclasses import dataclass
from math import ceil, inf
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from draws import quarters_block
from sim.reading import BadFile

Floats = npt.NDArray[np.float64]
COLUMNS = ("at_s", "line", "centre")


class Arrivals(Protocol):
    """When calls come, seconds from the beginning, in order."""

    def times(self, name: str, seed: int, replication: int, until_s: float) -> Floats:
        """Of the stream of this name, those before `until_s`."""


@dataclass(frozen=True, slots=True)
class Burst:
    """`extra_per_s` more calls a second at `at_s`, dying away with `decay_s` (exponentially)."""

    at_s: float
    extra_per_s: float
    decay_s: float

    def times(self, name: str, seed: int, replication: int, until_s: float) -> Floats:
        """A Poisson process by its cumulated rate, which never exceeds what is expected in all."""
        expected = self.extra_per_s * self.decay_s
        most = int(expected + 10 * expected**0.5 + 10)  # ten standard deviations
        gaps, _, _, _ = quarters_block(
            seed, "plan/burst", name, np.arange(most, dtype=np.uint64), replication
        )
        passed = np.cumsum(-np.log(gaps))
        passed = passed[passed < expected]
        times = np.asarray(self.at_s - self.decay_s * np.log1p(-passed / expected), np.float64)
        return times[times < until_s]


@dataclass(frozen=True, slots=True)
class OnlyAt:
    """Of others those that come at these hours of the week."""

    of: Arrivals
    hours: frozenset[int]

    def times(self, name: str, seed: int, replication: int, until_s: float) -> Floats:
        """As the others', and fewer."""
        came = self.of.times(name, seed, replication, until_s)
        return np.asarray(
            came[np.isin((came // 3600.0).astype(np.int64) % 168, list(self.hours))], np.float64
        )


@dataclass(frozen=True, eq=False, slots=True)
class Trace:
    """The same calls in every replication; they come again after `lasts_s`, if that is finite."""

    at_s: Floats
    lasts_s: float = inf

    def times(self, name: str, seed: int, replication: int, until_s: float) -> Floats:
        rounds = 1 if self.lasts_s == inf else ceil(until_s / self.lasts_s)
        times = (
            np.concatenate([self.at_s + n * self.lasts_s for n in range(rounds)]) if rounds > 1 else self.at_s
        )
        return times[times < until_s]


def read_trace(path: Path) -> dict[tuple[str, str], Trace]:
    """By centre and line, from a CSV or Parquet file with the columns `at_s` (seconds from the beginning),
    `line` and `centre`. Other columns are not read: no personal data is kept. Raises BadFile.
    """
    table = _table(path)
    found: dict[tuple[str, str], Trace] = {}
    for (centre, line), calls in table.group_by("centre", "line", maintain_order=True):
        found[str(centre), str(line)] = Trace(np.sort(calls["at_s"].to_numpy()))
    return found


def _table(path: Path) -> Any:
    try:
        import polars  # nothing but traces needs it
    except ImportError:
        raise BadFile(f"{path}: a trace needs polars: pip install 'lab113[plan]'") from None
    scan = polars.scan_parquet if path.suffix == ".parquet" else polars.scan_csv
    try:
        there = scan(path).collect_schema().names()
        if missing := [name for name in COLUMNS if name not in there]:
            raise BadFile(f"{path}: no column {missing[0]!r}; a trace has {', '.join(COLUMNS)}")
        types = {"at_s": polars.Float64, "line": polars.String, "centre": polars.String}
        table = scan(path).select(polars.col(name).cast(kind) for name, kind in types.items()).collect()
    except FileNotFoundError:
        raise BadFile(f"{path}: no such file") from None
    except polars.exceptions.PolarsError as error:
        raise BadFile(f"{path}: cannot be read as a trace: {str(error).splitlines()[0]}") from None
    bad = table.filter(polars.any_horizontal(polars.all().is_null()) | ~(polars.col("at_s") >= 0))
    if bad.height:
        raise BadFile(
            f"{path}: {bad.height} rows lack a value or have at_s below 0; at_s counts from the beginning"
        )
    if not table.height:
        raise BadFile(f"{path}: has no call")
    return table
