"""Drawing the stamp into a frame."""

import cv2
import numpy as np
from numpy.typing import NDArray

from fake_phones.stamp.layout import Stamp, Strip, encoded, whitened

DARK, LIGHT = 80, 176  # luma, video range: the lowest contrast that still reads 99.97 % of starved frames

Plane = NDArray[np.uint8]


class StampWriter:
    """Draws stamps into frames of one size. Raises ValueError for a size that has no strip."""

    def __init__(self, width: int, height: int) -> None:
        self.strip = Strip.of(width, height)

    def draw(self, luma: Plane, stamp: Stamp) -> None:
        """Write the strip into the luma plane, in place. Raises ValueError for a plane of another size."""
        strip = self.strip
        if luma.shape != (strip.frame_height, strip.frame_width):
            raise ValueError(
                f"a luma plane of {luma.shape}, expected {strip.frame_height, strip.frame_width}"
            )
        luma[strip.top :] = cv2.resize(
            self._cells(stamp), (strip.frame_width, strip.height), interpolation=cv2.INTER_NEAREST
        )

    def draw_i420(self, i420: Plane, stamp: Stamp) -> None:
        """Write the strip into an I420 picture of (3/2 H, W), in place, without colour under it.

        Raises ValueError for a picture of another size, or one that is not contiguous.
        """
        strip = self.strip
        pixels = strip.frame_height * strip.frame_width
        if i420.shape != (strip.frame_height * 3 // 2, strip.frame_width) or not i420.flags.c_contiguous:
            raise ValueError(
                f"an I420 picture of {i420.shape}, expected a contiguous one of "
                f"{strip.frame_height * 3 // 2, strip.frame_width}"
            )
        self.draw(i420[: strip.frame_height], stamp)
        chroma = i420.reshape(-1)[pixels:].reshape(2, -1)
        chroma[:, strip.top * strip.frame_width // 4 :] = 128

    def _cells(self, stamp: Stamp) -> Plane:
        strip = self.strip
        bits = np.unpackbits(np.frombuffer(whitened(encoded(stamp)), np.uint8), count=strip.cells)
        bits *= LIGHT - DARK
        bits += DARK
        return bits.reshape(strip.rows, strip.columns)
