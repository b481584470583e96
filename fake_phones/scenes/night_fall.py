"""Somebody has fallen on icy stairs at night and lies there with a crooked leg, in the light of a torch."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import sin, tau

import cv2
import numpy as np

from draws import uniform
from fake_phones.scenes import backdrop, stairs
from fake_phones.scenes.body import Arm, Body, Clothes, Leg, Pose, lying
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.head import Frame
from fake_phones.scenes.lens import unit, vec
from fake_phones.scenes.light import Lamp, Light, Sky
from fake_phones.scenes.person import Person, person
from fake_phones.scenes.scene import Picture, Scene
from fake_phones.scenes.selfie import Face, Selfie, face, phone_eye
from fake_phones.scenes.solids import Cut, Material, Solid, colour, dimmed
from fake_phones.scenes.stage import Filmed, Movement, Stage, movement

JACKETS = ("8c2f2a", "2d5a78", "c07a28", "3c5f4a")
CAPS = ("30425c", "6a2c3a", "3a3a3c", "4e5a3a")
NIGHT = (0.0035, 0.0024, 0.0020)
FLAKES = 34


def night_fall(seed: int, width: int, height: int) -> Scene:
    """Seen by the caller, whose torch is all the light there is."""
    base, hurt = _steps(seed, width, height)
    hand = Handheld(seed, "back", width, height, 1.4, 5.5, _torch(width, height))
    back = Filmed(hand, base, [(hurt, _rocks)], Snowfall(seed, width, height).fall)
    front = Selfie(Handheld(seed, "front", width, height, 1.2, 5.0), _dark_face(seed, width, height), 0.2)
    return Scene(back, front)


@dataclass(frozen=True)
class Snowfall:
    """Flakes that drift through the torch's light."""

    seed: int
    width: int
    height: int

    def fall(self, picture: Picture, t_s: float) -> None:
        step = self.width / 640
        for k, (x, y, near, sways) in enumerate(_flakes(self.seed)):
            down = (y + t_s * (0.10 + 0.22 * near)) % 1.15 - 0.05
            across = (x + 0.03 * sin(tau * (0.3 * t_s + sways)) + 0.012 * t_s * (1 + k % 3)) % 1.1 - 0.05
            centre = (across - 0.5) ** 2 + (down - 0.45) ** 2
            light = int(70 + 175 * max(0.0, 1 - 3.4 * centre))
            at = (round(across * self.width * 8), round(down * self.height * 8))
            cv2.circle(
                picture, at, round((0.7 + 1.3 * near) * step * 8), (light, light, light), -1, cv2.LINE_AA, 3
            )


@lru_cache(maxsize=16)
def _flakes(seed: int) -> tuple[tuple[float, float, float, float], ...]:
    return tuple(
        (
            uniform(seed, "flake.x", "snow", k),
            uniform(seed, "flake.y", "snow", k),
            uniform(seed, "flake.near", "snow", k) ** 2,
            uniform(seed, "flake.sways", "snow", k),
        )
        for k in range(FLAKES)
    )


def _rocks(t_s: float) -> float:
    """In pain: the trunk rises with fast breaths, and a moan now and then."""
    moan = max(0.0, sin(tau * t_s / 5.3)) ** 3
    return 0.30 + 0.30 * sin(tau * t_s * 26 / 60) + 0.40 * moan * (0.5 + 0.5 * sin(tau * t_s * 1.1))


@lru_cache(maxsize=8)
def _steps(seed: int, width: int, height: int) -> tuple[Picture, Movement]:
    who = person(seed, "patient")
    body = Body(
        who, _fallen(), outdoors(seed, who, "patient"), Expression(0.35, 0.2, worry=0.9, frown=0.6, pale=0.4)
    )
    cap = _cap(seed, "patient")
    body = Body(who, body.pose, body.clothes, body.doing, cap(body.head_frame))
    still = [*stairs.ground(seed), *stairs.stairs(seed), *stairs.house(stairs.FOOT_Y + 2.0)]
    eye = vec(0.35, -1.75, 1.55)
    torch = Lamp(eye + vec(0.04, 0, -0.03), (3.6, 3.9, 4.1), 0.16)
    lights: list[Light] = [Sky((0.022, 0.015, 0.012), (0.010, 0.008, 0.007)), torch]
    stage = Stage(width, height, eye, vec(-0.02, 0.13, 0.10), lights, 1.3, background=NIGHT)
    place = stage.surface(still)
    base = stage.picture(place.behind(stage.surface(body.solids())))
    return base, movement(stage, place, base, body.solids, levels=5)


