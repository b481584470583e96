"""The encoder that leaves nothing stale: small cells that flip are right in every decoded frame."""

from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc.codecs.vpx import Vp8Decoder, Vp8Encoder, VpxPayloadDescriptor
from aiortc.jitterbuffer import JitterFrame

from lean_rtc.encoding import EveryPartVp8Encoder

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
