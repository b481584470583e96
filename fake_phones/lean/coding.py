"""Encoding a film once, so that its bottom rows can be replaced: x264, and what it must be told."""

from collections.abc import Callable, Sequence
from fractions import Fraction

import av
import av.frame
import numpy as np
from numpy.typing import NDArray

from fake_phones.lean.splice import MB, StripRows

GUARD_PX = 16  # rows above the strip that no motion vector should cross
GUARD_LUMA = 16

# The last two: or content is predicted across the guard.
X264 = (
    "ref=1:bframes=0:cabac=0:8x8dct=0:weightp=0:scenecut=0:min-keyint=1:rc-lookahead=0:mbtree=0"
    ":sync-lookahead=0:force-cfr=1:repeat-headers=1:annexb=1:aud=0:threads=1:no-fast-pskip=1:subme=5"
)

Picture = NDArray[np.uint8]
Dummy = Callable[[int, int], Picture]
"""From height and width to the luma of a strip."""


def coded(
    film: Sequence[Picture], rows: StripRows, fps: float, kbit_s: int, keyframe_every: int, variant: int
) -> list[bytes]:
    """The byte stream of each picture: I420, of the strip's nominal size.

    Each picture is two slices, the content and the strip: here a dummy, which no content must be predicted
    from; the `variant` (an index of VARIANTS) says how that is prevented. A size that is no whole number of
    macroblocks is cropped at the top and at the right, so that the strip stays at the bottom edge.
    """
    dummy, deblocking = VARIANTS[variant]
    encoder = _encoder(rows, fps, kbit_s, keyframe_every, deblocking)
    streams: list[bytes] = []
    for n, picture in enumerate(film):
        frame = av.VideoFrame.from_ndarray(_prepared(picture, rows, dummy), format="yuv420p")
        frame.pts = n
        frame.time_base = Fraction(1, 1) / Fraction(fps).limit_denominator(1000)
        streams += [bytes(packet) for packet in encoder.encode(frame)]
    streams += [bytes(packet) for packet in encoder.encode(None)]
    return streams


def decoded(streams: Sequence[bytes]) -> list[Picture]:
    """Every picture of a stream, I420, as ffmpeg decodes it."""
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count = 1
    packets = [av.Packet(stream) for stream in streams]
    frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    return [np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8) for frame in frames]


def _encoder(
    rows: StripRows, fps: float, kbit_s: int, keyframe_every: int, deblocking: bool
) -> av.VideoCodecContext:
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    rate = Fraction(fps).limit_denominator(1000)
    encoder.width, encoder.height = rows.coded_size
    encoder.pix_fmt, encoder.framerate, encoder.time_base = "yuv420p", rate, 1 / rate
    encoder.bit_rate, encoder.thread_count = kbit_s * 1000, 1
    encoder.profile = "Baseline"
    width, height = rows.coded_size
    right, top = width - rows.strip.frame_width, height - rows.strip.frame_height
    encoder.options = {
        "preset": "veryfast",
        "level": "31",
        "x264-params": f"{X264}:keyint={keyframe_every}:vbv-maxrate={kbit_s}:vbv-bufsize={kbit_s}"
        f":slice-max-mbs={rows.first_macroblocks[0]}:crop-rect=0,{top},{right},0"
        f":no-deblock={int(not deblocking)}",
    }
    return encoder


def _prepared(picture: Picture, rows: StripRows, dummy: Dummy) -> Picture:
    """The picture in the coded size, with the guard and the dummy strip."""
    width, height = rows.coded_size
    shown_width, shown_height = rows.strip.frame_width, rows.strip.frame_height
    right, top = width - shown_width, height - shown_height
    strip_top = rows.first_row * MB
    coded_picture = np.empty((height * 3 // 2, width), np.uint8)
    luma = coded_picture[:height]
    shown_planes = planes(picture, shown_width, shown_height)
    for plane, shown in zip(planes(coded_picture, width, height), shown_planes, strict=True):
        scale = height // plane.shape[0]
        plane[:] = np.pad(shown, ((top // scale, 0), (0, right // scale)), mode="edge")
        plane[(strip_top - GUARD_PX) // scale :] = 128
    luma[strip_top - GUARD_PX : strip_top] = GUARD_LUMA
    luma[strip_top:] = dummy(height - strip_top, width)
    return coded_picture


def planes(i420: Picture, width: int, height: int) -> tuple[Picture, Picture, Picture]:
    """Views of luma and chroma."""
    chroma = i420.reshape(-1)[width * height :].reshape(2, height // 2, width // 2)
    return i420[:height], chroma[0], chroma[1]


def _checkerboard(px: int, height: int, width: int) -> Picture:
    y, x = np.indices((height, width)) // px
    return np.where((x + y) % 2, 235, 16).astype(np.uint8)


def _noise(height: int, width: int) -> Picture:
    cells = np.random.default_rng(113).integers(16, 236, (height // 4 + 1, width // 4 + 1), np.uint8)
    return np.repeat(np.repeat(cells, 4, 0), 4, 1)[:height, :width]


def _fine(height: int, width: int) -> Picture:
    return _checkerboard(1, height, width)


def _coarse(height: int, width: int) -> Picture:
    return _checkerboard(2, height, width)


VARIANTS: tuple[tuple[Dummy, bool], ...] = ((_fine, True), (_coarse, True), (_noise, True), (_fine, False))
"""Pattern of the dummy, and whether the content is deblocked: better, but it smooths the guard's edge too."""
