"""Seeded patterns: noise, planks, cloth, walls. Pictures that repeat at their edges."""

from functools import lru_cache

import cv2
import numpy as np

from fake_phones.scenes.scene import Field, Picture, as_picture, f32

TILE_PX = 512


@lru_cache(maxsize=64)
def noise(seed: int, scale_px: float, stretch: float = 1.0) -> Field:
    """A tile of smooth noise, mean 0, deviation 1; `stretch` draws its grain out along x."""
    white = np.random.default_rng([seed, 71]).standard_normal((TILE_PX, TILE_PX)).astype(np.float32)
    frequency = np.hypot(
        np.fft.rfftfreq(TILE_PX)[None, :] * stretch, np.fft.fftfreq(TILE_PX)[:, None] / stretch
    )
    smooth = np.fft.irfft2(np.fft.rfft2(white) * np.exp(-((frequency * scale_px * 2) ** 2)))
    tile: Field = (smooth / smooth.std()).astype(np.float32)
    return tile


@lru_cache(maxsize=8)
def relief(seed: int, fold_px: float = 22, grain_px: float = 2.5) -> Field:
    """The slopes (x, y) of a tile of cloth: some long folds and a fine grain."""
    height = 3.0 * noise(seed, fold_px, 0.6) + 0.25 * noise(seed + 1, grain_px)
    slopes = np.stack([np.roll(height, 1, axis) - np.roll(height, -1, axis) for axis in (1, 0)], -1)
    tile: Field = (slopes / slopes.std()).astype(np.float32)
    return tile


def tinted(shade: Field, rgb: tuple[int, int, int]) -> Picture:
    """A picture of one colour, lighter and darker by `shade` (1 = as it is)."""
    return as_picture(shade[..., None] * f32(rgb[::-1]))


@lru_cache(maxsize=8)
def planks(seed: int, rgb: tuple[int, int, int] = (168, 122, 82)) -> Picture:
    """A wooden floor, boards along x, 8 a tile."""
    rng = np.random.default_rng([seed, 72])
    shade = 1 + 0.07 * noise(seed + 5, 6, 8.0) + 0.04 * noise(seed + 6, 1.5, 12.0)
    board = TILE_PX // 8
    for row in range(8):
        rows = slice(row * board, (row + 1) * board)
        joint = int(rng.integers(0, TILE_PX))
        shade[rows] = np.roll(shade[rows], int(rng.integers(TILE_PX)), 1)
        half = np.roll(np.arange(TILE_PX), joint) < TILE_PX // 2
        shade[rows, half] *= rng.uniform(0.82, 1.08)
        shade[rows, ~half] *= rng.uniform(0.82, 1.08)
        shade[rows.start : rows.start + 2] *= 0.45
        for cut in (joint, joint + TILE_PX // 2):
            shade[rows, [cut % TILE_PX, (cut + 1) % TILE_PX]] *= 0.5
    return tinted(shade, rgb)


@lru_cache(maxsize=8)
def strands(seed: int) -> Picture:
    """Hair that falls along y."""
    shade = 0.9 + 0.22 * noise(seed + 8, 3.0, 0.12) + 0.10 * noise(seed + 9, 1.0, 0.15)
    return tinted(shade, (232, 232, 232))


def speckled(seed: int, rgb: tuple[int, int, int], scale_px: float, depth: float) -> Picture:
    """One colour with blotches: plaster, carpet, asphalt, snow."""
    return tinted(1 + depth * noise(seed, scale_px) + depth / 2 * noise(seed + 1, 1.2), rgb)


def rug(seed: int, rgb: tuple[int, int, int], size_px: tuple[int, int]) -> Picture:
    """A rug with a border and two rows of lozenges (width, height in px)."""
    width, height = size_px
    light = tuple(int(c * 0.35 + 150) for c in rgb)
    picture = np.full((height, width, 3), rgb[::-1], np.uint8)
    for inset, thick in ((0.05, 0.016), (0.085, 0.006)):
        edge = int(inset * width)
        line = max(1, int(thick * width))
        cv2.rectangle(picture, (edge, edge), (width - edge, height - edge), light[::-1], line)
    rows, columns = 4, max(2, round(4 * width / height))
    for row in range(rows):
        for column in range(columns):
            x = int(width * (0.14 + 0.72 * (column + 0.5) / columns))
            y = int(height * (0.16 + 0.68 * (row + 0.5) / rows))
            r = int(0.055 * height)
            lozenge = np.array([(x - r, y), (x, y - r), (x + r, y), (x, y + r)], np.int32)
            cv2.fillPoly(picture, [lozenge], light[::-1], cv2.LINE_AA)
            cv2.circle(picture, (x, y), r // 3, rgb[::-1], -1, cv2.LINE_AA)
    pile = 1 + 0.10 * noise(seed, 9) + 0.13 * noise(seed + 1, 1.4)
    tiles = (height // TILE_PX + 1, width // TILE_PX + 1)
    pile = np.tile(pile, tiles)[:height, :width]
    return as_picture(picture * pile[..., None])


def linear(picture: Picture) -> Field:
    """A picture's linear light, 0 to 1."""
    light: Field = cv2.LUT(picture, _LINEAR).reshape(picture.shape)
    return light


_LINEAR: Field = ((np.arange(256) / 255) ** 2.2).astype(np.float32)
