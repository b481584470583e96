"""A living room: floor, rug, walls, sofa, table, and the light of a window."""

from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np

from draws import uniform
from fake_phones.scenes import texture
from fake_phones.scenes.lens import Vec, vec
from fake_phones.scenes.light import Sky, Sun
from fake_phones.scenes.scene import Field, Picture
from fake_phones.scenes.solids import Box, Capsule, Material, Solid, Texture, colour

T = TypeVar("T")

RUGS = ((70, 92, 84), (112, 58, 60), (62, 78, 108), (120, 100, 78))
SOFAS = ("6f7a80", "7c6a58", "4f6068", "8a8378")
WALLS = ((214, 206, 192), (188, 198, 196), (206, 196, 204))
PLANKS = ((168, 122, 82), (142, 100, 66), (178, 146, 110))


def picked(seed: int, what: str, items: Sequence[T]) -> T:
    return items[int(uniform(seed, "room", what) * len(items))]


def floor(seed: int) -> Box:
    boards = texture.planks(seed % 5, picked(seed, "planks", PLANKS))
    return Box(
        vec(0, 0, -0.05), vec(8, 8, 0.05), Material((1, 1, 1), gloss=0.012, texture=Texture(boards, 470))
    )


def rug(seed: int, centre: Vec, half: tuple[float, float] = (1.3, 0.95)) -> Box:
    px_per_m = 420
    size = (round(2 * half[0] * px_per_m), round(2 * half[1] * px_per_m))
    pile = texture.rug(seed % 5, picked(seed, "rug", RUGS), size)
    return Box(
        centre + vec(0, 0, 0.005), vec(*half, 0.008), Material((1, 1, 1), texture=Texture(pile, px_per_m))
    )


def wall(seed: int, y: float) -> list[Solid]:
    """A plastered wall across the view, with its skirting board."""
    plaster = texture.speckled(seed % 5, picked(seed, "wall", WALLS), 40, 0.02)
    return [
        Box(vec(0, y + 0.1, 1.3), vec(6, 0.1, 1.35), Material((1, 1, 1), texture=Texture(plaster, 160))),
        Box(vec(0, y - 0.01, 0.05), vec(6, 0.015, 0.06), Material(colour("e8e4dc")), bevel=0.008),
    ]


def wall_opposite(seed: int, y: float) -> list[Solid]:
    """A wall that faces the sofa, with a television on a low chest."""
    plaster = texture.speckled(seed % 5, picked(seed, "wall", WALLS), 40, 0.02)
    wood = Material(colour("5c442e"), gloss=0.03, texture=Texture(texture.planks(4, (230, 215, 200)), 500))
    return [
        Box(vec(0, y - 0.1, 1.3), vec(6, 0.1, 1.35), Material((1, 1, 1), texture=Texture(plaster, 160))),
        Box(vec(0.1, y + 0.22, 0.24), vec(0.85, 0.20, 0.22), wood, bevel=0.012),
        Box(vec(0.1, y + 0.16, 0.86), vec(0.56, 0.025, 0.33), Material(colour("0d0e10"), gloss=0.12)),
    ]


def sofa(seed: int, centre: Vec, seats: int = 3) -> list[Solid]:
    """A sofa whose front edge is at y = centre - 0.45; it faces -y. `centre` is on the floor."""
    shade = picked(seed, "sofa", SOFAS)
    cloth = Material(colour(shade), gloss=0.002, rough=0.10, texture=Texture(_weave(seed), 500))
    width = 0.62
    half = seats * width / 2
    parts: list[Solid] = [
        Box(centre + vec(0, 0, 0.16), vec(half, 0.44, 0.12), cloth, bevel=0.03),
        Box(centre + vec(0, 0.38, 0.42), vec(half + 0.05, 0.12, 0.40), cloth, bevel=0.07),
    ]
    for k in range(seats):
        x = (k - (seats - 1) / 2) * width
        parts += [
            Box(
                centre + vec(x, -0.06, 0.355),
                vec(width / 2 - 0.006, 0.39, 0.085),
                cloth,
                bevel=0.06,
                bulge=0.25,
            ),
            Box(
                centre + vec(x, 0.20, 0.60),
                vec(width / 2 - 0.008, 0.10, 0.22),
                cloth,
                _tilt(-0.22),
                0.07,
                0.3,
            ),
        ]
    for side in (-1, 1):
        parts.append(
            Box(
                centre + vec(side * (half + 0.10), -0.02, 0.30),
                vec(0.10, 0.45, 0.29),
                cloth,
                bevel=0.08,
                bulge=0.15,
            )
        )
    return parts


