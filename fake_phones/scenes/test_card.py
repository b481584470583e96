"""A test card: colour bars, a clock hand that turns once in ten seconds, the time in large digits.

The two cameras cannot be mistaken for each other: bars and BACK, rings and FRONT. The seed is the hue.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin

import cv2
import numpy as np

from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.scene import Facing, Picture, Shot, Take

BARS = ((191, 191, 191), (0, 191, 191), (191, 191, 0), (0, 191, 0), (191, 0, 191), (0, 0, 191), (191, 0, 0))
HAND_TURNS_IN_S = 10.0
INK = (24, 24, 24)
PAPER = (232, 232, 232)


@dataclass(frozen=True, slots=True)
class TestCard:
    """One camera's card."""

    __test__ = False  # for pytest

    hand: Handheld
    card: Picture

    def frame(self, t_s: float) -> Picture:
        picture = self.card.copy()
        height, width = picture.shape[:2]
        unit = min(width / 640, height / 360)
        x, y, reach = round(0.78 * width), round(0.46 * height), round(92 * unit)
        angle = 2 * pi * t_s / HAND_TURNS_IN_S
        tip = (round(x + reach * sin(angle)), round(y - reach * cos(angle)))
        cv2.line(picture, (x, y), tip, (40, 40, 220), max(2, round(7 * unit)), cv2.LINE_AA)
        cv2.circle(picture, (x, y), round(9 * unit), INK, -1, cv2.LINE_AA)
        where = (round(0.05 * width), round(0.60 * height))
        thick = max(1, round(5 * unit))
        text = f"{t_s:07.2f}"
        cv2.putText(picture, text, where, cv2.FONT_HERSHEY_SIMPLEX, 2.5 * unit, INK, thick, cv2.LINE_AA)
        return picture if self.hand.untouched(t_s) else self.hand.sensed(picture, t_s)


def _shots(take: Take) -> tuple[Shot, Shot]:
    back, front = (
        TestCard(Handheld(take, facing, 0.0, 0.0), _card(facing, take.seed, take.width, take.height))
        for facing in ("back", "front")
    )
    return back, front


@lru_cache(maxsize=16)
def _card(camera: Facing, seed: int, width: int, height: int) -> Picture:
    hue = np.full((1, 1, 3), (seed * 47 % 180, 90, 205), np.uint8)
    ground = cv2.cvtColor(hue, cv2.COLOR_HSV2BGR)[0, 0]
    card = np.full((height, width, 3), ground, np.uint8)
    unit = min(width / 640, height / 360)
    if camera == "back":
        for k, bar in enumerate(BARS):
            left, right = (round(edge * width / len(BARS)) for edge in (k, k + 1))
            card[: round(0.17 * height), left:right] = bar
    else:
        for k in range(9, 0, -1):
            centre, reach = (round(0.25 * width), round(0.50 * height)), round(30 * k * unit)
            cv2.circle(
                card, centre, reach, PAPER if k % 2 else tuple(int(c) for c in ground), -1, cv2.LINE_AA
            )
    paper = ((round(0.03 * width), round(0.42 * height)), (round(0.55 * width), round(0.66 * height)))
    cv2.rectangle(card, *paper, PAPER, -1)
    cv2.circle(card, (round(0.78 * width), round(0.46 * height)), round(104 * unit), PAPER, -1, cv2.LINE_AA)
    cv2.circle(card, (round(0.78 * width), round(0.46 * height)), round(104 * unit), INK, 2, cv2.LINE_AA)
    label = (round(0.05 * width), round(0.36 * height))
    cv2.putText(card, camera.upper(), label, cv2.FONT_HERSHEY_DUPLEX, 1.5 * unit, INK, 2, cv2.LINE_AA)
    cv2.putText(
        card, f"seed {seed}", (label[0], round(0.80 * height)), cv2.FONT_HERSHEY_DUPLEX, 0.9 * unit, INK
    )
    return card


TEST_CARD = Kind(
    "test-card",
    "colour bars and a clock, for technicians",
    (),
    _shots,
    good_for="a first look at a connection, delay read from the clock, which camera is on, cheap load",
    not_for="training: nobody is ill",
)
