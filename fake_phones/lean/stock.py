"""What a lean phone is compared with: aiortc as it comes, with a VP8 encoder for each phone."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

from fake_phones.camera import Cameras, Footage, Picture
from fake_phones.film import CLOCK_RATE
from fake_phones.pacing import Pacing
from fake_phones.scenes import Facing

LOOP_S = 4


@cache
def _drawn(footage: Footage, fps: float) -> Sequence[Picture]:
    cameras = Cameras(footage)
    return [cameras.shoot("back", n, n / fps, n / fps) for n in range(round(LOOP_S * fps))]


def drawn(footage: Footage, fps: float) -> Sequence[Picture]:
    """A loop of pictures, drawn beforehand and the same for every session: drawing is not compared."""
    return _drawn(replace(footage, session=113), fps)


class StockFilm(MediaStreamTrack):
    """Pictures that aiortc encodes at its default bit rate of 500 kbit/s."""

    kind = "video"

    def __init__(self, pictures: Sequence[Picture], fps: float) -> None:
        super().__init__()
        self._pictures = pictures
        self._pacing = Pacing(fps)
        self._frames_sent = 0

    def send_on(self, pc: RTCPeerConnection) -> None:
        transceiver = pc.addTransceiver(self, direction="sendonly")
        codecs = RTCRtpSender.getCapabilities("video").codecs
        transceiver.setCodecPreferences([c for c in codecs if c.mimeType in ("video/VP8", "video/rtx")])

    async def recv(self) -> VideoFrame:
        slot, due_s = self._pacing.slot(time.monotonic())
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        if self.readyState != "live":
            raise MediaStreamError
        frame = VideoFrame.from_ndarray(self._pictures[slot % len(self._pictures)], format="yuv420p")
        frame.pts, frame.time_base = round(slot * CLOCK_RATE / self._pacing.fps), Fraction(1, CLOCK_RATE)
        self._frames_sent += 1
        return frame

    async def switch(self, facing: Facing) -> bool:
        return False

    def facts(self) -> dict[str, Any]:
        return {"frames_sent": self._frames_sent, "frames_dropped": self._pacing.dropped}
