"""Does a received picture show what was filmed? Compared block by block; sure of nothing that loss explains.

A block is foreign when its luma is outside what the source has there and in the blocks around it, which takes
up scaling, blur and motion. Measured on clean frames (docs/stamp.md): 3 foreign blocks of 880 at most.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from fake_phones.thumbnail import Thumbnail

FOREIGN_LUMA = 10  # outside the source's range by more
FOREIGN_OWN_RESIDUALS = 4  # and by more than so many times what the other blocks are off by
FOREIGN_BLOCKS = 9  # 1 %: a picture shows something else
GAIN = (0.8, 1.25)  # what a chain may do to the contrast

Mask = NDArray[np.bool_]
Luma = NDArray[np.float32]
_AROUND = np.ones((3, 3), np.uint8)


def foreign(received: Thumbnail, own: Thumbnail) -> Mask | None:
    """The blocks that show something else than `own`; None when they are too few to mean anything."""
    low, high = cv2.erode(own, _AROUND), cv2.dilate(own, _AROUND)
    outside = cv2.max(cv2.subtract(low, received), cv2.subtract(received, high))
    if int(np.count_nonzero(outside > FOREIGN_LUMA)) < FOREIGN_BLOCKS:
        return None
    gain, offset, residual = _chain(received.astype(np.float32), own.astype(np.float32))
    low, high = (gain * bound.astype(np.float32) + offset for bound in (low, high))
    outside = np.maximum(low - received, received - high)
    mask: Mask = outside > max(FOREIGN_LUMA, FOREIGN_OWN_RESIDUALS * residual)
    return mask if int(np.count_nonzero(mask)) >= FOREIGN_BLOCKS else None


def _chain(received: Luma, own: Luma) -> tuple[float, float, float]:
    """Gain and offset of the way here, from the better half of the blocks, and how far that half is off."""
    r, o = received, own
    gain = offset = 0.0
    off = received
    for _ in range(2):
        spread = float(o.var())
        gain = float(((o - o.mean()) * (r - r.mean())).mean()) / spread if spread > 30 else 1.0
        gain = min(max(gain, GAIN[0]), GAIN[1])
        offset = float(r.mean() - gain * o.mean())
        off = np.abs(received - gain * own - offset)
        better = off <= np.median(off)
        r, o = received[better], own[better]
    return gain, offset, float(np.median(off))
