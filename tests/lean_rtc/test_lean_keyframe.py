"""Where a key frame begins."""

from fractions import Fraction

import numpy as np
import pytest
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from lean_rtc import starts_keyframe


def _frame(n: int) -> VideoFrame:
    rng = np.random.default_rng(n)
    frame = VideoFrame.from_ndarray(rng.integers(0, 255, (240, 320, 3), dtype=np.uint8), format="bgr24")
    frame.pts, frame.time_base = n * 6000, Fraction(1, 90_000)
    return frame


@pytest.mark.parametrize(("codec", "encoder"), [("VP8", Vp8Encoder), ("H264", H264Encoder)])
def test_only_the_first_packet_of_a_real_key_frame_is_one(codec: str, encoder: type) -> None:
    encoder = encoder()
    seen: list[list[bool]] = []
    for n in range(6):
        payloads, _ = encoder.encode(_frame(n), force_keyframe=n == 3)
        assert payloads
        seen.append([starts_keyframe(codec, payload) for payload in payloads])
    assert [frame[0] for frame in seen] == [True, False, False, True, False, False]
    if codec == "VP8":
        assert not any(any(frame[1:]) for frame in seen)


@given(st.sampled_from(["VP8", "H264"]), st.binary(max_size=12))
def test_rubbish_never_raises(codec: str, payload: bytes) -> None:
    assert starts_keyframe(codec, payload) in (True, False)


def test_an_empty_payload_is_no_key_frame() -> None:
    assert not starts_keyframe("VP8", b"")
    assert not starts_keyframe("H264", b"")
