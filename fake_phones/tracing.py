"""Whose picture do the foreign blocks of a frame show? Looked for in what the others filmed lately."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from fake_phones.board import Pictured
from fake_phones.content import Mask
from fake_phones.stamp.beneath import Source
from fake_phones.thumbnail import COLUMNS, ROWS, Plane, Thumbnail, thumbnail

OFF_AT_MOST = 7.0  # mean luma that the right picture is off by; a wrong one is off by 15 and more
OFF_BY_OTHERS = 1.6  # times as much every other session's picture is off by
BLOCKS_AT_LEAST = 12  # fewer are alike by chance
SHORTLIST = 8
STEPS = (0.5, 0.25)  # blocks, by which the edges of an inset are looked for

Pictures = NDArray[np.uint8]
Off = NDArray[np.float32]


class Box(NamedTuple):
    """A part of a thumbnail; edges in blocks."""

    top: float
    left: float
    bottom: float
    right: float


def source_of(luma: Plane, strip_share: float, mask: Mask, others: Sequence[Pictured]) -> Source | None:
    """Whose picture the foreign blocks show: in its place, or all of it scaled down into their frame.

    None when nobody's is alike, or the pictures of two sessions are. 5 to 30 ms, by the number of others.
    """
    box = _around(mask)
    if not others or (box.bottom - box.top) * (box.right - box.left) < BLOCKS_AT_LEAST:
        return None
    pictures = np.stack([other.thumbnail for other in others])
    received = thumbnail(luma, strip_share)
    return _clearly(_off_in_place(received, box, pictures), others) or _clearly(
        _off_as_inset(luma, received, strip_share, box, pictures), others
    )


def _clearly(off: Off, others: Sequence[Pictured]) -> Source | None:
    """The session whose picture is the least off, if it is little, and every other's is more."""
    best = others[int(off.argmin())]
    second = min(
        (o for o, other in zip(off, others, strict=True) if other.session != best.session), default=255
    )
    if off.min() > OFF_AT_MOST or second < OFF_BY_OTHERS * off.min() + 1:
        return None
    return Source(best.session, best.camera)


def _around(mask: Mask) -> Box:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def _off_in_place(received: Thumbnail, box: Box, pictures: Pictures) -> Off:
    """Mean difference inside the box; its outermost blocks show both pictures."""
    inset = int(min(box.bottom - box.top, box.right - box.left) >= 4)
    rows = slice(int(box.top) + inset * (box.top > 0), int(box.bottom) - inset * (box.bottom < ROWS))
    columns = slice(int(box.left) + inset * (box.left > 0), int(box.right) - inset * (box.right < COLUMNS))
    part = received[rows, columns].astype(np.int16)
    off: Off = np.abs(pictures[:, rows, columns].astype(np.int16) - part).mean((1, 2), dtype=np.float32)
    return off


def _off_as_inset(luma: Plane, received: Thumbnail, strip_share: float, box: Box, pictures: Pictures) -> Off:
    """Mean difference of the few likeliest, the edges being moved to where they fit best."""
    off = np.full(len(pictures), 255, np.float32)
    height, width = int(box.bottom - box.top), int(box.right - box.left)
    if min(height, width) < 3:
        return off
    top, left = int(box.top), int(box.left)
    tall = max(2, round(height * (1 - strip_share)))
    part = received[top : top + tall, left : left + width].astype(np.int16)
    small = np.stack([cv2.resize(p, (width, tall), interpolation=cv2.INTER_AREA) for p in pictures])
    likeliest = np.argsort(np.abs(small.astype(np.int16) - part).mean((1, 2)))[:SHORTLIST]
    some = pictures[likeliest].astype(np.int16)
    best = np.full(len(some), 255, np.float32)
    for share in (strip_share, 0.0):  # an inset of the whole frame, or of its content only
        fit = box
        for step in STEPS:
            tried = [(_off(luma, strip_share, moved, share, some), moved) for moved in _moved(fit, step)]
            least, fit = min(tried, key=lambda one: float(one[0].min()))
            best = np.minimum(best, least)
    off[likeliest] = best
    return off


def _moved(box: Box, step: float) -> Iterator[Box]:
    for moves in product((-step, 0.0, step), repeat=4):
        yield Box(*(edge + move for edge, move in zip(box, moves, strict=True)))


def _off(
    luma: Plane, strip_share: float, box: Box, inset_strip_share: float, pictures: NDArray[np.int16]
) -> Off:
    height, width = luma.shape[0] * (1 - strip_share) / ROWS, luma.shape[1] / COLUMNS
    top, bottom = max(0, round(box.top * height)), round(box.bottom * height)
    left, right = max(0, round(box.left * width)), round(box.right * width)
    seen = thumbnail(luma[top:bottom, left:right], inset_strip_share).astype(np.int16)
    off: Off = np.abs(pictures - seen).mean((1, 2), dtype=np.float32)
    return off
