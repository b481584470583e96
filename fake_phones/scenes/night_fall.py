"""Somebody has fallen on icy stairs at night and lies there with a crooked leg, in the light of a torch."""

from functools import lru_cache
from math import sin, tau

from fake_phones.scenes import stairs
from fake_phones.scenes.body import Arm, Body, Leg, Pose, lying
from fake_phones.scenes.clothes import cap, outdoors
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.head import Frame
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.lens import unit, vec
from fake_phones.scenes.light import Lamp, Light, Sky
from fake_phones.scenes.night import NIGHT, night_selfie, torch
from fake_phones.scenes.parameter import CALM, TORCH
from fake_phones.scenes.person import person
from fake_phones.scenes.scene import Picture, Shot, Take
from fake_phones.scenes.stage import Filmed, Movement, Stage, movement
from fake_phones.scenes.weather import Snowfall


def _shots(take: Take) -> tuple[Shot, Shot]:
    """Seen by the caller, whose torch is all the light there is."""
    base, hurt = _steps(take.seed, take.width, take.height)
    hand = Handheld(take, "back", 1.4, 5.5, torch(take.width, take.height))
    snow = Snowfall(take.seed, take.width, take.height)
    return Filmed(hand, base, [(hurt, _rocks)], extra=snow.fall), night_selfie(take)


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
    hat = cap(seed, "patient")
    body = Body(who, body.pose, body.clothes, body.doing, hat(body.head_frame))
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


NIGHT_FALL = Kind(
    "night-fall",
    "somebody fell on icy stairs, in the dark",
    (TORCH, CALM),
    _shots,
    good_for="a poor picture: torch, noise, snow; how somebody lies, a leg that is bent where no joint is",
    not_for="skin colour, small wounds, breathing",
)
