"""A session's own stamp, written as H.264 slices that take the place of a coded picture's bottom rows.

One slice a row of macroblocks, so that nothing above can be predicted from. Every macroblock is Intra 16x16
with DC prediction and DC levels only: at QP 48 a level step is exactly 10 luma values, so cells of 48 and 208
come out exact in every decoder. Measured facts and the derivation: the picture study, section 3.2.
"""

from dataclasses import dataclass
from functools import cache
from struct import Struct
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fake_phones.lean.cavlc import block
from fake_phones.lean.h264 import escaped, se, ue
from fake_phones.lean.symbols import CHUNK_CELLS, LEFT_AT, NO_LEFT_AT, Symbols
from fake_phones.stamp import Stamp, Strip

MB = 16
QP = 48
LUMA_STEP = 10  # of one level, at that QP
DARK, LIGHT = 48, 208
CHUNKS_KEPT = 1 << 16  # cells of 4 px have more patterns than are worth keeping

Luma = NDArray[np.int_]
Lines = tuple[int | None, ...]
"""The strip's cell row in each of the four lines of blocks of a row of macroblocks; None above the strip."""

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
        self._symbols = _symbols(rows)
        self._coders = [_RowCoder(lines, rows.strip) for lines in rows.rows]
        self._session: tuple[int, int] | None = None
        self._of_session = 0

    def units(self, stamp: Stamp, stencil: Stencil) -> list[bytes]:
        """The NAL units that draw this stamp."""
        symbols = self._symbols
        if self._session != (stamp.session, stamp.camera):
            self._session = stamp.session, stamp.camera
            self._of_session = symbols.of_session(stamp.session, stamp.camera)
        moment = symbols.of_frame(stamp.frame) ^ symbols.of_time(stamp.time_ms)
        return self._units(self._of_session ^ moment, stencil)

    def drawn(self, cells: int, stencil: Stencil) -> list[bytes]:
        """The NAL units that draw these cells: row by row, the first is the highest bit, 1 is light."""
        return self._units(self._symbols.of_cells(cells), stencil)

    def _units(self, said: int, stencil: Stencil) -> list[bytes]:
        words = said.to_bytes(self._symbols.octets, "big")
        each = len(words) // len(self._coders)
        return [
            stencil.nal_header
            + escaped(coder.coded(words[k * each : (k + 1) * each], stencil.intra, _octet_each(header)))
            for k, (header, coder) in enumerate(zip(stencil.headers, self._coders, strict=True))
        ]


class _RowCoder:
    """Codes the strip's part in a row of macroblocks, from its symbols. Bits are octets here, 0 and 1."""

    def __init__(self, lines: Lines, strip: Strip) -> None:
        cell_px = strip.height // strip.rows
        self._symbols_of = Struct(f">{strip.columns // CHUNK_CELLS}I").unpack
        self._bits_of = [_table(lines, cell_px, intra).__getitem__ for intra in (False, True)]
        self._words = [b"", b""]  # per slice type, what was coded last
        self._bits = [b"", b""]  # and its bits, with the stop bit

    def coded(self, words: bytes, intra: bool, header: bytes) -> bytes:
        """The slice: its header's bits, the macroblocks' and the stop bit, in whole octets."""
        if words != self._words[intra]:
            self._words[intra] = words
            self._bits[intra] = b"".join([*map(self._bits_of[intra], self._symbols_of(words)), b"\1"])
        return np.packbits(np.frombuffer(header + self._bits[intra], np.uint8)).tobytes()


@cache
def _symbols(rows: StripRows) -> Symbols:
    return Symbols(rows.strip, [_touched(lines) for lines in rows.rows])


def _touched(lines: Lines) -> list[int]:
    """The cell rows in a row of macroblocks."""
    return sorted({row for row in lines if row is not None})


class _Table(dict[int, bytes]):
    """From a chunk's symbol to its bits."""

    def __init__(self, lines: Lines, cell_px: int, intra: bool) -> None:
        super().__init__()
        touched = _touched(lines)
        self._lines = [None if row is None else touched.index(row) for row in lines]
        self._cell_px, self._intra = cell_px, intra

    def __missing__(self, symbol: int) -> bytes:
        if len(self) >= CHUNKS_KEPT:
            self.clear()
        predicted, bits = self._predicted(symbol), ""
        for luma in self._macroblocks(symbol):
            bits += _macroblock(luma, predicted, self._intra)
            predicted = int(luma[:, 3].sum()) // 4
        coded = self[symbol] = _octet_each(bits)
        return coded

    def _predicted(self, symbol: int) -> int:
        """The mean of the neighbour's right column."""
        if symbol >> NO_LEFT_AT & 1:
            return 128
        light = sum(line is not None and symbol >> LEFT_AT + line & 1 for line in self._lines)
        return DARK + (LIGHT - DARK) * light // 4

    def _macroblocks(self, symbol: int) -> list[Luma]:
        """The luma of each macroblock's 4 x 4 blocks."""
        count = CHUNK_CELLS * self._cell_px // MB
        luma = np.full((4, 4 * count), DARK)
        cells = 4 * np.arange(4 * count) // self._cell_px
        for y, line in enumerate(self._lines):
            if line is not None:
                luma[y, symbol >> CHUNK_CELLS * line + cells & 1 == 1] = LIGHT
        return np.hsplit(luma, count)


def _octet_each(bits: str) -> bytes:
    return bits.encode().translate(_BITS)


_BITS = bytes.maketrans(b"01", b"\0\1")


@cache
def _table(lines: Lines, cell_px: int, intra: bool) -> _Table:
    return _Table(lines, cell_px, intra)


def _macroblock(luma: Luma, predicted: int, intra: bool) -> str:
    """Intra16x16, DC prediction, no AC, no chroma (7.3.5); `luma` of its 4 x 4 blocks."""
    steps = _HADAMARD @ ((luma - predicted) // LUMA_STEP) @ _HADAMARD
    levels = (steps // 16).reshape(-1)[_ZIGZAG].tolist()
    kind = ue(3) if intra else ue(0) + ue(8)
    return kind + ue(0) + se(0) + block(levels)
