"""The stamp: the published vector, round trips, damage, leaks, and that nothing else reads as one."""

from collections.abc import Iterator
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fake_phones.scenes import NAMES, scene
from fake_phones.stamp import Reading, Stamp, StampReader, StampWriter, Strip, captured_at
from fake_phones.stamp.layout import decoded, encoded, whitened

Plane = NDArray[np.uint8]

VECTOR = Stamp(0x1234567890ABCDEF, 1, 1000, 0xABCDEF)
A = Stamp(0xA0A1A2A3A4A5A6A7, 0, 4321, 777_777)
B = Stamp(0x1B2B3B4B5B6B7B8B, 0, 99, 12_345_678)
SIZES = [(320, 180), (320, 240), (640, 360), (640, 480), (960, 540), (1280, 720)]
PORTRAIT = [(240, 320), (360, 640), (480, 640), (720, 1280)]


def picture(width: int, height: int, seed: int = 1) -> Plane:
    rng = np.random.default_rng(seed)
    return cv2.GaussianBlur(rng.integers(16, 235, (height, width), np.uint8), (0, 0), 2).astype(np.uint8)


def stamped(stamp: Stamp, width: int = 640, height: int = 360, seed: int = 1) -> Plane:
    luma = picture(width, height, seed)
    StampWriter(width, height).draw(luma, stamp)
    return luma


def read(luma: Plane, width: int = 640, height: int = 360) -> Reading:
    return StampReader(width, height).read(luma)


def test_the_published_vector() -> None:
    block = encoded(VECTOR)
    assert block[:33].hex() == (
        "111234567890abcdef" "0af9b0a0" "29ac1bae3e317aa6" "0003e8" "abcdef" "898b" "b1ddcec2"
    )  # fmt: skip
    assert whitened(block).hex() == (
        "520380a0b0864a38fb627590148b0f44627857fd45d6f6ec1cf741bc0dd58f3cb00e58d36918df92"
    )


def test_the_cells_are_the_vectors_bits_at_the_bottom_edge() -> None:
    luma = np.full((360, 640), 99, np.uint8)
    StampWriter(640, 360).draw(luma, VECTOR)
    assert (luma[:328] == 99).all()
    cells = luma[328 + 4 :: 8, 4::8]
    assert set(np.unique(luma[328:])) == {80, 176}
    bits = np.packbits(cells.reshape(-1) == 176).tobytes()
    assert bits == whitened(encoded(VECTOR))
    assert (luma[328:].reshape(4, 8, 80, 8) == cells[:, None, :, None]).all()


@given(st.integers(0, 2**64 - 1), st.integers(0, 15), st.integers(0, 2**24 - 1), st.integers(0, 2**24 - 1))
@settings(max_examples=60, deadline=None)
def test_whatever_is_said_is_read(session: int, camera: int, frame: int, time_ms: int) -> None:
    stamp = Stamp(session, camera, frame, time_ms)
    reading = read(stamped(stamp, 320, 180), 320, 180)
    assert reading == Reading(stamp, 0, 1.0, 0)
    assert not reading.suspicious


@pytest.mark.parametrize(("width", "height"), SIZES + PORTRAIT)
def test_every_size_reads_at_its_own_and_at_other_scales(width: int, height: int) -> None:
    luma = stamped(A, width, height)
    for scale in (1.0, 0.75, 0.5, 0.375, 1.5):
        size = (round(width * scale), round(height * scale))
        received = cv2.resize(luma, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        reading = read(received.astype(np.uint8), width, height)
        assert reading.stamp == A, scale
        assert reading.wrong_cells == 0
        cell_px = scale * width / StampReader(width, height).strip.columns
        assert not reading.suspicious or cell_px < 2, scale


@pytest.mark.parametrize("width", [0, -320, 100, 642, 3000])
def test_a_width_without_a_strip_names_those_that_have_one(width: int) -> None:
    with pytest.raises(ValueError, match=r"take 320, 640, 960 or 1280, for portrait 240, 360, 480 or 720"):
        Strip.of(width, 360)


@pytest.mark.parametrize("height", [361, 62, 0])
def test_a_height_without_room_is_refused(height: int) -> None:
    with pytest.raises(ValueError, match="even height of at least 64"):
        StampReader(640, height)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("session", 2**64),
        ("session", -1),
        ("camera", 16),
        ("frame", 2**24),
        ("time_ms", 2**24),
        ("time_ms", -1),
    ],
)
def test_a_number_that_does_not_fit_is_refused(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=rf"Stamp\.{field} = {value}"):
        Stamp(**{"session": 1, "camera": 0, "frame": 0, "time_ms": 0, field: value})


