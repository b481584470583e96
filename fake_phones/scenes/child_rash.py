"""A feverish small child lies on a bed, its shirt off: a rash, and the glass that is pressed on it."""

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import pairwise

import cv2
import numpy as np

from draws import uniform
from fake_phones.scenes import room, texture
from fake_phones.scenes.body import Arm, Body, Clothes, Leg, Pose, lying
from fake_phones.scenes.breath import breathing
from fake_phones.scenes.features import Expression
from fake_phones.scenes.hand import hand
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.head import Frame
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.lens import Vec, unit, vec
from fake_phones.scenes.light import Light
from fake_phones.scenes.paint import Paint, blob
from fake_phones.scenes.parameter import BREATH_DEPTH, BREATHING, CALM, Number, OneOf, switch
from fake_phones.scenes.person import GREY, Person, person
from fake_phones.scenes.scene import Field, Picture, Shot, Take, as_picture
from fake_phones.scenes.selfie import indoors_selfie
from fake_phones.scenes.solids import Box, Capsule, Decal, Material, Solid, Texture, colour
from fake_phones.scenes.spread import Stain, stain
from fake_phones.scenes.sprite import Sprite, sprite
from fake_phones.scenes.stage import Filmed, Movement, Redrawn, Scenery, Stage

SEVERITY = Number("severity", 0.6, 0, 1, "1", "how many spots there are")
RASH = OneOf("rash", "petechiae", ("petechiae", "hives"), "1", "small dark spots, or large red wheals", True)
GLASS = switch("glass", False, "a glass is pressed on the belly: wheals fade under it, petechiae stay")
HEAD_GROWN = 1.36  # a child of three, drawn as a small adult with a large head on a large bed
PAINT_PX_PER_M = 900
SLIDES_IN = (0.75, 0.30)
SHIFT_PX = 5.0  # at 640 wide: how far the skin goes up with the chest at full lift


@dataclass(frozen=True)
class Drawn:
    """A child on a bed."""

    base: Picture
    breathes: Movement
    rash: Stain
    pressed: Sprite
    """The skin under a glass, without its blood."""
    glass: Sprite


def _shots(take: Take) -> tuple[Shot, Shot]:
    return Redrawn(take.course, ("rash",), partial(_back, take)), indoors_selfie(take)


def _back(take: Take, rash: str) -> Filmed:
    drawn = _bed(take.seed, take.width, take.height, rash)
    course, lift = take.course, breathing(take)

    def spots(canvas: Picture, t_s: float) -> None:
        shift = SHIFT_PX * take.width / 640 * (0.3 - lift(t_s))
        drawn.rash.lay(canvas, course.eased("severity", t_s), shift)

    def show(canvas: Picture, t_s: float) -> None:
        if rash == "hives":
            spots(canvas, t_s)
        if (share := course.eased("glass", t_s)) > 0:
            right, down = ((1 - share) * part * take.width for part in SLIDES_IN)
            drawn.pressed.lay(canvas, right, down, share)
            if rash == "petechiae":
                spots(canvas, t_s)
            drawn.glass.lay(canvas, right, down)
        elif rash == "petechiae":
            spots(canvas, t_s)

    return Filmed(Handheld(take, "back", 0.8), drawn.base, [(drawn.breathes, lift)], show)


@lru_cache(maxsize=4)
def _bed(seed: int, width: int, height: int, rash: str) -> Drawn:
    who = replace(person(seed, "patient"), age=0.0, beard=0.0)
    hair = "6e4a2c" if who.hair in GREY else who.hair
    who = replace(who, cut="short" if who.cut == "bald" else who.cut, hair=hair, skin=_feverish(who))
    pose = _sprawled()
    spots = _spots(seed, rash)

    def child(decal: Decal | None, plain: bool = False, lift: float = 0.3) -> list[Solid]:
        return _child(who, pose, decal, plain, lift)

    still = _bedding(seed)
    window = room.window_light(vec(-0.60, 0.42, -0.62), vec(-0.1, 0.25, 0.0), child(None), 1.6)
    lights: list[Light] = [room.daylight(), window]
    eye, target = vec(0.05, -0.84, 1.30), vec(-0.19, 0.15, 0.10)
    scenery = Scenery(Stage(width, height, eye, target, lights, 1.5, 0.98), still)
    base = scenery.picture(child(None))
    spotted = scenery.picture(child(_decal(pose, spots, rash, None)))
    painted, bare = (
        scenery.stage.surface(child(decal, plain=True)).colour
        for decal in (_decal(pose, spots, rash, 1.0), None)
    )
    belly = pose.torso.at(0.01, 0.17, 0.115)
    return Drawn(
        base,
        scenery.movement(base, lambda k: child(None, lift=k), levels=6),
        stain(base, spotted, _levels(scenery.stage, painted, bare)),
        _pressed(scenery.stage, base, belly),
        sprite(scenery, child(None), _glass(belly, person(seed, "caller").skin)),
    )


