"""Whose stamp shows through under the one that was read: what is left of the cells without their owner's.

A blend of (1 - s) A + s B leaves s B when A's cells are taken away, and that is a stamp of its own: it names
B by its CRC-32, without any register, from a share of about 15 %. The register (register.py) does from 5 %.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fake_phones.stamp.layout import (
    STAMP_BYTES,
    STATIC_BYTES,
    decoded,
    decoded_static,
    whitened,
)

Cells = NDArray[np.float32]
Bits = NDArray[np.bool_]

STATIC_CELLS = STATIC_BYTES * 8


@dataclass(frozen=True, slots=True)
class Source:
    """Where a picture, or a part of one, came from."""

    session: int
    camera: int
    frame: int | None = None
    """None: the session is known, the frame is not."""


def without(cells: Cells, own: Bits) -> Cells:
    """What is left of the grey values without the mean of the light and of the dark cells of `own`."""
    left = cells.copy()
    for side in (own, ~own):
        left[side] -= left[side].mean() if side.any() else 0
    return left


def source_beneath(left: Cells) -> Source | None:
    """Who the cells that are left name; all of them, or the static ones only.

    A false name has a chance of 2e-17: 4 of 13 + 8 bytes repaired, a CRC-32 and a version. About 1 ms where
    they name nobody.
    """
    bits = np.zeros(STAMP_BYTES * 8, np.bool_)
    bits[: left.size] = left > 0
    block = whitened(np.packbits(bits).tobytes())
    static = decoded_static(block[:STATIC_BYTES])
    if static is None:
        return None
    stamp = decoded(block)
    number = int.from_bytes(static[0][1:])
    return Source(number, static[0][0] & 15, stamp[0].frame if stamp else None)


def cut_columns(wrong: Bits, columns: int) -> tuple[int, int] | None:
    """The columns from the first to the last wrong cell, widened to a near edge; None without wrong cells."""
    hit = np.flatnonzero(wrong) % columns
    if not hit.size:
        return None
    first, last = int(hit.min()), int(hit.max()) + 1
    return (0 if first <= 2 else first), (columns if last >= columns - 2 else last)
