"""A phone in a hand: it sways, turns, hunts for focus and exposure, and its sensor is noisy.

How much of each is set by the course's phone parameters (`parameter.PHONE`).
"""

from dataclasses import dataclass
from functools import lru_cache
from math import cos, exp, hypot, pi, radians, sin, tanh

import cv2
import numpy as np

from draws import uniform
from fake_phones.scenes.course import Course
from fake_phones.scenes.parameter import PHONE
from fake_phones.scenes.scene import Field, Picture, Take, as_picture, f32

SWAY_HZ = (0.13, 0.31, 0.7, 1.7, 3.3, 6.1)
SWAY = (1.0, 0.8, 0.45, 0.22, 0.10, 0.05)
SWAY_SUM = sum(SWAY)
NOISE_SPARE_PX = 61
FOCUS_EVERY_S, FOCUS_LASTS_S = 6.3, 0.32
SHUTTER_S = 1 / 60
SMEARS_FROM = 1.2  # less shake moves nothing by two pixels while the shutter is open
MARGIN = 0.055  # of the longer side: what a canvas has more than a frame, on each side
THUMB_STEPS = 48
TORCH_OFF = 0.10  # what a sensor still shows of a place that only the torch has lit


def margin_px(width: int, height: int) -> int:
    """How much larger than the frame a canvas is on each side, so that the sway never shows its edge."""
    return round(MARGIN * max(width, height))


