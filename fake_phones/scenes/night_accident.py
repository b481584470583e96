"""A car has hit something on a country road at night, in the rain; casualties lie and sit about."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from math import sin, tau

import cv2
import numpy as np

from draws import uniform
from fake_phones.scenes import texture
from fake_phones.scenes.body import Arm, Body, Leg, Pose, lying
from fake_phones.scenes.car import PAINTS, Car
from fake_phones.scenes.clothes import outdoors
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.head import Frame
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.lens import Vec, unit, vec
from fake_phones.scenes.light import Lamp, Light, Sky
from fake_phones.scenes.night import NIGHT, night_selfie
from fake_phones.scenes.parameter import CALM, TORCH, Number, OneOf, switch
from fake_phones.scenes.person import person
from fake_phones.scenes.scene import Picture, Shot, Take
from fake_phones.scenes.solids import Box, Capsule, Material, Solid, Texture, colour, dimmed
from fake_phones.scenes.stage import Movement, Redrawn, Scenery, Stage
from fake_phones.scenes.surface import Surface
from fake_phones.scenes.weather import Rain

CASUALTIES = OneOf("casualties", 3.0, (1.0, 2.0, 3.0, 4.0), "people", "who is hurt", redraws=True)
HAZARDS = switch("hazards", True, "the wreck's lamps flash")
RAIN = Number("rain", 0.5, 0, 1, "1", "how much it rains")
FLASH_HZ = 1.45
EYE = vec(0.10, -3.1, 1.62)
AMBER, RED, WHITE = (0.06, 1.0, 2.4), (0.06, 0.06, 1.6), (2.6, 2.5, 2.3)


@dataclass(frozen=True)
class Lit:
    """The place in one state of its lamps."""

    base: Picture
    rocks: Movement | None


@dataclass(frozen=True)
class Wreck:
    """What the back camera films. `lit` by (torch, hazards)."""

    hand: Handheld
    lit: dict[tuple[bool, bool], Lit]
    rain: Rain

    def frame(self, t_s: float) -> Picture:
        course = self.hand.take.course
        torch = course.eased("torch", t_s)
        flash = bool(course.value("hazards", t_s)) and t_s * FLASH_HZ % 1 < 0.5
        canvas = self._canvas(torch > 0.5, flash, t_s)
        if 0 < torch < 1:
            share = abs(torch - 0.5) + 0.5
            canvas = cv2.addWeighted(canvas, share, self._canvas(torch <= 0.5, flash, t_s), 1 - share, 0)
        seen = self.hand.seen(canvas, t_s)
        self.rain.fall(seen, t_s)
        return self.hand.sensed(seen, t_s)

    def _canvas(self, torch: bool, flash: bool, t_s: float) -> Picture:
        lit = self.lit[torch, flash]
        canvas = lit.base.copy()
        if lit.rocks is not None:
            lit.rocks.lay(canvas, 0.5 + 0.4 * sin(tau * 0.36 * t_s) + 0.1 * sin(tau * 0.83 * t_s))
        return canvas


def _shots(take: Take) -> tuple[Shot, Shot]:
    return Redrawn(take.course, ("casualties",), partial(_back, take)), night_selfie(take)


def _back(take: Take, casualties: float) -> Wreck:
    rain = Rain(take.seed, take.width, take.height, lambda t_s: take.course.eased("rain", t_s))
    lit = _road(take.seed, take.width, take.height, round(casualties))
    return Wreck(Handheld(take, "back", 1.5, 5.0), lit, rain)


@lru_cache(maxsize=3)
def _road(seed: int, width: int, height: int, casualties: int) -> dict[tuple[bool, bool], Lit]:
    car = Car(vec(-0.15, 2.0, 0), 0.32, PAINTS[int(uniform(seed, "car", "paint") * len(PAINTS))])
    people = _people(seed)[:casualties]
    lie = [solid for k, body in enumerate(people) if k != 1 for solid in body(0.5)]
    still = [*_asphalt(seed), *car.solids(), *_triangle(vec(1.75, 0.15, 0)), *lie]
    stage = Stage(width, height, EYE, vec(-0.12, 0.72, 0.30), [], 1.35, 0.95, background=NIGHT)
    scenery = Scenery(stage, still)
    sits = people[1] if casualties > 1 else None
    shown = scenery.place.behind(stage.surface(sits(0.5))) if sits else scenery.place
    found = {}
    for torch in (False, True):
        for flash in (False, True):
            there = replace(stage, lights=_lights(car, torch, flash))
            base = _with_glow(there, shown, there.picture(shown), car, flash)
            rocks = Scenery(there, still).movement(base, sits, levels=4) if sits else None
            found[torch, flash] = Lit(base, rocks)
    return found


def _lights(car: Car, torch: bool, flash: bool) -> list[Light]:
    """Moonless; the lamps of a car that has stopped, out of view at the left; torch and hazards or not."""
    stopped = vec(-7.5, -1.6, 0.75)
    beam = Lamp(stopped, dimmed(WHITE, 2.6), 0.06, 0.1, unit(vec(-0.2, 0.9, 0.2) - stopped), 0.20)
    lights: list[Light] = [Sky((0.0085, 0.0060, 0.0050), (0.004, 0.0035, 0.003)), beam]
    lights += [Lamp(at + vec(0, 0, 0.02), RED, 2.2) for at in car.tails]
    if torch:
        aim = unit(vec(-0.1, 0.35, 0.1) - EYE)
        lights.append(Lamp(EYE + vec(0.04, 0, -0.03), (3.2, 3.4, 3.5), 0.075, 0.0, aim, 0.36))
    if flash:
        lights += [Lamp(at, AMBER, 1.1, 0.3) for at in car.hazards]
    return lights


def _with_glow(stage: Stage, shown: Surface, picture: Picture, car: Car, flash: bool) -> Picture:
    """Lamps that shine into the lens, with the halo of a wet lens; none through glass or steel."""
    lamps = [(at, (40, 40, 235), 5.0) for at in car.tails]
    if flash:
        lamps += [(at, (70, 190, 255), 8.0) for at in car.hazards]
    step = stage.width / 640
    light = np.zeros_like(picture)
    for at, tint, size in lamps:
        x, y = stage.spot(at)
        inner = stage.lens.axes[2] @ (at - stage.lens.place)
        row, column = (round(v * 1.3) for v in (y, x))
        rows, columns = shown.depth.shape
        if not (0 <= row < rows and 0 <= column < columns) or shown.depth[row, column] < inner - 0.12:
            continue
        cv2.circle(light, (round(x), round(y)), max(2, round(size * step)), tint, -1, cv2.LINE_AA)
    core = cv2.GaussianBlur(light, (0, 0), 1.5 * step)
    halo = cv2.GaussianBlur(light, (0, 0), 16 * step)
    near = cv2.GaussianBlur(light, (0, 0), 5 * step)
    glow = cv2.addWeighted(near, 0.8, halo, 2.2, 0)
    return cv2.add(cv2.add(picture, core), glow)


def _people(seed: int) -> list[Callable[[float], list[Solid]]]:
    """One lies on the road, one sits and rocks, one lies behind, one stands and waves the traffic down."""

    def somebody(k: int, pose: Callable[[float], Pose], doing: Expression) -> Callable[[float], list[Solid]]:
        who = person(seed, f"casualty {k}")
        clothes = replace(outdoors(seed, who, f"casualty {k}"), bulk=0.010, hands=None)
        return lambda level: Body(who, pose(level), clothes, doing).solids()

    hurt = Expression(eyes_open=0.4, worry=0.9, teeth=0.5)
    return [
        somebody(
            1, lambda _: lying(vec(-0.55, -0.35, 0.01), vec(-0.96, 0.12, 0)), Expression(0.0, 0.2, pale=0.6)
        ),
        somebody(2, _sitting, hurt),
        somebody(3, lambda _: lying(vec(-1.95, 0.42, 0.01), vec(-0.40, 0.92, 0)), Expression(0.3, pale=0.5)),
        somebody(4, lambda _: _standing(), Expression(worry=0.9, mouth_open=0.4)),
    ]


def _sitting(level: float) -> Pose:
    """On the ground against the car, one hand on the other arm, rocking with `level`."""
    pelvis = vec(0.98, 0.72, 0.14)
    lean = 0.20 - 0.22 * (level - 0.5)
    torso = Frame.of(pelvis, vec(0.05, lean, 1), vec(-0.15, -1, 0.1))
    out, front = torso.axes[0], torso.axes[2]
    left = Arm(torso.at(0.10, 0.16, 0.20), out - vec(0, 0, 0.6), unit(-out + 0.1 * front), -front, 0.7)
    right = Arm(torso.at(0.16, 0.26, 0.22), -out - vec(0, 0, 0.5), unit(out + vec(0, 0, 0.2)), -front, 0.8)
    left_leg = Leg(pelvis + vec(0.30, -0.70, -0.06), vec(0.1, 0, 1), vec(0.3, -1, 0.3))
    right_leg = Leg(pelvis + vec(-0.20, -0.62, -0.06), vec(-0.1, -0.2, 1), vec(-0.2, -1, 0.5))
    head = unit(vec(0.05, -0.10 - 0.16 * (level - 0.5), 1))
    return Pose(torso, head, unit(vec(-0.2, -1, -0.35)), left, right, left_leg, right_leg)


def _standing() -> Pose:
    """Beside the road, one arm up."""
    pelvis = vec(2.35, 1.9, 0.92)
    torso = Frame.of(pelvis, vec(0, 0.02, 1), vec(-0.7, -0.7, 0))
    out, front = torso.axes[0], torso.axes[2]
    up = Arm(torso.at(0.34, 0.82, 0.10), out, vec(0.1, 0, 1), front, 0.1)
    down = Arm(torso.at(-0.25, -0.02, 0.06), -out, vec(0, 0, -1), out, 0.4)
    left_leg, right_leg = (Leg(torso.at(k * 0.12, -0.84, 0.0), front, front) for k in (1, -1))
    return Pose(torso, vec(0, 0, 1), unit(vec(-0.6, -0.8, 0)), up, down, left_leg, right_leg)


def _asphalt(seed: int) -> list[Solid]:
    """A wet road with its lines, gravel beside it, dark trees."""
    wet = texture.speckled(seed % 5, (70, 72, 76), 1.6, 0.16)
    road = Material((0.9, 0.9, 0.9), gloss=0.16, rough=0.03, texture=Texture(wet, 260))
    gravel = Texture(texture.speckled(seed % 5, (72, 80, 70), 2.6, 0.32), 160)
    line = Material(
        (1, 1, 1), gloss=0.10, texture=Texture(texture.speckled(2, (205, 208, 206), 4, 0.12), 300)
    )
    bark, leaf = Material(colour("2a2420")), Material(colour("20301f"), rough=0.6)
    trees: list[Solid] = []
    for k in range(9):
        x, size = (
            -7.5 + 1.9 * k + uniform(seed, "tree.x", "road", k),
            0.7 + 0.6 * uniform(seed, "tree", "road", k),
        )
        foot = vec(x, 7.6 + 1.5 * uniform(seed, "tree.y", "road", k), 0)
        trees += [
            Capsule(foot, foot + vec(0, 0, 1.6), 0.12, 0.10, bark, 0.0),
            Capsule(foot + vec(0, 0, 1.7), foot + vec(0, 0, 3.6 * size), 0.95 * size, 0.25, leaf, 0.1),
        ]
    return [
        Box(vec(0, 3, -0.05), vec(14, 12, 0.05), Material((0.8, 0.8, 0.8), rough=0.3, texture=gravel)),
        Box(vec(0, 0.6, -0.042), vec(14, 3.5, 0.05), road),
        *(Box(vec(-6.0 + 3.0 * k, -0.55, -0.040), vec(0.85, 0.055, 0.05), line) for k in range(5)),
        Box(vec(0, 3.75, -0.040), vec(14, 0.05, 0.05), line),
        *_splinters(seed),
        *trees,
    ]


def _splinters(seed: int) -> list[Solid]:
    """Glass and plastic on the road."""
    made = (
        Material(colour("d0d8dc"), gloss=0.7),
        Material(colour("b8402c"), gloss=0.2),
        Material(colour("1c1c1e")),
    )
    bits: list[Solid] = []
    for k in range(34):
        x, y, size = (uniform(seed, f"bit.{what}", "road", k) for what in ("x", "y", "size"))
        at = vec(-0.9 + 3.0 * x, -0.9 + 1.9 * y * y, 0.012)
        bits.append(
            Capsule(at, at + vec(0.02, 0.01 * k % 0.03, 0.004), 0.008 + 0.012 * size, 0.006, made[k % 3], 0.0)
        )
    return bits


def _triangle(at: Vec) -> list[Solid]:
    """A warning triangle, put up on the road."""
    red = Material(colour("e04630"), gloss=0.3, glow=0.02)
    corners = [at + vec(-0.24, 0, 0.06), at + vec(0.24, 0, 0.06), at + vec(0, 0.03, 0.46)]
    return [
        Capsule(a, b, 0.028, 0.028, red, 0.0)
        for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)
    ]


NIGHT_ACCIDENT = Kind(
    "night-accident",
    "a crashed car on a dark road, several casualties, rain, flashing lamps",
    (CASUALTIES, TORCH, HAZARDS, RAIN, CALM),
    _shots,
    good_for="how many are hurt, who moves and who does not, dangers, a poor picture that a torch betters",
    not_for="single injuries, fire and smoke",
)
