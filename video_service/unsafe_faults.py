"""Wrongs that the relay does on purpose, only with --unsafe-faults: by them the lab proves that it notices.

Each shows viewers something of another session. `frames` counts what was shown wrongly.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Literal, Protocol

from aiortc.rtp import RtpPacket
from pydantic import BaseModel, Field

from lean_rtc import Pictures, Transcoded, starts_keyframe
from video_service.compose import Compose, blended, tiled
from video_service.negotiation import is_same_codec
from video_service.room import Room, Watcher


class Wrong(Protocol):
    """What a relay does instead of what it should."""

    frames: int

    def route(self, room: Room, packet: RtpPacket) -> None:
        """A packet of the room's phone has come."""

    def keyframe_wanted(self, room: Room) -> None:
        """A viewer of this room needs a key frame."""


class UnsafeFault(BaseModel):
    """Which wrong to do: `none`, or one of the classes below. `share` is of the picture."""

    kind: Literal["none", "sessions_mixed", "leaked_frames", "leaked_area", "leaked_blend"]
    share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    every: Annotated[int, Field(ge=1)] = 10_000
    at_least: Annotated[int, Field(ge=0, le=1000)] = 10

    def wrong(self, rooms: Mapping[str, Room]) -> Wrong | None:
        match self.kind:
            case "sessions_mixed":
                return SessionsMixed(rooms)
            case "leaked_frames":
                return LeakedFrames(rooms, self.every, self.at_least)
            case "leaked_area":
                return LeakedPicture(rooms, tiled(self.share))
            case "leaked_blend":
                return LeakedPicture(rooms, blended(self.share))
            case _:
                return None


def _live(rooms: Mapping[str, Room], like: Room) -> list[Room]:
    """The rooms with a picture of the same codec as this one's, itself among them."""
    if like.publisher is None:
        return []
    codec = like.publisher.codec
    return [
        room
        for room in rooms.values()
        if room.publisher and room.publisher.flowing and is_same_codec(room.publisher.codec, codec)
    ]


def _next(rooms: Mapping[str, Room], room: Room) -> Room | None:
    """Another room with a picture; None when there is none."""
    live = _live(rooms, room)
    return live[(live.index(room) + 1) % len(live)] if room in live and len(live) > 1 else None


def _ask(room: Room) -> None:
    if room.publisher:
        room.publisher.tap.request_keyframe()


class SessionsMixed:
    """Each room's viewers get another room's picture."""

    def __init__(self, rooms: Mapping[str, Room]) -> None:
        self._rooms = rooms
        self.frames = 0

    def route(self, room: Room, packet: RtpPacket) -> None:
        other = _next(self._rooms, room)
        for watcher in (other or room).watchers.values():
            watcher.leg.forward(packet)
            self.frames += other is not None and packet.marker

    def keyframe_wanted(self, room: Room) -> None:
        for source in self._rooms.values():
            if (_next(self._rooms, source) or source) is room:
                _ask(source)


class LeakedFrames:
    """One whole frame of another session now and then: `at_least` so many, a second apart, at first; then
    every `every`th frame of all. A viewer who got one goes on with the next key frame of its own.
    """

    def __init__(
        self,
        rooms: Mapping[str, Room],
        every: int,
        at_least: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rooms, self._every, self._at_least, self._clock = rooms, every, at_least, clock
        self.frames = 0
        self._seen = 0
        self._last, self._last_s = "", float("-inf")
        self._source: Room | None = None
        self._victim: Watcher | None = None
        self._timestamp: int | None = None  # of the frame that is leaking just now

    def route(self, room: Room, packet: RtpPacket) -> None:
        self._seen += packet.marker
        if self._victim is None and packet.marker and self._is_due():
            self._choose(room)
        if room is self._source:
            self._leak(packet)
        for watcher in room.watchers.values():
            if not (watcher is self._victim and self._timestamp is not None):
                watcher.leg.forward(packet)

    def keyframe_wanted(self, room: Room) -> None:
        _ask(room)

    def _is_due(self) -> bool:
        if self.frames < self._at_least:
            return self._clock() - self._last_s >= 1.0
        return self._seen % self._every == 0

    def _choose(self, room: Room) -> None:
        """A viewer of this room is to see the next key frame of another."""
        source = _next(self._rooms, room)
        if source is not None and room.watchers and room.session != self._last:  # each in turn
            self._source, self._last, self._last_s = source, room.session, self._clock()
            self._victim = next(iter(room.watchers.values()))
            _ask(source)

    def _leak(self, packet: RtpPacket) -> None:
        assert self._victim
        assert self._source
        codec = self._source.publisher.codec.name if self._source.publisher else ""
        if self._timestamp is None and starts_keyframe(codec, packet.payload):
            self._timestamp = packet.timestamp
        if packet.timestamp != self._timestamp:
            return
        self._victim.leg.forward(packet)
        if packet.marker:
            self.frames += 1
            self._source = self._victim = self._timestamp = None


class LeakedPicture:
    """Part of another session's picture in every frame: decoded, put together, encoded again."""

    def __init__(self, rooms: Mapping[str, Room], compose: Compose) -> None:
        self._rooms, self._compose = rooms, compose
        self._pictures: dict[str, Pictures] = {}
        self._transcoded: dict[str, Transcoded] = {}
        self.frames = 0

    def route(self, room: Room, packet: RtpPacket) -> None:
        for out in self._out(room, packet):
            for watcher in room.watchers.values():
                watcher.leg.forward(out)

    def keyframe_wanted(self, room: Room) -> None:
        _ask(room)
        if room.session in self._transcoded:
            self._transcoded[room.session].keyframe_wanted = True

    def _out(self, room: Room, packet: RtpPacket) -> Iterator[RtpPacket]:
        """The packet itself while there is nothing to leak into it, else those of the new picture."""
        assert room.publisher
        if room.session not in self._pictures:
            self._pictures[room.session] = Pictures(room.publisher.codec)
            _ask(room)  # nothing can be decoded before a key frame
        mine = self._pictures[room.session]
        came = mine.take(packet)
        other = _next(self._rooms, room)
        theirs = self._pictures.get(other.session) if other else None
        if mine.newest is None or theirs is None or theirs.newest is None:
            yield packet
        elif came and mine.newest.shape == theirs.newest.shape:
            if room.session not in self._transcoded:
                self._transcoded[room.session] = Transcoded(room.publisher.codec)
            self.frames += 1
            picture = self._compose(mine.newest, theirs.newest)
            yield from self._transcoded[room.session].packets(picture, mine.timestamp)
