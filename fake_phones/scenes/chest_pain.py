"""An adult sits slumped on a sofa with a hand on the chest: pale, in pain, breathing fast."""

from dataclasses import replace
from functools import lru_cache

from fake_phones.scenes import room
from fake_phones.scenes.body import Arm, Body, Leg, Pose
from fake_phones.scenes.breath import breathing
from fake_phones.scenes.clothes import indoors
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.head import Frame
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.lens import Vec, unit, vec
from fake_phones.scenes.parameter import BREATH_DEPTH, BREATHING, CALM
from fake_phones.scenes.person import person
from fake_phones.scenes.scene import Picture, Shot, Take
from fake_phones.scenes.selfie import indoors_selfie
from fake_phones.scenes.stage import Filmed, Movement, Stage, movement

PAIN = Expression(eyes_open=0.45, teeth=0.7, worry=0.5, frown=0.8, pale=0.55)


def _shots(take: Take) -> tuple[Shot, Shot]:
    """Seen by the caller, who stands before the sofa."""
    base, chest = _sofa(take.seed, take.width, take.height)
    back = Filmed(Handheld(take, "back", 0.9), base, [(chest, breathing(take))])
    return back, indoors_selfie(take)


@lru_cache(maxsize=8)
def _sofa(seed: int, width: int, height: int) -> tuple[Picture, Movement]:
    who = person(seed, "patient")
    body = Body(who, _slumped(vec(0.02, -0.10, 0.53)), indoors(who), PAIN, paint_px_per_m=1100)
    still = [
        room.floor(seed),
        room.rug(seed, vec(0, -0.95, 0), (1.5, 0.85)),
        *room.wall(seed, 0.75),
        *room.sofa(seed, vec(0, 0.1, 0)),
        room.cushion(vec(-0.72, 0.06, 0.63), "a8763a", 0.25),
        *room.frame_on_wall(vec(-0.95, 0.74, 1.42), (0.42, 0.28), seed),
        *room.frame_on_wall(vec(0.95, 0.74, 1.45), (0.24, 0.30), seed + 1),
    ]
    window = room.window_light(vec(0.70, 0.55, -0.52), vec(0.15, 0.3, 0.75), [*body.solids(), *still[4:]])
    stage = Stage(
        width, height, vec(0.25, -1.66, 1.52), vec(0.01, 0.0, 0.80), [room.daylight(), window], 1.35
    )
    place = stage.surface(still)
    base = stage.picture(place.behind(stage.surface(body.solids())))
    return base, movement(stage, place, base, body.solids, levels=7)


def _slumped(pelvis: Vec) -> Pose:
    """Leaning back against the cushions, legs apart, a fist on the breastbone, the other hand on the seat."""
    torso = Frame.of(pelvis, vec(0.09, 0.52, 0.84), vec(0, -1, 0.3))
    chest = torso.at(-0.01, 0.30, 0.165)
    right = Arm(chest - 0.10 * torso.axes[0] - vec(0, 0, 0.035), -torso.axes[0] - vec(0, 0.0, 0.7),
                unit(torso.axes[0] + 0.35 * torso.axes[1]), -torso.axes[2], 0.8)  # fmt: skip
    left = Arm(
        torso.at(0.36, -0.02, 0.10), torso.axes[0] + vec(0, 0.6, 0), vec(0.25, -1, -0.12), vec(0, 0, -1), 0.9
    )
    left_leg, right_leg = (
        Leg(pelvis + vec(k * 0.20, -0.62, 0.085 - pelvis[2]), vec(0.2 * k, -1, 1), vec(0.25 * k, -1, -0.05))
        for k in (1, -1)
    )
    return Pose(
        torso,
        unit(vec(0.20, 0.10, 1)),
        unit(vec(0.16, -1, -0.16)),
        left,
        right,
        left_leg,
        right_leg,
        curl=0.02,
    )


CHEST_PAIN = Kind(
    "chest-pain",
    "an adult sits in the living room and holds the chest",
    (replace(BREATHING, default=24), BREATH_DEPTH, CALM),
    _shots,
    good_for="how somebody sits and holds the chest, pale skin, fast breathing, switching the camera",
    not_for="sweat, colour of the lips, talking with the patient",
)
