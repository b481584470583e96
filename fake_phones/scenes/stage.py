"""A set with a lens and lights: solids in, pictures out. Slow (a second); scenes do it once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from fake_phones.scenes.handheld import Handheld, margin_px
from fake_phones.scenes.lens import Lens, Region, Vec
from fake_phones.scenes.light import Light, developed, lit
from fake_phones.scenes.scene import Field, Picture
from fake_phones.scenes.solids import Capsule, Colour, Solid
from fake_phones.scenes.surface import Surface, surface

FINE = 1.3  # drawn so many times larger, for smooth edges
SPARE_PX = 16  # drawn around a part and cut off, because light depends on what is beside it
FEATHER_PX = 6
DESIGN = (640, 360)


@dataclass(frozen=True)
class Stage:
    """Where the phone is, what it points at, and the light. Composed for 640 x 360; other shapes see more."""

    width: int
    height: int
    eye: Vec
    target: Vec
    lights: Sequence[Light]
    exposure: float = 1.5
    zoom: float = 1.0
    """1 = a phone's ordinary lens, 60 degrees wide."""
    background: Colour = (0.3, 0.3, 0.3)

    @cached_property
    def lens(self) -> Lens:
        """The lens of the canvas, at the finer scale that is drawn."""
        margin = margin_px(self.width, self.height)
        width, height = (round((side + 2 * margin) * FINE) for side in (self.width, self.height))
        scale = min(self.width / DESIGN[0], self.height / DESIGN[1])
        return Lens.at(self.eye, self.target, 560 * self.zoom * scale * FINE, width, height)

    @property
    def canvas_px(self) -> tuple[int, int]:
        """Width and height of a canvas."""
        margin = margin_px(self.width, self.height)
        return self.width + 2 * margin, self.height + 2 * margin

    def surface(self, solids: Sequence[Solid], region: Region | None = None) -> Surface:
        """What solids show in a region of the canvas (all of it, when none is given)."""
        return surface(self.lens, solids, self.fine(region or self._whole))

    def picture(self, shown: Surface, region: Region | None = None) -> Picture:
        """A surface that covers the region, in this stage's light."""
        part = region or self._whole
        light = lit(self.lens, shown, self.lights, self._near_m, self.background)
        size = (part[1].stop - part[1].start, part[0].stop - part[0].start)
        return cv2.resize(developed(light, self.exposure), size, interpolation=cv2.INTER_AREA)

    @property
    def _whole(self) -> Region:
        width, height = self.canvas_px
        return slice(0, height), slice(0, width)

    def widened(self, region: Region) -> Region:
        """A region with what is beside it, which its light depends on."""
        rows, columns = (
            slice(max(0, part.start - SPARE_PX) & ~1, min(side, part.stop + SPARE_PX) & ~1)
            for part, side in zip(region, reversed(self.canvas_px), strict=True)
        )
        return rows, columns

    def coarse(self, rows: slice, columns: slice) -> Region:
        """The region of the canvas that holds rows and columns of the lens's pixels, and a little more."""
        spare = 2 * FEATHER_PX
        first, second = (
            slice(
                max(0, int(part.start / FINE) - spare) & ~1, min(side, int(part.stop / FINE) + 1 + spare) & ~1
            )
            for part, side in zip((rows, columns), reversed(self.canvas_px), strict=True)
        )
        return first, second

    def fine(self, region: Region) -> Region:
        """The same region in the lens's finer pixels."""
        rows, columns = (
            slice(round(p.start * FINE), min(round(p.stop * FINE), side))
            for p, side in zip(region, (self.lens.height, self.lens.width), strict=True)
        )
        return rows, columns

    @property
    def _near_m(self) -> float:
        return float(np.linalg.norm(self.target - self.eye))


@dataclass(frozen=True)
class Movement:
    """A part of a canvas at evenly spaced levels of a movement, 0 to 1."""

    region: Region
    levels: list[Picture]

    def lay(self, canvas: Picture, level: float) -> None:
        """Put the part into the canvas, between two of its levels."""
        at = min(max(level, 0.0), 1.0) * (len(self.levels) - 1)
        low = min(int(at), len(self.levels) - 2)
        share = at - low
        canvas[self.region] = cv2.addWeighted(self.levels[low], 1 - share, self.levels[low + 1], share, 0)


def movement(
    stage: Stage,
    place: Surface,
    base: Picture,
    moving: Callable[[float], Sequence[Solid]],
    levels: int,
    region: Region | None = None,
) -> Movement:
    """Draw what moves before a place at evenly spaced levels, 0 to 1, and fade it into the base canvas.

    The region is found when none is given: it holds every limb that is elsewhere at level 1.
    """
    region = region or _moved(stage, moving(0.0), moving(1.0))
    wide = stage.widened(region)
    behind = place.cropped(stage.fine(wide))
    rows, columns = (slice(p.start - w.start, p.stop - w.start) for p, w in zip(region, wide, strict=True))
    fade, under = _fade(region), base[region].astype(np.float32)
    pictures = []
    for level in np.linspace(0, 1, levels):
        shown = behind.behind(stage.surface(moving(float(level)), wide))
        part = stage.picture(shown, wide)[rows, columns]
        pictures.append((under + fade * (part - under) + 0.5).astype(np.uint8))
    return Movement(region, pictures)


def _moved(stage: Stage, before: Sequence[Solid], after: Sequence[Solid]) -> Region:
    """The region of the canvas that holds every capsule that differs."""
    lens = stage.lens
    regions = [
        lens.around([solid.a, solid.b], solid.reach)
        for one, other in zip(before, after, strict=True)
        if isinstance(one, Capsule) and isinstance(other, Capsule)
        if not (np.allclose(one.a, other.a) and np.allclose(one.b, other.b))
        for solid in (one, other)
    ]
    if not regions:
        raise ValueError("nothing moves between level 0 and 1")
    return stage.coarse(
        slice(min(r[0].start for r in regions), max(r[0].stop for r in regions)),
        slice(min(r[1].start for r in regions), max(r[1].stop for r in regions)),
    )


def _fade(region: Region) -> Field:
    """1 inside, 0 at the edge."""
    height, width = (part.stop - part.start for part in region)
    rows = np.minimum(np.arange(height), np.arange(height)[::-1]) / FEATHER_PX
    columns = np.minimum(np.arange(width), np.arange(width)[::-1]) / FEATHER_PX
    return np.clip(np.minimum(rows[:, None], columns[None, :]), 0, 1).astype(np.float32)[..., None]


@dataclass(frozen=True)
class Filmed:
    """A shot of a canvas with movements in it, through a phone in a hand."""

    hand: Handheld
    base: Picture
    movements: Sequence[tuple[Movement, Callable[[float], float]]]
    """With the level of each at a time in seconds."""
    extra: Callable[[Picture, float], None] | None = None
    """Draws small moving things onto the frame at a time in seconds."""

    def frame(self, t_s: float) -> Picture:
        canvas = self.base.copy()
        for part, level in self.movements:
            part.lay(canvas, level(t_s))
        picture = self.hand.film(canvas, t_s)
        if self.extra is not None:
            self.extra(picture, t_s)
        return picture
