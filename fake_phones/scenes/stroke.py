"""A patient alone at home holds the phone: the front camera shows a face of which one side hangs."""

from functools import lru_cache, partial

from fake_phones.scenes import backdrop, room
from fake_phones.scenes.body import Arm, Body, Leg, Pose
from fake_phones.scenes.clothes import indoors
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.head import Frame
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.lens import unit, vec
from fake_phones.scenes.light import Light
from fake_phones.scenes.parameter import Number, OneOf
from fake_phones.scenes.person import person
from fake_phones.scenes.scene import Picture, Shot, Take
from fake_phones.scenes.selfie import Face, Selfie, by_the_window, face
from fake_phones.scenes.solids import Capsule, Solid
from fake_phones.scenes.stage import Filmed, Redrawn, Scenery, Stage

SIDE = OneOf("side", "left", ("left", "right"), "1", "the patient's own side that hangs", redraws=True)
DROOP = Number("droop", 0.9, 0, 1, "1", "how much it hangs; 0 = a healthy face", redraws=True)
SMILE = Number("smile", 0.0, 0, 1, "1", "the patient tries to smile, when asked to")
SPEECH = Number("speech", 0.35, 0, 1, "1", "how much the patient talks; slow and lopsided")
SLOW_SYLLABLE_HZ = 2.3


def _shots(take: Take) -> tuple[Shot, Shot]:
    back = Redrawn(take.course, ("side",), partial(_back, take))
    return back, Redrawn(take.course, ("side", "droop"), partial(_front, take))


def _front(take: Take, side: str, droop: float) -> Selfie:
    course = take.course
    hung = _face(take.seed, take.width, take.height, side, droop)
    return Selfie(
        Handheld(take, "front", 0.8),
        hung,
        lambda t_s: course.eased("speech", t_s),
        SLOW_SYLLABLE_HZ,
        lambda t_s: course.eased("smile", t_s),
    )


def _back(take: Take, side: str) -> Filmed:
    return Filmed(Handheld(take, "back", 1.1), _lap(take.seed, take.width, take.height, side), [])


@lru_cache(maxsize=6)
def _face(seed: int, width: int, height: int, side: str, droop: float) -> Face:
    who = person(seed, "patient")
    doing = Expression(eyes_open=0.92, worry=0.35, pale=0.25, droop=droop if side == "left" else -droop)
    return face(
        who, indoors(who), by_the_window(width, height), backdrop.living_room(seed), doing, smiles=True
    )


@lru_cache(maxsize=6)
def _lap(seed: int, width: int, height: int, side: str) -> Picture:
    """What the phone's other camera sees: knees, the limp hand in the lap, the room before the sofa."""
    who = person(seed, "patient")
    body = Body(who, _sitting(1 if side == "left" else -1), indoors(who), Expression())
    seen: list[Solid] = [
        solid for solid in body.solids() if isinstance(solid, Capsule) and max(solid.a[2], solid.b[2]) < 0.80
    ]
    still = [
        room.floor(seed),
        room.rug(seed, vec(0, -1.2, 0), (1.5, 1.0)),
        *room.sofa(seed, vec(0, 0.1, 0)),
        *room.coffee_table(vec(0.10, -1.30, 0)),
        *room.wall_opposite(seed, -3.1),
    ]
    window = room.window_light(vec(0.75, -0.25, -0.60), vec(0.1, -0.9, 0.2), [*seen, *still[2:]])
    lights: list[Light] = [room.daylight(), window]
    stage = Stage(width, height, vec(-0.06, -0.16, 1.30), vec(0.03, -0.66, 0.50), lights, 1.4, 0.80)
    return Scenery(stage, still).picture(seen)


def _sitting(limp: int) -> Pose:
    """Upright on the sofa, seen from the own eyes; the limp hand lies in the lap with its palm up."""
    pelvis = vec(0, 0.02, 0.53)
    torso = Frame.of(pelvis, vec(0, 0.25, 1), vec(0, -1, 0.2))
    out = torso.axes[0]
    lap = vec(0.10 * limp * out[0], -0.30, 0.64)
    fingers = unit(vec(-0.55 * limp * out[0], -1, -0.1))
    slack = Arm(lap, limp * out + vec(0, 0.2, -0.3), fingers, vec(0, 0, 1), 0.8)
    holds = Arm(torso.at(-limp * 0.20, 0.50, 0.30), -limp * out, vec(0, -0.3, 1), vec(0, -1, 0))
    left, right = (slack, holds) if limp > 0 else (holds, slack)
    left_leg, right_leg = (
        Leg(
            pelvis + vec(k * 0.17 * out[0], -0.55, 0.085 - pelvis[2]),
            vec(0.1 * k, -1, 1),
            vec(0.15 * k, -1, 0),
        )
        for k in (1, -1)
    )
    return Pose(torso, vec(0, 0, 1), vec(0, -1, 0), left, right, left_leg, right_leg)


STROKE = Kind(
    "stroke",
    "a patient films the own face, of which one side hangs",
    (SIDE, DROOP, SMILE, SPEECH),
    _shots,
    good_for="which side hangs, a smile on request, switching to the front camera, the slack hand in the lap",
    not_for="speech (nothing is heard), arms held up, small changes of the face",
)
