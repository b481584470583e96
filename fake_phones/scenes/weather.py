"""What falls through the picture: snow in a torch's light, rain."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import sin, tau

import cv2
import numpy as np

from draws import uniform
from fake_phones.scenes.scene import Picture

FLAKES, STREAKS = 34, 110


@dataclass(frozen=True)
class Snowfall:
    """Flakes that drift through the torch's light."""

    seed: int
    width: int
    height: int

    def fall(self, picture: Picture, t_s: float) -> None:
        step = self.width / 640
        for k, (x, y, near, sways) in enumerate(_flakes(self.seed, FLAKES)):
            down = (y + t_s * (0.10 + 0.22 * near)) % 1.15 - 0.05
            across = (x + 0.03 * sin(tau * (0.3 * t_s + sways)) + 0.012 * t_s * (1 + k % 3)) % 1.1 - 0.05
            centre = (across - 0.5) ** 2 + (down - 0.45) ** 2
            light = int(70 + 175 * max(0.0, 1 - 3.4 * centre))
            at = (round(across * self.width * 8), round(down * self.height * 8))
            cv2.circle(
                picture, at, round((0.7 + 1.3 * near) * step * 8), (light, light, light), -1, cv2.LINE_AA, 3
            )


@lru_cache(maxsize=16)
def _flakes(seed: int, count: int) -> tuple[tuple[float, float, float, float], ...]:
    return tuple(
        (
            uniform(seed, "flake.x", "snow", k),
            uniform(seed, "flake.y", "snow", k),
            uniform(seed, "flake.near", "snow", k) ** 2,
            uniform(seed, "flake.sways", "snow", k),
        )
        for k in range(count)
    )


@dataclass(frozen=True)
class Rain:
    """Streaks in the light, as many as it rains."""

    seed: int
    width: int
    height: int
    amount: Callable[[float], float]

    def fall(self, picture: Picture, t_s: float) -> None:
        count = round(STREAKS * self.amount(t_s))
        if count == 0:
            return
        step = self.width / 640
        streaks = np.zeros_like(picture)
        for k, (x, y, near, late) in enumerate(_flakes(self.seed, STREAKS)[:count]):
            down = (y + t_s * (2.2 + 1.6 * near) + 0.37 * int(t_s * 7 + late)) % 1.2 - 0.1
            across = (x + 0.61803 * int(t_s * (2.2 + 1.6 * near) / 1.2 + y)) % 1.0
            length, light = (0.035 + 0.06 * near) * self.height, 42 + 70 * near
            a = (round(across * self.width), round(down * self.height))
            b = (round(a[0] - 0.12 * length), round(a[1] + length))
            shade = (light, 0.97 * light, 0.93 * light)
            cv2.line(streaks, a, b, shade, max(1, round((0.8 + near) * step)), cv2.LINE_AA)
            if k % 3 == 0:  # and some of it is seen to hit the ground
                at = (
                    round(((x * 7.3) % 1) * self.width),
                    round((0.5 + 0.5 * ((y * 5.1 + t_s) % 1)) * self.height),
                )
                cv2.ellipse(streaks, at, (round(3 * step), 1), 0, 0, 360, shade, 1)
        cv2.add(picture, streaks, dst=picture)