def _feverish(who: Person) -> str:
    """The skin, a little redder."""
    r, g, b = (int(who.skin[k : k + 2], 16) for k in (0, 2, 4))
    return f"{min(255, r + 4):02x}{round(0.95 * g):02x}{round(0.94 * b):02x}"


def _child(who: Person, pose: Pose, decal: Decal | None, plain: bool, lift: float) -> list[Solid]:
    """Bare but for a nappy. `plain` is white skin, for what is painted on it."""
    bare = Material((1.0, 1.0, 1.0) if plain else who.skin_light, gloss=0.025, rough=0.02)
    skin = replace(bare, decal=decal)
    sick = Expression(eyes_open=0.28, mouth_open=0.08, worry=0.4)
    body = Body(
        who,
        pose,
        Clothes(skin, 1.0, bare, bare, hands=bare),
        sick,
        paint_px_per_m=1100,
        head_grown=HEAD_GROWN,
    )
    nappy, t = Material(colour("dfe6ea"), gloss=0.01, rough=0.15), pose.torso
    wraps = [
        Capsule(t.at(-0.07, up, 0.0), t.at(0.07, up, 0.0), radius, radius, nappy, 0.03)
        for up, radius in ((-0.03, 0.150), (0.03, 0.142))
    ]
    return [*body.solids(lift), *wraps]


def _sprawled() -> Pose:
    """On the back, arms beside the head, knees out."""
    flat = lying(vec(0.06, 0.0, 0.17), vec(-0.80, 0.42, 0))
    t = flat.torso
    out, up, front = t.axes

    def side(k: int) -> tuple[Arm, Leg]:
        wrist = t.at(k * 0.42, 0.62 if k > 0 else 0.36, -0.03)
        arm = Arm(wrist, k * out - 0.4 * up, unit(0.5 * k * out + (0.9 if k > 0 else 0.2) * up), front, 0.8)
        ankle = t.at(k * 0.20, -0.66, -0.04)
        return arm, Leg(ankle, k * out + 0.45 * front, unit(0.6 * k * out + front))

    (left_arm, left_leg), (right_arm, right_leg) = side(1), side(-1)
    turned = unit(front + 0.35 * out)
    return replace(
        flat,
        head_front=turned,
        left_arm=left_arm,
        right_arm=right_arm,
        left_leg=left_leg,
        right_leg=right_leg,
    )


def _bedding(seed: int) -> list[Solid]:
    """A large bed with a sheet, a pillow, a blanket with a pattern, a soft toy."""
    sheet = Material(
        (1, 1, 1), rough=0.16, texture=Texture(texture.speckled(1, (226, 226, 230), 30, 0.02), 200)
    )
    cover = room.picked(seed, "blanket", ((86, 116, 150), (150, 96, 92), (96, 130, 96)))
    quilt = Material((1, 1, 1), rough=0.20, texture=Texture(texture.rug(seed % 5, cover, (512, 512)), 620))
    fur = Material(colour("8a6238"), gloss=0.0, rough=0.4)
    bear = vec(-0.18, 0.52, 0.10)
    return [
        Box(vec(0, 0, -0.05), vec(3, 3, 0.05), sheet),
        Box(vec(-0.88, 0.52, 0.05), vec(0.46, 0.34, 0.07), sheet, _spun(-0.5), 0.09, 0.4),
        Box(vec(1.25, -0.10, 0.05), vec(0.55, 0.90, 0.07), quilt, _spun(-0.35), 0.08, 0.3),
        Capsule(bear, bear + vec(0.10, -0.06, 0.0), 0.085, 0.075, fur, 0.02),
        Capsule(bear + vec(-0.12, 0.07, 0.02), bear + vec(-0.121, 0.07, 0.02), 0.075, 0.075, fur, 0.02),
        *(
            Capsule(bear + vec(x, y, 0.05), bear + vec(x, y, 0.051), 0.030, 0.030, fur, 0.01)
            for x, y in ((-0.16, 0.13), (-0.06, 0.13))
        ),
    ]


def _spun(angle: float) -> Vec:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])


Spot = tuple[float, float, float, float]
"""Where (m, to the child's left and up its trunk), how large (m), at which severity it comes."""