def cushion(at: Vec, hex_colour: str, turn: float) -> Box:
    """A loose cushion that leans back."""
    c, s = np.cos(turn), np.sin(turn)
    spin = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return Box(
        at, vec(0.21, 0.07, 0.21), Material(colour(hex_colour), rough=0.2), spin @ _tilt(-0.30), 0.07, 0.55
    )


def coffee_table(at: Vec) -> list[Solid]:
    """A low table with a mug and a paper."""
    wood = Material(colour("6a4a30"), gloss=0.03, texture=Texture(texture.planks(4, (240, 225, 210)), 700))
    legs = [
        Capsule(at + vec(x, y, 0), at + vec(x, y, 0.40), 0.022, 0.022, Material(colour("4a3322")), 0.0)
        for x in (-0.42, 0.42)
        for y in (-0.20, 0.20)
    ]
    mug = at + vec(0.18, -0.02, 0.44)
    return [
        Box(at + vec(0, 0, 0.41), vec(0.48, 0.26, 0.018), wood, bevel=0.008),
        Box(at + vec(-0.16, 0.02, 0.432), vec(0.14, 0.10, 0.004), Material(colour("d8d6d0"))),
        Capsule(mug, mug + vec(0, 0, 0.07), 0.038, 0.038, Material(colour("b8483c"), gloss=0.08), 0.0),
        *legs,
    ]


def frame_on_wall(at: Vec, half: tuple[float, float], seed: int) -> list[Solid]:
    """A framed picture of mountains over water."""
    height, width = round(half[1] * 600), round(half[0] * 600)
    sight: Picture = np.full((height, width, 3), (196, 178, 150), np.uint8)
    ridge = texture.noise(seed % 7, 60)[0, :width] * height * 0.09
    for shade, level, rise in (
        ((150, 132, 110), 0.45, 1.6),
        ((112, 98, 82), 0.55, 1.1),
        ((96, 84, 60), 0.66, 0.5),
    ):
        top = (level * height + rise * np.roll(ridge, int(shade[0]))).astype(np.int32)
        for x in range(width):
            sight[top[x] :, x] = shade
    sight[int(0.72 * height) :] = (150, 130, 104)
    sight = cv2.GaussianBlur(sight, (0, 0), 1.0)
    return [
        Box(at, vec(half[0] + 0.03, 0.015, half[1] + 0.03), Material(colour("3c3028")), bevel=0.008),
        Box(
            at + vec(0, -0.012, 0),
            vec(half[0], 0.006, half[1]),
            Material((1, 1, 1), texture=Texture(sight, 300)),
        ),
    ]


def daylight() -> Sky:
    return Sky((0.58, 0.53, 0.48), (0.20, 0.23, 0.27))


def window_light(
    direction: Vec, centre: Vec, casters: Sequence[Solid], strength: float = 2.2, reach_m: float = 2.4
) -> Sun:
    """Sun through a window of two by three panes, onto the floor around `centre`."""
    return Sun(
        direction,
        (0.80 * strength, 0.94 * strength, 1.06 * strength),
        casters,
        centre,
        reach_m,
        window=_panes(),
        window_px_per_m=100,
    )


def _panes() -> Field:
    """Light through a window of 1.5 x 1.9 m, its edges soft from the sun's own width."""
    light = np.full((360, 420), 0.03, np.float32)
    for row in range(2):
        for column in range(3):
            y, x = 62 + row * 122, 76 + column * 92
            light[y : y + 112, x : x + 82] = 1.0
    return cv2.GaussianBlur(light, (0, 0), 5)


def _weave(seed: int) -> Picture:
    return texture.speckled(seed % 5, (238, 238, 238), 3, 0.05)


def _tilt(angle: float) -> Vec:
    """Turned about x."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
