"""One thing that was held against what it should be."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sim.planning.intervals import Interval

Figures = float | Sequence[float]
Outcome = Literal["passed", "failed", "unknown", "told"]
CONFIDENCE = 0.99


@dataclass(frozen=True, slots=True)
class Case:
    """`name` begins with its group. `interval`: in theory's cases that of the measured mean, where the
    expected value must be; in all others what passes. Unknown: measured too roughly to tell. Told: no mark.
    """

    name: str
    outcome: Outcome
    measured: Figures
    expected: Figures | None
    interval: Sequence[Any] | None
    detail: str = ""

    @property
    def group(self) -> str:
        return self.name.partition(":")[0]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def agrees(name: str, expected: float, interval: Interval, precision: float, detail: str = "") -> Case:
    """Theory's value inside the interval, which must be narrow enough to prove something: a half width of at
    most `precision` of the value.
    """
    outcome: Outcome = "passed" if expected in interval else "failed"
    if outcome == "passed" and interval.half > precision * abs(expected):
        outcome = "unknown"
        detail = f"± {interval.half / abs(expected):.1%} is too wide: {detail}"
    return Case(name, outcome, interval.mean, expected, (interval.low, interval.high), detail)


def within(
    name: str, measured: float, expected: float | None, low: float, high: float, detail: str = ""
) -> Case:
    """The measured value where it should be."""
    outcome: Outcome = "passed" if low <= measured <= high else "failed"
    return Case(name, outcome, measured, expected, (low, high), detail)


def told(name: str, measured: float, expected: float | None, detail: str) -> Case:
    return Case(name, "told", measured, expected, None, detail)
