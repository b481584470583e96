"""Stairs outdoors in winter: steps with ice and snow, a rail, a house wall, snow all around."""

import cv2
import numpy as np

from fake_phones.scenes import texture
from fake_phones.scenes.lens import Vec, vec
from fake_phones.scenes.scene import Field, Picture, f32
from fake_phones.scenes.solids import Box, Capsule, Cut, Material, Solid, Texture, colour

STEPS, RISE_M, TREAD_M = 5, 0.16, 0.31
FOOT_Y = 0.45
"""Where the lowest step begins; the stairs go up along y."""


def stairs(seed: int) -> list[Solid]:
    """Concrete steps, white at their edges, with a steel rail at their left."""
    stone = Material(
        colour("6e7074"),
        gloss=0.05,
        rough=0.05,
        texture=Texture(texture.speckled(2, (225, 225, 225), 4, 0.07), 300),
    )
    ice = Material((1, 1, 1), gloss=0.22, rough=0.03, texture=Texture(_icy(seed), 170))
    solids: list[Solid] = []
    for k in range(STEPS):
        top = (k + 1) * RISE_M
        y = FOOT_Y + k * TREAD_M
        edge = (Cut(vec(0, 0, top - 0.022), vec(0, 0, 1), ice),)
        solids.append(Box(vec(0, y + 1.0, top / 2), vec(1.05, 1.0, top / 2), stone, bevel=0.012, cuts=edge))
        solids.append(_drift(vec(0.80, y + 0.24, top), 0.26, 0.045, seed + k))
        solids.append(_drift(vec(-0.86, y + 0.22, top), 0.17, 0.05, seed + k + 9))
    return solids + _rail()


def ground(seed: int) -> list[Solid]:
    """Trodden snow with ice between, and banks beside the path."""
    snow = Material((1, 1, 1), gloss=0.05, rough=0.10, texture=Texture(_trodden(seed), 150))
    banks: list[Solid] = [
        _drift(vec(x, y, 0), reach, high, seed)
        for x, y, reach, high in (
            (-2.0, 0.6, 0.95, 0.22),
            (-1.9, 1.7, 0.90, 0.36),
            (1.9, 1.0, 0.95, 0.26),
            (2.1, -0.3, 0.80, 0.16),
            (1.8, 2.0, 0.80, 0.50),
            (-2.1, -0.8, 0.85, 0.16),
        )
    ]
    return [Box(vec(0, 0, -0.05), vec(8, 8, 0.05), snow), *banks]


def house(y: float) -> list[Solid]:
    """A wall of boards with a dark door at the top of the stairs."""
    boards = Material((0.8, 0.8, 0.8), texture=Texture(texture.planks(4, (128, 50, 42)), 360))
    return [
        Box(vec(0, y + 0.1, 2.0), vec(6, 0.1, 2.0), boards),
        Box(
            vec(0.1, y - 0.02, 1.75), vec(0.48, 0.04, 1.0), Material(colour("31404a"), gloss=0.04), bevel=0.02
        ),
        Box(vec(0.46, y - 0.08, 1.70), vec(0.05, 0.02, 0.012), Material(colour("c8c8c8"), gloss=0.3)),
    ]


def _rail() -> list[Solid]:
    steel = Material(colour("5a6066"), gloss=0.25)
    slope = RISE_M / TREAD_M
    foot = vec(-0.96, FOOT_Y - 0.02, 0)
    head = foot + vec(0, STEPS * TREAD_M, STEPS * TREAD_M * slope)
    rail: list[Solid] = [Capsule(foot + vec(0, 0, 0.92), head + vec(0, 0, 0.92), 0.022, 0.022, steel, 0.0)]
    for k in range(STEPS):
        post = foot + (head - foot) * k / (STEPS - 1)
        rail.append(Capsule(post, post + vec(0, 0, 0.92), 0.016, 0.016, steel, 0.0))
    return rail


def _drift(at: Vec, reach: float, high: float, seed: int) -> Capsule:
    """A flat heap of snow."""
    snow = Material(colour("e6ecf4"), gloss=0.04, rough=0.09)
    stretch = 1.0 + 0.25 * ((seed * 7919) % 5 - 2) / 2
    squash = np.diag([1 / reach, 1 / (0.62 * reach * stretch), 1 / high])
    return Capsule(at, at, 1.0, 1.0, snow, 0.02, squash=squash)


def _icy(seed: int) -> Picture:
    """Concrete under patches of snow."""
    concrete = texture.speckled(seed % 5, (128, 134, 142), 5, 0.05).astype(np.float32)
    return _snowed(concrete, texture.noise(seed % 5 + 20, 40), -0.55)


def _trodden(seed: int) -> Picture:
    ground = texture.speckled(seed % 5, (150, 158, 168), 8, 0.10).astype(np.float32)
    return _snowed(ground, texture.noise(seed % 5 + 30, 22), -0.5)


def _snowed(ground: Field, where: Field, from_height: float) -> Picture:
    share = cv2.GaussianBlur(np.clip((where - from_height) * 1.3, 0, 1), (0, 0), 1.2)[..., None]
    snow = f32((244, 238, 232)) * (1 + 0.03 * texture.noise(3, 2))[..., None]
    return np.clip(ground + share * (snow - ground), 0, 255).astype(np.uint8)
