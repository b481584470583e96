"""A picture made small, to be compared with another one: the mean luma of its blocks."""

import cv2
import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 40, 22
SAMPLES = 4  # by this many, each way, in a block: a twentieth of the cost of a true mean

Plane = NDArray[np.uint8]
Thumbnail = NDArray[np.uint8]
"""Of (22, 40): the mean luma of the blocks of a picture above its strip."""


def thumbnail(luma: Plane, strip_share: float) -> Thumbnail:
    """The thumbnail of a luma plane of any size, whose lowest part (0 to 1) is the strip. 20 us."""
    content = luma[: round(luma.shape[0] * (1 - strip_share))]
    samples = cv2.resize(content, (COLUMNS * SAMPLES, ROWS * SAMPLES), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(samples, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), np.uint8)
