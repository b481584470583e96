"""What is behind a face, out of focus: a wall of soft shapes that shines by itself."""

import cv2
import numpy as np

from draws import uniform
from fake_phones.scenes.lens import vec
from fake_phones.scenes.room import WALLS, picked
from fake_phones.scenes.scene import Picture, f32
from fake_phones.scenes.solids import Box, Material, Texture

AWAY_M = 1.6
SIZE_M = (5.2, 4.4)
PX_PER_M = 100


def living_room(seed: int) -> Box:
    """A wall with a window, a bookcase, a picture and a lamp."""
    return _hung(cv2.GaussianBlur(_furnished(seed), (0, 0), 3.2))


def _furnished(seed: int) -> Picture:
    picture = _wall(picked(seed, "wall", WALLS), 0.80)
    left = 70 + round(40 * uniform(seed, "backdrop", "window"))
    cv2.rectangle(picture, (left, 70), (left + 105, 235), (250, 246, 238), -1)
    cv2.rectangle(picture, (left, 70), (left + 105, 235), (226, 230, 232), 8)
    cv2.line(picture, (left + 52, 70), (left + 52, 235), (222, 226, 228), 6)
    cv2.rectangle(picture, (left - 34, 55), (left - 4, 262), (112, 128, 148), -1)
    _bookcase(picture, seed, 330 + round(30 * uniform(seed, "backdrop", "books")))
    _lamp(picture, 205, 262)
    return picture


def dark_room(seed: int) -> Box:
    """The same wall at night; a door stands ajar to a lit hall."""
    picture = cv2.convertScaleAbs(_furnished(seed), alpha=0.10)
    left = 28 + round(30 * uniform(seed, "backdrop", "door"))
    cv2.rectangle(picture, (left, 84), (left + 78, 440), (22, 26, 30), -1)
    cv2.rectangle(picture, (left + 78, 84), (left + 92, 440), (96, 168, 214), -1)
    return _hung(cv2.GaussianBlur(picture, (0, 0), 3.2))


def pitch(seed: int) -> Box:
    """Grass, trees and an overcast sky."""
    height, width = (round(side * PX_PER_M) for side in reversed(SIZE_M))
    sky = np.linspace(236, 206, height)[:, None, None] * f32([1.0, 0.97, 0.93])
    picture: Picture = np.broadcast_to(sky, (height, width, 3)).astype(np.uint8).copy()
    for k in range(26):
        x, size = (uniform(seed, f"backdrop.tree.{what}", "pitch", k) for what in ("x", "size"))
        shade = 0.75 + 0.5 * uniform(seed, "backdrop.tree.shade", "pitch", k)
        at = (round(width * x), round(height * (0.47 - 0.08 * size)))
        cv2.circle(picture, at, 24 + round(26 * size), (round(46 * shade), round(82 * shade), 58), -1)
    picture[round(0.52 * height) :] = (66, 132, 104)
    cv2.rectangle(picture, (0, round(0.60 * height)), (width, round(0.615 * height)), (206, 216, 210), -1)
    return _hung(cv2.GaussianBlur(picture, (0, 0), 4.5))


def street_at_night(seed: int) -> Box:
    """Darkness with a lit window, street lamps far away and snow on the ground."""
    height, width = (round(side * PX_PER_M) for side in reversed(SIZE_M))
    sky = np.linspace(10, 26, height)[:, None, None] * f32([1.25, 1.0, 0.9])
    picture: Picture = np.broadcast_to(sky, (height, width, 3)).astype(np.uint8).copy()
    picture[int(0.66 * height) :] = (58, 48, 42)
    cv2.rectangle(picture, (40, 130), (210, 300), (30, 26, 28), -1)
    cv2.rectangle(picture, (96, 180), (132, 232), (70, 150, 215), -1)
    cv2.rectangle(picture, (112, 180), (115, 232), (30, 40, 50), -1)
    lights = picture.copy() * 0
    for k in range(11):
        x = round(width * uniform(seed, "backdrop.lamp.x", "street", k))
        y = round(height * (0.34 + 0.26 * uniform(seed, "backdrop.lamp.y", "street", k)))
        size = 4 + round(7 * uniform(seed, "backdrop.lamp.size", "street", k))
        tint = ((60, 150, 230), (90, 180, 245), (210, 215, 220), (60, 70, 210))[k % 4]
        cv2.circle(lights, (x, y), size, tint, -1, cv2.LINE_AA)
    glow = cv2.GaussianBlur(lights, (0, 0), 14)
    picture = cv2.add(cv2.add(picture, cv2.GaussianBlur(lights, (0, 0), 1.2)), glow)
    return _hung(cv2.GaussianBlur(picture, (0, 0), 2.0))


def _wall(rgb: tuple[int, int, int], shade: float) -> Picture:
    height, width = (round(side * PX_PER_M) for side in reversed(SIZE_M))
    fall = shade * (1.08 - 0.28 * np.linspace(0, 1, width)[None, :, None])  # darker away from the window
    return np.broadcast_to(fall * f32(rgb[::-1]), (height, width, 3)).astype(np.uint8).copy()


def _bookcase(picture: Picture, seed: int, left: int) -> None:
    rng = np.random.default_rng([seed, 74])
    cv2.rectangle(picture, (left, 90), (left + 120, 330), (52, 74, 100), -1)
    for shelf in range(4):
        top = 98 + shelf * 57
        cv2.rectangle(picture, (left + 6, top), (left + 114, top + 48), (30, 40, 54), -1)
        x = left + 8
        while x < left + 100:
            wide, high = int(rng.integers(5, 12)), int(rng.integers(30, 46))
            tint = tuple(int(c) for c in 0.55 * rng.integers(50, 165, 3) + 0.45 * rng.integers(60, 140))
            cv2.rectangle(picture, (x, top + 48 - high), (x + wide, top + 48), tint, -1)
            x += wide + 1
            if rng.random() < 0.12:
                x += int(rng.integers(8, 22))


def _lamp(picture: Picture, x: int, y: int) -> None:
    cv2.line(picture, (x, y), (x, y + 190), (96, 100, 104), 3)
    shade = np.array([(x - 14, y - 18), (x + 14, y - 18), (x + 22, y + 16), (x - 22, y + 16)], np.int32)
    cv2.fillPoly(picture, [shade], (176, 214, 244), cv2.LINE_AA)


def _hung(picture: Picture) -> Box:
    # y of a texture is up, rows of a picture go down; its middle is behind the face
    half = vec(SIZE_M[0] / 2, 0.02, SIZE_M[1] / 2)
    made = Material((0.42, 0.42, 0.42), gloss=0.0, texture=Texture(picture, PX_PER_M), glow=1.6)
    return Box(vec(0, AWAY_M, 0.72), half, made)
