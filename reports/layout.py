"""Where a timeline's marks, bars and words go on paper, so that no two words lie on each other. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports.timeline import Bar, Lane, Mark, Timeline
from reports.words import LABEL_MAX, cut

WIDTH = 1120
NAME_MAX = 14  # characters
LEFT = 118  # for the lanes' names
FONT = 12
BAR_HEIGHT = 19
FROZEN_HEIGHT = 3  # at the foot of the picture's bar, so that its words stay free
LABEL_HEIGHT = 15
TICKS_MAX = 10
_CHAR = 0.61 * FONT  # of the widest common font; a narrower one only leaves more room
RIGHT = math.ceil(LABEL_MAX * _CHAR) + 8  # for the words of the last marks
_PAD = 7
_AXIS = 26


@dataclass(frozen=True, slots=True)
class PlacedMark:
    mark: Mark
    x: float
    y: float  # of the dot
    text_y: float


@dataclass(frozen=True, slots=True)
class PlacedBar:
    bar: Bar
    x: float
    y: float
    height: float
    width: float
    label: str  # empty when it does not fit


@dataclass(frozen=True, slots=True)
class PlacedLane:
    name: str
    short_name: str
    y: float
    height: float
    line_y: float
    marks: list[PlacedMark]
    bars: list[PlacedBar]


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A timeline, placed. Lengths in the units of its own view box."""

    call: str
    width: float
    height: float
    top: float
    plot_left: float
    plot_right: float
    ticks: list[Tick]
    lanes: list[PlacedLane]
    faults: list[PlacedMark]


class _Scale:
    def __init__(self, from_s: float, to_s: float) -> None:
        self._step = nice_step((to_s - from_s) / TICKS_MAX)
        self.from_s, self.to_s = math.floor(from_s / self._step) * self._step, to_s
        self._per_s = (WIDTH - LEFT - RIGHT) / (to_s - self.from_s)

    def x(self, at_s: float) -> float:
        return round(LEFT + (at_s - self.from_s) * self._per_s, 2)

    def ticks(self) -> list[Tick]:
        step = self._step
        first, last = round(self.from_s / step), math.floor(self.to_s / step + 1e-9)
        return [Tick(self.x(n * step), f"{n * step:g} s") for n in range(first, last + 1)]


def nice_step(at_least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least this."""
    power = 10.0 ** math.floor(math.log10(at_least))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= at_least * (1 - 1e-9))


def chart(timeline: Timeline) -> Chart:
    scale = _Scale(timeline.from_s, timeline.to_s)
    faults = _placed_marks(timeline.faults, scale, 10)
    top = _AXIS + LABEL_HEIGHT * _rows(faults, 10)
    lanes, y = [], float(top)
    for lane in timeline.lanes:
        placed = _placed_lane(lane, scale, y)
        lanes.append(placed)
        y += placed.height
    return Chart(timeline.call, WIDTH, y + 4, top, LEFT, WIDTH - RIGHT, scale.ticks(), lanes, faults)


def _placed_lane(lane: Lane, scale: _Scale, top: float) -> PlacedLane:
    bars, rows = _placed_bars(lane.bars, scale, top + _PAD)
    line_y = top + _PAD + rows * (BAR_HEIGHT + 3) + 5
    marks = _placed_marks(lane.marks, scale, line_y)
    for frozen in lane.frozen:
        x, end = scale.x(frozen.from_s), scale.x(frozen.to_s)
        bars.append(
            PlacedBar(
                frozen, x, top + _PAD + BAR_HEIGHT - FROZEN_HEIGHT, FROZEN_HEIGHT, max(2.0, end - x), ""
            )
        )
    height = line_y - top + 6 + LABEL_HEIGHT * _rows(marks, line_y) + _PAD
    return PlacedLane(lane.name, cut(lane.name, NAME_MAX), top, height, line_y, marks, bars)


def _rows(marks: Sequence[PlacedMark], line_y: float) -> int:
    return max((round((mark.text_y - line_y) / LABEL_HEIGHT) for mark in marks), default=0)


def _placed_bars(bars: Sequence[Bar], scale: _Scale, top: float) -> tuple[list[PlacedBar], int]:
    """Each bar in the first row where it touches none; pictures come first and so stay on top."""
    ends: list[list[tuple[float, float]]] = []
    placed = []
    for bar in bars:
        x, end = scale.x(bar.from_s), max(scale.x(bar.to_s), scale.x(bar.from_s) + 2)
        row = next(
            (n for n, taken in enumerate(ends) if all(end <= a + 0.5 or x >= b - 0.5 for a, b in taken)),
            len(ends),
        )
        if row == len(ends):
            ends.append([])
        ends[row].append((x, end))
        shown = next((told for told in bar.labels if _length(told) + 8 <= end - x), "")
        y = top + row * (BAR_HEIGHT + 3)
        placed.append(PlacedBar(bar, x, y, BAR_HEIGHT, round(end - x, 2), shown))
    return placed, len(ends)


def _placed_marks(marks: Sequence[Mark], scale: _Scale, line_y: float) -> list[PlacedMark]:
    """Words hang to the right of a leader, placed from the last mark to the first.

    A row is free when its words, and the leaders that pass through it, all lie further right: so neither
    words nor leaders cross words.
    """
    placed: list[PlacedMark] = []
    free_until = [math.inf]  # per row: the leftmost thing in it or passing through it
    for mark in sorted(marks, key=lambda m: m.at_s)[::-1]:
        x = scale.x(mark.at_s)
        end = x + 5 + _length(mark.label)
        row = next((n for n, left in enumerate(free_until) if end < left), len(free_until))
        free_until += [math.inf] * (row + 1 - len(free_until))
        for n in range(row + 1):
            free_until[n] = min(free_until[n], x)
        placed.append(PlacedMark(mark, x, line_y, line_y + LABEL_HEIGHT * (row + 1)))
    return placed[::-1]


def _length(text: str) -> float:
    return len(text) * _CHAR
