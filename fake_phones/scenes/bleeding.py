"""A deep cut in a forearm on a kitchen table: it bleeds with the pulse until somebody presses on it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import exp, pi, sin

import numpy as np

from draws import uniform
from fake_phones.scenes import room, texture
from fake_phones.scenes.forearm import Forearm, sleeve_of
from fake_phones.scenes.hand import hand
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.head import Frame
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.lens import Vec, unit, vec
from fake_phones.scenes.paint import Paint, blob, curve
from fake_phones.scenes.parameter import CALM, Number, switch
from fake_phones.scenes.person import person
from fake_phones.scenes.scene import Picture, Shot, Take
from fake_phones.scenes.selfie import indoors_selfie
from fake_phones.scenes.solids import Box, Capsule, Material, Solid, Texture, colour
from fake_phones.scenes.spread import Spread, spread
from fake_phones.scenes.sprite import Sprite, sprite
from fake_phones.scenes.stage import Filmed, Movement, Scenery, Stage

SEVERITY = Number("severity", 0.7, 0, 1, "1", "how fast it bleeds: 0 = has stopped, 1 = spurts")
PRESSURE = switch("pressure", False, "a hand presses a cloth on the wound")
PULSE = Number("pulse_per_min", 105, 0, 200, "1/min", "heart beats")
BLED_BEFORE_S, FULL_S = 14.0, 45.0
"""How long it has bled when the scene begins, and the time in which most of the pool comes, at severity 1."""
UNDER_PRESSURE = 0.06
BLOOD = Material(colour("7d0b0e"), gloss=0.20)
RILL, POOL = Material(colour("7a0a0d"), gloss=0.05), Material(colour("60080b"), gloss=0.16)
WOUND_AT = 0.46
SLIDES_IN = (0.55, -0.75)
"""Where the pressing hand comes from, in widths of the picture."""


@dataclass(frozen=True)
class Drawn:
    """A forearm that can bleed."""

    base: Picture
    spilled: Spread
    swells: Movement
    clean: Sprite
    soaked: Sprite


def _shots(take: Take) -> tuple[Shot, Shot]:
    drawn = _table(take.seed, take.width, take.height)
    course = take.course

    def swelling(t_s: float) -> float:
        beat = max(0.0, sin(2 * pi * course.cycles("pulse_per_min", t_s))) ** 2
        return course.eased("severity", t_s) * (0.35 + 0.65 * beat)

    spilled = _spilled(take)

    def bleed(canvas: Picture, t_s: float) -> None:
        drawn.swells.lay(canvas, swelling(t_s))
        drawn.spilled.lay(canvas, spilled(t_s))
        share = course.eased("pressure", t_s)
        if share > 0:
            right, down = ((1 - share) * part * take.width for part in SLIDES_IN)
            drawn.clean.lay(canvas, right, down)
            drawn.soaked.lay(canvas, right, down, _soaked(take, t_s))

    return Filmed(Handheld(take, "back", 0.7), drawn.base, [], bleed), indoors_selfie(take)


def _spilled(take: Take) -> Callable[[float], float]:
    """How much of the pool there is at a time, 0 to 1."""

    def level(t_s: float) -> float:
        bled = BLED_BEFORE_S * 0.7
        for lasts_s, (severity, pressed) in take.course.stretches(t_s, "severity", "pressure"):
            bled += lasts_s * severity * (UNDER_PRESSURE if pressed else 1.0)
        return 1 - exp(-bled / FULL_S)

    return level


def _soaked(take: Take, t_s: float) -> float:
    """How much blood is in the cloth, 0 to 1."""
    bled = 0.0
    for lasts_s, (severity, pressed) in take.course.stretches(t_s, "severity", "pressure"):
        bled += lasts_s * severity * pressed
    return 1 - exp(-bled / 9)


@lru_cache(maxsize=4)
def _table(seed: int, width: int, height: int) -> Drawn:
    who, helper = person(seed, "patient"), person(seed, "helper")
    arm = Forearm(who, vec(0.185, 0.075, 0.055), vec(-0.055, -0.010, 0.045))
    body = arm.solids(arm.skin(_wound(), WOUND_AT), sleeve_of(who))
    window = room.window_light(vec(0.55, 0.62, -0.62), vec(0.02, 0.0, 0.0), body, 2.4, 0.7)
    eye, target = vec(0.03, -0.33, 0.45), vec(0.022, -0.012, 0.035)
    stage = Stage(width, height, eye, target, [room.daylight(), window], 1.35)
    scenery = Scenery(stage, _kitchen_table(seed))
    places = _drops(seed, arm)

    def swelling(level: float) -> list[Solid]:
        return [*body, _welling(arm, level)]

    base = scenery.picture(body)
    return Drawn(
        base,
        spread(scenery, body, lambda level: _blood(arm, places, level), levels=24),
        scenery.movement(base, swelling, levels=3).masked(),
        *(sprite(scenery, body, _pressing(arm, helper.skin, soaked)) for soaked in (0.0, 1.0)),
    )


def _kitchen_table(seed: int) -> list[Solid]:
    wood = texture.planks(seed % 5 + 1, room.picked(seed, "table", ((196, 160, 118), (176, 172, 166))))
    top = Material((0.85, 0.85, 0.85), gloss=0.05, texture=Texture(wood, 330))
    cup = vec(-0.22, 0.24, 0.0)
    return [
        Box(vec(0, 0, -0.02), vec(1.2, 0.9, 0.02), top),
        Capsule(cup, cup + vec(0, 0, 0.08), 0.04, 0.042, Material(colour("3f6a78"), gloss=0.1), 0.0),
        Box(vec(0.05, 0.33, 0.006), vec(0.11, 0.15, 0.003), Material(colour("dcdad2"))),
        Box(vec(-0.27, -0.16, 0.008), vec(0.010, 0.10, 0.004), Material(colour("26262a"), gloss=0.05)),
        Box(vec(-0.27, -0.02, 0.008), vec(0.012, 0.075, 0.001), Material(colour("c4c8cc"), gloss=0.4)),
    ]


def _wound() -> Paint:
    """A gaping cut along the arm, its rims, and blood that has dried around it."""
    paint = Paint(0.17, 0.055, 0.055, 2600, (60, 70, 150))
    paint.lay(paint.shape(blob(0, 0.004, 0.060, 0.022), 0.010), (48, 50, 150), 0.55)
    paint.lay(paint.shape(blob(0.004, 0.018, 0.046, 0.016), 0.006), (24, 22, 118), 0.80)
    top = curve(-0.038, 0.040, (0.0, -0.0055, -0.0085, -0.0060, 0.001))
    low = curve(-0.038, 0.040, (0.0, 0.0050, 0.0075, 0.0065, 0.001))
    gap = np.concatenate([top, low[::-1]])
    paint.lay(paint.line(np.concatenate([gap, gap[:1]]), 0.0042, 0.0012), (126, 138, 214), 0.9)
    paint.lay(paint.shape(gap, 0.0006), (22, 16, 104), 1.0)
    paint.lay(paint.shape(blob(0.001, 0.0004, 0.030, 0.0034), 0.0012), (10, 6, 42), 0.95)
    paint.lay(paint.line(curve(-0.028, 0.030, (-0.002, -0.0052, -0.003)), 0.0010, 0.0005), (70, 74, 190), 0.6)
    return paint


def _drops(seed: int, arm: Forearm) -> list[tuple[Vec, float, float]]:
    """Where blood gathers on the table: places, sizes, and at which level each begins."""
    below = arm.on_top(WOUND_AT) + 0.062 * arm.across
    found = [(vec(below[0], below[1], 0.0), 0.115, 0.0)]
    for k in range(9):
        x, y, size, late = (uniform(seed, f"drop.{what}", "blood", k) for what in ("x", "y", "size", "late"))
        place = vec(below[0] + 0.26 * (x - 0.45), below[1] - 0.12 * y + 0.005, 0.0)
        found.append((place, 0.008 + 0.045 * size**2, 0.8 * late))
    return found


def _blood(arm: Forearm, places: list[tuple[Vec, float, float]], level: float) -> list[Solid]:
    """Rills over the skin and a pool on the table."""
    solids: list[Solid] = []
    for k, (share, begins) in enumerate(((0.44, 0.0), (0.52, 0.12), (0.36, 0.30), (0.58, 0.5), (0.48, 0.7))):
        grown = min(1.0, max(0.0, (level - begins) / 0.22))
        wide = 0.0028 + 0.0022 * ((k * 7) % 3) / 2
        steps = [
            arm.on_top(share + 0.012 * n * ((k % 2) - 0.5), 0.004 + 0.036 * grown * n / 5) for n in range(6)
        ]
        radius = wide if grown > 0.02 else 1e-4
        solids += [
            Capsule(a, b, radius * (1.25 - 0.08 * n), radius * (1.2 - 0.08 * n), RILL, 0.004)
            for n, (a, b) in enumerate(pairwise(steps))
        ]
    for place, size, begins in places:
        grown = np.sqrt(min(1.0, max(0.0, level - begins) / (1 - begins)))
        reach = max(1e-3, size * grown)
        flat = np.diag([1 / (1.25 * reach), 1 / (0.72 * reach), 1 / (0.0035 if grown > 0 else 2e-4)])
        solids.append(Capsule(place, place, 1.0, 1.0, POOL, 0.004, squash=flat))
    return solids


def _welling(arm: Forearm, level: float) -> Capsule:
    """Blood that stands in the cut and rises with each beat."""
    at = arm.on_top(WOUND_AT, 0.004)
    axes = np.array([arm.along, arm.across, vec(0, 0, 1)])
    size = np.array([0.024 + 0.012 * level, 0.005 + 0.0045 * level, 0.0025 + 0.0045 * level])
    return Capsule(at, at, 1.0, 1.0, BLOOD, 0.004, squash=axes / size[:, None])


def _pressing(arm: Forearm, skin: str, soaked: float) -> list[Solid]:
    """A folded cloth on the wound, and a hand flat on it that comes from the upper right."""
    at = arm.on_top(WOUND_AT)
    clean, red = np.array(colour("e6e4de")), np.array(colour("8c1418"))
    b, g, r = (clean + 0.92 * soaked * (red - clean)).tolist()
    cloth = Material((b, g, r), gloss=0.01, rough=0.25)
    turn = np.array([arm.along, np.cross(vec(0, 0, 1), arm.along), vec(0, 0, 1)])
    pad = Box(at + vec(0, 0, 0.003), vec(0.056, 0.046, 0.009), cloth, turn, 0.008, 0.15)
    towards = unit(vec(-0.42, -0.9, -0.05))
    wrist = at - 0.085 * towards + vec(0, 0, 0.030)
    made = Material(colour(skin), gloss=0.03, rough=0.04)
    sleeve = Material(colour("3c4654"), gloss=0.005, rough=0.3)
    far = wrist - 0.30 * towards + vec(0, 0, 0.12)
    return [
        pad,
        *hand(Frame.of(wrist, towards, vec(0, 0, -1)), -1, 0.12, made),
        Capsule(far, wrist, 0.052, 0.030, sleeve, 0.012),
    ]


BLEEDING = Kind(
    "bleeding",
    "a deep cut in a forearm that bleeds, close by",
    (SEVERITY, PRESSURE, PULSE, CALM),
    _shots,
    good_for="is there pressure on it, does it go on bleeding, with the pulse or not, how much there is",
    not_for="millilitres, arteries and veins told apart by colour",
)