def _spots(seed: int, rash: str) -> list[Spot]:
    count, small, large = (190, 0.0026, 0.0050) if rash == "petechiae" else (46, 0.012, 0.030)
    spots = []
    for k in range(count):
        x, y, size, near = (uniform(seed, f"{rash}.{what}", "skin", k) for what in ("x", "y", "size", "near"))
        wide = 0.5 - abs(y - 0.5) * 0.25
        spots.append(
            (0.34 * (x - 0.5) * 2 * wide, 0.06 + 0.38 * y, small + (large - small) * size**2, k / count)
        )
        if rash == "petechiae" and near < 0.3:
            spots.append((spots[-1][0] + 0.014 * (near - 0.15) / 0.15, 0.068 + 0.38 * y, small, k / count))
    return spots


def _decal(pose: Pose, spots: list[Spot], rash: str, levels: float | None) -> Decal:
    """The spots as paint; with `levels` not their colour, but the level at which each comes (1 = 250)."""
    paint = Paint(0.9, 0.45, 0.45, PAINT_PX_PER_M, (0, 0, 0))
    for x, y, size, comes in reversed(spots):
        ragged = blob(-x, 0.25 - y, size, size * (0.75 + 0.3 * ((comes * 97) % 1)))
        if levels is not None:
            grey = 250 * levels * (0.04 + 0.94 * comes)
            paint.lay(paint.shape(blob(-x, 0.25 - y, 1.6 * size, 1.6 * size)), (grey, grey, grey))
        elif rash == "petechiae":
            paint.lay(paint.shape(ragged, 0.2 * size), (66, 34, 104), 0.92)
        else:
            paint.lay(paint.shape(ragged, 0.35 * size), (96, 92, 214), 0.72)
            paint.lay(
                paint.shape(blob(-x, 0.25 - y, 0.55 * size, 0.5 * size), 0.4 * size), (150, 162, 228), 0.5
            )
    t = pose.torso
    axes = np.array([-t.axes[0], -t.axes[1], t.axes[2]])
    picture, alpha = paint.sheet()
    return Decal(picture, alpha, t.at(0, 0.25, 0.1), axes, PAINT_PX_PER_M)


def _levels(stage: Stage, painted: Field, bare: Field) -> Field:
    """The level at which a spot comes, where there is one, of white skin that was painted with it."""
    share = ((painted[..., 0] + 1e-3) / (bare[..., 0] + 1e-3)).clip(0, 1) ** (1 / 2.2)
    return np.asarray(cv2.resize(share.astype(np.float32), stage.canvas_px, interpolation=cv2.INTER_AREA))


def _pressed(stage: Stage, base: Picture, at: Vec) -> Sprite:
    """Pale skin in the round of a glass."""
    x, y = (round(value) for value in stage.spot(at))
    reach = round(0.082 * stage.lens.focal_px / 1.3 / 1.45)
    cover = np.zeros(base.shape, np.uint8)
    cv2.ellipse(cover, (x, y), (reach, round(0.86 * reach)), 0, 0, 360, (240, 240, 240), -1, cv2.LINE_AA)
    region = slice(y - reach - 2, y + reach + 3), slice(x - reach - 2, x + reach + 3)
    pale = cv2.addWeighted(base[region], 0.80, np.full_like(base[region], 232), 0.20, 4)
    return Sprite(region, as_picture(pale), cv2.GaussianBlur(cover[region], (0, 0), 1.0))


def _glass(at: Vec, skin: str) -> list[Solid]:
    """The rim of a glass and the hand that holds it, from the right."""
    clear = Material(colour("c8d4d6"), gloss=0.5)
    ring = [
        at + 0.084 * vec(np.cos(a), np.sin(a), 0) + vec(0, 0, 0.012) for a in np.linspace(0, 2 * np.pi, 25)
    ]
    rims: list[Solid] = [
        Capsule(a + vec(0, 0, up), b + vec(0, 0, up), r, r, clear, 0.0)
        for up, r in ((0.0, 0.0045), (0.045, 0.0025))
        for a, b in pairwise(ring)
    ]
    made = Material(colour(skin), gloss=0.03, rough=0.04)
    towards = unit(vec(-0.85, 0.38, -0.20))
    wrist = at - 0.185 * towards + vec(0.0, -0.01, 0.055)
    sleeve = Material(colour("44506a"), gloss=0.005, rough=0.3)
    return [
        *rims,
        *hand(Frame.of(wrist, towards, vec(-0.25, 0.55, -0.65)), -1, 0.75, made),
        Capsule(wrist - 0.70 * towards + vec(0, 0, 0.25), wrist, 0.062, 0.031, sleeve, 0.012),
    ]


CHILD_RASH = Kind(
    "child-rash",
    "a feverish small child on a bed, with a rash on chest and belly",
    (SEVERITY, RASH, GLASS, replace(BREATHING, default=34), BREATH_DEPTH, CALM),
    _shots,
    good_for="small dark spots or red wheals, the glass test, spots that get more, fast breathing",
    not_for="a diagnosis: spots are two pixels wide at 640 and gone below 200 kbit/s",
)
