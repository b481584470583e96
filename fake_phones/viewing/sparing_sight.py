"""No more is decoded than must be: key frames always, others by a budget; coded stamps are read of all.

A budget is spent on stretches: decoding goes on from a key frame for as long as there are tokens, then waits
for the next key frame.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from aiortc import RTCPeerConnection, RTCRtpReceiver
from av import VideoFrame

import lean_rtc
from fake_phones.stamp import Reading, StampReader
from fake_phones.viewing.budget import Budget
from fake_phones.viewing.coded_strip import CodedStrip
from fake_phones.viewing.darkroom import Darkroom, Decoder
from fake_phones.viewing.sight import Seen, luma

FRAMES_PER_S = 15.0
"""The budget of a process, unless told otherwise: one phone's picture, now this one's, now that one's."""
WAITING_MOST = 64  # frames of a viewer behind one that is being decoded

log = logging.getLogger(__name__)


class SharedSight:
    """What the sparing viewers of a process share. Of one event loop; close it at last."""

    def __init__(self, frames_per_s: float = FRAMES_PER_S) -> None:
        self.inlet = lean_rtc.Inlet()
        self.darkroom = Darkroom()
        self.budget = Budget(frames_per_s, time.monotonic())
        self._came: list[tuple[SparingSight, str, lean_rtc.Frame]] = []

    def came(self, sight: "SparingSight", codec: str, frame: lean_rtc.Frame) -> None:
        """Look at this frame when all that came with it are there: one kind of work at a time is cheaper."""
        if not self._came:
            asyncio.get_running_loop().call_soon(self._look)
        self._came.append((sight, codec, frame))

    def _look(self) -> None:
        came, self._came = self._came, []
        for sight, codec, frame in came:
            try:
                sight.look(codec, frame)
            except Exception:  # one viewer's trouble is not the others'
                log.exception("a frame could not be looked at")

    async def close(self) -> None:
        self.inlet.close()
        await self.darkroom.close()


class SparingSight:
    """See `sight.Sight`. `width` and `height` are the nominal size of the frames."""

    def __init__(self, shared: SharedSight, width: int, height: int) -> None:
        self._shared = shared
        self._reader = StampReader(width, height)
        self._strip = _strip(width, height)
        self._receiver: lean_rtc.FrameReceiver | None = None
        self._see: Callable[[Seen], None] = lambda seen: None
        self._decoder: Decoder | None = None  # while a stretch is decoded
        self._waiting: deque[_Waiting] = deque()  # for one that is being decoded, in order

    def attach(self, pc: RTCPeerConnection, receiver: RTCRtpReceiver, see: Callable[[Seen], None]) -> None:
        self._see = see
        frames = self._receiver = lean_rtc.FrameReceiver(receiver, partial(self._shared.came, self))

        def changed() -> None:
            if pc.connectionState == "connected":
                frames.listen(self._shared.inlet)

        pc.on("connectionstatechange", changed)

    async def close(self, limit_s: float) -> None:
        if self._receiver:
            self._receiver.close()
        if self._waiting:
            with suppress(TimeoutError):
                async with asyncio.timeout(limit_s):
                    await self._shared.darkroom.done()
        self._see = lambda seen: None
        self._stop_decoding()

    def look(self, codec: str, frame: lean_rtc.Frame) -> None:
        """The next frame of this viewer's."""
        coded = self._strip.read(frame.payloads) if self._strip and codec == "H264" else None
        waiting = _Waiting(Seen(frame.arrived_s, None, None, coded, not frame.shown))
        decoder = self._decoder_for(codec, frame)
        if decoder is None and not self._waiting:
            self._see(waiting.seen)
            return
        self._waiting.append(waiting)
        if decoder:
            work = partial(self._looked_at, decoder, frame)
            self._shared.darkroom.do(work, partial(self._developed, waiting))
        else:
            waiting.ready = True

    def _decoder_for(self, codec: str, frame: lean_rtc.Frame) -> Decoder | None:
        """Who decodes this frame; nobody, when it need not be or cannot."""
        crowded = len(self._waiting) >= WAITING_MOST
        if not frame.shown or (crowded and not frame.keyframe):
            self._stop_decoding()
        elif frame.keyframe:
            self._stop_decoding()
            self._decoder = self._shared.darkroom.borrow(codec)
        elif self._decoder and not self._shared.budget.take(frame.arrived_s):
            self._stop_decoding()
        return self._decoder

    def _stop_decoding(self) -> None:
        if self._decoder:
            self._shared.darkroom.give_back(self._decoder)
            self._decoder = None

    def _looked_at(self, decoder: Decoder, frame: lean_rtc.Frame) -> tuple[VideoFrame, Reading] | None:
        """In the darkroom's thread."""
        picture = decoder.decoded(frame.payloads, keyframe=frame.keyframe)
        return (picture, self._reader.read(luma(picture))) if picture else None

    def _developed(self, waiting: "_Waiting", looked: tuple[VideoFrame, Reading] | None) -> None:
        waiting.ready = True
        if looked:
            waiting.seen = waiting.seen._replace(picture=looked[0], shown=looked[1])
        while self._waiting and self._waiting[0].ready:
            self._see(self._waiting.popleft().seen)


class _Waiting:
    """A frame whose turn has not come."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.ready = False


def _strip(width: int, height: int) -> CodedStrip | None:
    """None for a size that no lean phone has."""
    try:
        return CodedStrip(width, height)
    except ValueError:
        return None
