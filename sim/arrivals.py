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
    is_csv = path.suffix != ".parquet"
    try:
        scan = polars.scan_csv(path, infer_schema=False) if is_csv else polars.scan_parquet(path)
        _all_there(path, scan.collect_schema().names())
        said = scan.select(polars.col(COLUMNS).cast(polars.String)).collect()
    except FileNotFoundError:
        raise BadFile(f"{path}: no such file") from None
    except polars.exceptions.PolarsError as error:
        raise BadFile(f"{path}: cannot be read as a trace: {str(error).splitlines()[0]}") from None
    table = said.with_columns(polars.col("at_s").cast(polars.Float64, strict=False))
    no_number = (said["at_s"].is_not_null() & table["at_s"].is_null()).arg_true()
    if len(no_number):
        n = no_number[0]
        where = f"{path}:{n + 2}" if is_csv else f"{path}: row {n + 1}"
        raise BadFile(
            f"{where}: at_s is {said['at_s'][n]!r}, which is no number; give seconds from the plan's "
            "beginning, a Monday 00:00, no dates"
        )
    bad = table.filter(polars.any_horizontal(polars.all().is_null()) | ~(polars.col("at_s") >= 0))
    if bad.height:
        raise BadFile(
            f"{path}: {bad.height} rows lack a value or have at_s below 0; at_s counts from the beginning"
        )
    if not table.height:
        raise BadFile(f"{path}: has no call")
    return table


def _all_there(path: Path, columns: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in columns]
    if missing and any(";" in name for name in columns):
        raise BadFile(f"{path}: this file has semicolons; a trace's columns are separated by commas")
    if missing:
        raise BadFile(f"{path}: no column {missing[0]!r}; a trace has {', '.join(COLUMNS)}")
