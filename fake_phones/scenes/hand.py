"""A hand: palm, fingers and thumb as welded solids."""

import numpy as np

from fake_phones.scenes.head import Frame
from fake_phones.scenes.lens import unit
from fake_phones.scenes.solids import Capsule, Material, Solid

FINGERS_M = ((0.028, 0.068), (0.010, 0.078), (-0.009, 0.073), (-0.027, 0.056))
"""Of each finger how far out it begins, on the thumb's side, and how long it is."""


def hand(frame: Frame, side: int, curl: float, made: Material) -> list[Solid]:
    """A left (1) or right (-1) hand. `frame` is at the wrist: up = where the fingers point, front = the palm.

    `curl` is 0 for a flat hand and 1 for a fist that is nearly closed.
    """
    solids: list[Solid] = [frame.ball((0, 0.045, 0), (0.040, 0.052, 0.017), made, 0.008)]
    for k, (out, length) in enumerate(FINGERS_M):
        root = frame.at(side * out, 0.085, 0.0)  # seen with the palm in front, a left thumb is at its left
        spread, bend = side * (0.012 - 0.008 * k), 0.9 * curl
        knuckle = root + 0.5 * length * unit(frame.towards(spread * 4, np.cos(bend), np.sin(bend)))
        tip = knuckle + 0.5 * length * unit(frame.towards(spread * 3, np.cos(2.2 * bend), np.sin(2.2 * bend)))
        solids += [
            Capsule(root, knuckle, 0.0105, 0.0095, made, 0.003),
            Capsule(knuckle, tip, 0.0095, 0.008, made, 0.003),
        ]
    root, tip = frame.at(side * 0.026, 0.025, 0.008), frame.at(side * 0.062, 0.068, 0.018)
    return [*solids, Capsule(root, tip, 0.015, 0.010, made, 0.005)]
