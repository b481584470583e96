"""Somebody who looks: takes the picture by WHEP, and tells what is seen of it."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
from aiortc import MediaStreamTrack, RTCPeerConnection
from av import VideoFrame

import lean_rtc
from fake_phones.bell import Bell
from fake_phones.camera import FACINGS
from fake_phones.failed import Failed
from fake_phones.leaks import Leak, Leaks
from fake_phones.measure import FirstFrame, Measure, Stray
from fake_phones.peer import Peer
from fake_phones.scenes import Facing
from fake_phones.stamp import Reading, Stamp
from fake_phones.stills import Stills
from fake_phones.trust import trusted
from fake_phones.viewing.judging import Judging
from fake_phones.viewing.sight import Seen, Sight, luma

AGAIN_AFTER_S = 0.2  # while nobody publishes, where the server does not wait as it is asked to
WAITS_S = 15
ANSWER_LIMIT_S = 10.0
SETTLED_AFTER_S = 1.0  # the first frame of a camera is coarse; a second still shows it as it stays
LAST_FRAMES_S = 0.3

log = logging.getLogger(__name__)


class Viewer:
    """`sight` decides of which frames the pixels are looked at. Without `leaks` only whole frames are judged,
    not parts of them.
    """

    def __init__(
        self,
        measure: Measure,
        sight: Sight,
        tell: Callable[..., Any],
        stills: Stills | None = None,
        leaks: Leaks | None = None,
        judging: Judging | None = None,
    ) -> None:
        self._measure = measure
        self._sight = sight
        self._tell = tell
        self._stills = stills
        self._leaks = leaks
        self._judging = judging
        self._settled_s: float | None = None
        self._size = (0, 0)  # as received
        self._because: str | None = None
        self._left = False
        self._totals: dict[str, Any] = {}
        self._moved = Bell()
        self._client = httpx.AsyncClient(timeout=ANSWER_LIMIT_S + WAITS_S, trust_env=False, verify=trusted())
        self._peer: Peer | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ticking: asyncio.Task[None] | None = None

    async def watch(self, url: str, token: str, limit_s: float) -> None:
        """Connect; waits while nobody publishes. Raises Failed (`refused`, `limit`, `broken`)."""
        pc = lean_rtc.peer_connection()
        pc.addTransceiver("video", direction="recvonly")
        pc.on("track", lambda track: self._attach(pc, track))
        asks = {"Authorization": f"Bearer {token}", "Prefer": f"wait={WAITS_S}"}
        self._peer = Peer(pc, self._client, url, asks)
        try:
            async with asyncio.timeout(limit_s):
                await self._peer.connect(again_after_s=AGAIN_AFTER_S)
        except TimeoutError:
            last = f"the last answer was {self._peer.status}" if self._peer.status else "no answer came"
            raise Failed(f"no picture from {url} within {limit_s:g} s; {last}", "limit") from None
        self._tell("viewer.watching", **({} if self._measure.stamped else {"stamped": False}))
        self._ticking = asyncio.create_task(self._tell_each_second())
        self._start(self._tell_lost(self._peer))

    async def wait_for_camera(self, camera: Facing | None) -> FirstFrame:
        """Wait until this camera (None: any) is what is seen; its first frame. Raises Failed (`gone`)."""
        self._measure.believed = camera or self._measure.believed
        while not self._left:
            first = self._measure.first
            if first and camera in (None, first.camera):
                return first
            await self._moved.rung()
        raise Failed("the viewer left", "gone")

    def over(self, because: str) -> None:
        """From now on no frame may be seen."""
        self._because = self._because or because
        self._measure.over(time.monotonic())

    async def leave(self) -> dict[str, Any]:
        """Close the picture, tell the totals and return them."""
        if not self._left:
            self._left = True
            self._moved.ring()
            if self._peer:
                await self._peer.close()
            await self._client.aclose()
            await self._sight.close(LAST_FRAMES_S)
            await self._end_tasks()
            self._totals = self.facts()
            if self._ticking:
                self._tell_measured()
                self._tell("viewer.left", **self._totals)
        return self._totals

    def facts(self) -> dict[str, Any]:
        """The totals so far."""
        stills = self._stills.names if self._stills else []
        totals = self._measure.totals(time.monotonic())
        return {**totals, **self._quality(), "because": self._because, "stills": stills}

    async def _tell_lost(self, peer: Peer) -> None:
        """A picture connection that ends before the viewer was told of the end is lost."""
        await peer.gone.wait()
        if not self._left and self._because is None:
            self._tell("media.lost")

    def _attach(self, pc: RTCPeerConnection, track: MediaStreamTrack) -> None:
        for receiver in pc.getReceivers():
            if receiver.track is track:
                self._sight.attach(pc, receiver, self._look)

    def _look(self, seen: Seen) -> None:
        measure, picture, now_s = self._measure, seen.picture, seen.now_s
        if seen.passed_over and not measure.is_foreign(seen.coded):
            return
        if picture:
            self._size = (picture.width, picture.height)
        reading, leak = self._judge(measure.weighed(seen.shown, seen.coded), picture, now_s)
        happened = self._measure.seen(reading, now_s)
        if leak and not isinstance(happened, Stray):
            self._tell_stray(self._measure.leaked(leak, now_s))
        if isinstance(happened, FirstFrame):
            self._settled_s = now_s + SETTLED_AFTER_S
            self._moved.ring()
            self._start(self._tell_first(happened, None if leak else picture))
        elif isinstance(happened, Stray):
            self._tell_stray(happened)
        elif picture and self._is_settled(now_s) and not leak and self._measure.is_mine(reading):
            self._settled_s = None
            if self._measure.first:
                self._start(self._keep(picture, self._measure.first.camera))

        if picture and reading and reading.stamp and not leak and measure.is_mine(reading):
            self._judge_quality(picture, reading.stamp, now_s)

    def _judge_quality(self, picture: VideoFrame, stamp: Stamp, now_s: float) -> None:
        if self._judging and self._judging.wants(now_s):
            camera = FACINGS[stamp.camera]
            self._start(self._judging.look(luma(picture).copy(), camera, stamp.frame, now_s))

    def _quality(self) -> dict[str, Any]:
        return {"quality": self._judging.facts()} if self._judging else {}

    def _is_settled(self, now_s: float) -> bool:
        return self._settled_s is not None and now_s >= self._settled_s

    def _judge(
        self, reading: Reading | None, picture: VideoFrame | None, now_s: float
    ) -> tuple[Reading | None, Leak | None]:
        if self._leaks is None:
            return reading, None
        if reading is None:
            self._leaks.pass_by()
            return None, None
        try:
            return reading, self._leaks.look(reading, luma(picture) if picture else None, now_s)
        except Exception:  # a frame that cannot be looked at is counted, and stops nobody
            log.exception("a frame could not be checked")
            return None, None

    async def _tell_first(self, first: FirstFrame, frame: VideoFrame | None) -> None:
        still = await self._keep(frame, first.camera) if frame else None
        self._tell("frame.first", **first.facts(), still=still)

    async def _keep(self, frame: VideoFrame, camera: Facing) -> str | None:
        if self._stills is None:
            return None
        try:
            return await self._stills.keep(frame, camera)
        except OSError as error:  # a full disk is no reason not to tell what was seen
            log.warning("no still: %s", error)
            return None

    def _tell_stray(self, stray: Stray) -> None:
        if stray.told:
            self._tell("frame.stray", **stray.facts())

    async def _tell_each_second(self) -> None:
        due_s = time.monotonic()
        while True:
            due_s += 1.0
            await asyncio.sleep(due_s - time.monotonic())
            self._tell_measured()

    def _tell_measured(self) -> None:
        width, height = self._size
        measured = self._measure.measured(time.monotonic())
        self._tell("viewer.measured", **measured, **self._quality(), width=width, height=height)

    def _start(self, doing: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end_tasks(self) -> None:
        """Give what is under way (last frames, a still) a moment, then end it."""
        if self._ticking:
            self._ticking.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_FRAMES_S)
        for task in self._tasks:
            task.cancel()
        left = {*self._tasks, *([self._ticking] if self._ticking else [])}
        if left:
            await asyncio.wait(left)
