"""The encoder that leaves nothing stale, and follows the rate that a receiver allows."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from aiortc.codecs.vpx import Vp8Decoder, Vp8Encoder, VpxPayloadDescriptor
from aiortc.jitterbuffer import JitterFrame

from lean_rtc.encoding import BITRATE_AT_LEAST, EveryPartVp8Encoder

WIDTH, HEIGHT, FRAMES, CELL = 640, 360, 90, 8


def _wrong_cells(encoder: Vp8Encoder) -> tuple[int, int]:
    """Flip random cells in a strip under moving noise; count wrong cells after decoding, and octets coded."""
    random = np.random.default_rng(113)
    texture = random.integers(60, 200, (HEIGHT, WIDTH + FRAMES), np.uint8)
    decoder, wrong, octets = Vp8Decoder(), 0, 0
    for n in range(FRAMES):
        luma = texture[:, n : n + WIDTH].copy()
        cells = random.integers(0, 2, (4, WIDTH // CELL), np.uint8)
        luma[-32:] = np.where(cells, 176, 80).repeat(CELL, 0).repeat(CELL, 1)
        i420 = np.vstack([luma, np.full((HEIGHT // 2, WIDTH), 128, np.uint8)])
        frame = av.VideoFrame.from_ndarray(i420, format="yuv420p")
        frame.pts, frame.time_base = n * 6000, Fraction(1, 90_000)
        payloads, timestamp = encoder.encode(frame)
        data = b"".join(VpxPayloadDescriptor.parse(payload)[1] for payload in payloads)
        octets += len(data)
        (decoded,) = decoder.decode(JitterFrame(data=data, timestamp=timestamp))
        seen = decoded.to_ndarray(format="yuv420p")[HEIGHT - 32 : HEIGHT]  # type: ignore[union-attr]
        means = seen.reshape(4, CELL, WIDTH // CELL, CELL).mean(axis=(1, 3))
        wrong += int(((means > 128) != cells.astype(bool)).sum())
    return wrong, octets


def test_no_cell_is_stale() -> None:
    assert _wrong_cells(EveryPartVp8Encoder())[0] == 0


def test_the_rate_is_kept_as_by_aiortcs_own_encoder() -> None:
    ours, theirs = _wrong_cells(EveryPartVp8Encoder())[1], _wrong_cells(Vp8Encoder())[1]
    assert ours == pytest.approx(theirs, rel=0.25)


def test_another_size_or_rate_makes_another_encoder_and_the_same_does_not() -> None:
    encoder = EveryPartVp8Encoder()

    def coded(width: int) -> object:
        frame = av.VideoFrame(width, 240, "yuv420p")
        frame.pts, frame.time_base = 0, Fraction(1, 90_000)
        encoder.encode(frame)
        return encoder.codec

    first = coded(320)
    assert coded(320) is first
    second = coded(160)
    assert second is not first
    encoder.target_bitrate = round(encoder.target_bitrate * 1.05)
    assert coded(160) is second
    encoder.target_bitrate = 1_000_000
    assert coded(160) is not second


def _octets(encoder: EveryPartVp8Encoder, frames: int) -> int:
    """Code so many frames in which nearly everything changes."""
    random = np.random.default_rng(113)
    octets = 0
    for n in range(frames):
        luma = cv2.resize(random.integers(100, 150, (9, 16), np.uint8), (WIDTH, HEIGHT))
        i420 = np.vstack([luma, np.full((HEIGHT // 2, WIDTH), 128, np.uint8)])
        frame = av.VideoFrame.from_ndarray(i420, format="yuv420p")
        frame.pts, frame.time_base = n * 6000, Fraction(1, 90_000)
        octets += sum(map(len, encoder.encode(frame)[0]))
    return octets


def test_the_rate_follows_what_the_receiver_allows_down_and_up_again() -> None:
    encoder = EveryPartVp8Encoder()
    sent: dict[int, list[int]] = {}
    for allowed in (800_000, 200_000, 100_000, 10_000, 800_000):
        encoder.target_bitrate = allowed
        _octets(encoder, 1)  # its key frame
        sent.setdefault(allowed, []).append(_octets(encoder, 20))
    assert sent[200_000][0] < 0.6 * sent[800_000][0]
    assert sent[100_000][0] < 0.6 * sent[200_000][0]
    assert encoder.target_bitrate == 800_000
    assert sent[800_000][1] == pytest.approx(sent[800_000][0], rel=0.25)
    encoder.target_bitrate = 10_000
    assert encoder.target_bitrate == BITRATE_AT_LEAST


def test_small_steps_up_are_waited_for_and_small_steps_down_are_not() -> None:
    encoder = EveryPartVp8Encoder()
    rates = []
    for allowed in (500_000, 560_000, 620_000, 640_000, 560_000, 700_000, 701_000):
        encoder.target_bitrate = allowed
        rates.append(encoder.target_bitrate)
    assert rates == [500_000, 500_000, 500_000, 640_000, 560_000, 560_000, 701_000]


def test_with_little_for_each_pixel_the_sides_are_halved_until_there_is_more_again() -> None:
    encoder = EveryPartVp8Encoder()

    def width() -> int:
        _octets(encoder, 1)
        assert encoder.codec is not None
        return encoder.codec.width

    widths = [width()]
    for allowed in (140_000, 200_000, 260_000, 160_000, 120_000):
        encoder.target_bitrate = allowed
        widths.append(width())
    assert widths == [640, 320, 320, 640, 640, 320]
