"""The little of H.264 that a splice needs: NAL units, Exp-Golomb codes, SPS, PPS, slice headers.

Bits are text ("0" and "1"): what is made here is made once per clip. Section numbers are of ITU-T H.264.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

SLICE, IDR, SEI, SPS, PPS = 1, 5, 6, 7, 8
BASELINE = 66


class Unsupported(ValueError):
    """The stream uses a part of H.264 that this module does not read; the text names it."""


def ue(number: int) -> str:
    """Unsigned Exp-Golomb code (9.1)."""
    code = f"{number + 1:b}"
    return "0" * (len(code) - 1) + code


def se(number: int) -> str:
    """Signed Exp-Golomb code (9.1.1)."""
    return ue(2 * number - 1 if number > 0 else -2 * number)


class Bits:
    """Reads a NAL unit's payload, from its first bit on."""

    def __init__(self, payload: bytes) -> None:
        self._bits = "".join(f"{octet:08b}" for octet in payload)
        self.at = 0

    def u(self, width: int) -> int:
        self.at += width
        return int(self._bits[self.at - width : self.at] or "0", 2)

    def ue(self) -> int:
        zeros = self._bits.index("1", self.at) - self.at
        self.at += zeros
        return self.u(zeros + 1) - 1

    def se(self) -> int:
        number = self.ue()
        return (number + 1) // 2 if number % 2 else -number // 2

    def since(self, start: int) -> str:
        """The bits from `start` to here."""
        return self._bits[start : self.at]


def nal_units(stream: bytes) -> list[bytes]:
    """The NAL units of a byte stream (annex B), without start codes."""
    parts = re.split(rb"\x00\x00\x00?\x01", stream)
    return [part.rstrip(b"\x00") for part in parts if part]


def byte_stream(units: Iterable[bytes]) -> bytes:
    return b"".join(b"\x00\x00\x00\x01" + unit for unit in units)


def kind(unit: bytes) -> int:
    """nal_unit_type (table 7-1)."""
    return unit[0] & 0x1F


def escaped(payload: bytes) -> bytes:
    """With emulation prevention: no 00 00 0x with x < 4 is left (7.4.1)."""
    if b"\x00\x00" not in payload:
        return payload
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", payload)


def unescaped(payload: bytes) -> bytes:
    return payload.replace(b"\x00\x00\x03", b"\x00\x00")


def octets(bits: str) -> bytes:
    """Whole octets, filled up with zeros."""
    count = -(-len(bits) // 8)
    return (int(bits, 2) << 8 * count - len(bits)).to_bytes(count, "big")


@dataclass(frozen=True)
class Parameters:
    """What of a stream's SPS and PPS shapes its slice headers."""

    frame_num_bits: int
    poc_type: int
    poc_lsb_bits: int
    pic_order_present: bool
    weighted: bool
    init_qp: int

    @classmethod
    def read(cls, units: Iterable[bytes]) -> Self:
        """Raises Unsupported, and StopIteration when one is missing."""
        units = list(units)
        sps = next(unit for unit in units if kind(unit) == SPS)
        pps = next(unit for unit in units if kind(unit) == PPS)
        return cls(*_sps(sps), *_pps(pps))


def _sps(unit: bytes) -> tuple[int, int, int]:
    """(bits of frame_num, pic_order_cnt_type, bits of pic_order_cnt_lsb), 7.3.2.1.1."""
    bits = Bits(unescaped(unit[1:]))
    if bits.u(8) != BASELINE:
        raise Unsupported("a profile other than Baseline")
    bits.u(16)  # constraints, level
    bits.ue()
    frame_num_bits = bits.ue() + 4
    poc_type = bits.ue()
    poc_lsb_bits = bits.ue() + 4 if poc_type == 0 else 0
    if poc_type == 1:
        raise Unsupported("pic_order_cnt_type 1")
    bits.ue()  # reference frames
    bits.u(1)
    bits.ue()
    bits.ue()  # size in macroblocks
    if not bits.u(1):
        raise Unsupported("interlaced pictures")
    return frame_num_bits, poc_type, poc_lsb_bits


def _pps(unit: bytes) -> tuple[bool, bool, int]:
    """(pic_order_present, weighted_pred, 26 + pic_init_qp_minus26), 7.3.2.2."""
    bits = Bits(unescaped(unit[1:]))
    bits.ue()
    bits.ue()
    if bits.u(1):
        raise Unsupported("CABAC")
    pic_order_present = bool(bits.u(1))
    if bits.ue():
        raise Unsupported("slice groups")
    bits.ue()
    bits.ue()
    weighted = bool(bits.u(1))
    bits.u(2)
    init_qp = 26 + bits.se()
    bits.se()
    bits.se()
    if not bits.u(1):
        raise Unsupported("a PPS without deblocking_filter_control_present")
    bits.u(1)
    if bits.u(1):
        raise Unsupported("redundant pictures")
    return pic_order_present, weighted, init_qp


@dataclass(frozen=True)
class SliceHeader:
    """A slice's place and the bits that every slice of its picture shares (7.3.3)."""

    first_macroblock: int
    intra: bool
    shared: str
    """From slice_type to dec_ref_pic_marking."""

    @classmethod
    def read(cls, unit: bytes, parameters: Parameters) -> Self:
        """Raises Unsupported."""
        bits = Bits(unescaped(unit[1:80]))
        first = bits.ue()
        start = bits.at
        slice_type = bits.ue() % 5
        if slice_type not in (0, 2):
            raise Unsupported(f"slice type {slice_type}")
        bits.ue()
        bits.u(parameters.frame_num_bits)
        if kind(unit) == IDR:
            bits.ue()  # idr_pic_id
        if parameters.poc_type == 0:
            bits.u(parameters.poc_lsb_bits)
            if parameters.pic_order_present:
                bits.se()
        if slice_type == 0:
            if bits.u(1):
                bits.ue()  # num_ref_idx_l0_active_minus1
            if bits.u(1):
                raise Unsupported("reordered references")
            if parameters.weighted:
                raise Unsupported("weighted prediction")
        if unit[0] & 0x60:  # a reference picture: dec_ref_pic_marking
            bits.u(2 if kind(unit) == IDR else 1)
        return cls(first, slice_type == 2, bits.since(start))

    def written(self, first_macroblock: int, qp: int, parameters: Parameters) -> str:
        """The header of another slice of this picture, with that QP and without deblocking."""
        return ue(first_macroblock) + self.shared + se(qp - parameters.init_qp) + ue(1)
