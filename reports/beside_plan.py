"""The live run held against its plan: the same scenario on the wall clock and on the virtual one."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reports.figures import as_float
from reports.run_folder import RunFolder
from sim.checks.metrics import DURATIONS
from sim.twin import Compared, DrawnWait, compared, drawn_waits

WORST_MAX = 10
GLYPH_WIDTH = 190.0


@dataclass(frozen=True, slots=True)
class Side:
    """One duration on one clock, in seconds."""

    p50: float | None
    p95: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Beside:
    """One duration on both clocks."""

    metric: str
    predicted: Side
    measured: Side


@dataclass(frozen=True, slots=True)
class Waits:
    """The drawn waits that both clocks told, those with the worst gaps first."""

    n: int
    worst: list[DrawnWait]
    planned_only: int  # told by the plan and not live

    @property
    def gap_s_max(self) -> float | None:
        return self.worst[0].gap_s if self.worst else None


def beside(run: RunFolder) -> list[Beside]:
    """Every duration that happened on either clock."""
    plan, live = run.planned_found, run.found
    both = [Beside(name, _side(plan, name), _side(live, name)) for name in DURATIONS]
    return [pair for pair in both if pair.predicted.n or pair.measured.n]


def per_call(run: RunFolder, names: Collection[str]) -> dict[str, list[Compared]]:
    """Per call of these, every duration beside its prediction."""
    found: dict[str, list[Compared]] = {}
    for pair in compared(run.planned_rows, [row for row in run.rows if row.name in names]):
        found.setdefault(pair.call, []).append(pair)
    return found


def waits(run: RunFolder) -> Waits:
    both = drawn_waits(run.plan, run.records)
    worst = sorted(both, key=lambda wait: wait.gap_s, reverse=True)[:WORST_MAX]
    return Waits(len(both), worst, len(drawn_waits(run.plan, run.plan)) - len(both))


def per_call_gaps_s(run: RunFolder) -> dict[str, float]:
    """By call, the worst gap of its drawn waits."""
    found: dict[str, float] = {}
    for wait in drawn_waits(run.plan, run.records):
        found[wait.call] = max(wait.gap_s, found.get(wait.call, 0.0))
    return found


def scale_s(pairs: list[Beside]) -> float:
    """The longest finite time of the table, which its little bars are drawn against."""
    times = [t for pair in pairs for side in (pair.predicted, pair.measured) for t in (side.p50, side.p95)]
    return max((t for t in times if t is not None and math.isfinite(t)), default=0.0) or 1.0


def span(side: Side, longest_s: float) -> tuple[float, float] | None:
    """Where a side's bar begins (p50) and ends (p95), in the units of GLYPH_WIDTH; None when it has none."""
    if side.p50 is None or side.p95 is None or not math.isfinite(side.p50):
        return None
    begun = max(0.0, side.p50) / longest_s * GLYPH_WIDTH
    ended = min(side.p95, longest_s) / longest_s * GLYPH_WIDTH
    return round(begun, 1), round(max(begun, ended), 1)


def _side(found: Mapping[str, float | None], name: str) -> Side:
    return Side(as_float(found[f"{name}_p50"]), as_float(found[f"{name}_p95"]), int(found[f"{name}_n"] or 0))
