"""Light on a surface: a sky, a sun with shadows (through a window), a lamp, and what corners keep dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from fake_phones.scenes.lens import Lens, Sunlens, Vec, unit
from fake_phones.scenes.scene import Field, Picture, as_picture, f32
from fake_phones.scenes.solids import FAR, Colour, Solid
from fake_phones.scenes.surface import Surface, depths
from fake_phones.scenes.vectors import dot, normalised, turned

SHADOW_PX = 640
SHADOW_BIAS_M = 0.02
SPILL = 0.05  # of a beam's light beside it
CORNER_M = 0.16  # corners and creases of this size are darker


@dataclass(frozen=True)
class Sky:
    """Light from everywhere: from above, and thrown back from below."""

    above: Colour
    below: Colour

    def on(self, shown: Surface, eye: Field) -> Field:
        up = (0.5 + 0.5 * shown.normal[..., 2:]).astype(np.float32)
        light: Field = up * f32(self.above) + (1 - up) * f32(self.below)
        return shown.colour * light


@dataclass(frozen=True)
class Sun:
    """A far light with shadows. A `window` lets it through as a pattern: (height, width) light, in metres."""

    direction: Vec
    colour: Colour
    casters: Sequence[Solid]
    centre: Vec
    reach_m: float = 2.2
    window: Field | None = None
    window_px_per_m: float = 100
    soft_px: float = 5

    @cached_property
    def lens(self) -> Sunlens:
        return Sunlens.along(self.direction, self.centre, self.reach_m, SHADOW_PX)

    @cached_property
    def shadow(self) -> Field:
        """How far the light gets: in each direction, the depth of the first thing."""
        return depths(self.lens, self.casters)

    def on(self, shown: Surface, eye: Field) -> Field:
        towards = -unit(self.direction).astype(np.float32)
        lit = np.maximum(shown.normal @ towards, 0) * self._reaches(shown)
        halfway = normalised(towards + eye)
        shine = shown.gloss * np.maximum(dot(shown.normal, halfway), 0) ** 24 * (lit > 0)
        light: Field = (shown.colour * lit[..., None] + 3 * shine[..., None]) * f32(self.colour)
        return light

    def _reaches(self, shown: Surface) -> Field:
        at = turned(shown.place - self.lens.place.astype(np.float32), self.lens.axes.astype(np.float32))
        x = at[..., 0] * self.lens.px_per_m + SHADOW_PX / 2 - 0.5
        y = at[..., 1] * self.lens.px_per_m + SHADOW_PX / 2 - 0.5
        first = cv2.remap(self.shadow, x, y, cv2.INTER_NEAREST, borderValue=float(FAR))
        free: Field = (at[..., 2] < first + SHADOW_BIAS_M).astype(np.float32)
        free = cv2.GaussianBlur(free, (0, 0), self.soft_px)
        if self.window is not None:
            height, width = self.window.shape
            middle = self.lens.axes @ (self.centre - self.lens.place)
            u = (at[..., 0] - np.float32(middle[0])) * self.window_px_per_m + width / 2
            v = (at[..., 1] - np.float32(middle[1])) * self.window_px_per_m + height / 2
            free = free * cv2.remap(self.window, u, v, cv2.INTER_LINEAR, borderValue=0.0)
        return free


@dataclass(frozen=True)
class Lamp:
    """A near light without shadows: a torch beside the lens, a street lamp."""

    place: Vec
    colour: Colour
    fall: float = 1.0
    """Light halves where fall * distance_m**2 = 1."""
    wrap: float = 0.0
    """0 = a point; towards 1 = a broad light that reaches around."""
    aim: Vec | None = None
    """The direction of its beam; None = it shines all round."""
    half_angle: float = 0.35
    """Of the beam, in radians; it is soft at its edge."""

    def on(self, shown: Surface, eye: Field) -> Field:
        towards: Field = self.place.astype(np.float32) - shown.place
        squared = dot(towards, towards)
        towards /= np.sqrt(squared)[..., None]
        strength = 1 / (1 + self.fall * squared)
        if self.aim is not None:
            off = np.arccos(np.clip(towards @ -unit(self.aim).astype(np.float32), -1, 1))
            strength *= SPILL + (1 - SPILL) / (1 + np.exp((off - self.half_angle) / 0.06))
        lit = np.maximum((dot(shown.normal, towards) + self.wrap) / (1 + self.wrap), 0)
        halfway = normalised(towards + eye)
        shine = 3 * shown.gloss * np.maximum(dot(shown.normal, halfway), 0) ** 24
        light: Field = (shown.colour * lit[..., None] + shine[..., None]) * strength[..., None]
        light *= f32(self.colour)
        return light


Light = Sky | Sun | Lamp


def lit(view: Lens, shown: Surface, lights: Sequence[Light], near_m: float, background: Colour) -> Field:
    """Linear light that reaches the lens; `near_m` is about how far away things are."""
    _, ray = view.rays(shown.region)
    eye = -normalised(ray)
    corners = darkness(shown, CORNER_M * view.focal_px / near_m)[..., None]
    light: Field = shown.colour * shown.glow[..., None]
    for source in lights:
        light = light + source.on(shown, eye) * (corners if isinstance(source, Sky) else 0.4 + 0.6 * corners)
    light[shown.depth >= FAR] = f32(background)
    return light


def darkness(shown: Surface, reach_px: float) -> Field:
    """How open each place is to the sky (1 = quite): creases, and where things stand on things, are dark."""
    small = np.minimum(shown.depth[::2, ::2], 60)
    kept: Field = np.zeros_like(small)
    size = small.shape[::-1]
    count = 0
    for share in (0.25, 0.6, 1.0):
        step_px = max(1.0, share * reach_px / 2)
        for angle in np.arange(6) * np.pi / 3 + share:
            dx, dy = step_px * np.cos(angle), step_px * np.sin(angle)
            there, back = (
                cv2.warpAffine(
                    small, f32([[1, 0, k * dx], [0, 1, k * dy]]), size, borderMode=cv2.BORDER_REPLICATE
                )
                for k in (1, -1)
            )
            step = small - (there + back) / 2  # a slope is no crease
            kept += np.clip(step / (share * CORNER_M), 0, 1) * (step < 3 * CORNER_M)
            count += 1
    openness: Field = np.clip(1 - 1.6 * cv2.GaussianBlur(kept / count, (0, 0), 1.2), 0.15, 1)
    whole: Field = cv2.resize(openness, shown.depth.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return whole


def developed(light: Field, exposure: float) -> Picture:
    """The picture a phone makes of linear light: it saves highlights and lifts shadows."""
    x = light * np.float32(exposure)
    shoulder = x * (1 + x / 6) / (1 + x)  # 1 is reached at about 5.4
    return as_picture(np.clip(shoulder, 0, 1) ** np.float32(1 / 2.2) * 255 + 0.5)
