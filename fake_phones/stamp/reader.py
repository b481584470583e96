"""Reading the stamp out of a received frame, and judging whether anything else shows through."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from fake_phones.stamp.layout import STAMP_BYTES, Stamp, Strip, decoded, drawn, whitened

GROUP_CELLS_AT_LEAST = 8  # a stamp has many light and many dark cells
CONTRAST_AT_LEAST = 20  # luma between their means: half of what a starved codec leaves of 96
TINY_CELL_PX = 2.5  # below this only the centre of a cell is its own
# Of 3 600 clean frames none came near (2 cells; 0.864). A cut of 2 % of another caller's width has 3 wrong
# cells, a blend of 20 % has a q25 of 0.76.
SUSPICIOUS_CELLS = 3
SUSPICIOUS_Q25 = 0.80

Plane = NDArray[np.uint8]
Soft = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a frame's strip says. Without a stamp the other figures say nothing."""

    stamp: Stamp | None
    """None: unread. That is unknown, not stray: loss and a covered strip look the same."""
    wrong_cells: int
    """Cells on the other side of the threshold than the stamp that was read would draw them."""
    margin_q25: float
    """25th percentile of the cells' distance from the threshold; 1 is half the distance of light and dark."""
    corrected_bytes: int
    """Bytes that Reed-Solomon repaired. Neither enough nor quiet as an alarm: a blend needs none."""
    cells: Soft | None = field(default=None, compare=False, repr=False)
    """One grey value a cell, for a closer look; None where no light and dark cells were told apart."""

    @property
    def suspicious(self) -> bool:
        """Another picture is cut or blended into this one.

        Means something only without known loss, and where received cells are at least 2 px.
        """
        return self.stamp is not None and (
            self.wrong_cells >= SUSPICIOUS_CELLS or self.margin_q25 < SUSPICIOUS_Q25
        )


UNREAD = Reading(None, 0, 0.0, 0)


class StampReader:
    """Reads frames that were stamped at the nominal size, however they were rescaled since.

    Raises ValueError for a nominal size that has no strip.
    """

    def __init__(self, width: int, height: int) -> None:
        self.strip = Strip.of(width, height)

    def read(self, luma: Plane) -> Reading:
        """Read the strip at the bottom of a decoded luma plane of any size."""
        return self.of_cells(self._soft(luma))

    def of_cells(self, soft: Soft) -> Reading:
        """The same from one grey value a cell."""
        light = soft > soft.mean()
        middle = _threshold(soft, light)
        if middle is None:
            return UNREAD
        block = np.zeros(STAMP_BYTES * 8, np.bool_)
        block[: soft.size] = soft > middle
        found = decoded(whitened(np.packbits(block).tobytes()))
        if found is None:
            return Reading(None, 0, 0.0, 0, soft)
        stamp, corrected = found
        wrong_cells, margin_q25 = _margins(soft, drawn(stamp)[: soft.size])
        return Reading(stamp, wrong_cells, margin_q25, corrected, soft)

    def _soft(self, luma: Plane) -> Soft:
        """One grey value a cell, from 3 x 3 samples: the centre counts twice, the four beside it once."""
        strip = self.strip
        height, width = luma.shape
        columns, rows = 3 * strip.columns, 3 * strip.rows
        step_x, step_y = width / columns, strip.height * height / strip.frame_height / rows
        top = strip.top * height / strip.frame_height
        place = np.array([[step_x, 0, step_x / 2 - 0.5], [0, step_y, top + step_y / 2 - 0.5]], np.float32)
        q = cv2.warpAffine(
            luma,
            place,
            (columns, rows),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        soft = q[1::3, 1::3].astype(np.float32)
        if width / strip.columns >= TINY_CELL_PX:
            soft *= 2
            for beside in (q[1::3, ::3], q[1::3, 2::3], q[::3, 1::3], q[2::3, 1::3]):
                soft += beside
            soft /= 6
        return soft.reshape(-1)


def _threshold(soft: Soft, light: NDArray[np.bool_]) -> float | None:
    """The middle between the means of two groups of cells; None if they are no light and dark cells."""
    lights = int(np.count_nonzero(light))
    if not GROUP_CELLS_AT_LEAST <= lights <= soft.size - GROUP_CELLS_AT_LEAST:
        return None
    total = float(soft.sum())
    light_sum = float(soft @ light.astype(np.float32))
    light_mean, dark_mean = light_sum / lights, (total - light_sum) / (soft.size - lights)
    return (light_mean + dark_mean) / 2 if light_mean - dark_mean >= CONTRAST_AT_LEAST else None


def _margins(soft: Soft, bits: NDArray[np.bool_]) -> tuple[int, float]:
    """How many cells are wrong, and the 25th percentile of the margins."""
    light, dark = float(soft[bits].mean()), float(soft[~bits].mean())
    sign = bits.astype(np.float32) * 2 - 1
    margins = (soft - (light + dark) / 2) * sign / max((light - dark) / 2, 1e-3)
    quarter = soft.size // 4
    return int(np.count_nonzero(margins < 0)), float(np.partition(margins, quarter)[quarter])
