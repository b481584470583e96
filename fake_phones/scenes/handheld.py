"""A phone in a hand: it sways, hunts for focus and exposure, and its sensor is noisy."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from draws import uniform
from fake_phones.scenes.scene import Field, Picture, as_picture

SWAY_HZ = (0.13, 0.31, 0.7, 1.7, 3.3, 6.1)
SWAY = (1.0, 0.8, 0.45, 0.22, 0.10, 0.05)
SWAY_SUM = sum(SWAY)
NOISE_SPARE_PX = 61
FOCUS_EVERY_S, FOCUS_LASTS_S = 6.3, 0.32
MARGIN = 0.055  # of the longer side: what a canvas has more than a frame, on each side


def margin_px(width: int, height: int) -> int:
    """How much larger than the frame a canvas is on each side, so that the sway never shows its edge."""
    return round(MARGIN * max(width, height))


@lru_cache(maxsize=16)
def grain(width: int, height: int, level: float) -> Picture:
    """Sensor noise around 128, with deviation `level` grey steps; a little colour, a little soft."""
    rng = np.random.default_rng([113, round(level * 100)])
    size = (height + NOISE_SPARE_PX, width + NOISE_SPARE_PX)
    fine = rng.standard_normal((*size, 1), np.float32)
    colour = cv2.GaussianBlur(rng.standard_normal((*size, 3), np.float32), (0, 0), 1.1)
    noise = 0.85 * fine + 1.2 * colour
    soft = cv2.GaussianBlur(noise, (0, 0), 0.55)
    return as_picture(128 + soft / soft.std() * level)


@dataclass(frozen=True)
class Handheld:
    """Films a canvas: a picture that is `margin_px` larger than the frame on each side."""

    seed: int
    camera: str
    width: int
    height: int
    shake: float = 1.0
    """1 = somebody who stands still; 2 = somebody who walks or shivers."""
    noise: float = 2.0
    """Deviation in grey steps: 2 in daylight, 7 in the dark."""
    vignette: Picture | None = None
    """(height, width, 3): light that stays with the phone, such as its torch's cone."""

    def film(self, canvas: Picture, t_s: float) -> Picture:
        """The frame at `t_s`."""
        size = (self.width, self.height)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(canvas, self.place(t_s), size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        return self.sensed(seen, t_s)

    def sensed(self, frame: Picture, t_s: float) -> Picture:
        """What the sensor makes of what the lens shows: focus, light and noise."""
        blur = self._defocus(t_s)
        if blur > 0.35:
            frame = cv2.GaussianBlur(frame, (0, 0), blur * self.width / 640)
        if self.vignette is not None:
            frame = cv2.multiply(frame, self.vignette, scale=1 / 255)
        gain = 1 + 0.035 * self.sway(6, t_s)
        x, y = self._noise_at(t_s)
        noise = grain(self.width, self.height, self.noise)[y : y + self.height, x : x + self.width]
        return cv2.addWeighted(frame, gain, noise, 1.0, -128.0)

    def sway(self, axis: int, t_s: float) -> float:
        """Between -1 and 1, mostly within a half."""
        total = 0.0
        for hz, size, (pace, phase) in zip(SWAY_HZ, SWAY, _pace(self.seed, self.camera, axis), strict=True):
            total += size * np.sin(2 * np.pi * (hz * pace * t_s + phase))
        return float(total) / SWAY_SUM

    def place(self, t_s: float) -> Field:
        """From the frame's pixels to the canvas's."""
        margin = margin_px(self.width, self.height)
        room = 0.42 * margin
        dx, dy = (float(np.clip(room * self.shake * self.sway(axis, t_s), -room, room)) for axis in (0, 1))
        angle = float(np.clip(0.022 * self.shake * self.sway(2, t_s), -0.024, 0.024))
        zoom = 1 + 0.012 * self.sway(3, t_s)
        c, s = np.cos(angle) * zoom, np.sin(angle) * zoom
        cx, cy = self.width / 2, self.height / 2
        x0 = margin + cx + dx - c * cx + s * cy
        y0 = margin + cy + dy - s * cx - c * cy
        return np.array([[c, -s, x0], [s, c, y0]], np.float32)

    def _defocus(self, t_s: float) -> float:
        """Blur (px at 640 wide) while the lens hunts for focus."""
        pulse = round((t_s - 2.5) / FOCUS_EVERY_S)
        at = FOCUS_EVERY_S * (pulse + 0.5 * uniform(self.seed, "focus", self.camera, pulse & 0xFFFF)) + 1.2
        return 1.1 * float(np.exp(-0.5 * ((t_s - at) / FOCUS_LASTS_S) ** 2))

    def _noise_at(self, t_s: float) -> tuple[int, int]:
        k = round(t_s * 1000) * 2654435761 % 2**32
        return (k >> 8) % NOISE_SPARE_PX, (k >> 18) % NOISE_SPARE_PX


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
