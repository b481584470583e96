"""A transparent sheet to paint on, in metres: covers (where) are laid on with a colour (what)."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from fake_phones.scenes.scene import Field, Picture, as_picture, f32

Points = Field
"""(n, 2) float64: x and y."""
Bgr = tuple[float, float, float]


def bgr(rrggbb: str, shade: float = 1.0) -> Bgr:
    """A hex colour as drawing takes it, lighter or darker by `shade`."""
    r, g, b = (min(255.0, int(rrggbb[k : k + 2], 16) * shade) for k in (0, 2, 4))
    return b, g, r


def mixed(a: Bgr, b: Bgr, share: float) -> Bgr:
    """`a` with a share of `b`."""
    blue, green, red = (p * (1 - share) + q * share for p, q in zip(a, b, strict=True))
    return blue, green, red


def curve(x0: float, x1: float, heights: tuple[float, ...], points: int = 24) -> Points:
    """A smooth line (Catmull-Rom) from x0 to x1 through evenly spaced heights (y)."""
    y = np.array([2 * heights[0] - heights[1], *heights, 2 * heights[-1] - heights[-2]])
    u = np.linspace(0, len(heights) - 1, points)
    k = np.minimum(u.astype(int), len(heights) - 2)
    f = u - k
    before, here, there, after = (y[k + n] for n in range(4))
    bent = 2 * before - 5 * here + 4 * there - after
    steep = 3 * (here - there) + after - before
    line = here + 0.5 * f * (there - before + f * (bent + f * steep))
    return np.stack([x0 + (x1 - x0) * u / (len(heights) - 1), line], -1)


def lowered(points: Points, by: float) -> Points:
    """The same line, lower in the picture."""
    line: Points = points + np.array([0.0, by])
    return line


def blob(x: float, y: float, rx: float, ry: float) -> Points:
    """An ellipse."""
    angle = np.linspace(0, 2 * np.pi, 40)
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], -1)


@dataclass(frozen=True)
class Cover:
    """How much of each pixel of a part of the sheet is covered, 0 to 1."""

    top: int
    left: int
    share: Field

    def __and__(self, other: Self) -> "Cover":
        """Where both cover."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        bottom = min(c.top + c.share.shape[0] for c in (self, other))
        right = min(c.left + c.share.shape[1] for c in (self, other))
        if bottom <= top or right <= left:
            return Cover(0, 0, np.zeros((0, 0), np.float32))
        one, two = (
            c.share[top - c.top : bottom - c.top, left - c.left : right - c.left] for c in (self, other)
        )
        return Cover(top, left, one * two)


class Paint:
    """A sheet of (width, above + below) metres around its origin; x to the right, y down."""

    def __init__(self, width_m: float, above_m: float, below_m: float, px_per_m: float, ground: Bgr) -> None:
        self.scale = px_per_m
        self._origin = (width_m / 2, above_m)
        size = (round((above_m + below_m) * px_per_m), round(width_m * px_per_m))
        self._colour = np.full((*size, 3), ground, np.float32)
        self._alpha = np.zeros(size, np.float32)

    def shape(self, points: Points, soft_m: float = 0.0) -> Cover:
        """The cover of a polygon, its edge blurred by `soft_m`."""
        return self._cover([points], None, soft_m)

    def line(self, points: Points, width_m: float, soft_m: float = 0.0) -> Cover:
        """The cover of a line."""
        return self._cover([points], width_m, soft_m)

    def lines(self, many: list[Points], width_m: float, soft_m: float = 0.0) -> Cover:
        """The cover of several lines at once."""
        return self._cover(many, width_m, soft_m)

    def lay(self, cover: Cover, colour: Bgr, strength: float = 1.0) -> None:
        """Put colour over what is there."""
        rows = slice(cover.top, cover.top + cover.share.shape[0])
        columns = slice(cover.left, cover.left + cover.share.shape[1])
        share = cover.share * np.float32(strength)
        alpha = self._alpha[rows, columns] * (1 - share) + share
        new = (share / np.maximum(alpha, 1e-4))[..., None]
        self._colour[rows, columns] += new * (f32(colour) - self._colour[rows, columns])
        self._alpha[rows, columns] = alpha

    def sheet(self) -> tuple[Picture, Picture]:
        """The paint and how much it covers (0 to 255)."""
        return as_picture(self._colour), as_picture(self._alpha * 255)

    def _cover(self, many: list[Points], width_m: float | None, soft_m: float) -> Cover:
        at = [(points + self._origin) * self.scale for points in many]
        soft_px, wide_px = soft_m * self.scale, (width_m or 0.0) * self.scale
        margin = 2 + wide_px + 3 * soft_px
        everything = np.concatenate(at)
        low, high = everything.min(0) - margin, everything.max(0) + margin
        height, width = self._alpha.shape
        left, top = (int(np.clip(v, 0, side)) for v, side in zip(low, (width, height), strict=True))
        right, bottom = (int(np.clip(v, 0, side)) for v, side in zip(high, (width, height), strict=True))
        mask = np.zeros((bottom - top, right - left), np.uint8)
        if mask.size == 0:
            return Cover(top, left, mask.astype(np.float32))
        fixed = [np.round((points - (left, top)) * 16).astype(np.int32) for points in at]
        if width_m is None:
            cv2.fillPoly(mask, fixed, 255, cv2.LINE_AA, 4)
        else:
            cv2.polylines(mask, fixed, False, 255, max(1, round(wide_px)), cv2.LINE_AA, 4)
        share = mask.astype(np.float32) / 255
        if 0 < wide_px < 1:  # a thinner line than a pixel is a fainter one
            share *= wide_px
        return Cover(top, left, cv2.GaussianBlur(share, (0, 0), soft_px) if soft_px > 0.3 else share)
