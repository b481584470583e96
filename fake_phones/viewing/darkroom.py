"""Where all viewers of a process have their frames decoded: one thread, and decoders that are passed on."""

import asyncio
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import av
from aiortc import RTCRtpCodecParameters
from aiortc.codecs import depayload
from av import VideoFrame

T = TypeVar("T")
CLOCK_HZ = 90_000

log = logging.getLogger(__name__)

Done = Callable[[Any], None]


class Darkroom:
    """Does work in its one thread, in order; results come back to the event loop it was made in, in order."""

    def __init__(self) -> None:
        self.late_s_max = 0.0
        """The longest that work had to wait. More than a moment: this machine is too slow for its viewers."""
        self._loop = asyncio.get_running_loop()
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Done, float] | None] = queue.SimpleQueue()
        self._done: deque[tuple[Done, Any]] = deque()
        self._called = self._closed = False
        self._thread: threading.Thread | None = None
        self._decoders: dict[str, list[Decoder]] = {"VP8": [], "H264": []}

    def do(self, work: Callable[[], T], done: Callable[[T | None], None]) -> None:
        """Have this done in the thread; `done` gets the result, None when it raised. Not after `close`."""
        if self._closed:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="darkroom", daemon=True)
            self._thread.start()
        self._work.put((work, done, time.monotonic()))

    def borrow(self, codec: str) -> "Decoder":
        """A decoder for frames from a key frame on."""
        kept = self._decoders[codec]
        return kept.pop() if kept else Decoder(codec)

    def give_back(self, decoder: "Decoder") -> None:
        """Nothing more will be decoded with it, but for what was begun."""
        self._decoders[decoder.codec].append(decoder)

    async def done(self) -> None:
        """Wait until all is done that was given until now."""
        done = asyncio.Event()
        self.do(lambda: None, lambda _: done.set())
        await done.wait()

    async def close(self) -> None:
        """End the thread when it has done what it was given. Again: nothing more."""
        self._closed = True
        if self._thread:
            self._work.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None
            self._tell()

    def _run(self) -> None:
        while (given := self._work.get()) is not None:
            work, done, given_s = given
            self.late_s_max = max(self.late_s_max, time.monotonic() - given_s)
            result = None
            try:
                result = work()
            except av.FFmpegError:  # damaged, or of a kind that nothing here decodes
                pass
            except Exception:
                log.exception("a frame could not be looked at")
            self._done.append((done, result))
            if not self._called:
                self._called = True
                self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        self._called = False
        while self._done:
            done, result = self._done.popleft()
            done(result)


class Decoder:
    """Frames of one stream after the other, each from a key frame on. For the thread only."""

    def __init__(self, codec: str) -> None:
        self.codec = codec
        self._format = RTCRtpCodecParameters(mimeType=f"video/{codec}", clockRate=CLOCK_HZ)
        self._context: av.VideoCodecContext | None = None

    def decoded(self, payloads: Sequence[bytes], *, keyframe: bool) -> VideoFrame | None:
        """The picture in these RTP payloads. Raises av.FFmpegError, ValueError."""
        if self._context is None:
            context = av.CodecContext.create({"VP8": "vp8", "H264": "h264"}[self.codec], "r")
            assert isinstance(context, av.VideoCodecContext)
            context.thread_count = 1
            self._context = context
        if keyframe:
            self._context.flush_buffers()
        data = b"".join(depayload(self._format, payload) for payload in payloads)
        frames = self._context.decode(av.Packet(data))
        return frames[-1] if frames else None
