"""Night: a phone's torch, and the caller's face in what light there is."""

from functools import lru_cache

import numpy as np

from fake_phones.scenes import backdrop
from fake_phones.scenes.clothes import cap, indoors, outdoors
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.lens import vec
from fake_phones.scenes.light import Lamp, Sky
from fake_phones.scenes.person import person
from fake_phones.scenes.scene import Picture, Take
from fake_phones.scenes.selfie import Face, Selfie, face, phone_eye, talking
from fake_phones.scenes.stage import Stage

NIGHT = (0.0035, 0.0024, 0.0020)
"""What is beyond every light."""


def night_selfie(take: Take) -> Selfie:
    """The caller outdoors, lit by the phone's own screen."""
    hand = Handheld(take, "front", 1.2, 5.0)
    return Selfie(hand, _street_face(take.seed, take.width, take.height), talking(take))


def dark_room_selfie(take: Take) -> Selfie:
    """The caller in a dark flat, lit by the phone's own screen."""
    hand = Handheld(take, "front", 1.1, 5.5)
    return Selfie(hand, _room_face(take.seed, take.width, take.height), talking(take))


@lru_cache(maxsize=8)
def _street_face(seed: int, width: int, height: int) -> Face:
    who = person(seed, "caller")
    stage = _by_the_screen(width, height, Lamp(vec(1.6, 0.5, 1.6), (0.20, 0.40, 0.62), 0.3))
    return face(
        who,
        outdoors(seed, who, "caller"),
        stage,
        backdrop.street_at_night(seed),
        Expression(worry=1.0),
        headwear=cap(seed, "caller"),
    )


@lru_cache(maxsize=8)
def _room_face(seed: int, width: int, height: int) -> Face:
    who = person(seed, "caller")
    stage = _by_the_screen(width, height, Lamp(vec(-1.5, 0.9, 0.9), (0.26, 0.40, 0.50), 0.3))
    return face(who, indoors(who), stage, backdrop.dark_room(seed), Expression(worry=0.9))


def _by_the_screen(width: int, height: int, lamp: Lamp) -> Stage:
    """A face in the light of a phone's screen and of a lamp that is far away."""
    eye, target = phone_eye()
    screen = Lamp(eye + vec(-0.05, 0.05, -0.12), (1.7, 1.4, 1.2), 1.2, 0.2)
    dark = Sky((0.035, 0.025, 0.02), (0.02, 0.018, 0.016))
    return Stage(width, height, eye, target, [dark, screen, lamp], 1.1, 1.18)


@lru_cache(maxsize=8)
def torch(width: int, height: int) -> Picture:
    """The cone of a phone's torch: bright in the middle, soft at its edge, a little off centre."""
    x = (np.arange(width, dtype=np.float32) / width - 0.49) * 2
    y = (np.arange(height, dtype=np.float32) / height - 0.47) * 2 * height / width
    r = np.sqrt(x[None] ** 2 + y[:, None] ** 2)
    cone = 0.16 + 0.84 / (1 + np.exp((r - 0.62) / 0.085))
    return np.repeat((255 * np.clip(cone, 0, 1)).astype(np.uint8)[..., None], 3, 2)