def _fallen() -> Pose:
    """At the foot of the stairs, on the back, the right shin bent where no joint is."""
    flat = lying(vec(0.10, 0.02, 0.02), vec(-0.94, 0.34, 0))
    torso = Frame.of(flat.torso.centre, flat.torso.axes[1] + vec(0, 0, 0.10), vec(0.05, -0.35, 1))
    left = Arm(
        torso.at(0.27, 0.02, 0.10),
        torso.axes[0],
        unit(-torso.axes[1] + 0.2 * torso.axes[2]),
        -torso.axes[2],
        0.9,
    )
    right = Arm(
        torso.at(-0.46, 0.56, 0.02),
        vec(0.2, 1, 0.3),
        unit(torso.axes[1] - 0.4 * torso.axes[0] + 0.15 * torso.axes[2]),
        vec(0, 0, 1),
        0.6,
    )
    sound = Leg(vec(0.96, 0.20, 0.10), vec(0, 0.3, 1), vec(0.3, 0.4, 1))
    broken = Leg(
        vec(0.60, -0.42, 0.08), vec(0.1, -0.5, 1), vec(-0.5, -1, 0.45), broken_at=vec(0.68, -0.19, 0.11)
    )
    return Pose(
        torso, unit(torso.axes[1] + vec(0, 0, 0.15)), unit(vec(0.25, -0.75, 0.62)), left, right, sound, broken
    )


def outdoors(seed: int, who: Person, role: str) -> Clothes:
    """A winter jacket, gloves, boots."""
    jacket = JACKETS[int(uniform(seed, "person.jacket", role) * len(JACKETS))]
    return Clothes(
        Material(colour(jacket), gloss=0.02, rough=0.28),
        1.0,
        Material(colour(who.trousers), gloss=0.005, rough=0.22),
        Material(colour("2a2622"), gloss=0.04, rough=0.1),
        bulk=0.018,
        hands=Material(colour("2c2c30"), gloss=0.01, rough=0.2),
    )


def _cap(seed: int, role: str) -> Callable[[Frame], list[Solid]]:
    """A knitted cap with a brim."""
    shade = CAPS[int(uniform(seed, "person.cap", role) * len(CAPS))]
    wool, brim = (
        Material(colour(shade), rough=0.3),
        Material(dimmed(colour(shade), 0.6), rough=0.3),
    )

    def on(head: Frame) -> list[Solid]:
        return [
            head.ball(
                (0, 0.060, -0.012),
                (0.0845, 0.084, 0.1060),
                wool,
                0.01,
                (Cut(head.at(0, 0.068, 0), head.towards(0, -1, -0.15), brim),),
            ),
        ]

    return on


@lru_cache(maxsize=8)
def _dark_face(seed: int, width: int, height: int) -> Face:
    """The caller, lit by the phone's own screen."""
    who = person(seed, "caller")
    eye, target = phone_eye()
    screen = Lamp(eye + vec(-0.05, 0.05, -0.12), (1.7, 1.4, 1.2), 1.2, 0.2)
    lamp = Lamp(vec(1.6, 0.5, 1.6), (0.20, 0.40, 0.62), 0.3)
    stage = Stage(
        width, height, eye, target, [Sky((0.035, 0.025, 0.02), (0.02, 0.018, 0.016)), screen, lamp], 1.1, 1.18
    )
    return face(
        who, outdoors(seed, who, "caller"), stage, backdrop.street_at_night(seed), 1.0, _cap(seed, "caller")
    )


@lru_cache(maxsize=8)
def _torch(width: int, height: int) -> Picture:
    """The cone of a phone's torch: bright in the middle, soft at its edge, a little off centre."""
    x = (np.arange(width, dtype=np.float32) / width - 0.49) * 2
    y = (np.arange(height, dtype=np.float32) / height - 0.47) * 2 * height / width
    r = np.sqrt(x[None] ** 2 + y[:, None] ** 2)
    cone = 0.16 + 0.84 / (1 + np.exp((r - 0.62) / 0.085))
    return np.repeat((255 * np.clip(cone, 0, 1)).astype(np.uint8)[..., None], 3, 2)
