"""What a stamp says, as bytes, and where its cells are in a frame. One layout for writer and reader.

Bytes of the 40 that are drawn, before whitening:

    static   0-8   version << 4 | camera, session       9-12  CRC-32      13-20  8 parity bytes, RS(21, 13)
    dynamic 21-26  frame number, capture time           27-28 CRC-16      29-32  4 parity bytes, RS(12, 8)
    pad     33-39  zeros

The static block is the same in all frames of a session and camera: a video codec predicts it for nothing.
The CRC of the dynamic block covers the session too, so that it never pairs with another static block.
"""

import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np
import reedsolo
from numpy.typing import NDArray

VERSION = 1
STATIC_BYTES, STATIC_DATA = 21, 13
DYNAMIC_BYTES, DYNAMIC_DATA = 12, 8
USED_BYTES = STATIC_BYTES + DYNAMIC_BYTES
STAMP_BYTES = 40
MODULUS = 1 << 24  # frame numbers and milliseconds

# As many light as dark cells, whatever is said.
WHITENING = bytes.fromhex("4311b4f6c816e1f514688c20b4a2a35fcc466687e3d6f504b73aae35866452f2720e58d36918df92")

STRIP_COLUMNS, STRIP_ROWS = 80, 4
NARROW_CELL_PX = 8  # of widths that 80 cells on the codec's 4 px grid do not divide (portrait)


@dataclass(frozen=True, slots=True)
class Stamp:
    """One frame's identity. Raises ValueError where a number does not fit its field."""

    session: int
    """Random, 64 bit."""
    camera: int
    """0 back, 1 front; the field holds up to 15."""
    frame: int
    """Frame number, modulo 2**24 (155 hours at 30 fps)."""
    time_ms: int
    """Time of capture, CLOCK_MONOTONIC in ms, modulo 2**24 (4.66 hours); `captured_at` resolves it."""

    def __post_init__(self) -> None:
        limits = {"session": 1 << 64, "camera": 16, "frame": MODULUS, "time_ms": MODULUS}
        for name, limit in limits.items():
            if not 0 <= getattr(self, name) < limit:
                raise ValueError(f"Stamp.{name} = {getattr(self, name)}: must be from 0 to {limit - 1}")


