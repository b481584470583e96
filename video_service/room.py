"""One session's media: a publisher at most, and a leg for each who watches."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from aiortc import RTCPeerConnection
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket

from lean_rtc import Leg, Tap, peer_connection
from video_service import negotiation

log = logging.getLogger("video_service.room")

CONNECT_WITHIN_S = 20.0
"""A phone or a viewer that has not come through by then is given up."""
SILENT_AFTER_S = 5.0
"""A phone that sends no packet for so long has lost its picture (radio gone, page killed)."""
_CLOSE_S = 5.0


class NobodyPublishes(Exception):
    """There is no picture to watch yet."""


class Closed(Exception):
    """The room was closed, or the viewer shown out, before the connection was made."""


class Events(Protocol):
    """Who is told what happens in a room."""

    def media_connected(self, session: str) -> None: ...
    def media_lost(self, session: str, reason: str) -> None: ...
    def watching(self, session: str, viewer: str) -> None: ...
    def left(self, session: str, viewer: str, because: str) -> None: ...


class Farewells:
    """Closes connections in the background: what must stop at once has been stopped before."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def close(self, pc: RTCPeerConnection) -> None:
        task = asyncio.create_task(self._close(pc))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def said(self) -> None:
        """Wait, for a bounded time, until all are closed."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2 * _CLOSE_S)

    async def _close(self, pc: RTCPeerConnection) -> None:
        try:
            async with asyncio.timeout(_CLOSE_S):
                await pc.close()
        except Exception as error:
            log.warning("a connection did not close cleanly: %r", error)


class Publisher:
    """A phone's connection, whose packets go to `on_packets`."""

    def __init__(self, on_packets: Callable[[Sequence[RtpPacket]], None]) -> None:
        self.id = secrets.token_hex(8)
        self.pc = peer_connection()
        self._transceiver = self.pc.addTransceiver("video", direction="recvonly")
        self.tap = Tap(self._transceiver.receiver, on_packets)
        self.since = self.heard_at = time.monotonic()
        self.heard = self.flowing = False

    async def answer(self, offer: str) -> str:
        """Raises negotiation.BadOffer, negotiation.Unsupported."""
        codecs = negotiation.forwarded_codecs(offer)
        answer = await negotiation.answer(self.pc, self._transceiver, offer, codecs)
        self.codec = negotiation.first_codec(answer)
        return answer


class Watcher:
    """A viewer's connection: its leg."""

    def __init__(self, on_keyframe_wanted: Callable[[], None]) -> None:
        self.id = secrets.token_hex(8)
        self.pc = peer_connection()
        self._transceiver = self.pc.addTransceiver("video", direction="sendonly")
        self.leg = Leg(self._transceiver.sender, on_keyframe_wanted)
        self.since = time.monotonic()
        self.connected = False

    async def answer(self, offer: str, codec: RTCRtpCodecParameters) -> str:
        """Raises negotiation.BadOffer, negotiation.Unsupported."""
        codecs = negotiation.codec_for_viewer(offer, codec)
        return await negotiation.answer(self.pc, self._transceiver, offer, codecs)


