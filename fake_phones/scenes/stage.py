"""A set with a lens and lights: solids in, pictures out. Slow (a second); scenes do it once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from fake_phones.scenes.course import Course
from fake_phones.scenes.handheld import Handheld, margin_px
from fake_phones.scenes.lens import Lens, Region, Vec
from fake_phones.scenes.light import Light, developed, lit
from fake_phones.scenes.scene import Field, Picture, Shot
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

    def spot(self, place: Vec) -> tuple[float, float]:
        """Column and row of the canvas where a place is seen."""
        x, y, _ = self.lens.spot(place, 1e-3)
        return x / FINE, y / FINE

    def around(self, place: Vec, reach_m: float) -> Region:
        """The region of the canvas that shows what is so near a place."""
        return self.coarse(*self.lens.around([place], reach_m))

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
class Scenery:
    """A stage with what never moves on it. Bodies are drawn before it."""

    stage: Stage
    still: Sequence[Solid]

    @cached_property
    def place(self) -> Surface:
        return self.stage.surface(self.still)

    def picture(self, solids: Sequence[Solid]) -> Picture:
        """The canvas with these solids in it."""
        return self.stage.picture(self.place.behind(self.stage.surface(solids)))

    def movement(
        self,
        base: Picture,
        moving: Callable[[float], Sequence[Solid]],
        levels: int,
        region: Region | None = None,
    ) -> "Movement":
        """What moves, at levels from 0 to 1, to be laid into the base canvas."""
        return movement(self.stage, self.place, base, moving, levels, region)


@dataclass(frozen=True)
class Movement:
    """A part of a canvas at evenly spaced levels of a movement, 0 to 1."""

    region: Region
    levels: list[Picture]
    mask: Picture | None = None
    """Only these pixels are laid, where other movements are near."""

    def lay(self, canvas: Picture, level: float) -> None:
        """Put the part into the canvas, between two of its levels."""
        at = min(max(level, 0.0), 1.0) * (len(self.levels) - 1)
        low = min(int(at), len(self.levels) - 2)
        share = at - low
        under = canvas[self.region]
        if self.mask is None:
            cv2.addWeighted(self.levels[low], 1 - share, self.levels[low + 1], share, 0, dst=under)
        else:
            part = cv2.addWeighted(self.levels[low], 1 - share, self.levels[low + 1], share, 0)
            cv2.copyTo(part, self.mask, under)

    def masked(self) -> "Movement":
        """The same, laid only where its levels differ."""
        spread = np.max(self.levels, 0).astype(np.int16) - np.min(self.levels, 0)
        moved = (spread.max(2) > 5).astype(np.uint8) * 255
        mask = cv2.dilate(cv2.morphologyEx(moved, cv2.MORPH_CLOSE, np.ones((9, 9))), np.ones((5, 5)))
        return Movement(self.region, self.levels, np.asarray(mask))


def movement(
    stage: Stage,
    place: Surface,
    base: Picture,
    moving: Callable[[float], Sequence[Solid]],
    levels: int,
    region: Region | None = None,
) -> Movement:
    """Draw what moves before a place at evenly spaced levels, 0 to 1, and fade it into the base canvas.

    The region is found when none is given: it holds every limb that is elsewhere at one of the levels.
    """
    bodies = [moving(float(level)) for level in np.linspace(0, 1, levels)]
    region = region or _moved(stage, bodies)
    wide = stage.widened(region)
    behind = place.cropped(stage.fine(wide))
    rows, columns = (slice(p.start - w.start, p.stop - w.start) for p, w in zip(region, wide, strict=True))
    fade, under = _fade(region), base[region].astype(np.float32)
    pictures = []
    for body in bodies:
        part = stage.picture(behind.behind(stage.surface(body, wide)), wide)[rows, columns]
        pictures.append((under + fade * (part - under) + 0.5).astype(np.uint8))
    return Movement(region, pictures)


def _moved(stage: Stage, bodies: Sequence[Sequence[Solid]]) -> Region:
    """The region of the canvas that holds every capsule that is not always at one place."""
    lens = stage.lens
    regions = [
        lens.around([solid.a, solid.b], solid.reach)
        for limb in zip(*bodies, strict=True)
        if not all(_same(limb[0], solid) for solid in limb)
        for solid in limb
        if isinstance(solid, Capsule)
    ]
    if not regions:
        raise ValueError("nothing moves between level 0 and 1")
    return stage.coarse(
        slice(min(r[0].start for r in regions), max(r[0].stop for r in regions)),
        slice(min(r[1].start for r in regions), max(r[1].stop for r in regions)),
    )


def _same(one: Solid, other: Solid) -> bool:
    if not (isinstance(one, Capsule) and isinstance(other, Capsule)):
        return True
    ends = np.allclose(one.a, other.a) and np.allclose(one.b, other.b)
    return bool(ends and np.isclose(one.reach, other.reach))


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
    before: Callable[[Picture, float], None] | None = None
    """Draws onto the canvas at a time in seconds: what is there to be seen."""
    extra: Callable[[Picture, float], None] | None = None
    """Draws small moving things onto the frame at a time in seconds: rain, snow."""

    def frame(self, t_s: float) -> Picture:
        canvas = self.base.copy()
        for part, level in self.movements:
            part.lay(canvas, level(t_s))
        if self.before is not None:
            self.before(canvas, t_s)
        if self.extra is None:
            return self.hand.film(canvas, t_s)
        seen = self.hand.seen(canvas, t_s)
        self.extra(seen, t_s)
        return self.hand.sensed(seen, t_s)


@dataclass(frozen=True)
class Redrawn:
    """A shot that is another one for other values of some parameters; `make` keeps what it has drawn."""

    course: Course
    names: Sequence[str]
    make: Callable[..., Shot]

    def frame(self, t_s: float) -> Picture:
        return self.make(*(self.course.value(name, t_s) for name in self.names)).frame(t_s)
