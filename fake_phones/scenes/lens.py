"""Where a picture is taken from: the rays of its pixels. Metres; x right, y away, z up."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fake_phones.scenes.scene import Field

Vec = Field
"""A place or a direction: three float64."""
Region = tuple[slice, slice]
"""Rows and columns of a picture."""


def vec(*xyz: float) -> Vec:
    return np.array(xyz, np.float64)


def unit(v: Vec) -> Vec:
    """The same direction, one long."""
    one: Vec = v / np.linalg.norm(v)
    return one


@dataclass(frozen=True)
class View(ABC):
    """Pixels that look into the world, each along one ray: origin + depth * direction."""

    width: int
    height: int
    place: Vec
    axes: Vec
    """Rows: right, down, forward."""

    @property
    def whole(self) -> Region:
        """The region that is all of it."""
        return slice(0, self.height), slice(0, self.width)

    @abstractmethod
    def rays(self, region: Region) -> tuple[Field, Field]:
        """Origins and directions of a region's rays; the origins may broadcast."""

    @abstractmethod
    def spot(self, point: Vec, radius: float) -> tuple[float, float, float]:
        """Column and row where a point is seen, and how many pixels a sphere around it reaches at most."""

    def around(self, points: list[Vec], radius: float) -> Region:
        """A region that holds spheres of this radius around the points (empty when out of view)."""
        spots = [self.spot(point, radius) for point in points]
        x0, x1 = min(x - r for x, _, r in spots), max(x + r for x, _, r in spots)
        y0, y1 = min(y - r for _, y, r in spots), max(y + r for _, y, r in spots)
        rows = slice(*(int(np.clip(y, 0, self.height)) for y in (y0 - 1, y1 + 2)))
        return rows, slice(*(int(np.clip(x, 0, self.width)) for x in (x0 - 1, x1 + 2)))

    def _grid(self, at: Vec, px_per_one: float) -> Field:
        """For each pixel, `at` and so many to the right and down."""
        right, down, _ = self.axes
        x, y = ((np.arange(side) - side / 2 + 0.5) / px_per_one for side in (self.width, self.height))
        across, along = x[:, None] * right, y[:, None] * down + at
        grid: Field = across.astype(np.float32)[None] + along.astype(np.float32)[:, None]
        return grid


@dataclass(frozen=True)
class Lens(View):
    """A pinhole: depth is measured along the optical axis."""

    focal_px: float

    @classmethod
    def at(cls, eye: Vec, target: Vec, focal_px: float, width: int, height: int) -> "Lens":
        """From `eye`, with `target` in the middle and the horizon level."""
        return cls(width, height, eye, _axes(target - eye), focal_px)

    def rays(self, region: Region) -> tuple[Field, Field]:
        return self.place.astype(np.float32), self._directions[region]

    @cached_property
    def _directions(self) -> Field:
        return self._grid(self.axes[2], self.focal_px)

    def spot(self, point: Vec, radius: float) -> tuple[float, float, float]:
        x, y, depth = self.axes @ (point - self.place)
        depth = max(depth, 0.05)
        reach = 1.2 * self.focal_px * radius / max(depth - radius, 0.05)  # 1.2: slanting at the edge
        scale = self.focal_px / depth
        return (self.width - 1) / 2 + scale * x, (self.height - 1) / 2 + scale * y, reach


@dataclass(frozen=True)
class Sunlens(View):
    """What a far light sees: parallel rays. Its depths are a shadow map."""

    px_per_m: float

    @classmethod
    def along(cls, direction: Vec, centre: Vec, reach_m: float, size_px: int) -> "Sunlens":
        """Light that travels in `direction`, over a square of `reach_m` around `centre`."""
        axes = _axes(direction)
        return cls(size_px, size_px, centre - 10 * axes[2], axes, size_px / 2 / reach_m)

    def rays(self, region: Region) -> tuple[Field, Field]:
        origins = self._origins[region]
        return origins, np.broadcast_to(self.axes[2].astype(np.float32), origins.shape)

    @cached_property
    def _origins(self) -> Field:
        return self._grid(self.place, self.px_per_m)

    def spot(self, point: Vec, radius: float) -> tuple[float, float, float]:
        x, y, _ = self.px_per_m * self.axes @ (point - self.place)
        return (self.width - 1) / 2 + x, (self.height - 1) / 2 + y, self.px_per_m * radius


def _axes(direction: Vec) -> Vec:
    """Right, down and forward of a look in this direction with the horizon level."""
    forward = unit(direction)
    right = unit(np.cross(forward, vec(0, 0, 1)))
    return np.array([right, np.cross(forward, right), forward])