class Room:
    """Forwards the publisher's packets, through `route`, to the watchers. `close` cuts at once."""

    def __init__(
        self,
        session: str,
        events: Events,
        route: Callable[["Room", Sequence[RtpPacket]], None],
        keyframe_wanted: Callable[["Room"], None],
        farewells: Farewells,
    ) -> None:
        self.session = session
        self.publisher: Publisher | None = None
        self.watchers: dict[str, Watcher] = {}
        self._events = events
        self._route = route
        self._keyframe_wanted = keyframe_wanted
        self._shown_out: set[str] = set()
        self._closed = False
        self._farewells = farewells
        self._publishing = asyncio.Lock()
        self._codec: RTCRtpCodecParameters | None = None  # of every leg
        self._settled = asyncio.Event()  # somebody publishes, or nobody ever will

    async def publisher_within(self, seconds: float) -> None:
        """Wait until somebody publishes, the room is closed, or so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._settled.wait()

    async def publish(self, offer: str) -> tuple[str, str]:
        """Take a phone's offer: (publication id, SDP answer). It replaces the phone before it.

        Raises negotiation.BadOffer, negotiation.Unsupported (the phone before goes on) and Closed.
        """
        async with self._publishing:
            new = Publisher(lambda packets: self._on_packets(new, packets))
            try:
                answer = await new.answer(offer)
                if self._closed:
                    raise Closed("the session ended meanwhile")
            except BaseException:
                self._farewells.close(new.pc)
                raise
            new.pc.on("connectionstatechange", lambda: self._publisher_changed(new))
            self._replace_publisher(new)
            return new.id, answer

    def unpublish(self, publication: str) -> bool:
        """The phone stops by itself. False when that publication is not the present one."""
        if self.publisher is None or self.publisher.id != publication:
            return False
        self._drop_publisher()
        return True

    async def watch(self, viewer: str, offer: str) -> tuple[str, str]:
        """Take a viewer's offer: (leg id, SDP answer). It replaces the viewer's leg before it.

        Raises NobodyPublishes, Closed, negotiation.BadOffer, negotiation.Unsupported.
        """
        if self.publisher is None:
            raise NobodyPublishes("nobody publishes yet; try again in a second")
        codec = self.publisher.codec
        new = Watcher(lambda: self._keyframe_wanted(self))
        try:
            answer = await new.answer(offer, codec)
            if self._closed or viewer in self._shown_out:
                raise Closed("the session ended, or the viewer was shown out, meanwhile")
            if not negotiation.is_same_codec(self._codec or codec, codec):
                raise NobodyPublishes("the phone changed its codec meanwhile; try again")
        except BaseException:
            self._farewells.close(new.pc)
            raise
        new.pc.on("connectionstatechange", lambda: self._watcher_changed(viewer, new))
        self.leave(viewer, "replaced")
        self.watchers[viewer] = new
        return new.id, answer

    def leave(self, viewer: str, because: str) -> bool:
        """The viewer's picture stops at once. False when it was not watching."""
        watcher = self.watchers.pop(viewer, None)
        if watcher is None:
            return False
        watcher.leg.stop()
        self._farewells.close(watcher.pc)
        if watcher.connected:
            self._events.left(self.session, viewer, because)
        return True

    def show_out(self, viewer: str) -> None:
        """As `leave`, and for good: also an offer that is being answered now comes too late."""
        self._shown_out.add(viewer)
        self.leave(viewer, "shown_out")

    def close(self, because: str) -> None:
        """Every picture stops at once, for good."""
        self._closed = True
        self._settled.set()
        self._drop_publisher()
        for viewer in list(self.watchers):
            self.leave(viewer, because)

    def check(self, now: float) -> None:
        """To be called each second: who has gone silent, who never came?"""
        if publisher := self.publisher:
            if publisher.flowing and now - publisher.heard_at > SILENT_AFTER_S:
                publisher.flowing = False
                self._events.media_lost(self.session, "silent")
            elif not publisher.heard and now - publisher.since > CONNECT_WITHIN_S:
                self._lose_publisher(publisher, "never connected")
        for viewer, watcher in list(self.watchers.items()):
            if not watcher.connected and now - watcher.since > CONNECT_WITHIN_S:
                self.leave(viewer, "never connected")

    def _on_packets(self, publisher: Publisher, packets: Sequence[RtpPacket]) -> None:
        if publisher is not self.publisher:
            return
        publisher.heard_at = time.monotonic()
        if not publisher.flowing:
            publisher.heard = publisher.flowing = True
            self._events.media_connected(self.session)
        self._route(self, packets)

    def _replace_publisher(self, new: Publisher) -> None:
        self._drop_publisher()
        self.publisher = new
        self._settled.set()
        if self._codec and not negotiation.is_same_codec(self._codec, new.codec):
            for viewer in list(self.watchers):
                self.leave(viewer, "codec changed")
        self._codec = new.codec

    def _drop_publisher(self) -> None:
        publisher, self.publisher = self.publisher, None
        if not self._closed:
            self._settled.clear()
        if publisher:
            self._farewells.close(publisher.pc)

    def _lose_publisher(self, publisher: Publisher, reason: str) -> None:
        self._drop_publisher()
        if publisher.flowing or not publisher.heard:  # else it was told when it went silent
            self._events.media_lost(self.session, reason)

    def _publisher_changed(self, publisher: Publisher) -> None:
        if publisher is self.publisher and publisher.pc.connectionState in ("failed", "closed"):
            self._lose_publisher(publisher, "disconnected")

    def _watcher_changed(self, viewer: str, watcher: Watcher) -> None:
        if watcher is not self.watchers.get(viewer):
            return
        if watcher.pc.connectionState == "connected" and not watcher.connected:
            watcher.connected = True
            self._events.watching(self.session, viewer)
        elif watcher.pc.connectionState in ("failed", "closed"):
            self.leave(viewer, "disconnected")
