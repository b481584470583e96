"""A camera that is on: drawn frames at their due times, as a track for the encoder."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from fractions import Fraction
from typing import Any, Protocol

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

import lean_rtc
from fake_phones.bell import Bell
from fake_phones.camera import Cameras, Picture
from fake_phones.pacing import Pacing
from fake_phones.scenes import Facing

CLOCK_RATE = 90_000


class AnyFilm(Protocol):
    """What a phone of any kind films."""

    def send_on(self, pc: RTCPeerConnection) -> None:
        """Offer the film on this connection; it is sent when the connection stands. Again: on another one."""

    async def switch(self, facing: Facing) -> bool:
        """Show this camera; True once its first frame was sent, False if none will be."""

    def stop(self) -> None:
        """Camera off."""

    def facts(self) -> dict[str, Any]:
        """What this film came to: at least `frames_sent`."""


class Film(MediaStreamTrack):
    """The picture of one phone. `broke` is called when a frame could not be drawn; the film is over then."""

    kind = "video"

    def __init__(
        self,
        cameras: Cameras,
        facing: Facing,
        fps: float,
        drawing: Executor,
        broke: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._cameras = cameras
        self._facing = facing  # of the next frame
        self._shown: Facing | None = None  # of the last frame that went to the encoder
        self._due_s = float("-inf")  # the same frame's
        self._moved = Bell()
        self._pacing = Pacing(fps)
        self._drawing = drawing
        self._broke = broke
        self.frames_sent = 0
        self._senders: list[RTCRtpSender] = []

    def send_on(self, pc: RTCPeerConnection) -> None:
        """Offer the film on this connection. Again: on another one, when the first is closed."""
        sending = pc.addTransceiver(Screening(self), direction="sendonly")
        codecs = RTCRtpSender.getCapabilities("video").codecs
        sending.setCodecPreferences([c for c in codecs if c.mimeType in ("video/VP8", "video/rtx")])
        lean_rtc.code_every_part(sending.sender)
        self._senders.append(sending.sender)

    async def recv(self) -> VideoFrame:
        """The next frame, not before it is due. Raises MediaStreamError when the camera is off."""
        slot, due_s = self._pacing.slot(time.monotonic())
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        facing = self._facing
        try:
            picture = await self._draw(facing, due_s)
        except Exception as error:  # told, so that a phone without a picture is never silent
            self.stop()
            self._broke(error)
        if self.readyState != "live":
            raise MediaStreamError
        frame = VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = round(slot * CLOCK_RATE / self._pacing.fps)
        frame.time_base = Fraction(1, CLOCK_RATE)
        self.frames_sent += 1
        self._shown, self._due_s = facing, due_s
        self._moved.ring()
        return frame

    async def switch(self, facing: Facing) -> bool:
        """Show this camera; True once its first frame has gone to the encoder, False if none will."""
        self._facing = facing
        self._moved.ring()
        while self._shown != facing and self._facing == facing and self.readyState == "live":
            await self._moved.rung()
        return self._shown == facing

    async def taken_from(self, at_s: float) -> int | None:
        """The number of the first frame that is due at `at_s` or later, once it has gone to the encoder.

        None: no frame will.
        """
        while self._due_s < at_s and self.readyState == "live":
            await self._moved.rung()
        return self.frames_sent - 1 if self._due_s >= at_s else None

    def stop(self) -> None:
        super().stop()
        self._moved.ring()

    def facts(self) -> dict[str, Any]:
        """What this film came to."""
        return {
            "frames_sent": self.frames_sent,
            "frames_dropped": self._pacing.dropped,
            "octets_sent": sum(lean_rtc.octets_sent(sender) for sender in self._senders),
            **self._pacing.lateness.facts(),
        }

    async def _draw(self, facing: Facing, due_s: float) -> Picture:
        scene_s = self._cameras.scene_s(due_s)

        def draw() -> tuple[Picture, float]:
            captured_s = time.monotonic()
            return self._cameras.shoot(facing, self.frames_sent, scene_s, captured_s), captured_s

        picture, captured_s = await asyncio.get_running_loop().run_in_executor(self._drawing, draw)
        self._pacing.filmed(due_s, captured_s)
        return picture


class Screening(MediaStreamTrack):
    """A film as the track of one connection. aiortc stops a track with its sender; the film goes on."""

    kind = "video"

    def __init__(self, film: Film) -> None:
        super().__init__()
        self._film = film

    async def recv(self) -> VideoFrame:
        """See Film.recv."""
        return await self._film.recv()
