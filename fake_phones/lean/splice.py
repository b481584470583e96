"""A session's own stamp, written as H.264 slices that take the place of a coded picture's bottom rows.

One slice a row of macroblocks, so that nothing above can be predicted from. Every macroblock is Intra 16x16
with DC prediction and DC levels only: at QP 48 a level step is exactly 10 luma values, so cells of 48 and 208
come out exact in every decoder. Measured facts and the derivation: the picture study, section 3.2.
"""

from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fake_phones.lean.cavlc import block
from fake_phones.lean.h264 import escaped, octets, se, ue
from fake_phones.stamp import Stamp, Strip
from fake_phones.stamp.layout import STAMP_BYTES, encoded, whitened

MB = 16
QP = 48
LUMA_STEP = 10  # of one level, at that QP
DARK, LIGHT = 48, 208
CHUNK_CELLS = 4  # coded together, whole macroblocks for every cell size
CHUNKS_KEPT = 1 << 16  # cells of 4 px have more patterns than are worth keeping

Luma = NDArray[np.int_]
Lines = tuple[int | None, ...]
"""The strip's cell row in each of the four lines of blocks of a row of macroblocks; None above the strip."""
_NO_LEFT = 16  # instead of the right cells of the chunk before

_HADAMARD = np.array([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, -1, 1], [1, -1, 1, -1]])
# where in a 4 x 4 block the levels stand, in zig-zag order
_ZIGZAG = np.array([0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15])


@dataclass(frozen=True)
class Stencil:
    """What the stamp slices of one coded picture begin with."""

    nal_header: bytes
    intra: bool
    headers: tuple[str, ...]
    """The bits of each slice's header."""


