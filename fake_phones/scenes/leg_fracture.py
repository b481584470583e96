"""A player on a football pitch by day, half risen, both hands at a shin that is bent where no joint is."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from math import cos, radians, sin, tau

import numpy as np

from fake_phones.scenes import texture
from fake_phones.scenes.body import THIGH_M, Arm, Body, Leg, Pose, lying
from fake_phones.scenes.clothes import indoors
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.head import Frame
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.lens import unit, vec
from fake_phones.scenes.light import Light, Sky, Sun
from fake_phones.scenes.parameter import CALM, Number, OneOf
from fake_phones.scenes.person import person
from fake_phones.scenes.scene import Picture, Shot, Take, as_picture, f32
from fake_phones.scenes.selfie import outdoors_selfie
from fake_phones.scenes.solids import Box, Capsule, Material, Solid, Texture, colour
from fake_phones.scenes.stage import Filmed, Movement, Redrawn, Scenery, Stage

BEND = Number("bend_deg", 55, 0, 80, "degrees", "how far the shin is bent", redraws=True)
SIDE = OneOf("side", "right", ("left", "right"), "1", "the patient's own leg that is broken", redraws=True)
PAIN = Number("pain", 0.8, 0, 1, "1", "how much the patient rocks")
GRASS_PX_PER_M = 300


def _shots(take: Take) -> tuple[Shot, Shot]:
    back = Redrawn(take.course, ("bend_deg", "side"), partial(_back, take))
    return back, outdoors_selfie(take)


def _back(take: Take, bend_deg: float, side: str) -> Filmed:
    base, rocks = _pitch(take.seed, take.width, take.height, bend_deg, side)
    return Filmed(Handheld(take, "back", 1.1), base, [(rocks, _rocking(take))])


def _rocking(take: Take) -> Callable[[float], float]:
    """Back and forth in pain, with a moan now and then; panting when it is quiet."""

    def level(t_s: float) -> float:
        moan = max(0.0, sin(tau * t_s / 4.7)) ** 2
        sway = 0.28 * sin(tau * 0.42 * t_s) + 0.22 * moan * sin(tau * 0.95 * t_s)
        return 0.5 + take.course.eased("pain", t_s) * sway + 0.05 * sin(tau * 0.5 * t_s)

    return level


@lru_cache(maxsize=4)
def _pitch(seed: int, width: int, height: int, bend_deg: float, side: str) -> tuple[Picture, Movement]:
    who = person(seed, "patient")
    hurt = 1 if side == "left" else -1
    shirt = indoors(who)
    clothes = replace(shirt, sleeve=0.45, shoes=Material(colour("1d1d20"), gloss=0.08))
    doing = Expression(eyes_open=0.35, teeth=0.9, worry=0.8, frown=0.7, pale=0.4)
    body = Body(who, _half_risen(0.5, radians(bend_deg), hurt), clothes, doing)

    def rocking(level: float) -> list[Solid]:
        return replace(body, pose=_half_risen(level, radians(bend_deg), hurt)).solids()

    sun = Sun(vec(0.55, 0.35, -0.62), (1.55, 1.75, 1.9), body.solids(), vec(0, 0, 0.1), 2.4)
    lights: list[Light] = [Sky((0.72, 0.62, 0.54), (0.16, 0.22, 0.17)), sun]
    eye, target = vec(0.38, -1.50, 1.76), vec(0.14, 0.05, 0.12)
    stage = Stage(width, height, eye, target, lights, 1.15, 0.96, background=(0.75, 0.68, 0.60))
    scenery = Scenery(stage, _ground(seed))
    base = scenery.picture(body.solids())
    return base, scenery.movement(base, rocking, levels=7)


def _half_risen(level: float, bend: float, hurt: int) -> Pose:
    """Trunk half up, rocking with `level`; the hurt leg flat on the ground, the other drawn up."""
    flat = lying(vec(-0.12, 0.05, 0.02), vec(-0.93, 0.36, 0))
    back = 0.75 + 0.28 * (level - 0.5)
    head_end = flat.torso.axes[1]
    torso = Frame.of(flat.torso.centre, head_end + vec(0, 0, back), vec(0.8, -0.3, 1))
    out, up, front = torso.axes
    legs, aside = -head_end, flat.torso.axes[0]
    hip = torso.at(0.088 * hurt, -0.03, 0.0)
    knee = hip + THIGH_M * unit(legs + 0.12 * hurt * aside + vec(0, 0, 0.14))
    middle = vec(*(knee + 0.205 * unit(legs + 0.10 * hurt * aside))[:2], 0.075)
    crooked = unit(cos(bend) * unit(legs) + sin(bend) * aside + vec(0, 0, 0.02))
    broken = Leg(middle + 0.21 * crooked, vec(0, 0, 1), unit(crooked * 0.3 + aside + vec(0, 0, 0.7)), middle)
    ankle = hip + 0.44 * unit(legs) - 0.30 * hurt * aside
    sound = Leg(
        vec(ankle[0], ankle[1], 0.07), vec(0, 0, 1) - 0.2 * hurt * aside, unit(legs + vec(0, 0, 0.15))
    )
    grip = knee + 0.02 * unit(legs) + vec(0, 0, 0.085)
    wrist = grip - 0.05 * hurt * aside - 0.10 * unit(legs)
    near = Arm(wrist, hurt * out - vec(0, 0, 0.4), unit(legs - vec(0, 0, 0.5)), vec(0, 0, -1), 0.7)
    far = Arm(
        torso.at(-hurt * 0.34, -0.06, -0.24), -hurt * out - front, unit(-up - 0.5 * hurt * out), -front, 0.4
    )
    arms, two_legs = ((near, far), (broken, sound)) if hurt > 0 else ((far, near), (sound, broken))
    look = unit(front + vec(0.15, -0.5, 0.15))
    return Pose(torso, unit(up + vec(0.05, 0, 0.45) - 0.15 * back * up), look, *arms, *two_legs)


def _ground(seed: int) -> list[Solid]:
    """Grass with a chalk line, a ball, a goal and trees far behind."""
    grass = Material((1, 1, 1), gloss=0.0, rough=0.10, texture=Texture(_grass(seed % 5), GRASS_PX_PER_M))
    chalk = Material(
        (1, 1, 1), gloss=0.0, texture=Texture(texture.speckled(3, (214, 220, 212), 5, 0.16), 300)
    )
    white, ball = Material(colour("e8e8e6"), gloss=0.05), vec(0.95, 0.75, 0.11)
    leaf = Material(colour("3c5630"), gloss=0.0, rough=0.5)
    posts = [
        Capsule(a, b, 0.06, 0.06, white, 0.0)
        for a, b in (
            (vec(-3.2, 6.5, 0), vec(-3.2, 6.5, 2.4)),
            (vec(3.2, 6.5, 0), vec(3.2, 6.5, 2.4)),
            (vec(-3.2, 6.5, 2.4), vec(3.2, 6.5, 2.4)),
        )
    ]
    hedge = [
        Capsule(vec(-9 + 1.6 * k, 9.5, 0.6), vec(-8.2 + 1.6 * k, 9.5, 0.9), 1.1, 1.2, leaf, 0.2)
        for k in range(12)
    ]
    return [
        Box(vec(0, 2, -0.05), vec(12, 9, 0.05), grass),
        Box(vec(0, 0.98, -0.0485), vec(12, 0.055, 0.05), chalk),
        Capsule(ball, ball + vec(0.001, 0, 0), 0.11, 0.11, white, 0.0),
        *posts,
        *hedge,
    ]


def _grass(seed: int) -> Picture:
    """Blades: fine strokes of green and straw."""
    shade = 1 + 0.14 * texture.noise(seed + 40, 26) + 0.20 * texture.noise(seed + 41, 1.6, 0.35)
    straw = np.clip(0.35 * texture.noise(seed + 42, 5), 0, 0.5)[..., None]
    green = f32((58, 118, 88)) * (1 - straw) + f32((92, 146, 150)) * straw
    return as_picture(shade[..., None] * green)


LEG_FRACTURE = Kind(
    "leg-fracture",
    "a player on a pitch with a shin that is bent where no joint is",
    (BEND, SIDE, PAIN, CALM),
    _shots,
    good_for="seeing that a leg is broken and which, pain, advice not to move it",
    not_for="an open fracture, blood supply of the foot",
)
