"""An adult lies on the floor in a generalised seizure: arms, legs and head jerk; later they lie still."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from math import sin, tau

from fake_phones.scenes import living_room
from fake_phones.scenes.body import Arm, Body, Leg, Pose, lying
from fake_phones.scenes.breath import breathing
from fake_phones.scenes.clothes import indoors
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.lens import unit, vec
from fake_phones.scenes.parameter import BREATH_DEPTH, BREATHING, CALM, Number
from fake_phones.scenes.person import person
from fake_phones.scenes.scene import Picture, Shot, Take
from fake_phones.scenes.selfie import indoors_selfie
from fake_phones.scenes.solids import Solid
from fake_phones.scenes.stage import Filmed, Movement

JERKS = Number("jerks_per_min", 170, 30, 300, "1/min", "of arms, legs and head")
SEVERITY = Number("severity", 1.0, 0, 1, "1", "how far the limbs jerk; 0 = the seizure is over")
LEVELS = 13


def _shots(take: Take) -> tuple[Shot, Shot]:
    base, arms, chest = _floor(take.seed, take.width, take.height)
    back = Filmed(Handheld(take, "back", 0.9), base, [(chest, breathing(take)), (arms, _jerks(take))])
    return back, indoors_selfie(take)


def _jerks(take: Take) -> Callable[[float], float]:
    """0.5 = at rest; sudden, and never twice quite as far."""
    course = take.course

    def level(t_s: float) -> float:
        turn = course.cycles("jerks_per_min", t_s)
        beat = sin(tau * turn + 0.9 * sin(tau * turn))  # there quicker than back
        far = 0.72 + 0.28 * sin(tau * 0.137 * turn) * sin(tau * 0.31 * turn + 1)
        return 0.5 + 0.5 * course.eased("severity", t_s) * far * beat

    return level


@lru_cache(maxsize=4)
def _floor(seed: int, width: int, height: int) -> tuple[Picture, Movement, Movement]:
    who = person(seed, "patient")
    rest = lying(vec(0, 0.08, 0), vec(-0.75, 0.62, 0))
    face = Expression(eyes_open=0.3, teeth=0.9, frown=0.5, pale=0.6, gaze=(0.0, -1.0))
    body = Body(who, rest, indoors(who), face)

    def jerking(level: float) -> list[Solid]:
        return replace(body, pose=_jerked(rest, 2 * level - 1)).solids()

    floor = living_room.floor(seed, (width, height), body.solids())
    base = floor.picture(jerking(0.5))
    chest = floor.movement(base, lambda k: replace(body, pose=_jerked(rest, 0.0)).solids(k), levels=5)
    return base, floor.movement(base, jerking, LEVELS).masked(), chest


def _jerked(rest: Pose, far: float) -> Pose:
    """The limbs of somebody who lies, `far` (-1 to 1) along their jerk: bent arms draw in, legs stretch."""
    t = rest.torso
    out, up, front = t.axes

    def arm(k: int, swing: float) -> Arm:
        wrist = t.at(k * (0.30 - 0.055 * swing), 0.30 + 0.10 * swing, 0.13 + 0.075 * swing)
        fingers = unit(0.6 * up - (0.5 + 0.5 * swing) * k * out + (0.5 - 0.3 * swing) * front)
        return Arm(wrist, k * out - 0.35 * up - 0.3 * front, fingers, -front, 1.0)

    def leg(k: int, swing: float) -> Leg:
        ankle = t.at(k * 0.17, -0.80 + 0.035 * swing, -0.02 + 0.03 * max(0.0, swing))
        return Leg(ankle, front + 0.6 * k * out, unit(front + (0.7 + 0.25 * swing) * k * out))

    tip = 0.16 * far
    return replace(
        rest,
        head_up=unit(rest.head_up + tip * out - 0.10 * front),
        head_front=unit(rest.head_front + 0.22 * far * out - 0.1 * up),
        left_arm=arm(1, far),
        right_arm=arm(-1, 0.8 * far + 0.1),
        left_leg=leg(1, far),
        right_leg=leg(-1, -0.7 * far),
    )


SEIZURE = Kind(
    "seizure",
    "an adult on the floor in a seizure",
    (JERKS, SEVERITY, replace(BREATHING, default=0), BREATH_DEPTH, CALM),
    _shots,
    good_for="seeing that it is a seizure, both sides jerk, when it ends, breath that comes back",
    not_for="foam, blue skin, where the eyes look",
)
