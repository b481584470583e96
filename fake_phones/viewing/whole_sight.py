"""Every frame is decoded, by aiortc, in a thread for each viewer; every stamp is read from what is shown."""

import asyncio
import logging
import time
from collections.abc import Callable

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpReceiver
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

import lean_rtc
from fake_phones.stamp import Reading, StampReader
from fake_phones.viewing.sight import Seen, luma

log = logging.getLogger(__name__)


class WholeSight:
    """See `sight.Sight`. `width` and `height` are the nominal size of the frames."""

    def __init__(self, width: int, height: int) -> None:
        self._reader = StampReader(width, height)
        self._looking: set[asyncio.Task[None]] = set()

    def attach(self, pc: RTCPeerConnection, receiver: RTCRtpReceiver, see: Callable[[Seen], None]) -> None:
        lean_rtc.skip_what_is_lost(receiver)
        self._looking.add(asyncio.create_task(self._look(receiver.track, see)))

    async def close(self, limit_s: float) -> None:
        looking, self._looking = self._looking, set()
        if looking:
            await asyncio.wait(looking, timeout=limit_s)
        for task in looking:
            task.cancel()
        if looking:
            await asyncio.wait(looking)

    async def _look(self, track: MediaStreamTrack, see: Callable[[Seen], None]) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, VideoFrame):
                see(Seen(time.monotonic(), frame, self._read(frame)))

    def _read(self, frame: VideoFrame) -> Reading | None:
        try:
            return self._reader.read(luma(frame))
        except Exception:  # a frame that cannot be looked at is counted, and stops nobody
            log.exception("a frame of %dx%d could not be checked", frame.width, frame.height)
            return None
