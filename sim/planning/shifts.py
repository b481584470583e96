"""The operator's day: how many sit at a centre's seats hour by hour, and how many of them have a break."""

from math import ceil

import numpy as np

from sim.nation import Shifts
from sim.planning.tables import HOURS, Ints

DAY_H = 24


def on_shift(seats: int, shifts: Shifts) -> Ints:
    """Operators at work, by hour of the week, those who have a break among them."""
    day = np.zeros(DAY_H, np.int64)
    for begins, lasts, part in _each(shifts):
        day[_hours(begins, lasts)] = _staffed(seats, part, shifts)
    return np.resize(day, HOURS)


def open_seats(seats: int, shifts: Shifts) -> Ints:
    """Seats that take calls, by hour of the week. Breaks go round from `break_after_h` on, no more of them at
    once than it takes to have had them all an hour before the shift ends; a seat stays open always.
    """
    day = np.zeros(DAY_H, np.int64)
    for begins, lasts, part in _each(shifts):
        there = _staffed(seats, part, shifts)
        day[_hours(begins, lasts)] = there
        breaks_h = there * shifts.break_h.value
        after_h = int(shifts.break_after_h.value)
        away = ceil(breaks_h / max(1, lasts - 1 - after_h))
        if away:
            day[_hours(begins + after_h, ceil(breaks_h / away))] = max(1, there - away)
    return np.resize(day, HOURS)


def _staffed(seats: int, part: float, shifts: Shifts) -> int:
    """To the nearest whole operator."""
    return max(int(shifts.at_least.value), int(seats * part + 0.5))


def _each(shifts: Shifts) -> list[tuple[int, int, float]]:
    """Of each shift the hour it begins, how long it lasts, and its part of the seats."""
    begins = [int(moment[:2]) for moment in shifts.times.begins]
    ends = [*begins[1:], begins[0] + DAY_H]
    return [(b, e - b, part) for b, e, part in zip(begins, ends, shifts.times.of_seats, strict=True)]


def _hours(begins: int, lasts: int) -> list[int]:
    return [hour % DAY_H for hour in range(begins, begins + lasts)]
