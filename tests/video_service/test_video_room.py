"""A room alone: what happens between the asking and the answer, and to those who never come."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from aiortc import RTCPeerConnection
from aiortc.rtp import RtpPacket
from vs_rig import Picture, offer_of

from lean_rtc import peer_connection
from video_service.relay import Relay
from video_service.room import CONNECT_WITHIN_S, SILENT_AFTER_S, Closed, NobodyPublishes, Room


class Told:
    """Keeps what the room tells."""

    def __init__(self) -> None:
        self.events: list[tuple[str, ...]] = []

    def media_connected(self, session: str) -> None:
        self.events.append(("connected",))

    def media_lost(self, session: str, reason: str) -> None:
        self.events.append(("lost", reason))

    def watching(self, session: str, viewer: str) -> None:
        self.events.append(("watching", viewer))

    def left(self, session: str, viewer: str, because: str) -> None:
        self.events.append(("left", viewer, because))


@contextlib.asynccontextmanager
async def one_room() -> AsyncIterator[tuple[Room, Told, str, str]]:
    """A room, what it tells, a phone's offer and a viewer's offer; nobody answers the room's checks."""
    before = asyncio.all_tasks()
    told = Told()
    relay = Relay(told)
    phone, viewer = peer_connection(), peer_connection()
    phone.addTransceiver(Picture(90), direction="sendonly")
    viewer.addTransceiver("video", direction="recvonly")
    async with asyncio.timeout(20):
        yield relay.room("s"), told, await offer_of(phone), await offer_of(viewer)
        await phone.close()
        await viewer.close()
        await relay.stop()
    await asyncio.sleep(0.1)  # aioice's checks look every 20 ms whether they are still wanted
    assert asyncio.all_tasks() - before == set()


def test_a_room_that_closes_meanwhile_takes_neither_phone_nor_viewer() -> None:
    async def body() -> None:
        async with one_room() as (room, told, phone, viewer):
            await room.publish(phone)
            watching = asyncio.create_task(room.watch("v", viewer))
            publishing = asyncio.create_task(room.publish(phone))
            await asyncio.sleep(0)  # both are on their way
            room.close("ended")
            for task in (watching, publishing):
                with pytest.raises(Closed):
                    await task
            assert room.publisher is None
            assert room.watchers == {}
            assert told.events == []

    asyncio.run(body())


def test_a_viewer_shown_out_meanwhile_does_not_get_in() -> None:
    async def body() -> None:
        async with one_room() as (room, _, phone, viewer):
            await room.publish(phone)
            watching = asyncio.create_task(room.watch("v", viewer))
            await asyncio.sleep(0)
            room.show_out("v")
            with pytest.raises(Closed):
                await watching
            assert room.watchers == {}

    asyncio.run(body())


def test_two_offers_of_one_phone_at_once_leave_one_publisher() -> None:
    async def body() -> None:
        async with one_room() as (room, _, phone, _viewer):
            answers = await asyncio.gather(room.publish(phone), room.publish(phone))
            assert room.publisher is not None
            assert room.publisher.id == answers[1][0]
            assert not room.unpublish(answers[0][0])
            assert room.unpublish(answers[1][0])

    asyncio.run(body())


def test_who_never_comes_is_given_up() -> None:
    async def body() -> None:
        async with one_room() as (room, told, phone, viewer):
            with pytest.raises(NobodyPublishes):
                await room.watch("v", viewer)
            await room.publish(phone)
            await room.watch("v", viewer)
            publisher = room.publisher
            assert publisher is not None
            room.check(time.monotonic() + CONNECT_WITHIN_S - 5)
            assert (room.publisher, len(room.watchers)) == (publisher, 1)
            room.check(time.monotonic() + CONNECT_WITHIN_S + 1)
            assert room.publisher is None
            assert room.watchers == {}
            assert told.events == [("lost", "never connected")]
            await _closed(publisher.pc)

    asyncio.run(body())


def test_a_silent_phone_is_lost_once_and_found_again() -> None:
    async def body() -> None:
        async with one_room() as (room, told, phone, _):
            await room.publish(phone)
            publisher = room.publisher
            assert publisher is not None
            publisher.tap.add(RtpPacket())
            room.check(time.monotonic() + SILENT_AFTER_S - 1)
            for _ in range(2):
                room.check(time.monotonic() + SILENT_AFTER_S + 1)
            assert told.events == [("connected",), ("lost", "silent")]
            publisher.tap.add(RtpPacket())
            assert told.events[2:] == [("connected",)]

    asyncio.run(body())


async def _closed(pc: RTCPeerConnection) -> None:
    while pc.connectionState != "closed":  # noqa: ASYNC110  the surrounding timeout bounds it
        await asyncio.sleep(0.01)
