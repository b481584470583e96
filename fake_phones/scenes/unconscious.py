"""An adult lies on the back on a living-room floor and does not answer: breathing, gasping, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from math import exp

from draws import uniform
from fake_phones.scenes import living_room
from fake_phones.scenes.body import CHEST_LIFT_M, Body, lying
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

GASPS = Number("gasps_per_min", 7, 0, 20, "1/min", "irregular gasps; nothing between them")
GASP_DEPTH = Number("gasp_depth_m", 0.032, 0, CHEST_LIFT_M, "m", "how far the chest rises in a gasp")
GASP_IN_S, GASP_OUT_S = 0.28, 0.75


def _shots(take: Take, draw: "Drawer") -> tuple[Shot, Shot]:
    """Seen from above by the caller, who stands beside."""
    base, chest = draw(take.seed, take.width, take.height)
    back = Filmed(Handheld(take, "back", 0.8), base, [(chest, breathing(take))])
    return back, indoors_selfie(take)


def _agonal_shots(take: Take) -> tuple[Shot, Shot]:
    base, gasp = _gasping(take.seed, take.width, take.height)
    back = Filmed(Handheld(take, "back", 0.8), base, [(gasp, _gasps(take))])
    return back, indoors_selfie(take)


Drawer = Callable[[int, int, int], tuple[Picture, Movement]]


@lru_cache(maxsize=8)
def _floor(seed: int, width: int, height: int) -> tuple[Picture, Movement]:
    return _lies(seed, (width, height), Expression(0.0, 0.25, pale=0.5))


@lru_cache(maxsize=8)
def _lifeless_floor(seed: int, width: int, height: int) -> tuple[Picture, Movement]:
    return _lies(seed, (width, height), Expression(0.12, 0.55, pale=1.0))


def _lies(seed: int, size: tuple[int, int], doing: Expression) -> tuple[Picture, Movement]:
    who = person(seed, "patient")
    body = Body(who, lying(vec(0, 0.08, 0), vec(-0.75, 0.62, 0)), indoors(who), doing)
    floor = living_room.floor(seed, size, body.solids())
    base = floor.picture(body.solids())
    return base, floor.movement(base, body.solids, levels=7)


@lru_cache(maxsize=8)
def _gasping(seed: int, width: int, height: int) -> tuple[Picture, Movement]:
    """Closer to head and chest; in a gasp the chest jerks up, the mouth opens, the head tips back."""
    who = person(seed, "patient")
    pose = lying(vec(0.12, 0.0, 0), vec(-0.75, 0.62, 0))
    body = Body(who, pose, indoors(who), Expression(0.14, 0.18, pale=0.9), paint_px_per_m=1100)

    def gasping(level: float) -> list[Solid]:
        up = unit(pose.head_up + 0.20 * level * -pose.head_front)
        front = unit(pose.head_front + 0.20 * level * pose.head_up)
        doing = replace(body.doing, mouth_open=0.18 + 0.82 * level)
        return replace(body, pose=replace(pose, head_up=up, head_front=front), doing=doing).solids(level)

    eye, target = vec(-0.10, -0.92, 1.42), vec(-0.18, 0.22, 0.08)
    floor = living_room.floor(seed, (width, height), body.solids(), eye, target, 0.98)
    base = floor.picture(body.solids())
    return base, floor.movement(base, gasping, levels=9)


def _gasps(take: Take) -> Callable[[float], float]:
    """How far into a gasp it is at a time: sudden in, slower out, one each turn, never quite in time."""
    course = take.course

    def level(t_s: float) -> float:
        rate = course.eased("gasps_per_min", t_s)
        if rate < 0.5:
            return 0.0
        turn = course.cycles("gasps_per_min", t_s)
        depth = course.eased("gasp_depth_m", t_s) / CHEST_LIFT_M
        since = [60 / rate * (turn - k - _gasp_at(take.seed, k)) for k in (int(turn) - 1, int(turn))]
        return depth * max(_gasp(s) for s in since)

    return level


def _gasp_at(seed: int, k: int) -> float:
    return 0.15 + 0.4 * uniform(seed, "gasp.at", "patient", k & 0xFFFF)


def _gasp(since_s: float) -> float:
    """0 to 1, so long after its peak."""
    width_s = GASP_IN_S if since_s < 0 else GASP_OUT_S
    return exp(-0.5 * (since_s / width_s) ** 2 * (2.0 if since_s < 0 else 1.6))


UNCONSCIOUS = Kind(
    "unconscious",
    "an adult lies on the back, breathing",
    (BREATHING, BREATH_DEPTH, CALM),
    partial(_shots, draw=_floor),
    good_for="position, does the chest rise, counting breaths (chest drawn at twice its natural rise)",
    not_for="colour of lips and nails, breath sounds, a natural rise under an unsteady hand",
)
NOT_BREATHING = Kind(
    "not-breathing",
    "an adult lies on the back, grey, mouth open, no breath",
    (replace(BREATHING, default=0), BREATH_DEPTH, CALM),
    partial(_shots, draw=_lifeless_floor),
    good_for="seeing that the chest stays still although the phone sways; then breath that comes back",
    not_for="pulse, pupils",
)
AGONAL = Kind(
    "agonal",
    "an adult on the floor gasps now and then and is no breathing patient",
    (GASPS, GASP_DEPTH, CALM),
    _agonal_shots,
    good_for="telling gasps from breaths: sudden, irregular, mouth and head go along, nothing between",
    not_for="the sound of a gasp, which an operator relies on",
)
