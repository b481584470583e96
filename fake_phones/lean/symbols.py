"""The symbols of a strip: what the bits of each chunk of macroblocks depend on, a 32-bit word for each.

All of a stamp is linear over GF(2), its checks and parity too. So the symbols of a stamp are the exclusive or
of those of its session, its frame number and its time; the latter two are made once for all sessions.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from fake_phones.stamp import Stamp, Strip
from fake_phones.stamp.layout import STAMP_BYTES, encoded, whitened

CHUNK_CELLS = 4  # coded together, whole macroblocks for every cell size
WORD_OCTETS = 4
LEFT_AT, NO_LEFT_AT = 16, 20
"""From the lowest bit on: four cells of each cell row that the macroblocks touch, the upper row first; the
right cell of each row in the chunk before; whether there is no chunk before."""
MOMENTS_KEPT = 4096


class Symbols:
    """Of strips of one shape. The words of all rows of macroblocks make one number, the first the highest."""

    def __init__(self, strip: Strip, touched: Sequence[Sequence[int]]) -> None:
        """`touched`: the cell rows in each row of macroblocks."""
        self._unused = STAMP_BYTES * 8 - strip.cells
        chunks = strip.columns // CHUNK_CELLS
        self.octets = len(touched) * chunks * WORD_OCTETS
        self._of_cell = [0] * strip.cells
        self._first_words = 0
        words = ((rows, chunk) for rows in touched for chunk in range(chunks))
        for k, (rows, chunk) in enumerate(words, 1):
            word_at = 8 * (self.octets - k * WORD_OCTETS)
            for place, cell in _word([row * strip.columns for row in rows], chunk):
                self._of_cell[cell] |= 1 << word_at + place
            self._first_words |= (chunk == 0) << word_at + NO_LEFT_AT
        self.of_frame = lru_cache(MOMENTS_KEPT)(self._of_frame)
        self.of_time = lru_cache(MOMENTS_KEPT)(self._of_time)

    def of_cells(self, cells: int) -> int:
        """The first cell of the first row is the highest bit."""
        return self._first_words | self._linear(cells)

    def of_session(self, session: int, camera: int) -> int:
        """Of its stamp for frame 0 and time 0."""
        said = whitened(encoded(Stamp(session, camera, 0, 0)))
        return self.of_cells(int.from_bytes(said, "big") >> self._unused)

    def _of_frame(self, frame: int) -> int:
        """What this frame number changes."""
        return self._change(Stamp(0, 0, frame, 0))

    def _of_time(self, time_ms: int) -> int:
        """What this time changes."""
        return self._change(Stamp(0, 0, 0, time_ms))

    def _change(self, stamp: Stamp) -> int:
        changed = int.from_bytes(encoded(stamp), "big") ^ _NOTHING
        return self._linear(changed >> self._unused)

    def _linear(self, cells: int) -> int:
        words, last = 0, len(self._of_cell) - 1
        while cells:
            k = cells.bit_length() - 1
            words ^= self._of_cell[last - k]
            cells ^= 1 << k
        return words


_NOTHING = int.from_bytes(encoded(Stamp(0, 0, 0, 0)), "big")


def _word(rows: Sequence[int], chunk: int) -> Iterator[tuple[int, int]]:
    """The bits of a chunk's word, and the cell that each stands for; `rows` says where each row begins."""
    column = CHUNK_CELLS * chunk
    for k, row in enumerate(rows):
        for c in range(CHUNK_CELLS):
            yield CHUNK_CELLS * k + c, row + column + c
        if column:
            yield LEFT_AT + k, row + column - 1
