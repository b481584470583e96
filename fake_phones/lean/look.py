"""A short look at a stream: a few pictures from its next key frame on, decoded, their stamps read."""

import asyncio
from collections.abc import Callable

import av
import numpy as np
from aiortc.codecs import depayload, get_decoder
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket
from av import VideoFrame

import lean_rtc
from fake_phones.stamp import Stamp, StampReader, captured_at

PICTURES = 3
LIMIT_S = 8.0


class Look:
    """`take` every packet until it is `over`; `readings` holds the stamps."""

    def __init__(self, unprotected: Callable[[bytes], bytes], codec: RTCRtpCodecParameters) -> None:
        self.readings: list[Stamp] = []
        self.unread = 0
        self.latencies_s: list[float] = []
        self._unprotected = unprotected
        self._codec = codec
        self._decoder = get_decoder(codec)
        self._over = asyncio.Event()
        self._frame = b""
        self._next: int | None = None  # number of the next packet; None: until a key frame begins

    async def over(self) -> None:
        """Wait until all pictures were looked at, or nothing came for too long."""
        try:
            async with asyncio.timeout(LIMIT_S):
                await self._over.wait()
        except TimeoutError:
            self._over.set()

    def stop(self) -> None:
        """Nothing more will come."""
        self._over.set()

    def take(self, header: lean_rtc.Header, packet: bytes, now_s: float) -> None:
        if self._over.is_set():
            return
        payload = RtpPacket.parse(self._unprotected(packet)).payload
        if header.sequence_number != self._next:  # the first, or one is missing
            if not lean_rtc.starts_keyframe(self._codec.name, payload):
                self._next = None
                return
            self._frame = b""
        self._next = (header.sequence_number + 1) & 0xFFFF
        self._frame += depayload(self._codec, payload)
        if header.marker:
            self._decode(header.timestamp, now_s)

    def _decode(self, timestamp: int, now_s: float) -> None:
        coded, self._frame = JitterFrame(self._frame, timestamp), b""
        try:
            pictures = self._decoder.decode(coded)
        except av.FFmpegError:
            pictures = []
            self.unread += 1
        for picture in pictures:
            if isinstance(picture, VideoFrame):
                self._read(picture, now_s)
        if len(self.readings) + self.unread >= PICTURES:
            self._over.set()

    def _read(self, picture: VideoFrame, now_s: float) -> None:
        plane = picture.planes[0]
        luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        stamp = StampReader(picture.width, picture.height).read(luma[: plane.height, : plane.width]).stamp
        if stamp is None:
            self.unread += 1
        else:
            self.readings.append(stamp)
            self.latencies_s.append(now_s - captured_at(stamp.time_ms, now_s))