def captured_at(time_ms: int, now_s: float) -> float:
    """The capture time in CLOCK_MONOTONIC seconds, from a stamp's 24 bits and the time now.

    It is the moment nearest to now: right for frames up to 2.3 hours old (or early).
    """
    now_ms = int(now_s * 1000)
    ago_ms = (now_ms - time_ms + MODULUS // 2) % MODULUS - MODULUS // 2
    return (now_ms - ago_ms) / 1000


@dataclass(frozen=True, slots=True)
class Strip:
    """Where the cells are: `columns` x `rows` over the full width, `height` px at the bottom edge."""

    frame_width: int
    frame_height: int
    columns: int
    rows: int
    height: int

    @property
    def cells(self) -> int:
        return self.columns * self.rows

    @property
    def top(self) -> int:
        return self.frame_height - self.height

    @property
    def share(self) -> float:
        """Of the height of a frame, however it was scaled."""
        return self.height / self.frame_height

    @classmethod
    def of(cls, width: int, height: int) -> Self:
        """The strip of frames of this nominal size.

        80 x 4 cells where they are a multiple of 4 px wide, else cells of 8 px in as many rows as needed.
        Raises ValueError for a size that has no strip.
        """
        if width % (4 * STRIP_COLUMNS) == 0:
            columns, rows, cell_px = STRIP_COLUMNS, STRIP_ROWS, width // STRIP_COLUMNS
        else:
            columns, cell_px = max(1, width // NARROW_CELL_PX), NARROW_CELL_PX
            rows = -(-USED_BYTES * 8 // columns)
        strip = cls(width, height, columns, rows, rows * cell_px)
        if width <= 0 or columns * cell_px != width or strip.cells > STAMP_BYTES * 8:
            raise ValueError(
                f"no stamp for a width of {width} px: "
                "take 320, 640, 960 or 1280, for portrait 240, 360, 480 or 720"
            )
        if height % 2 or height < 2 * strip.height:
            raise ValueError(
                f"no stamp for a height of {height} px at a width of {width}: "
                f"take an even height of at least {2 * strip.height}"
            )
        return strip


class Parity:
    """Reed-Solomon parity by one table look-up per byte: it is linear, so each byte adds (XOR) its share."""

    def __init__(self, data_bytes: int, parity_bytes: int) -> None:
        rs_codec: Any = reedsolo.RSCodec  # untyped
        self.codec = rs_codec(parity_bytes)
        self.parity_bytes = parity_bytes
        self._shares = [
            [self._slow(bytes(k) + bytes([value]) + bytes(data_bytes - k - 1)) for value in range(256)]
            for k in range(data_bytes)
        ]

    def of(self, data: bytes) -> bytes:
        """The parity bytes of a block's data."""
        total = 0
        for shares, byte in zip(self._shares, data, strict=True):
            total ^= shares[byte]
        return total.to_bytes(self.parity_bytes, "big")

    def _slow(self, data: bytes) -> int:
        return int.from_bytes(self.codec.encode(data)[len(data) :], "big")


STATIC_PARITY = Parity(STATIC_DATA, STATIC_BYTES - STATIC_DATA)
DYNAMIC_PARITY = Parity(DYNAMIC_DATA, DYNAMIC_BYTES - DYNAMIC_DATA)


@lru_cache(maxsize=1024)
def static_block(session: int, camera: int) -> bytes:
    """The block that says who films; cached, because a session has thousands of frames."""
    said = bytes([VERSION << 4 | camera]) + session.to_bytes(8, "big")
    data = said + zlib.crc32(said).to_bytes(4, "big")
    return data + STATIC_PARITY.of(data)


def dynamic_data(moment: bytes, said: bytes) -> bytes:
    """Frame number and time with their check, keyed with what the static block says."""
    return moment + (zlib.crc32(moment + said) & 0xFFFF).to_bytes(2, "big")


def encoded(stamp: Stamp) -> bytes:
    """The 40 bytes of a stamp before whitening."""
    static = static_block(stamp.session, stamp.camera)
    moment = stamp.frame.to_bytes(3, "big") + stamp.time_ms.to_bytes(3, "big")
    data = dynamic_data(moment, static[:9])
    return static + data + DYNAMIC_PARITY.of(data) + bytes(STAMP_BYTES - USED_BYTES)


def whitened(block: bytes) -> bytes:
    """XOR with the whitening; the same again takes it away."""
    return (int.from_bytes(block, "big") ^ _WHITENING).to_bytes(STAMP_BYTES, "big")


_WHITENING = int.from_bytes(WHITENING, "big")


def drawn(stamp: Stamp) -> NDArray[np.bool_]:
    """Which of the 320 cells of a stamp are light."""
    return np.unpackbits(np.frombuffer(whitened(encoded(stamp)), np.uint8)).view(np.bool_)


def repaired(block: bytes, parity: Parity) -> tuple[bytes, int] | None:
    """A block's data and how many of its bytes were corrected; None where there are too many."""
    data = block[: -parity.parity_bytes]
    if parity.of(data) == block[-parity.parity_bytes :]:
        return data, 0
    try:
        found, _, corrected = parity.codec.decode(block)
    except reedsolo.ReedSolomonError:
        return None
    return bytes(found), len(corrected)


@lru_cache(maxsize=1024)
def decoded_static(block: bytes) -> tuple[bytes, int] | None:
    """The 9 bytes that say who films, with the number of corrected bytes; None if they say nobody."""
    static = repaired(block, STATIC_PARITY)
    if static is None:
        return None
    said = static[0][:9]
    if said[0] >> 4 != VERSION or zlib.crc32(said).to_bytes(4, "big") != static[0][9:]:
        return None
    return said, static[1]


def decoded(block: bytes) -> tuple[Stamp, int] | None:
    """The stamp that 40 un-whitened bytes say, with the number of corrected bytes; None if they say none."""
    static = decoded_static(block[:STATIC_BYTES])
    if static is None:
        return None
    said = static[0]
    dynamic = repaired(block[STATIC_BYTES:USED_BYTES], DYNAMIC_PARITY)
    if dynamic is None or dynamic_data(dynamic[0][:6], said) != dynamic[0]:
        return None
    number = int.from_bytes
    moment = dynamic[0]
    stamp = Stamp(number(said[1:]), said[0] & 15, number(moment[:3]), number(moment[3:6]))
    return stamp, static[1] + dynamic[1]
