"""Bits of H.264: codes, NAL units, payloads; a strip that any decoder draws exactly, and only a strip."""

import re
import secrets
from collections.abc import Iterator

import numpy as np
import pytest
from aiortc.codecs.h264 import h264_depayload

from fake_phones.lean import cavlc, coding, h264, payloads
from fake_phones.lean.clip import Clip
from fake_phones.lean.splice import DARK, LIGHT, Splicer, StripRows
from fake_phones.lean.verify import NotIsolated, verify
from fake_phones.stamp import Stamp, StampReader

KBIT_S = 3000  # noise asks for much
SIZES = [(320, 240), (640, 360), (480, 640), (960, 540), (1280, 720)]


def film(width: int, height: int, pictures: int) -> list[np.ndarray]:
    """Coloured noise that moves down, into the strip: what an encoder likes to predict from there."""
    noise = np.random.default_rng(5).integers(16, 235, (height * 3 // 2 // 8 + 1, width // 8 + 1), np.uint8)
    still = np.kron(noise, np.ones((8, 8), np.uint8))[: height * 3 // 2, :width]
    return [np.ascontiguousarray(np.roll(still, 3 * n, axis=0)) for n in range(pictures)]


def coded(width: int, height: int, pictures: int = 6) -> tuple[Clip, dict[int, list[bytes]]]:
    rows = StripRows.of(width, height)
    streams = {KBIT_S: coding.coded(film(width, height, pictures), rows, 15, KBIT_S, 3, variant=0)}
    return Clip.of(streams, rows, 15), streams


def decoded_under(clip: Clip, units: Iterator[list[bytes]]) -> list[np.ndarray]:
    pictures = clip.rungs[KBIT_S]
    streams = [h264.byte_stream([*p.units, *u]) for p, u in zip(pictures, units, strict=True)]
    return coding.decoded(streams)


@pytest.mark.parametrize("number", [0, 1, 2, 7, 8, 254, 65535])
def test_exp_golomb_codes_read_back(number: int) -> None:
    said = h264.ue(number) + h264.se(number) + h264.se(-number)
    bits = h264.Bits(h264.octets(said))
    assert (bits.ue(), bits.se(), bits.se()) == (number, number, -number)
    assert bits.since(0) == said


def test_emulation_prevention_is_undone_and_leaves_no_start_code() -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        payload = rng.integers(0, 5, 40, np.uint8).tobytes() + b"\x80"
        escaped = h264.escaped(payload)
        assert not re.search(rb"\x00\x00[\x00-\x02]", escaped)
        assert h264.unescaped(escaped) == payload


def test_nal_units_come_out_of_a_byte_stream_as_they_went_in() -> None:
    units = [b"\x67abc", b"\x68d", b"\x65" + bytes(range(1, 200))]
    assert h264.nal_units(h264.byte_stream(units)) == units


@pytest.mark.parametrize("size", [2, 500, 1300, 1301, 2598, 2599, 9000])
def test_fragments_are_of_equal_size_and_make_the_unit_again(size: int) -> None:
    unit = b"\x65" + secrets.token_bytes(size - 1)
    parts = payloads.fragments(unit)
    assert max(map(len, parts)) <= payloads.PAYLOAD_MOST
    assert [len(part) for part in parts] == sorted(map(len, parts), reverse=True)
    assert len(parts[0]) - len(parts[-1]) <= 1
    assert b"".join(map(h264_depayload, parts)) == h264.byte_stream([unit])


def test_small_units_go_together_as_far_as_there_is_room() -> None:
    units = [bytes([0x41]) + secrets.token_bytes(n) for n in (300, 400, 500, 100, 1100)]
    parts = payloads.together(units)
    assert [part[0] & 0x1F for part in parts] == [payloads.STAP_A, payloads.STAP_A]
    assert max(map(len, parts)) <= payloads.PAYLOAD_MOST
    assert b"".join(map(h264_depayload, parts)) == h264.byte_stream(units)
    assert payloads.together(units[:1]) == units[:1]


def test_no_code_of_a_block_begins_another() -> None:
    """Complete prefix codes: a digit wrong in a table would break this, or the decoding below."""
    for codes in (*cavlc.TOTAL_ZEROS, *cavlc.RUN_BEFORE[:6]):
        assert sum(2.0 ** -len(code) for code in codes) in (1.0, 1 - 2.0**-9)  # one has a word to spare
    tokens = {cavlc.block([1] * n + [0] * (16 - n)) for n in range(17)}
    assert len(tokens) == 17


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_cell_is_decoded_as_it_was_written_and_nothing_else_changes(width: int, height: int) -> None:
    clip, streams = coded(width, height)
    verify(clip, streams)
    strip = clip.rows.strip
    for _ in range(3):
        splicer, cells = Splicer(clip.rows), [secrets.randbits(strip.cells) for _ in range(clip.length)]
        pictures = clip.rungs[KBIT_S]
        drawn = (splicer.drawn(c, p.stencil) for c, p in zip(cells, pictures, strict=True))
        for luma, said in zip(decoded_under(clip, drawn), cells, strict=True):
            bits = np.array([int(bit) for bit in f"{said:0{strip.cells}b}"]).reshape(strip.rows, -1)
            cell_px = strip.height // strip.rows
            expected = np.where(bits, LIGHT, DARK).repeat(cell_px, 0).repeat(cell_px, 1)
            assert np.array_equal(luma[strip.top : height], expected)


@pytest.mark.parametrize(("width", "height"), SIZES[:3])
def test_a_spliced_stamp_is_read_without_a_wrong_cell(width: int, height: int) -> None:
    clip, _ = coded(width, height)
    reader, splicer = StampReader(width, height), Splicer(clip.rows)
    stamps = [Stamp(secrets.randbits(64), 1, n, secrets.randbits(24)) for n in range(clip.length)]
    pictures = clip.rungs[KBIT_S]
    units = (splicer.units(s, p.stencil) for s, p in zip(stamps, pictures, strict=True))
    for luma, stamp in zip(decoded_under(clip, units), stamps, strict=True):
        reading = reader.read(luma[:height])
        assert (reading.stamp, reading.wrong_cells, reading.corrected_bytes) == (stamp, 0, 0)
        assert reading.margin_q25 == 1


def test_a_strip_that_shines_through_is_found() -> None:
    """The base of another clip, as if its content had been predicted from the strip."""
    clip, streams = coded(320, 240)
    other = film(320, 240, 6)
    for picture in other[2:]:
        picture[40:60, 100:140] += 9
    leaking = {KBIT_S: coding.coded(other, clip.rows, 15, KBIT_S, 3, variant=0)}
    with pytest.raises(NotIsolated, match="picture 2"):
        verify(clip, {KBIT_S: [*streams[KBIT_S][:2], *leaking[KBIT_S][2:]]})


def test_a_size_whose_strip_is_no_whole_chunks_is_refused_with_the_sizes_there_are() -> None:
    with pytest.raises(ValueError, match="take 320, 480, 640, 960 or 1280"):
        StripRows.of(360, 640)
