"""Publisher, tap, legs and decoding viewers over real aiortc on 127.0.0.1."""

import asyncio
import contextlib
import fractions
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import aioice.ice
import numpy as np
import pytest
from aiortc import RTCPeerConnection, RTCRtpReceiver, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtpPacket
from av import VideoFrame

from lean_rtc import Leg, Tap, allow_loopback, peer_connection, starts_keyframe

FPS = 15


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)  # put back after
    allow_loopback()


class Picture(VideoStreamTrack):
    """Frames whose grey level tells the source: `level`, in a moving noise that costs some packets."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self._level, self._n, self._start = level, 0, time.monotonic()
        self._noise = np.random.default_rng(1).integers(-8, 8, (240, 320, 3))

    async def recv(self) -> VideoFrame:
        await asyncio.sleep(max(0.0, self._start + self._n / FPS - time.monotonic()))
        picture = (np.roll(self._noise, self._n, axis=1) + self._level).astype(np.uint8)
        frame = VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts, frame.time_base = self._n * 90_000 // FPS, fractions.Fraction(1, 90_000)
        self._n += 1
        return frame


class Relay:
    """The smallest relay: one tap, some legs."""

    def __init__(self) -> None:
        self.legs: list[Leg] = []
        self.tap: Tap | None = None
        self.packets: list[RtpPacket] = []

    def on_packets(self, packets: Sequence[RtpPacket]) -> None:
        self.packets += packets
        for leg in self.legs:
            leg.forward(*packets)

    def keyframe_wanted(self) -> None:
        if self.tap:
            self.tap.request_keyframe()

    @property
    def keyframes(self) -> int:
        return sum(starts_keyframe("VP8", packet.payload) for packet in self.packets)


async def negotiate(offerer: RTCPeerConnection, answerer: RTCPeerConnection, before_answer: Callable) -> None:
    await offerer.setLocalDescription(await offerer.createOffer())
    await answerer.setRemoteDescription(offerer.localDescription)
    before_answer()
    await answerer.setLocalDescription(await answerer.createAnswer())
    await offerer.setRemoteDescription(answerer.localDescription)


async def publish(stack: contextlib.AsyncExitStack, relay: Relay, level: int) -> RTCPeerConnection:
    phone, end = peer_connection(), peer_connection()
    stack.push_async_callback(phone.close)
    stack.push_async_callback(end.close)
    phone.addTransceiver(Picture(level), direction="sendonly")

    def attach() -> None:
        relay.tap = Tap(end.getReceivers()[0], relay.on_packets)

    await negotiate(phone, end, attach)
    return phone


class Watcher:
    def __init__(self, pc: RTCPeerConnection, leg: Leg, end: RTCPeerConnection) -> None:
        self.pc, self.leg, self.end = pc, leg, end
        self.levels: asyncio.Queue[float] = asyncio.Queue()

    async def watch(self, track: VideoStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                self.levels.put_nowait(float(frame.to_ndarray(format="gray").mean()))


async def join(stack: contextlib.AsyncExitStack, relay: Relay) -> Watcher:
    viewer, end = peer_connection(), peer_connection()
    transceiver = end.addTransceiver("video", direction="sendonly")
    watcher = Watcher(viewer, Leg(transceiver.sender, relay.keyframe_wanted), end)
    tasks: list[asyncio.Task] = []
    stack.push_async_callback(lambda: asyncio.wait(tasks, timeout=5))  # they end with the viewer
    stack.push_async_callback(viewer.close)
    stack.push_async_callback(end.close)
    viewer.addTransceiver("video", direction="recvonly")
    viewer.on("track", lambda track: tasks.append(asyncio.create_task(watcher.watch(track))))
    await negotiate(viewer, end, lambda: relay.legs.append(watcher.leg))
    return watcher


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  the surrounding timeout bounds it
        await asyncio.sleep(0.01)


async def levels(watcher: Watcher, count: int) -> list[float]:
    return [await watcher.levels.get() for _ in range(count)]


@contextlib.asynccontextmanager
async def nothing_left_behind() -> AsyncIterator[contextlib.AsyncExitStack]:
    tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
    async with asyncio.timeout(30), contextlib.AsyncExitStack() as stack:
        yield stack
    await asyncio.sleep(0.1)
    assert asyncio.all_tasks() - tasks == set()
    left = {t for t in set(threading.enumerate()) - threads if not t.name.startswith("asyncio_")}
    assert left == set()


def test_two_viewers_see_the_picture_and_a_late_one_gets_a_key_frame_at_once() -> None:
    async def body() -> None:
        relay = Relay()
        async with nothing_left_behind() as stack:
            await publish(stack, relay, level=60)
            first, second = await join(stack, relay), await join(stack, relay)
            seen = await levels(first, 20) + await levels(second, 20)
            assert all(abs(level - 60) < 12 for level in seen), seen

            keyframes = relay.keyframes
            late = await join(stack, relay)
            await levels(late, 1)
            assert relay.keyframes > keyframes  # asked for upstream, not waited for

            stats = await late.pc.getReceivers()[0].getStats()
            inbound = next(s for s in stats.values() if s.type == "inbound-rtp")
            assert inbound.packetsLost == 0
            sent = await _sent(first)
            assert sent.packetsSent > 20
            assert sent.bytesSent > 1000

    asyncio.run(body())


def test_a_viewers_pli_goes_upstream() -> None:
    async def body() -> None:
        relay = Relay()
        async with nothing_left_behind() as stack:
            await publish(stack, relay, level=60)
            watcher = await join(stack, relay)
            await levels(watcher, 5)
            await asyncio.sleep(0.6)
            keyframes = relay.keyframes
            media_ssrc = watcher.end.getSenders()[0]._ssrc
            await watcher.pc.getReceivers()[0]._send_rtcp_pli(media_ssrc)
            await until(lambda: relay.keyframes > keyframes)

    asyncio.run(body())


def test_a_phone_that_comes_again_is_seen_on_the_same_leg() -> None:
    async def body() -> None:
        relay = Relay()
        async with nothing_left_behind() as stack:
            phone = await publish(stack, relay, level=60)
            watcher = await join(stack, relay)
            assert all(level < 90 for level in await levels(watcher, 8))
            await phone.close()
            await publish(stack, relay, level=160)
            while await watcher.levels.get() < 140:
                pass
            assert all(level > 140 for level in await levels(watcher, 8))
            stats = await watcher.pc.getReceivers()[0].getStats()
            inbound = next(s for s in stats.values() if s.type == "inbound-rtp")
            assert inbound.packetsLost == 0  # no gap at the seam

    asyncio.run(body())


def test_a_lost_packet_is_sent_again_when_the_viewer_asks() -> None:
    async def body() -> None:
        relay = Relay()
        async with nothing_left_behind() as stack:
            await publish(stack, relay, level=60)
            watcher = await join(stack, relay)
            await levels(watcher, 5)
            wire, transport = watcher.leg._wire, watcher.end.getSenders()[0].transport
            assert wire
            send, send_rtp, lost, again = wire.send, transport._send_rtp, [], []

            def loses_every_tenth(payloads: Sequence[bytes], first: int, timestamp: int, last: int) -> int:
                for k, payload in enumerate(payloads):
                    if (first + k) % 10:
                        send([payload], first + k, timestamp, 0 if k == last else -1)
                    else:
                        lost.append(first + k)
                return len(payloads)

            async def counts(data: bytes) -> None:
                if data[1] & 0x7F == 98:
                    again.append(data)
                await send_rtp(data)

            wire.send, transport._send_rtp = loses_every_tenth, counts
            await levels(watcher, 40)
            assert len(lost) > 3
            assert len(again) >= len(lost) - 1  # as RTX

    asyncio.run(body())


def test_a_stopped_leg_sends_nothing_more() -> None:
    async def body() -> None:
        relay = Relay()
        async with nothing_left_behind() as stack:
            await publish(stack, relay, level=60)
            watcher = await join(stack, relay)
            await levels(watcher, 5)
            watcher.leg.stop()
            before = (await _sent(watcher)).packetsSent
            packets = len(relay.packets)
            await until(lambda: len(relay.packets) >= packets + 20)
            assert (await _sent(watcher)).packetsSent == before

    asyncio.run(body())


async def _sent(watcher: Watcher) -> Any:
    stats = await watcher.end.getSenders()[0].getStats()
    return next(s for s in stats.values() if s.type == "outbound-rtp")


def test_a_packet_that_is_too_long_disturbs_nobody() -> None:
    async def body() -> None:
        relay = Relay()
        async with nothing_left_behind() as stack:
            await publish(stack, relay, level=60)
            watcher = await join(stack, relay)
            await levels(watcher, 3)
            last = relay.packets[-1]
            watcher.leg.forward(
                RtpPacket(sequence_number=last.sequence_number, ssrc=last.ssrc, payload=b"\x10" * 3000)
            )
            await levels(watcher, 5)

    asyncio.run(body())


def test_a_key_frame_is_asked_for_at_most_twice_a_second_and_never_forgotten() -> None:
    async def body() -> None:
        now = 0.0
        pc = peer_connection()
        receiver: RTCRtpReceiver = pc.addTransceiver("video").receiver
        seen: list[RtpPacket] = []
        tap = Tap(receiver, seen.extend, clock=lambda: now)
        asked = []
        for step in range(12):
            now = step / 10
            if step in (1, 2, 3):
                tap.request_keyframe()
            asked.append(tap.add(RtpPacket(sequence_number=step))[0])
        assert [step for step, wanted in enumerate(asked) if wanted] == [1, 6]
        assert len(seen) == 12
        await pc.close()

    asyncio.run(body())


def test_loopback_is_the_one_host_candidate() -> None:
    assert aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True) == ["127.0.0.1"]
