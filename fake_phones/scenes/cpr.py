"""Somebody kneels beside a lifeless adult and compresses the chest: well, or as the parameters say."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from math import cos, tau

import numpy as np

from fake_phones.scenes import living_room
from fake_phones.scenes.body import Arm, Body, Leg, Pose, lying
from fake_phones.scenes.clothes import indoors
from fake_phones.scenes.course import Course
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.head import Frame
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.lens import Vec, unit, vec
from fake_phones.scenes.parameter import CALM, Number
from fake_phones.scenes.person import person
from fake_phones.scenes.scene import Picture, Shot, Take
from fake_phones.scenes.selfie import indoors_selfie
from fake_phones.scenes.solids import Solid
from fake_phones.scenes.stage import Filmed, Movement

SET = 30
"""Compressions between two pauses."""
DEEPEST_M, OFF_M = 0.08, 0.12
HANDS_M = (0.12, 0.10, 0.08, 0.06, 0.04, 0.02, 0.0, -0.01, -0.02, -0.03, -0.04, -0.05, -0.06, -0.07, -0.08)
"""How high the hands are over a chest at rest, level by level."""
SHOULDER_UP_M, ARM_UP_M = 0.455, 0.500

RATE = Number("compressions_per_min", 110, 0, 160, "1/min", "0 = hands rest; 100 to 120 are right")
DEPTH = Number("depth_m", 0.055, 0, DEEPEST_M, "m", "how deep the chest is pressed; 0.05 to 0.06 is right")
RECOIL = Number("recoil", 1.0, 0, 1, "1", "how much of the depth is let go; less than 1 = leans on the chest")
PAUSE = Number("pause_s", 0.0, 0, 30, "s", f"hands off after each {SET} compressions; 0 = none")


def _shots(take: Take) -> tuple[Shot, Shot]:
    """Seen by a third person, from the other side of the patient."""
    base, presses = _floor(take.seed, take.width, take.height)
    back = Filmed(Handheld(take, "back", 0.8), base, [(presses, _hands(take.course))])
    return back, indoors_selfie(take)


def _hands(course: Course) -> Callable[[float], float]:
    """The level of `HANDS_M` at a time."""

    def level(t_s: float) -> float:
        done, rested = _progress(course, t_s)
        if rested is not None:
            up = min(1.0, 4 * rested, 4 * (1 - rested))
            height = OFF_M * up * up * (3 - 2 * up)
        else:
            depth = course.eased("depth_m", t_s)
            pressed = 0.5 - 0.5 * cos(tau * done)
            height = -depth * (1 - course.eased("recoil", t_s) * (1 - pressed))
        at: float = np.interp(-height, -np.array(HANDS_M), np.arange(len(HANDS_M)))
        return at / (len(HANDS_M) - 1)

    return level


def _progress(course: Course, t_s: float) -> tuple[float, float | None]:
    """Compressions done in this set, and in a pause how much of it is over."""
    done, rested = 0.0, 0.0
    for lasts_s, (per_min, pause_s) in course.stretches(t_s, "compressions_per_min", "pause_s"):
        left_s = lasts_s
        if per_min > 0:
            left_s %= SET / per_min * 60 + pause_s  # whole sets bring it back to where it was
        while left_s > 1e-9:
            if done >= SET and rested < 1 and pause_s > 0:
                spent_s = min(left_s, (1 - rested) * pause_s)
                rested += spent_s / pause_s
            else:
                if done >= SET:
                    done, rested = 0.0, 0.0
                if per_min <= 0:
                    break
                spent_s = min(left_s, (SET - done) / per_min * 60)
                done += spent_s * per_min / 60
                if SET - done < 1e-9:
                    done = float(SET)
            left_s -= spent_s
    return done, rested if done >= SET and 0 < rested < 1 else None


@lru_cache(maxsize=4)
def _floor(seed: int, width: int, height: int) -> tuple[Picture, Movement]:
    who, helper = person(seed, "patient"), person(seed, "helper")
    lies = Body(who, lying(vec(0.10, -0.10, 0), vec(-1, 0.22, 0)), indoors(who), Expression(0.1, 0.5, pale=1))
    effort = Expression(eyes_open=0.8, teeth=0.25, worry=0.5, frown=0.4)
    kneels = Body(helper, _kneeling(lies.chest, 0.0), indoors(helper), effort)

    def pressing(level: float) -> list[Solid]:
        height = float(np.interp(level * (len(HANDS_M) - 1), np.arange(len(HANDS_M)), HANDS_M))
        pose = _kneeling(lies.chest, height)
        return [*lies.solids(sink_m=max(0.0, -height)), *replace(kneels, pose=pose).solids()]

    casters = [*lies.solids(), *kneels.solids()]
    eye, target = vec(0.42, -1.75, 1.42), vec(-0.16, 0.14, 0.28)
    floor = living_room.floor(seed, (width, height), casters, eye, target, 0.98)
    base = floor.picture(pressing(6 / 14))
    return base, floor.movement(base, pressing, levels=len(HANDS_M))


def _kneeling(chest: Vec, height: float) -> Pose:
    """Upright on the knees behind the patient, arms straight down onto the chest, or above it."""
    wrist = chest + vec(0.0, 0.01, 0.055 + height)
    pelvis = vec(chest[0], chest[1] + 0.40, 0.47)
    rise = min(wrist[2] + ARM_UP_M - pelvis[2], 0.99 * SHOULDER_UP_M)
    spine = vec(0, -np.sqrt(SHOULDER_UP_M**2 - rise**2), rise)
    torso = Frame.of(pelvis, spine, vec(0, -1, -0.4))
    out = torso.axes[0]
    left, right = (
        Arm(wrist + k * 0.012 * out + vec(0, 0.03 * (k > 0), 0.022 * (k > 0)), k * out, fingers,
            vec(0, 0.1, -1), 0.25)
        for k, fingers in ((1, vec(-0.25, -1, -0.35)), (-1, vec(0.25, -1, -0.35)))
    )  # fmt: skip
    left_leg, right_leg = (
        Leg(pelvis + vec(-k * -0.13, 0.36, -0.39), vec(0.15 * k * out[0], -1, -0.7), vec(0, 1, -0.25))
        for k in (1, -1)
    )
    look = unit(0.55 * unit(spine) + vec(0, 0, 0.75))
    return Pose(torso, look, unit(vec(-0.1, -1, -0.75)), left, right, left_leg, right_leg, curl=0.03)


CPR = Kind(
    "cpr",
    "a helper compresses the chest of an adult on the floor",
    (RATE, DEPTH, RECOIL, PAUSE, CALM),
    _shots,
    good_for="counting compressions; too slow, too shallow, leaning, long pauses; a change on advice",
    not_for="depth in centimetres, elbows and hand position in detail",
)
