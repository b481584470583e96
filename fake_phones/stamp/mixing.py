"""How a relay could leak: a part of one decoded picture laid into another. For the campaign and the tests."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Mix = Literal["blend", "cut", "corner", "tile", "inset", "whole"]


@dataclass(frozen=True)
class Mixing:
    """`share` of the picture (0 to 1): of its light (blend), of its width (cut), of its area (the others).

    corner: bottom right, so it covers a part of the strip. tile: in the upper left, clear of the strip.
    inset: the whole other picture, scaled down, in the upper right.
    """

    mix: Mix
    share: float

    def __str__(self) -> str:
        return f"{self.mix} {self.share:.0%}"

    def of(self, mine: Plane, other: Plane, strip_share: float) -> Plane:
        """My picture with a part of the other; both are luma planes of one size."""
        if self.mix == "whole":
            return other
        if self.mix == "blend":
            return cv2.addWeighted(mine, 1 - self.share, other, self.share, 0).astype(np.uint8)
        mixed = mine.copy()
        height, width = mine.shape
        rows, columns = self._place(height, width, round(height * (1 - strip_share)))
        part = other[rows, columns]
        if self.mix == "inset":
            part = cv2.resize(other, part.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.uint8)
        mixed[rows, columns] = part
        return mixed

    def _place(self, height: int, width: int, content: int) -> tuple[slice, slice]:
        if self.mix == "cut":
            return slice(None), slice(0, round(width * self.share))
        side = self.share**0.5
        h, w = round(height * side), round(width * side)
        if self.mix == "corner":
            return slice(height - h, height), slice(width - w, width)
        if self.mix == "tile":
            top, left = content // 20, width // 10
            return slice(top, min(top + h, content)), slice(left, left + w)
        edge = height // 40
        return slice(edge, min(edge + h, content)), slice(width - edge - w, width - edge)
