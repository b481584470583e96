"""Something that spreads over a canvas, such as blood: all of it, and when it comes to each place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from fake_phones.scenes.lens import Region
from fake_phones.scenes.scene import Field, Picture, as_picture
from fake_phones.scenes.solids import FAR, Solid
from fake_phones.scenes.stage import Scenery
from fake_phones.scenes.surface import depths

SOFT = 7.0  # steps of 255 between nothing and all


@dataclass(frozen=True)
class Spread:
    """`lay` puts what has spread so far, 0 to 1, into a canvas."""

    region: Region
    picture: Picture
    when: Picture
    """The level, 0 to 254, at which each place is reached; 255 = never. Three channels."""

    def lay(self, canvas: Picture, level: float) -> None:
        cover = cv2.LUT(self.when, _reached(round(255 * min(max(level, 0.0), 1.0))))
        under = canvas[self.region]
        shown = cv2.multiply(self.picture, cover, scale=1 / 255)
        cv2.add(shown, cv2.multiply(under, cv2.bitwise_not(cover), scale=1 / 255), dst=under)


@dataclass(frozen=True)
class Stain:
    """Something that spreads in the colour of a surface, whose light and movement stay: spots on skin."""

    region: Region
    tint: Picture
    """What is left of each colour, of 255."""
    when: Picture

    def lay(self, canvas: Picture, level: float, down: float = 0.0) -> None:
        """Put what there is at this level, 0 to 1, onto the canvas, so many pixels below its place."""
        cover = cv2.LUT(self.when, _reached(round(255 * min(max(level, 0.0), 1.0))))
        left = cv2.bitwise_not(cv2.multiply(cv2.bitwise_not(self.tint), cover, scale=1 / 255))
        rows, columns = self.region
        under = canvas[rows.start + round(down) : rows.stop + round(down), columns]
        cv2.multiply(under, left, scale=1 / 255, dst=under)


def spread(
    scenery: Scenery, behind: Sequence[Solid], spreading: Callable[[float], Sequence[Solid]], levels: int
) -> Spread:
    """What spreads over what is behind it, more of it at each level from 0 to 1."""
    stage = scenery.stage
    rest = scenery.place.behind(stage.surface(behind))
    free: Field = np.zeros(stage.canvas_px[::-1], np.float32)
    for level in np.linspace(0, 1, levels):
        own = depths(stage.lens, spreading(float(level)))
        seen = ((own < rest.depth) & (own < FAR)).astype(np.float32)
        free += 1 - cv2.resize(seen, stage.canvas_px, interpolation=cv2.INTER_AREA)
    whole = stage.picture(rest.behind(stage.surface(spreading(1.0))))
    region, reached = _cut(_smoothed(free / levels, 3.0 * stage.width / 640))
    return Spread(region, whole[region].copy(), reached)


def stain(clean: Picture, stained: Picture, when: Field) -> Stain:
    """The difference between two canvases; `when` is the level, 0 to 1, at which each place is stained."""
    region, reached = _cut(when)
    before, after = (picture[region].astype(np.float32) + 1 for picture in (clean, stained))
    return Stain(region, as_picture(255 * after / before), reached)


def _cut(when: Field) -> tuple[Region, Picture]:
    """The region where anything ever comes, and when, as `_reached` takes it."""
    rows, columns = np.flatnonzero(when.min(1) < 0.99), np.flatnonzero(when.min(0) < 0.99)
    region = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    reached = as_picture(np.where(when > 0.995, 255, 250 * when))
    return region, np.repeat(reached[region][..., None], 3, 2)


def _smoothed(when: Field, soft_px: float) -> Field:
    """Without the steps of the levels; what is never reached stays so."""
    ever = (when < 0.995).astype(np.float32)
    shared = cv2.GaussianBlur(ever, (0, 0), soft_px)
    smooth = cv2.GaussianBlur(when * ever, (0, 0), soft_px) / np.maximum(shared, 1e-3)
    return np.where(ever > 0, np.where(when > 0.9, when, smooth), 1.0).astype(np.float32)


def _reached(level: int) -> Picture:
    """How much is covered, by when a place is reached."""
    cover = as_picture(255 * np.clip((level - np.arange(256)) / SOFT + 0.5, 0, 1))
    cover[255] = 0
    return cover
