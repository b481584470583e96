"""A scalded hand and forearm over a kitchen sink: red skin, blisters, and water that cools it or not."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from draws import uniform
from fake_phones.scenes import room, texture
from fake_phones.scenes.forearm import Forearm, sleeve_of
from fake_phones.scenes.handheld import Handheld
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.lens import vec
from fake_phones.scenes.paint import Paint, bgr, blob, mixed
from fake_phones.scenes.parameter import CALM, Number, switch
from fake_phones.scenes.person import person
from fake_phones.scenes.scene import Picture, Shot, Take, as_picture
from fake_phones.scenes.selfie import indoors_selfie
from fake_phones.scenes.solids import Box, Capsule, Material, Solid, Texture, colour
from fake_phones.scenes.sprite import Sprite
from fake_phones.scenes.stage import Filmed, Movement, Scenery, Stage

SEVERITY = Number(
    "severity", 0.7, 0, 1, "1", "0 = red skin only, 1 = the skin is gone between large blisters"
)
COOLING = switch("cooling", False, "water runs over the burn")
BURN_AT = 0.72
TAP_AT = (0.05, 0.003)
WATERS = 8
WATER_HZ = 24.0


@dataclass(frozen=True)
class Drawn:
    """A burnt arm over a sink."""

    base: Picture
    worse: Movement
    water: list[Sprite]


def _shots(take: Take) -> tuple[Shot, Shot]:
    drawn = _sink(take.seed, take.width, take.height)
    course = take.course

    def runs(canvas: Picture, t_s: float) -> None:
        share = course.eased("cooling", t_s)
        drawn.water[int(t_s * WATER_HZ) % WATERS].lay(canvas, share=share)

    worse = (drawn.worse, lambda t_s: course.eased("severity", t_s))
    return Filmed(Handheld(take, "back", 0.7), drawn.base, [worse], runs), indoors_selfie(take)


@lru_cache(maxsize=4)
def _sink(seed: int, width: int, height: int) -> Drawn:
    who = person(seed, "patient")
    arm = Forearm(who, vec(0.205, 0.030, 0.075), vec(-0.030, -0.010, 0.060), palm_up=False)

    def burnt(level: float) -> list[Solid]:
        skin = arm.skin(_scald(who.skin, seed, level), BURN_AT)
        return [*arm.solids(skin, sleeve_of(who)), *_blisters(arm, seed, level)]

    window = room.window_light(vec(0.45, -0.75, -0.62), vec(0.0, 0.0, 0.0), burnt(0.0), 2.0, 0.8)
    eye, target = vec(0.03, -0.31, 0.47), vec(0.020, -0.005, 0.045)
    stage = Stage(width, height, eye, target, [room.daylight(), window], 1.3)
    scenery = Scenery(stage, _basin(seed))
    base = scenery.picture(burnt(0.0))
    return Drawn(base, scenery.movement(base, burnt, 5, stage.around(arm.wrist, 0.24)), _water(stage, arm))


def _basin(seed: int) -> list[Solid]:
    """A steel sink with its edge, a worktop behind, a tap that comes in from above."""
    steel = Material(
        colour("9aa0a4"), gloss=0.30, rough=0.02,
        texture=Texture(texture.speckled(seed % 5, (235, 235, 235), 2.0, 0.03), 500),
    )  # fmt: skip
    chrome = Material(colour("b4babf"), gloss=0.6)
    top = Material(
        (0.8, 0.8, 0.8), gloss=0.06,
        texture=Texture(texture.speckled(seed % 5, room.picked(seed, "worktop", WORKTOPS), 3, 0.10), 700),
    )  # fmt: skip
    drain = vec(-0.06, 0.075, -0.14)
    pipe = vec(*TAP_AT, 0.30)
    return [
        Box(vec(0, 0, -0.16), vec(0.40, 0.22, 0.02), steel, bevel=0.02),
        Box(vec(0, 0.215, -0.07), vec(0.42, 0.015, 0.08), steel, bevel=0.012),
        Box(vec(-0.40, 0, -0.07), vec(0.02, 0.23, 0.08), steel, bevel=0.012),
        Box(vec(0, 0.48, 0.0), vec(0.9, 0.25, 0.015), top),
        Capsule(drain, drain + vec(0, 0, 0.001), 0.026, 0.026, Material(colour("3a3e42"), gloss=0.3), 0.0),
        Capsule(pipe + vec(0, 0.02, 0.01), pipe + vec(0, 0.28, 0.02), 0.014, 0.016, chrome, 0.006),
        Capsule(pipe + vec(0, 0.02, 0.01), pipe + vec(0, 0, -0.055), 0.014, 0.012, chrome, 0.006),
    ]


WORKTOPS = ((118, 112, 106), (74, 78, 84), (176, 166, 150))


def _scald(skin: str, seed: int, level: float) -> Paint:
    """Red skin with a hard edge where the water ended, raw and wet in its middle as it gets worse."""
    paint = Paint(0.30, 0.075, 0.075, 2000, (90, 96, 205))
    for k in range(26):
        x, y, size, dark = (uniform(seed, f"burn.{what}", "skin", k) for what in ("x", "y", "size", "dark"))
        at = (0.20 * (x - 0.42), 0.075 * (y - 0.5))
        red = mixed(bgr(skin, 0.9), (64 + 30 * dark, 58 + 36 * dark, 196), 0.62)
        paint.lay(paint.shape(blob(*at, 0.018 + 0.016 * size, 0.014 + 0.012 * size), 0.004), red, 0.42)
    for k in range(round(14 * level)):
        x, y, size = (uniform(seed, f"raw.{what}", "skin", k) for what in ("x", "y", "size"))
        at = (0.13 * (x - 0.42), 0.045 * (y - 0.45))
        shape = paint.shape(blob(*at, 0.007 + 0.013 * size, 0.005 + 0.009 * size), 0.0012)
        paint.lay(shape, mixed(bgr(skin, 0.75), (62, 50, 176), 0.7), 0.35 + 0.5 * level)
        paint.lay(
            paint.shape(blob(*at, 0.004 + 0.008 * size, 0.003 + 0.005 * size), 0.002),
            mixed(bgr(skin), (118, 122, 222), 0.75),
            0.5,
        )
    return paint


def _blisters(arm: Forearm, seed: int, level: float) -> list[Solid]:
    """Bubbles of thin, wet skin."""
    blue, green, red = (c / 255 for c in mixed(bgr(arm.who.skin), (110, 130, 210), 0.42))
    shine = Material((blue**2.2, green**2.2, red**2.2), gloss=0.16)
    solids: list[Solid] = []
    for k in range(11):
        share, aside, size = (
            uniform(seed, f"blister.{what}", "skin", k) for what in ("share", "aside", "size")
        )
        grown = min(1.0, max(0.0, 1.9 * level - 0.08 * k))
        at = arm.on_top(0.52 + 0.42 * share, 0.026 * (aside - 0.35)) - vec(0, 0, 0.001)
        radius = max(2e-4, (0.005 + 0.010 * size) * grown)
        squash = np.diag([1 / radius, 1 / (0.8 * radius), 1 / max(2e-4, 0.42 * radius)])
        solids.append(Capsule(at, at, 1.0, 1.0, shine, 0.002, squash=squash))
    return solids


def _water(stage: Stage, arm: Forearm) -> list[Sprite]:
    """A stream from the tap onto the skin and what runs off, in some states that follow each other."""
    width, height = stage.canvas_px
    meets = arm.on_top(0.66, -0.004)
    tap = meets + vec(0, 0, 0.19)
    off = [meets + k * 0.030 * arm.across + vec(0.012 * (k % 2), 0, -0.052 * k) for k in (0, 1, 2, 3)]
    (x0, y0), (x1, y1), *falls = (stage.spot(place) for place in (tap, meets, *off[1:]))
    step = width / 710
    rng = np.random.default_rng(113)
    found = []
    for _ in range(WATERS):
        cover, light = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
        _ribbon(cover, light, [(x0, y0), (x0, y1)], 20 * step, rng)
        for dx in (-22, -6, 10, 26):
            path = [(x0 + 0.4 * dx * step, y1)]
            path += [(x + dx * step + (x0 - x1), y) for x, y in falls]
            _ribbon(cover, light, path, 10 * step, rng)
        cv2.ellipse(cover, (round(x0), round(y1)), (round(40 * step), round(15 * step)), 0, 0, 360, 120, -1)
        for _ in range(26):
            at = (round(x0 + rng.normal(0, 34) * step), round(y1 + rng.normal(4, 20) * step))
            cv2.circle(light, at, max(1, round(1.4 * step)), 255, -1, cv2.LINE_AA)
        found.append(_wet(cover, light, step))
    return found


def _ribbon(
    cover: Picture, light: Picture, path: list[tuple[float, float]], wide: float, rng: np.random.Generator
) -> None:
    for (xa, ya), (xb, yb) in pairwise(path):
        a, b = (round(xa), round(ya)), (round(xb), round(yb))
        cv2.line(cover, a, b, 130, max(1, round(wide)), cv2.LINE_AA)
        for _ in range(5):
            shift, at = rng.uniform(-0.4, 0.4) * wide, rng.uniform(0, 0.8)
            p = (round(xa + at * (xb - xa) + shift), round(ya + at * (yb - ya)))
            q = (round(xa + (at + 0.2) * (xb - xa) + shift), round(ya + (at + 0.2) * (yb - ya)))
            cv2.line(light, p, q, 220, max(1, round(0.16 * wide)), cv2.LINE_AA)


def _wet(cover: Picture, light: Picture, step: float) -> Sprite:
    soft = cv2.GaussianBlur(cover, (0, 0), 1.6 * step).astype(np.float32)
    shine = cv2.GaussianBlur(light, (0, 0), 0.9 * step).astype(np.float32)
    alpha = np.maximum(0.72 * soft, 0.95 * shine)
    rows, columns = np.flatnonzero(alpha.max(1) > 2), np.flatnonzero(alpha.max(0) > 2)
    region = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    bright = np.clip(186 + 0.27 * shine, 0, 255)[region][..., None]
    return Sprite(
        region,
        as_picture(np.concatenate([bright * 1.0, bright * 0.985, bright * 0.96], 2)),
        np.repeat(as_picture(alpha[region])[..., None], 3, 2),
    )


BURN = Kind(
    "burn",
    "a scalded hand and forearm over a sink",
    (SEVERITY, COOLING, CALM),
    _shots,
    good_for="how much skin, blisters or not, is it being cooled, advice that is followed",
    not_for="the depth of a burn: what bleaches under a finger, what feels nothing",
)
