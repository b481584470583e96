"""The stamp of a lean phone's picture, read out of the coded slices of its strip: no picture is decoded."""

import re
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from fake_phones.lean.h264 import IDR, PPS, SLICE, SPS, Parameters, Unsupported, unescaped
from fake_phones.lean.splice import DARK, LIGHT, MB, StripRows
from fake_phones.stamp import Reading, Stamp, StampReader
from fake_phones.stamp.layout import STAMP_BYTES, USED_BYTES, decoded, drawn, whitened
from fake_phones.viewing.macroblocks import QP, NotPlain, macroblocks

STAP_A = 24
BLOCK_PX = 4

Places = NDArray[np.intp]
Blocks = NDArray[np.uint8]
Sampled = Callable[[bytes], Iterable[int]]
_LIGHT = bytes({DARK: 48, LIGHT: 49}.get(luma, 63) for luma in range(256))  # 0, 1 and ?
# Exp-Golomb codes, as many as fit a 16-bit number (9.1)
_UE = f"(?:1|{'|'.join('0' * k + '1' + '.' * k for k in range(1, 16))})"


class CodedStrip:
    """Reads the frames of one stream, each from its RTP payloads (RFC 6184). For frames of this nominal size.

    Raises ValueError for a size that no lean phone has.
    """

    def __init__(self, width: int, height: int) -> None:
        rows = StripRows.of(width, height)
        self._reader = StampReader(width, height)
        self._columns = rows.columns
        self._places = {first: k for k, first in enumerate(rows.first_macroblocks)}
        self._cells = rows.strip.cells
        self._cell_of = _cell_of(rows)
        self._samples = _samples(self._cell_of, len(rows.rows), self._cells)
        self._unused = STAMP_BYTES * 8 - self._cells
        filling = int.from_bytes(np.packbits(drawn(Stamp(0, 0, 0, 0)))) >> self._unused
        self._filling = self._block(filling)[USED_BYTES:]  # what follows in every stamp
        self._sets: dict[int, bytes] = {}
        self._headers: dict[int, tuple[re.Pattern[str], int]] = {}
        # of each row: its bits in the last frame, and what they mean; mostly the same again
        self._said = [""] * len(rows.rows)
        self._blocks = [b""] * len(rows.rows)
        self._light = [b""] * len(rows.rows)  # "1" and "0" for its cells; anything else: it is not as drawn

    def read(self, payloads: Iterable[bytes]) -> Reading | None:
        """What the strip says; None when this frame has none that can be read without decoding."""
        rows = 0
        try:
            for unit in _whole_units(payloads):
                kind = unit[0] & 31
                if kind in (SLICE, IDR):
                    rows |= self._slice(unit)
                elif kind in (SPS, PPS) and self._sets.get(kind) != unit:
                    self._sets[kind] = unit
                    self._headers.clear()
        except (NotPlain, Unsupported, ValueError, IndexError, StopIteration):  # a film of another kind
            return None
        return self._reading() if rows == (1 << len(self._said)) - 1 else None

    def _slice(self, unit: bytes) -> int:
        """Take a row of the strip; which, as a bit. A slice above the strip is none."""
        if unit[1] & 0x80:
            return 0  # it begins at the first macroblock
        payload = unescaped(unit[1:])
        bits = f"{int.from_bytes(payload):0{8 * len(payload)}b}"
        pattern, init_qp = self._headers.get(unit[0]) or self._header(unit[0])
        header = pattern.match(bits)
        row = None if header is None else self._places.get(int(header["first"], 2) - 1)
        if header is None or row is None or init_qp + _signed(header["qp"]) != QP:
            return 0
        intra = header["intra"] is not None
        said = bits[header.end() :].rstrip("0")
        if said != self._said[row]:
            blocks = macroblocks(intra=intra).row(said, self._columns)
            self._said[row], self._blocks[row] = said, blocks
            told = blocks.translate(_LIGHT)
            self._light[row] = b"?" if b"?" in told else bytes(self._samples[row](told))
        return 1 << row

    def _header(self, nal_header: int) -> tuple[re.Pattern[str], int]:
        """What a slice header of this stream looks like (7.3.3), and the QP that it adds to."""
        parameters = Parameters.read(self._sets.values())
        found = re.compile(_slice_header(parameters, nal_header)), parameters.init_qp
        self._headers[nal_header] = found
        return found

    def _reading(self) -> Reading:
        light = b"".join(self._light)
        if b"?" not in light:
            block = self._block(int(light, 2))
            found = decoded(block)
            if found and not found[1] and block.endswith(self._filling):
                return Reading(found[0], 0, 1.0, 0)  # as it was drawn, to the last bit
        return self._reader.of_cells(self._means(np.frombuffer(b"".join(self._blocks), np.uint8)))

    def _block(self, light: int) -> bytes:
        return whitened((light << self._unused).to_bytes(STAMP_BYTES))

    def _means(self, blocks: Blocks) -> NDArray[np.float32]:
        """One grey value a cell."""
        sums = np.bincount(self._cell_of, blocks, self._cells + 1)[: self._cells]
        counts = np.bincount(self._cell_of, None, self._cells + 1)[: self._cells]
        return np.asarray(sums / counts, np.float32)


def _whole_units(payloads: Iterable[bytes]) -> Iterator[bytes]:
    """The NAL units that are no fragments."""
    for payload in payloads:
        kind = payload[0] & 31
        if kind < STAP_A:
            yield payload
        elif kind == STAP_A:
            at = 1
            while at + 2 < len(payload):
                end = at + 2 + int.from_bytes(payload[at : at + 2])
                yield payload[at + 2 : end]
                at = end


def _cell_of(rows: StripRows) -> Places:
    """The cell of each 4 x 4 block, in the order of the macroblocks; above the strip: one more."""
    cell_px = rows.strip.height // rows.strip.rows
    across = MB // BLOCK_PX
    order = (
        (lines[y], (column * across + x) * BLOCK_PX // cell_px)
        for lines in rows.rows
        for column in range(rows.columns)
        for y in range(across)
        for x in range(across)
    )
    above = rows.strip.cells
    return np.array(
        [above if row is None else row * rows.strip.columns + column for row, column in order], np.intp
    )


def _samples(cell_of: Places, rows: int, cells: int) -> list[Sampled]:
    """For each row of macroblocks: takes one block of each cell that begins in it, in the cells' order."""
    first = np.unique(cell_of, return_index=True)[1][:cells]
    row, place = np.divmod(first, len(cell_of) // rows)
    return [itemgetter(*place[row == k].tolist()) for k in range(rows)]


def _slice_header(parameters: Parameters, nal_header: int) -> str:
    """A regular expression: `first` macroblock, `intra` or not, `qp`, no deblocking. Raises Unsupported."""
    if parameters.weighted:
        raise Unsupported("weighted prediction")
    intra, is_reference = nal_header & 31 == IDR, nal_header & 0x60
    order = "" if parameters.poc_type else f".{{{parameters.poc_lsb_bits}}}"
    if order and parameters.pic_order_present:
        order += _UE
    marking = "" if not is_reference else ".." if intra else "0"
    return (
        rf"(?P<first>{_UE})(?:(?P<intra>011|0001000)|1|00110){_UE}.{{{parameters.frame_num_bits}}}"
        rf"{_UE if intra else ''}{order}(?(intra)|(?:0|1{_UE})0){marking}(?P<qp>{_UE})010"
    )


def _signed(code: str) -> int:
    """se(v), 9.1.1."""
    number = int(code, 2) - 1
    return (number + 1) // 2 if number % 2 else -number // 2
