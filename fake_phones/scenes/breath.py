"""Breathing: how far the chest has risen, by where in a breath it is."""

from collections.abc import Callable
from math import cos, pi

from draws import uniform
from fake_phones.scenes.body import CHEST_LIFT_M
from fake_phones.scenes.scene import Take


def lift(breaths: float) -> float:
    """0 to 1 after so many breaths: in over 40 % of the time, out over 45 %, then a pause."""
    at = breaths % 1.0
    if at < 0.40:
        return 0.5 - 0.5 * cos(pi * at / 0.40)
    if at < 0.85:
        return 0.5 + 0.5 * cos(pi * (at - 0.40) / 0.45)
    return 0.0


def breathing(take: Take) -> Callable[[float], float]:
    """How far a patient's chest has risen at a time, 0 to 1 of `CHEST_LIFT_M`, as the course sets it."""
    course, begun = take.course, uniform(take.seed, "breath", "patient")

    def level(t_s: float) -> float:
        depth = course.eased("breathing_depth_m", t_s) / CHEST_LIFT_M
        return depth * lift(course.cycles("breathing_per_min", t_s) + begun)

    return level