@dataclass(frozen=True)
class StripRows:
    """A strip in the macroblocks of the coded picture, which ends with it at the bottom edge."""

    strip: Strip
    columns: int
    """Macroblocks a row."""
    first_row: int
    rows: tuple[Lines, ...]
    """Of macroblocks."""

    @classmethod
    def of(cls, width: int, height: int) -> Self:
        """Raises ValueError for a size without a strip, or with a strip of no whole number of chunks."""
        strip = Strip.of(width, height)
        if strip.columns % CHUNK_CELLS:
            raise ValueError(f"no lean phone is {width} px wide: take 320, 480, 640, 960 or 1280")
        cell_px, count = strip.height // strip.rows, -(-strip.height // MB)
        lines = [(y - count * MB + strip.height) // cell_px for y in range(0, count * MB, 4)]
        rows = tuple(tuple(c if c >= 0 else None for c in lines[k : k + 4]) for k in range(0, len(lines), 4))
        return cls(strip, -(-width // MB), -(-height // MB) - count, rows)

    @property
    def coded_size(self) -> tuple[int, int]:
        return self.columns * MB, (self.first_row + len(self.rows)) * MB

    @property
    def first_macroblocks(self) -> list[int]:
        """Where each slice of the strip begins."""
        return [(self.first_row + k) * self.columns for k in range(len(self.rows))]


class Splicer:
    """Codes the strips of one session; what is the same as before is not coded again."""

    def __init__(self, rows: StripRows) -> None:
        strip = rows.strip
        self._unused = STAMP_BYTES * 8 - strip.cells
        cell_px = strip.height // strip.rows
        self._rows = [_RowCoder(lines, cell_px, strip.columns) for lines in rows.rows]
        self._digits = strip.cells // CHUNK_CELLS

    def units(self, stamp: Stamp, stencil: Stencil) -> list[bytes]:
        """The NAL units that draw this stamp."""
        block = int.from_bytes(whitened(encoded(stamp)), "big")
        return self.drawn(block >> self._unused, stencil)

    def drawn(self, cells: int, stencil: Stencil) -> list[bytes]:
        """The NAL units that draw these cells: row by row, the first is the highest bit, 1 is light."""
        digits = b"%0*x" % (self._digits, cells)
        return [
            stencil.nal_header + escaped(coder.coded(digits, stencil.intra, header))
            for header, coder in zip(stencil.headers, self._rows, strict=True)
        ]


class _RowCoder:
    """Codes the strip's part in a row of macroblocks. Cells come as hexadecimal digits, one a chunk and row.

    A chunk and the right cells of the one before it are put into one character, and a table translates
    the characters to bits: so that the loop over the chunks is not in Python.
    """

    def __init__(self, lines: Lines, cell_px: int, columns: int) -> None:
        digits = columns // CHUNK_CELLS
        touched = sorted({row for row in lines if row is not None})
        below = tuple(None if row is None else row - touched[0] for row in lines)
        self._all = slice(touched[0] * digits, (touched[-1] + 1) * digits)
        self._chunks, self._height = digits, len(touched)
        self._tables = {intra: _table(below, cell_px, intra) for intra in (False, True)}
        self._said = {False: b"", True: b""}  # per slice type, and the bits of it
        self._bits = {False: "", True: ""}
        self._tails: dict[tuple[bool, int], bytes] = {}

    def coded(self, digits: bytes, intra: bool, header: str) -> bytes:
        """The slice: its header's bits, the macroblocks' and the stop bit, in whole octets."""
        said = digits[self._all]
        if said != self._said[intra]:
            self._said[intra] = said
            self._bits[intra] = _symbols(said, self._chunks, self._height).translate(self._tables[intra])
            self._tails.clear()
        bits = self._bits[intra]
        fill = -len(header) % 8  # of the header's last octet
        tail = self._tails.get((intra, fill))
        if tail is None:
            tail = self._tails[intra, fill] = octets(bits[fill:] + "1")
        start = header + bits[:fill]
        return int(start, 2).to_bytes(len(start) // 8, "big") + tail


_RIGHT = bytes((pair >> 3 & 2) | pair & 1 for pair in range(256))  # the right cells of two rows' digits


def _symbols(digits: bytes, chunks: int, height: int) -> str:
    """A character for each chunk: its digits, two rows an octet, and the right cells of the one before."""
    symbols = bytearray(4 * chunks)
    right = 0
    for k in range(0, height, 2):
        pairs = _pairs(digits[k * chunks : (k + 2) * chunks], chunks)
        symbols[k // 2 :: 4] = pairs
        right |= int.from_bytes(pairs.translate(_RIGHT), "big") << 2 - k
    symbols[2] = _NO_LEFT
    symbols[6::4] = (right >> 8).to_bytes(chunks - 1, "big")
    return symbols.decode("utf-32-le", "surrogatepass")


def _pairs(digits: bytes, chunks: int) -> bytes:
    """The digits of two rows, or of one above nothing, as octets: a chunk's upper and lower cells."""
    pairs = bytearray(2 * chunks)
    pairs[0::2], pairs[1::2] = digits[:chunks], digits[chunks:] or b"0" * chunks
    return bytes.fromhex(pairs.decode())


class _Table(dict[int, str]):
    """From a chunk's symbol to its bits."""

    def __init__(self, lines: Lines, cell_px: int, intra: bool) -> None:
        super().__init__()
        self._lines, self._cell_px, self._intra = lines, cell_px, intra

    def __missing__(self, symbol: int) -> str:
        if len(self) >= CHUNKS_KEPT:
            self.clear()
        rows = [symbol >> 4 & 15, symbol & 15, symbol >> 12 & 15, symbol >> 8 & 15]
        predicted, bits = self._predicted(symbol >> 16), ""
        for luma in self._macroblocks(rows):
            bits += _macroblock(luma, predicted, self._intra)
            predicted = int(luma[:, 3].sum()) // 4
        self[symbol] = bits
        return bits

    def _predicted(self, right: int) -> int:
        """The mean of the neighbour's right column; `right` has a bit for each row."""
        if right == _NO_LEFT:
            return 128
        light = sum(line is not None and right >> (3 - line) & 1 for line in self._lines)
        return DARK + (LIGHT - DARK) * light // 4

    def _macroblocks(self, rows: list[int]) -> list[Luma]:
        """The luma of each macroblock's 4 x 4 blocks."""
        count = CHUNK_CELLS * self._cell_px // MB
        luma = np.full((4, 4 * count), DARK)
        cells = 4 * np.arange(4 * count) // self._cell_px
        for y, line in enumerate(self._lines):
            if line is not None:
                luma[y, rows[line] >> (CHUNK_CELLS - 1 - cells) & 1 == 1] = LIGHT
        return np.hsplit(luma, count)


@cache
def _table(lines: Lines, cell_px: int, intra: bool) -> _Table:
    return _Table(lines, cell_px, intra)


def _macroblock(luma: Luma, predicted: int, intra: bool) -> str:
    """Intra16x16, DC prediction, no AC, no chroma (7.3.5); `luma` of its 4 x 4 blocks."""
    steps = _HADAMARD @ ((luma - predicted) // LUMA_STEP) @ _HADAMARD
    levels = (steps // 16).reshape(-1)[_ZIGZAG].tolist()
    kind = ue(3) if intra else ue(0) + ue(8)
    return kind + ue(0) + se(0) + block(levels)
