"""The stamp of a coded picture, read without decoding it: as it was written, or not at all."""

import random
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_phones.lean import coding, h264, payloads
from fake_phones.lean.clip import Clip, CodedPicture
from fake_phones.lean.splice import Splicer, StripRows
from fake_phones.stamp import Stamp, StampReader
from fake_phones.viewing.coded_strip import CodedStrip

A, B = 0x1234_5678_9ABC_DEF0, 0x0FED_CBA9_8765_4321
SIZES = [(320, 240), (640, 360), (480, 640), (960, 540), (1280, 720)]


@cache
def clip(width: int, height: int) -> Clip:
    """Three flat pictures, the first of them a key frame."""
    rows = StripRows.of(width, height)
    film = [np.full((height * 3 // 2, width), 90 + 20 * n, np.uint8) for n in range(3)]
    return Clip.of({500: coding.coded(film, rows, 15, 500, 30, variant=0)}, rows, 15)


def strip(size: tuple[int, int], stamp: Stamp, picture: CodedPicture) -> list[bytes]:
    return Splicer(clip(*size).rows).units(stamp, picture.stencil)


def frame(size: tuple[int, int], stamp: Stamp, n: int) -> list[bytes]:
    """The RTP payloads of a picture with this stamp."""
    picture = clip(*size).rungs[500][n]
    return [*map(bytes, picture.payloads), *payloads.together(strip(size, stamp, picture))]


@pytest.mark.parametrize("size", SIZES)
def test_every_stamp_is_read_as_it_was_written_and_as_a_decoder_shows_it(size: tuple[int, int]) -> None:
    chance, coded = random.Random(5), CodedStrip(*size)
    pictures = clip(*size).rungs[500]
    for n in range(30):
        stamp = Stamp(chance.getrandbits(64), n % 2, chance.getrandbits(24), chance.getrandbits(24))
        reading = coded.read(frame(size, stamp, n % 3))
        assert reading is not None
        assert reading.stamp == stamp
        assert (reading.wrong_cells, reading.margin_q25, reading.corrected_bytes) == (0, 1.0, 0)
    stamps = [Stamp(A, 0, n, 40 * n) for n in range(3)]
    units = zip(pictures, stamps, strict=True)
    shown = coding.decoded([h264.byte_stream([*p.units, *strip(size, s, p)]) for p, s in units])
    for n, stamp in enumerate(stamps):
        seen, told = StampReader(*size).read(shown[n][: size[1]]), coded.read(frame(size, stamp, n))
        assert told is not None
        assert seen.stamp == told.stamp == stamp


def test_rows_of_two_sessions_are_no_stamp_of_either_but_are_looked_at() -> None:
    size, coded = (640, 360), CodedStrip(640, 360)
    picture = clip(*size).rungs[500][0]
    upper = strip(size, Stamp(A, 0, 7, 7), picture)[0]
    lower = strip(size, Stamp(B, 0, 7, 7), picture)[1]
    reading = coded.read([*map(bytes, picture.payloads), *payloads.together([upper, lower])])
    assert reading is not None
    assert reading.stamp is None
    assert reading.cells is not None  # for a closer look


def test_a_strip_that_is_not_whole_is_not_looked_at() -> None:
    size, coded = (640, 360), CodedStrip(640, 360)
    picture = clip(*size).rungs[500][0]
    rows = strip(size, Stamp(A, 0, 7, 7), picture)
    assert coded.read([*map(bytes, picture.payloads), rows[0]]) is None
    assert coded.read([*map(bytes, picture.payloads)]) is None
    assert coded.read(frame(size, Stamp(A, 0, 8, 8), 1)) is not None


def test_without_parameter_sets_nothing_is_read() -> None:
    assert CodedStrip(640, 360).read(frame((640, 360), Stamp(A, 0, 1, 1), 1)) is None


def test_a_film_of_another_kind_has_no_coded_strip() -> None:
    rows = StripRows.of(640, 360)
    noise = np.random.default_rng(1).integers(16, 235, (360 * 3 // 2, 640), np.uint8)
    streams = coding.coded([noise, noise], rows, 15, 3000, 30, variant=0)  # with the encoder's own strip
    coded = CodedStrip(640, 360)
    for stream in streams:
        units = h264.nal_units(stream)
        assert coded.read([part for unit in units for part in payloads.fragments(unit)]) is None


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2), st.data())
def test_damage_is_never_another_stamp(n: int, data: st.DataObject) -> None:
    coded, stamp = CodedStrip(640, 360), Stamp(A, 1, 4711, 12_345)
    coded.read(frame((640, 360), stamp, 0))
    parts = frame((640, 360), stamp, n)
    octets = bytearray(parts[-1])
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    if data.draw(st.booleans()):
        del octets[data.draw(st.integers(1, len(octets))) :]
    reading = coded.read([*parts[:-1], bytes(octets)])
    assert reading is None or reading.stamp in (None, stamp)
    again = coded.read(frame((640, 360), stamp, 0))
    assert again is not None
    assert again.stamp == stamp
