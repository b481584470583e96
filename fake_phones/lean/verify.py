"""A clip is used only after it was shown that no stamp changes anything above the strip."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from fake_phones.lean.clip import Clip, CodedPicture
from fake_phones.lean.coding import Picture, decoded, planes
from fake_phones.lean.h264 import byte_stream
from fake_phones.lean.splice import DARK, LIGHT, MB, Splicer, StripRows
from fake_phones.stamp import Strip
from fake_phones.thumbnail import Thumbnail, thumbnail

SMOOTHED_PX = 4  # as far as a deblocking filter reaches


class NotIsolated(Exception):
    """What is above the strip depends on the strip; the text says in which rung and picture."""


def verify(clip: Clip, streams: Mapping[int, Sequence[bytes]]) -> dict[int, list[Thumbnail]]:
    """Decode the clip under four strips: dark, light and two mixed ones, and as it was coded.

    Above the strip the four must be equal, and equal to what was coded but for the lowest guard rows, which
    the encoder smoothed towards its dummy. Dark and light found every fault that random ones found.
    Returns what is above it, picture by picture of each rung. Raises NotIsolated.
    """
    strip, seen = clip.rows.strip, {}
    above = strip.frame_height - len(clip.rows.rows) * MB  # its macroblocks may begin above the strip
    for kbit_s, pictures in clip.rungs.items():
        reference, shown = decoded(streams[kbit_s]), above - SMOOTHED_PX
        for cells in _strips(strip.cells):
            spliced = decoded([bytes(stream) for stream in _under(cells, clip.rows, pictures)])
            if len(spliced) != len(pictures):
                raise NotIsolated(f"{kbit_s} kbit/s: {len(spliced)} of {len(pictures)} pictures were decoded")
            for n, (one, other) in enumerate(zip(reference, spliced, strict=True)):
                _compare(f"{kbit_s} kbit/s, picture {n}", one, other, strip, shown)
                _check_cells(f"{kbit_s} kbit/s, picture {n}", other, strip, cells)
            reference, shown = spliced, above
        seen[kbit_s] = [thumbnail(picture[: strip.frame_height], strip.share) for picture in reference]
    return seen


def _strips(cells: int) -> tuple[int, ...]:
    every = (1 << cells) - 1
    mixed = np.random.default_rng(113).integers(0, 2, (2, cells))
    return 0, every, *(int("".join(map(str, row)), 2) for row in mixed)


def _under(cells: int, rows: StripRows, pictures: Sequence[CodedPicture]) -> Iterator[bytes]:
    splicer = Splicer(rows)
    for picture in pictures:
        yield byte_stream([*picture.units, *splicer.drawn(cells, picture.stencil)])


def _compare(where: str, one: Picture, other: Picture, strip: Strip, shown: int) -> None:
    width, height = strip.frame_width, strip.frame_height
    for a, b in zip(planes(one, width, height), planes(other, width, height), strict=True):
        rows = shown * a.shape[0] // height
        if not np.array_equal(a[:rows], b[:rows]):
            raise NotIsolated(f"{where}: the content changes with the stamp")


def _check_cells(where: str, picture: Picture, strip: Strip, cells: int) -> None:
    cell_px = strip.height // strip.rows
    said = np.array([bit == "1" for bit in f"{cells:0{strip.cells}b}"]).reshape(strip.rows, strip.columns)
    luma = np.where(said, LIGHT, DARK).repeat(cell_px, 0).repeat(cell_px, 1)
    if not np.array_equal(picture[strip.top : strip.frame_height], luma):
        raise NotIsolated(f"{where}: cells are not decoded as they were written")
