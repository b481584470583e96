"""A centre's own call log in place of its profile: whole weeks of it, again and again."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.arrivals import Trace, read_trace
from sim.planning.book import DAY_S
from sim.planning.tables import Floats
from sim.reading import BadFile
from sim.week import WEEK_S


@dataclass(frozen=True, eq=False, slots=True)
class Log:
    """The calls of its whole weeks, by centre and line. `left_out` are those after the last of them."""

    name: str
    traces: Mapping[tuple[str, str], Trace]
    weeks: int
    calls: int
    left_out: int

    @property
    def told(self) -> str:
        who = ", ".join(f"{centre} on {line}" for centre, line in self.traces)
        weeks = (
            "1 week, told again every week"
            if self.weeks == 1
            else f"{self.weeks} weeks, told again and again"
        )
        rest = f"; {self.left_out:,} calls after the last whole week are left out" if self.left_out else ""
        return f"{self.name}: {self.calls:,} calls of {who} in {weeks}{rest}"


def log_of(path: Path) -> Log:
    """Of a file of calls (`sim.arrivals.read_trace`) whose `at_s` counts from a Monday 00:00. A week is whole
    when its last day has a call. Raises BadFile.
    """
    read = read_trace(path)
    last_s = max(float(trace.at_s[-1]) for trace in read.values())
    weeks = int((last_s + DAY_S) // WEEK_S)
    if not weeks:
        raise BadFile(
            f"{path}: ends after {last_s / DAY_S:.1f} days; a plan needs whole weeks, as it tells them again "
            "and again: at_s counts from a Monday 00:00, and there is a call on the Sunday"
        )
    kept = {key: _cut(trace.at_s, weeks * WEEK_S) for key, trace in read.items()}
    calls = sum(len(trace.at_s) for trace in kept.values())
    all_calls = sum(len(trace.at_s) for trace in read.values())
    return Log(path.name, kept, weeks, calls, all_calls - calls)


def _cut(at_s: Floats, lasts_s: float) -> Trace:
    return Trace(at_s[at_s < lasts_s], lasts_s)
