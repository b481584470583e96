"""All rooms, and which publisher's packets go to which room's watchers."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

from aiortc.rtp import RtpPacket

from video_service.room import Events, Farewells, Room
from video_service.unsafe_faults import Wrong

_CHECK_EVERY_S = 1.0


class Relay:
    """The media of every session. A room is there until `close`, from the first who publishes or waits on."""

    def __init__(self, events: Events) -> None:
        self.rooms: dict[str, Room] = {}
        self.wrong: Wrong | None = None
        """What is done wrongly on purpose, if anything."""
        self._events = events
        self._farewells = Farewells()
        self._checking: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._checking = asyncio.create_task(self._check())

    async def stop(self) -> None:
        if self._checking:
            self._checking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._checking
        for session in list(self.rooms):
            self.close(session, "service stopped")
        await self._farewells.said()

    def room(self, session: str) -> Room:
        """The session's room, made when there is none. Not for a session that has ended."""
        if session not in self.rooms:
            self.rooms[session] = Room(
                session, self._events, self._route, self._keyframe_wanted, self._farewells
            )
        return self.rooms[session]

    def close(self, session: str, because: str) -> None:
        """Cut every picture of a session at once; without a room nothing happens."""
        room = self.rooms.pop(session, None)
        if room:
            room.close(because)

    def _route(self, room: Room, packets: Sequence[RtpPacket]) -> None:
        if self.wrong:
            for packet in packets:
                self.wrong.route(room, packet)
            return
        for watcher in room.watchers.values():
            watcher.leg.forward(*packets)

    def _keyframe_wanted(self, room: Room) -> None:
        if self.wrong:
            self.wrong.keyframe_wanted(room)
        elif room.publisher:
            room.publisher.tap.request_keyframe()

    async def _check(self) -> None:
        while True:
            await asyncio.sleep(_CHECK_EVERY_S)
            for room in list(self.rooms.values()):
                room.check(time.monotonic())