@dataclass(frozen=True)
class Handheld:
    """Films a canvas: a picture that is `margin_px` larger than the frame on each side."""

    take: Take
    camera: str
    shake: float = 1.0
    """At half steadiness: 1 = somebody who stands still; 2 = somebody who walks or shivers."""
    noise: float = 2.0
    """Deviation in grey steps: 2 in daylight, 7 in the dark."""
    vignette: Picture | None = None
    """(height, width, 3): the cone of the phone's torch, when that is the light there is."""

    def film(self, canvas: Picture, t_s: float) -> Picture:
        """The frame at `t_s`."""
        return self.sensed(self.seen(canvas, t_s), t_s)

    def seen(self, canvas: Picture, t_s: float) -> Picture:
        """What the lens shows of a canvas."""
        size = (self.take.width, self.take.height)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        four = cv2.cvtColor(canvas, cv2.COLOR_BGR2BGRA)  # OpenCV 5 warps four channels in a third of the time
        seen = cv2.warpAffine(four, self.place(t_s), size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        return cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR)

    def sensed(self, frame: Picture, t_s: float) -> Picture:
        """What the sensor makes of what the lens shows: how the phone is held, focus, light and noise."""
        set_to = _set_to(self.take.course, t_s)
        if self.vignette is not None:
            frame = cv2.multiply(frame, self.vignette, scale=self._torch(t_s) / 255)
        if set_to["orientation"]:
            frame = _turned(frame, set_to["orientation"])
        frame = self._smeared(frame, t_s)
        blur = self._defocus(t_s, set_to["focus"]) * self.take.width / 640
        if blur > 0.35:
            frame = _blurred(frame, blur)
        gain, noise = _exposed(set_to["light"], set_to["exposure_ev"])
        if gain != 1:
            frame = cv2.LUT(frame, _curve(round(gain, 3)))
        if set_to["thumb"] > 0:
            frame = _under_a_thumb(frame, set_to["thumb"], min(1.0, gain))
        return self._noisy(frame, noise * self.noise * set_to["noise"], t_s)

    def sway(self, axis: int, t_s: float) -> float:
        """Between -1 and 1, mostly within a half."""
        total = 0.0
        for hz, size, (pace, phase) in zip(
            SWAY_HZ, SWAY, _pace(self.take.seed, self.camera, axis), strict=True
        ):
            total += size * sin(2 * pi * (hz * pace * t_s + phase))
        return total / SWAY_SUM

    def place(self, t_s: float) -> Field:
        """From the frame's pixels to the canvas's."""
        width, height = self.take.width, self.take.height
        margin = margin_px(width, height)
        room = 0.8 * margin
        shake = self._shaken(t_s)
        reach = 0.42 * margin * shake / room
        dx, dy = (room * tanh(reach * self.sway(axis, t_s)) for axis in (0, 1))
        angle = 0.022 * tanh(shake * self.sway(2, t_s))
        zoom = 1 + 0.012 * min(shake, 1.5) * self.sway(3, t_s)
        c, s = cos(angle) * zoom, sin(angle) * zoom
        cx, cy = width / 2, height / 2
        x0 = margin + cx + dx - c * cx + s * cy
        y0 = margin + cy + dy - s * cx - c * cy
        return np.array([[c, -s, x0], [s, c, y0]], np.float32)

    def untouched(self, t_s: float) -> bool:
        """Nothing but the steadiness is set otherwise than by default."""
        course = self.take.course
        return all(course.eased(p.name, t_s) == p.default for p in PHONE if p.name != "steadiness")

    def _shaken(self, t_s: float) -> float:
        return 2 * self.shake * (1 - self.take.course.eased("steadiness", t_s))

    def _torch(self, t_s: float) -> float:
        return TORCH_OFF + (1 - TORCH_OFF) * self.take.course.eased("torch", t_s)

    def _smeared(self, frame: Picture, t_s: float) -> Picture:
        """Motion blur, once the hand moves by some pixels while the shutter is open."""
        if self._shaken(t_s) < SMEARS_FROM:
            return frame
        before, after = self.place(t_s - SHUTTER_S / 2), self.place(t_s + SHUTTER_S / 2)
        x, y = (after[:, 2] - before[:, 2]).tolist()
        if hypot(x, y) < 2:
            return frame
        return cv2.filter2D(frame, -1, _streak(round(x), round(y)))

    def _noisy(self, frame: Picture, level: float, t_s: float) -> Picture:
        gain = 1 + 0.035 * self.sway(6, t_s)
        k = round(t_s * 1000) * 2654435761 % 2**32
        x, y = (k >> 8) % NOISE_SPARE_PX, (k >> 18) % NOISE_SPARE_PX
        height, width = frame.shape[:2]
        grain = _grain(width, height, round(2 * level) / 2)[y : y + height, x : x + width]
        return cv2.addWeighted(frame, gain, grain, 1.0, -128.0)

    def _defocus(self, t_s: float, focus: float) -> float:
        """Blur (px at 640 wide): the lens hunts now and then, or all the time when it finds nothing."""
        pulse = round((t_s - 2.5) / FOCUS_EVERY_S)
        drawn = uniform(self.take.seed, "focus", self.camera, pulse & 0xFFFF)
        at = FOCUS_EVERY_S * (pulse + 0.5 * drawn) + 1.2
        hunts = 1.1 * exp(-0.5 * ((t_s - at) / FOCUS_LASTS_S) ** 2)
        return hunts + (1 - focus) * (4.5 + 2.5 * self.sway(9, 2.2 * t_s))


def _set_to(course: Course, t_s: float) -> dict[str, float]:
    return {parameter.name: course.eased(parameter.name, t_s) for parameter in PHONE}


def _exposed(light: float, exposure_ev: float) -> tuple[float, float]:
    """The gain of the picture, and of its noise: a phone makes up for some of the light that is missing."""
    gain = (0.0003 + 0.9997 * light) ** 0.7 * 2**exposure_ev
    return gain, min(3.2, (0.03 + 0.97 * light) ** -0.35)


@lru_cache(maxsize=32)
def _curve(gain: float) -> Picture:
    """Grey steps under so much light; what is too bright burns out softly."""
    light = gain * (np.arange(256) / 255) ** 2.2
    shown = np.where(light < 0.8, light, 0.8 + 0.2 * np.tanh((light - 0.8) / 0.2)) if gain > 1 else light
    return as_picture(255 * shown ** (1 / 2.2) + 0.5)


