"""A line for the campaign: an encoder, packets that may get lost, and a decoder; without a network."""

from fractions import Fraction
from typing import Literal

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from numpy.typing import NDArray

from lean_rtc.encoding import EveryPartVp8Encoder

Plane = NDArray[np.uint8]
Codec = Literal["vp8", "h264"]

PACKET_BYTES = 1200
KEY_FRAME_AFTER = 5  # frames from a loss until the key frame that was asked for: 0.3 s


class _Vp8(EveryPartVp8Encoder):
    """Our phones' encoder at rates that aiortc would not go down to."""

    target_bitrate = 0

    def made_for(self, frame: av.VideoFrame, bit_s: int) -> VideoCodecContext:
        self.target_bitrate = bit_s
        return self._made_for(frame)


class Line:
    """One phone's way to one viewer. A frame that lost a packet is not shown (aiortc's jitter buffer), and
    the decoder goes on with broken references until the next key frame. Nothing is sent again.
    """

    def __init__(
        self, codec: Codec, kbit_s: int, *, scale: float = 1.0, loss: float = 0.0, seed: int = 0
    ) -> None:
        self._codec: Codec = codec
        self._bit_s = kbit_s * 1000
        self._scale = scale
        self._loss = loss
        self._chance = np.random.default_rng(seed)
        self._encoder: VideoCodecContext | None = None
        decoder = av.CodecContext.create(codec, "r")
        assert isinstance(decoder, VideoCodecContext)
        decoder.thread_count = 1
        self._decoder = decoder
        self._sent = 0
        self._key_frame_at: int | None = None

    def show(self, i420: Plane) -> Plane | None:
        """Send an I420 picture; the luma plane that the viewer gets to see, None for one that was lost."""
        return self.carry(self.coded(i420))

    def carry(self, data: bytes) -> Plane | None:
        """The same for a picture that is coded already."""
        self._sent += 1
        if self._loss and self._chance.random(-(-len(data) // PACKET_BYTES)).min() < self._loss:
            self._key_frame_at = self._key_frame_at or self._sent + KEY_FRAME_AFTER
            return None
        return self._shown(data)

    def coded(self, i420: Plane) -> bytes:
        """What the phone sends of this picture."""
        frame = av.VideoFrame.from_ndarray(_scaled(i420, self._scale), format="yuv420p")
        frame.pts, frame.time_base = self._sent, Fraction(1, 15)
        if self.keyframe_is_due():
            frame.pict_type = PictureType.I
        if self._encoder is None:
            self._encoder = self._made_for(frame)
        return b"".join(bytes(packet) for packet in self._encoder.encode(frame))

    def keyframe_is_due(self) -> bool:
        """Whether the next picture is to be a key frame, because one was asked for."""
        is_due = self._key_frame_at == self._sent
        if is_due:
            self._key_frame_at = None
        return is_due

    def _shown(self, data: bytes) -> Plane | None:
        try:
            frames = self._decoder.decode(av.Packet(data)) if data else []
        except av.FFmpegError:  # after a loss
            return None
        if not frames:
            return None
        plane = frames[-1].planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return rows[: plane.height, : plane.width]

    def _made_for(self, frame: av.VideoFrame) -> VideoCodecContext:
        made_for = _Vp8().made_for if self._codec == "vp8" else _h264
        encoder = made_for(frame, self._bit_s)
        encoder.time_base, encoder.framerate = Fraction(1, 15), Fraction(15)
        encoder.thread_count = 1
        return encoder


def _h264(frame: av.VideoFrame, bit_s: int) -> VideoCodecContext:
    """As aiortc sets libx264, with the preset that a phone's chip is nearer to."""
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuv420p"
    encoder.bit_rate, encoder.profile = bit_s, "Baseline"
    rate = str(bit_s)
    encoder.options = {
        "level": "31", "tune": "zerolatency", "preset": "veryfast", "maxrate": rate, "bufsize": rate,
    }  # fmt: skip
    return encoder


def _scaled(i420: Plane, scale: float) -> Plane:
    """The picture as a phone that scales before it codes sends it; both sides even."""
    if scale == 1.0:
        return i420
    height, width = i420.shape[0] * 2 // 3, i420.shape[1]
    h, w = (round(side * scale / 2) * 2 for side in (height, width))
    half = i420[height:].reshape(2, height // 2, width // 2)
    planes = [cv2.resize(i420[:height], (w, h), interpolation=cv2.INTER_AREA)]
    planes += [cv2.resize(plane, (w // 2, h // 2), interpolation=cv2.INTER_AREA) for plane in half]
    return np.concatenate([plane.reshape(-1) for plane in planes]).reshape(-1, w).astype(np.uint8)