def test_a_plane_of_another_size_is_refused() -> None:
    writer = StampWriter(640, 360)
    with pytest.raises(ValueError, match="expected"):
        writer.draw(np.zeros((360, 320), np.uint8), A)
    with pytest.raises(ValueError, match="expected"):
        writer.draw_i420(np.zeros((360, 640), np.uint8), A)


@pytest.mark.parametrize(("width", "height"), [(320, 180), (640, 360), (360, 640)])
def test_i420_is_grey_under_the_strip_and_untouched_above(width: int, height: int) -> None:
    before = np.random.default_rng(2).integers(0, 255, (height * 3 // 2, width), np.uint8)
    i420 = before.copy()
    writer = StampWriter(width, height)
    writer.draw_i420(i420, A)
    assert read(i420[:height], width, height).stamp == A
    assert (i420[: writer.strip.top] == before[: writer.strip.top]).all()
    chroma, chroma_before = (p[height:].reshape(2, height // 2, width // 2) for p in (i420, before))
    assert (chroma[:, writer.strip.top // 2 :] == 128).all()
    assert (chroma[:, : writer.strip.top // 2] == chroma_before[:, : writer.strip.top // 2]).all()


def test_only_the_dynamic_cells_change_from_frame_to_frame() -> None:
    one, other = (stamped(Stamp(A.session, 0, frame, 66 * frame)) for frame in (1, 2))
    changed = (one != other)[328:].reshape(4, 8, 80, 8).any((1, 3)).reshape(-1)
    assert changed[168 : 33 * 8].any()
    assert not changed[:168].any()
    assert not changed[33 * 8 :].any()


@pytest.mark.parametrize(
    ("now_s", "captured_s"),
    [
        (100.0, 99.9),
        (16_777.2, 16_777.1),
        (16_777.3, 16_777.1),
        (50_331.7, 50_331.6),
        (1e6, 1e6 - 3600),
        (5.0, 5.2),
    ],
)
def test_the_clock_wraps_and_is_resolved(now_s: float, captured_s: float) -> None:
    time_ms = int(captured_s * 1000) % 2**24
    assert captured_at(time_ms, now_s) == pytest.approx(captured_s, abs=0.0011)


def test_few_wrong_bytes_are_repaired_and_more_are_refused() -> None:
    block = bytearray(encoded(A))
    for damaged, at in (([0, 5, 12, 20], "static"), ([21, 32], "dynamic")):
        hurt = bytearray(block)
        for k in damaged:
            hurt[k] ^= 0x5A
        assert decoded(bytes(hurt)) == (A, len(damaged)), at
    for damaged in ([0, 3, 6, 9, 20], [21, 25, 30]):
        hurt = bytearray(block)
        for k in damaged:
            hurt[k] ^= 0x5A
        assert decoded(bytes(hurt)) is None


def test_one_sessions_frame_never_pairs_with_anothers_identity() -> None:
    mixed = encoded(A)[:21] + encoded(B)[21:]
    assert decoded(mixed) is None


def test_another_version_is_no_stamp() -> None:
    luma = stamped(A)
    assert read(luma).stamp == A
    assert decoded(bytes(40)) is None
    assert decoded(bytes([0x20]) + encoded(A)[1:]) == (A, 1)  # one wrong byte, not version 2


# The study's table 2.4: A shown with a part of B.


@pytest.mark.parametrize(("share", "about"), [(0.02, 3), (0.05, 7), (0.10, 15), (0.20, 31)])
def test_a_cut_is_read_as_the_greater_part_and_is_suspicious(share: float, about: int) -> None:
    leak = stamped(A)
    width = round(share * 640)
    leak[:, :width] = stamped(B, seed=2)[:, :width]
    reading = read(leak)
    assert reading.stamp == A
    assert abs(reading.wrong_cells - about) <= max(3, about // 2)
    assert reading.suspicious == (reading.wrong_cells >= 3)
    assert reading.suspicious or share == 0.02


def test_cuts_of_2_percent_and_more_are_suspicious_nearly_always() -> None:
    rng = np.random.default_rng(4)
    alarms = 0
    for k in range(60):
        ours, theirs = (Stamp(int(rng.integers(2**63)), 0, 100 + k, 5000 * k) for _ in range(2))
        leak = stamped(ours)
        leak[:, -26:] = stamped(theirs)[:, -26:]  # 4 %
        reading = read(leak)
        assert reading.stamp in (ours, None)
        alarms += reading.suspicious
    assert alarms >= 54


@pytest.mark.parametrize(
    ("share", "least", "most"), [(0.05, 0.85, 0.95), (0.1, 0.8, 0.9), (0.2, 0.5, 0.79), (0.4, 0.1, 0.4)]
)
def test_a_blend_has_no_wrong_cell_but_a_low_margin(share: float, least: float, most: float) -> None:
    reading = read(cv2.addWeighted(stamped(A), 1 - share, stamped(B, seed=2), share, 0).astype(np.uint8))
    assert reading.stamp == A
    assert reading.wrong_cells == 0
    assert least <= reading.margin_q25 <= most
    assert reading.suspicious == (share >= 0.2)


def test_half_and_half_is_nobody() -> None:
    half = cv2.addWeighted(stamped(A), 0.5, stamped(B, seed=2), 0.5, 0).astype(np.uint8)
    assert read(half) == Reading(None, 0, 0.0, 0)
    assert not read(half).suspicious


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_picture_is_no_stamp(level: int) -> None:
    assert read(np.full((360, 640), level, np.uint8)).stamp is None


def test_random_cells_are_never_a_stamp() -> None:
    reader = StampReader(320, 180)
    rng = np.random.default_rng(3)
    luma = np.zeros((180, 320), np.uint8)
    for cells in rng.integers(0, 2, (10_000, 4, 80), np.uint8):
        luma[164:] = cv2.resize(80 + 96 * cells, (320, 16), interpolation=cv2.INTER_NEAREST)
        assert reader.read(luma).stamp is None


@pytest.mark.parametrize("name", NAMES)
def test_an_unstamped_scene_is_never_a_stamp(name: str) -> None:
    shot = scene(name, 3, 320, 180)
    reader = StampReader(320, 180)
    for k in range(40):
        for camera in ("back", "front"):
            luma = cv2.cvtColor(shot.frame(camera, k * 0.37), cv2.COLOR_BGR2GRAY)
            assert reader.read(luma.astype(np.uint8)).stamp is None


def test_a_damaged_stamp_is_read_right_or_not_at_all() -> None:
    rng = np.random.default_rng(5)
    luma, reader = stamped(A), StampReader(640, 360)
    outcomes = set()
    for flips in np.repeat(np.arange(1, 40), 8):
        hurt = luma.copy()
        for cell in rng.integers(0, 320, flips):
            row, column = divmod(int(cell), 80)
            block = (slice(328 + 8 * row, 336 + 8 * row), slice(8 * column, 8 * column + 8))
            hurt[block] ^= 80 ^ 176
        stamp = reader.read(hurt).stamp
        assert stamp in (A, None)
        outcomes.add(stamp)
    assert outcomes == {A, None}


def through_vp8(pictures: list[Plane], kbit_s: int) -> Iterator[Plane]:
    """The luma planes after VP8 with aiortc's settings at 15 frames a second."""
    height, width = pictures[0].shape[0] * 2 // 3, pictures[0].shape[1]
    encoder = av.CodecContext.create("libvpx", "w")
    decoder = av.CodecContext.create("vp8", "r")
    assert isinstance(encoder, VideoCodecContext)
    assert isinstance(decoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.bit_rate = Fraction(1, 15), kbit_s * 1000
    encoder.gop_size, encoder.qmin, encoder.qmax, encoder.thread_count = 3000, 2, 56, 1
    rate = str(kbit_s * 1000)
    encoder.options = {
        "bufsize": rate, "minrate": rate, "maxrate": rate, "cpu-used": "-6", "deadline": "realtime",
        "lag-in-frames": "0", "noise-sensitivity": "4", "overshoot-pct": "15", "partitions": "0",
        "static-thresh": "1", "undershoot-pct": "100",
    }  # fmt: skip
    for k, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts, frame.time_base = k, Fraction(1, 15)
        for packet in encoder.encode(frame):
            for shown in decoder.decode(packet):
                yield shown.to_ndarray()[:height].astype(np.uint8)


@pytest.mark.parametrize(("camera", "kbit_s"), [("back", 60), ("back", 150), ("front", 60)])
def test_stamps_survive_vp8_on_the_noisiest_scene_without_an_alarm(camera: str, kbit_s: int) -> None:
    shot = scene("night-fall", 3, 320, 240)
    writer, reader = StampWriter(320, 240), StampReader(320, 240)
    pictures = []
    for k in range(40):
        i420 = cv2.cvtColor(
            shot.frame("back" if camera == "back" else "front", k / 15), cv2.COLOR_BGR2YUV_I420
        )
        writer.draw_i420(i420, Stamp(A.session, 0, k, 67 * k))  # type: ignore[arg-type]
        pictures.append(i420)
    readings = [reader.read(luma) for luma in through_vp8(pictures, kbit_s)]  # type: ignore[arg-type]
    read_frames = [r.stamp.frame for r in readings if r.stamp is not None and r.stamp.session == A.session]
    assert len(readings) == 40
    assert len(read_frames) >= 39
    assert read_frames == sorted(set(read_frames))
    assert not any(reading.suspicious for reading in readings)