def _turned(frame: Picture, degrees: float) -> Picture:
    """The frame turned clockwise; it shows as much as a frame of this shape can hold of it."""
    height, width = frame.shape[:2]
    c, s = cos(radians(degrees)), sin(radians(degrees))
    fit = min(width / (abs(c) * width + abs(s) * height), height / (abs(s) * width + abs(c) * height))
    c, s = c * fit, s * fit
    x, y = (width - 1) / 2, (height - 1) / 2
    x0, y0 = x - c * x - s * y, y + s * x - c * y
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    back = f32([[c, s, x0], [-s, c, y0]])
    return cv2.warpAffine(frame, back, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE)


def _blurred(frame: Picture, sigma_px: float) -> Picture:
    """Out of focus; a strong blur is made of fewer pixels."""
    if sigma_px < 2.5:
        return cv2.GaussianBlur(frame, (0, 0), sigma_px)
    small = cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), sigma_px / 2)
    return cv2.resize(soft, frame.shape[1::-1], interpolation=cv2.INTER_LINEAR)


@lru_cache(maxsize=64)
def _streak(x: int, y: int) -> Field:
    """The path of a point while the shutter is open, as a kernel."""
    reach = max(abs(x), abs(y)) // 2 + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    ends = [(round(reach + k * x / 2), round(reach + k * y / 2)) for k in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1)
    return f32(kernel / kernel.sum())


def _under_a_thumb(frame: Picture, share: float, light: float) -> Picture:
    height, width = frame.shape[:2]
    kept, skin = _thumb(width, height, round(share * THUMB_STEPS), round(8 * light) / 8)
    return cv2.add(cv2.multiply(frame, kept, scale=1 / 255), skin)


@lru_cache(maxsize=4)
def _thumb(width: int, height: int, step: int, light: float) -> tuple[Picture, Picture]:
    """What is left of the picture, and the skin before it: blurred, red where light shines through."""
    reach = 0.95 * hypot(width, height)
    share = step / THUMB_STEPS
    far = hypot(width, height) + 0.5 * reach  # the thumb comes from the lower right corner
    x0, y0 = width + 0.62 * reach * 0.8, height + 0.62 * reach * 0.6
    radius = 0.60 * reach + share * (far - 0.60 * reach)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    inside = (radius - np.hypot(x - x0, y - y0)) / (0.10 * reach)
    cover = np.clip(0.5 + inside, 0, 1)[..., None] ** 2
    glow = np.clip(1.1 - 0.5 * inside, 0.25, 1)[..., None]
    skin = light * cover * glow * f32((38, 46, 128))
    return np.repeat(as_picture(255 * (1 - cover)), 3, 2), as_picture(skin)


@lru_cache(maxsize=24)
def _grain(width: int, height: int, level: float) -> Picture:
    """Sensor noise around 128, with deviation `level` grey steps; a little colour, a little soft."""
    rng = np.random.default_rng([113, round(level * 100)])
    size = (height + NOISE_SPARE_PX, width + NOISE_SPARE_PX)
    fine = rng.standard_normal((*size, 1), np.float32)
    colour = cv2.GaussianBlur(rng.standard_normal((*size, 3), np.float32), (0, 0), 1.1)
    noise = 0.85 * fine + 1.2 * colour
    soft = cv2.GaussianBlur(noise, (0, 0), 0.55)
    return as_picture(128 + soft / soft.std() * level)


@lru_cache(maxsize=512)
def _pace(seed: int, camera: str, axis: int) -> tuple[tuple[float, float], ...]:
    """For each sine its pace (0.8 to 1.2) and its phase (0 to 1)."""
    return tuple(
        (
            0.8 + 0.4 * uniform(seed, f"sway.pace.{camera}", axis, k),
            uniform(seed, f"sway.phase.{camera}", axis, k),
        )
        for k in range(len(SWAY_HZ))
    )
