"""Packets decoded to pictures, and pictures encoded to packets: a relay that changes what it passes on."""

import secrets
from collections.abc import Iterator

import av
import numpy as np
from aiortc.codecs import depayload, get_decoder, get_encoder
from aiortc.jitterbuffer import JitterBuffer
from aiortc.mediastreams import VIDEO_TIME_BASE
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket
from av import VideoFrame
from numpy.typing import NDArray

_CAPACITY_PACKETS = 512

I420 = NDArray[np.uint8]
"""An I420 picture as PyAV gives it: (3/2 height, width)."""


class Pictures:
    """A phone's packets become pictures. `newest` is None until the first key frame."""

    def __init__(self, codec: RTCRtpCodecParameters) -> None:
        self._codec, self._decoder = codec, get_decoder(codec)
        self._buffer = JitterBuffer(capacity=_CAPACITY_PACKETS, is_video=True)
        self.newest: I420 | None = None
        self.timestamp = 0

    def take(self, packet: RtpPacket) -> bool:
        """Whether a new picture is there."""
        packet._data = depayload(self._codec, packet.payload)  # type: ignore[attr-defined]
        _, encoded = self._buffer.add(packet)
        if encoded is None:
            return False
        try:
            decoded = self._decoder.decode(encoded)
        except av.FFmpegError:  # nothing can be decoded before a key frame
            return False
        frames = [frame for frame in decoded if isinstance(frame, VideoFrame)]
        for frame in frames:
            self.newest = frame.to_ndarray(format="yuv420p").astype(np.uint8, copy=False)
            self.timestamp = encoded.timestamp
        return bool(frames)


class Transcoded:
    """A stream of its own, encoded from pictures."""

    def __init__(self, codec: RTCRtpCodecParameters) -> None:
        self._encoder = get_encoder(codec)
        self._ssrc, self._sequence_number = secrets.randbits(32), secrets.randbelow(1 << 15)
        self.keyframe_wanted = True

    def packets(self, picture: I420, timestamp: int) -> Iterator[RtpPacket]:
        """The next frame; the packets say when the picture is of (90 kHz)."""
        frame = VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts, frame.time_base = timestamp, VIDEO_TIME_BASE
        wanted, self.keyframe_wanted = self.keyframe_wanted, False
        payloads, _ = self._encoder.encode(frame, force_keyframe=wanted)
        for n, payload in enumerate(payloads):
            self._sequence_number = (self._sequence_number + 1) % (1 << 16)
            yield RtpPacket(
                marker=int(n == len(payloads) - 1),
                sequence_number=self._sequence_number,
                timestamp=timestamp,
                ssrc=self._ssrc,
                payload=payload,
            )
