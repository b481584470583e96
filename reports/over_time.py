"""Charts over the time of a run: what each stretch of it came to, placed. Pure."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from reports.figures import with_unit
from reports.layout import nice_step
from sim.checks.metrics import quantile

STEP_S = 10.0
STEPS_MAX = 120  # a longer run gets longer stretches
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 1000.0, 150.0, 60.0, 24.0, 8.0, 20.0


@dataclass(frozen=True, slots=True)
class Stretches:
    """The run cut into equal stretches."""

    from_s: float
    step_s: float
    n: int

    def of(self, t_s: float) -> int:
        return min(self.n - 1, max(0, int((t_s - self.from_s) / self.step_s)))


@dataclass(frozen=True, slots=True)
class Line:
    """One value a stretch; None: nothing was measured in it; infinite: something never came."""

    name: str
    values: list[float | None]


@dataclass(frozen=True, slots=True)
class Placed:
    """`paths` are the points of each unbroken piece; `lone` have no neighbour; `never` are the infinite."""

    name: str
    paths: list[str]
    lone: list[tuple[float, float]]
    never: list[float]


@dataclass(frozen=True, slots=True)
class OverTime:
    """A chart, in the units of its own view box."""

    title: str
    lines: list[Placed]
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    highest: str  # in words, for those who cannot see it


def stretches(from_s: float, to_s: float) -> Stretches:
    step_s = max(STEP_S, nice_step(max(to_s - from_s, 1e-6) / STEPS_MAX))
    begun_s = math.floor(from_s / step_s) * step_s
    return Stretches(begun_s, step_s, max(1, math.ceil((to_s - begun_s) / step_s)))


def counted(cut: Stretches, moments_s: Iterable[float]) -> list[float | None]:
    """How many fall into each stretch."""
    found = [0.0] * cut.n
    for t_s in moments_s:
        found[cut.of(t_s)] += 1
    return list(found)


def at_once(cut: Stretches, spans: Iterable[tuple[float, float]]) -> list[float | None]:
    """The most that lasted at the same time, in each stretch."""
    steps = sorted([(a, 1) for a, _ in spans] + [(b, -1) for _, b in spans])
    found, now, reached = [0.0] * cut.n, 0, 0
    for t_s, step in steps:
        n = cut.of(t_s)
        for passed in range(reached + 1, n + 1):
            found[passed] = float(now)
        now, reached = now + step, n
        found[n] = max(found[n], float(now))
    return list(found)


def quantiles(cut: Stretches, samples: Iterable[tuple[float, float]], q: float) -> list[float | None]:
    """Of (when, how long): the quantile of each stretch."""
    taken: list[list[float]] = [[] for _ in range(cut.n)]
    for t_s, value in samples:
        taken[cut.of(t_s)].append(value)
    return [quantile(sorted(values), q) for values in taken]


def over_time(title: str, cut: Stretches, lines: Sequence[Line], seconds: bool = False) -> OverTime:
    finite = [v for line in lines for v in line.values if v is not None and math.isfinite(v)]
    most = max(finite, default=0.0)
    step = nice_step((most or 1.0) / 4)
    top = math.ceil(round((most or 1.0) / step, 6)) * step

    def x(n: float) -> float:
        return round(LEFT + n / cut.n * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)

    every_s = nice_step(cut.n * cut.step_s / 10)
    first, last = math.ceil(cut.from_s / every_s), (cut.from_s + cut.n * cut.step_s) / every_s
    return OverTime(
        title,
        [_placed(line, x, y) for line in lines],
        [
            (x((k * every_s - cut.from_s) / cut.step_s), f"{k * every_s:g} s")
            for k in range(first, int(last) + 1)
        ],
        [(y(k * step), f"{k * step:g}") for k in range(round(top / step) + 1)],
        with_unit(most) if seconds else f"{most:g}",
    )


def _placed(line: Line, x: Callable[[float], float], y: Callable[[float], float]) -> Placed:
    pieces: list[list[tuple[float, float]]] = [[]]
    for n, value in enumerate(line.values):
        if value is None or not math.isfinite(value):
            pieces.append([])
        else:
            pieces[-1].append((x(n + 0.5), y(value)))
    return Placed(
        line.name,
        [" ".join(f"{a},{b}" for a, b in piece) for piece in pieces if len(piece) > 1],
        [piece[0] for piece in pieces if len(piece) == 1],
        [x(n + 0.5) for n, value in enumerate(line.values) if value is not None and math.isinf(value)],
    )
