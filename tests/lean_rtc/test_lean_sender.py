"""A lean sender and a lean receiver, against aiortc's own ends, over real sockets on 127.0.0.1."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

import aioice.ice
import pytest
from aioice.ice import CONSENT_FAILURES
from aiortc import RTCPeerConnection, RTCRtpSender
from aiortc.rtp import RtcpPsfbPacket, RtcpReceiverInfo, RtcpRrPacket, RtcpSrPacket, RtpPacket
from aiortc.stats import RTCTransportStats

from lean_rtc import (
    Header,
    Inlet,
    LeanReceiver,
    LeanSender,
    Tap,
    allow_loopback,
    bare_us_per_packet,
    feedback,
    impair,
    packets_received,
    peer_connection,
    wire,
)

TIMESTAMP = 0xFFFFFFF0
Carry = Callable[[Any, int, Callable[[], None]], None]


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)  # put back after
    allow_loopback()


class Pair:
    """A lean sender, connected to an end that keeps what it gets."""

    def __init__(self) -> None:
        self.phone, self.end = peer_connection(), peer_connection()
        self.ready = asyncio.Event()
        self.wanted = 0
        transceiver = self.phone.addTransceiver("video", direction="sendonly")
        codecs = RTCRtpSender.getCapabilities("video").codecs
        transceiver.setCodecPreferences([c for c in codecs if c.mimeType == "video/H264"])
        self.inlet = Inlet()
        self.lean = LeanSender(transceiver.sender, self.ready.set, self._want, self.inlet)
        self.packets: list[RtpPacket] = []
        self.headers: list[Header] = []
        self.receiver = self.end.addTransceiver("video", direction="recvonly").receiver

    async def connect(self, carry: Carry | None = None) -> None:
        await self.phone.setLocalDescription(await self.phone.createOffer())
        if carry:
            impair(self.phone, carry)
        await self.end.setRemoteDescription(self.phone.localDescription)
        await self.end.setLocalDescription(await self.end.createAnswer())
        await self.phone.setRemoteDescription(self.end.localDescription)
        await self.ready.wait()

    async def close(self) -> None:
        await asyncio.gather(self.phone.close(), self.end.close())
        self.inlet.close()

    async def got(self, packets: int) -> list[RtpPacket]:
        await until(lambda: len(self.packets) >= packets)
        return self.packets

    def _want(self) -> None:
        self.wanted += 1


@contextlib.asynccontextmanager
async def tapped(carry: Carry | None = None) -> AsyncIterator[Pair]:
    """With aiortc's own receiver at the other end."""
    pair = Pair()
    try:
        Tap(pair.receiver, pair.packets.extend)
        await pair.connect(carry)
        yield pair
    finally:
        await pair.close()


async def until(happened: Callable[[], object]) -> None:
    """Ten seconds at most."""
    for _ in range(1000):
        if happened():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


def run(body: Callable[[], object], limit_s: float = 20) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(limit_s):
            await body()  # type: ignore[misc]

    asyncio.run(bounded())


def frame(*sizes: int) -> list[bytes]:
    return [b"\x65" + secrets.token_bytes(size - 1) for size in sizes]


# equal ones, one that is padded, a shorter last one, longer ones after shorter ones, many, one
FRAMES = [(1000, 1000, 999, 300), (50, 60, 1300, 20, 1300, 1299, 1298), (900,) * 150, (7,)]


@pytest.mark.parametrize("way", ["in one call", "a call each", "through a radio"])
def test_payloads_arrive_as_they_were_given(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire.Wire, "_segments", way == "in one call")

    async def body() -> None:
        async with tapped((lambda *it: it[2]()) if way == "through a radio" else None) as pair:
            sent = []
            for n, sizes in enumerate(FRAMES):
                payloads = frame(*sizes)
                sent += payloads
                pair.lean.send(payloads, (TIMESTAMP + 6000 * n) & 0xFFFFFFFF)
                await asyncio.sleep(0.02)
            packets = await pair.got(len(sent))
            first = packets[0].sequence_number
            assert [p.payload for p in packets] == sent
            assert [p.sequence_number for p in packets] == [(first + n) & 0xFFFF for n in range(len(sent))]
            ends = [sum(len(f) for f in FRAMES[: n + 1]) - 1 for n in range(len(FRAMES))]
            assert [n for n, p in enumerate(packets) if p.marker] == ends
            assert [packets[n].timestamp for n in ends] == [
                (TIMESTAMP + 6000 * n) & 0xFFFFFFFF for n in range(len(FRAMES))
            ]
            assert all(p.extensions.mid == "0" and p.extensions.abs_send_time for p in packets)
            assert (pair.lean.packets, pair.lean.unsent) == (len(sent), 0)
            assert pair.lean.octets == sum(map(len, sent))
            assert wire.Wire._segments == (way == "in one call")

    run(body)


def test_a_system_that_cuts_no_messages_is_found_out_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "_UDP_SEGMENT", 99)  # no such option

    async def body() -> None:
        async with tapped() as pair:
            payloads = frame(800, 800, 800)
            pair.lean.send(payloads, TIMESTAMP)
            assert [p.payload for p in await pair.got(3)] == payloads
            assert wire.Wire._segments is False

    monkeypatch.setattr(wire.Wire, "_segments", True)
    run(body)


def test_before_the_connection_and_after_it_frames_are_lost_and_counted() -> None:
    async def body() -> None:
        pair = Pair()
        pair.lean.send(frame(10, 10), 0)
        assert (pair.lean.unsent, pair.lean.packets) == (2, 0)
        Tap(pair.receiver, pair.packets.extend)
        await pair.connect()
        pair.lean.send(frame(10), 0)
        await pair.got(1)
        await pair.close()
        pair.lean.send(frame(10), 0)
        assert (pair.lean.unsent, pair.lean.packets) == (3, 1)

    run(body)


def test_a_nack_is_answered_from_the_ring_and_counted() -> None:
    async def body() -> None:
        async with tapped() as pair:
            frames = [frame(500, 500, 200) for _ in range(70)]
            for n, payloads in enumerate(frames):
                pair.lean.send(payloads, 6000 * n)
                await asyncio.sleep(0.001)
            packets = await pair.got(210)
            first = packets[0].sequence_number
            last, early, old = (first + 209) & 0xFFFF, (first + 31) & 0xFFFF, first
            await pair.receiver._send_rtcp_nack(packets[0].ssrc, [old, early, last])
            await until(lambda: pair.lean.nacked == 3)
            assert pair.lean.retransmitted == 2  # the first is gone from the ring
            assert pair.lean.packets == 210

    run(body)


def test_what_is_lost_on_the_way_comes_again_as_it_was() -> None:
    sent: list[list[bytes]] = []
    lost: list[int] = []

    def carry(direction: str, octets: int, arrive: Callable[[], None]) -> None:
        """Loses the 11th and the 12th large packet, the latter the end of a frame."""
        if direction == "up" and octets > 400:
            lost.append(octets)
            if len(lost) in (11, 12):
                return
        arrive()

    async def body() -> None:
        async with tapped(carry) as pair:
            for n in range(10):
                sent.append(frame(600, 500, 550))
                pair.lean.send(sent[-1], 6000 * n)
                await asyncio.sleep(0.005)
            packets = await pair.got(30)
            payloads = {packet.sequence_number: packet for packet in packets}
            in_order = [payloads[number] for number in sorted(payloads)]
            assert [p.payload for p in in_order] == [payload for f in sent for payload in f]
            assert [bool(p.marker) for p in in_order] == [False, False, True] * 10
            assert [p.timestamp for p in in_order[9:12]] == [18_000] * 3
            assert pair.lean.nacked >= pair.lean.retransmitted >= 2

    run(body)


def test_pli_fir_and_remb_are_heard() -> None:
    async def body() -> None:
        async with tapped() as pair:
            pair.lean.send(frame(100), 0)
            ssrc = (await pair.got(1))[0].ssrc
            await pair.receiver._send_rtcp_pli(ssrc)
            await pair.receiver._send_rtcp(RtcpPsfbPacket(fmt=4, ssrc=1, media_ssrc=ssrc))
            remb = b"REMB\x01" + ((3 << 18) | 100_000).to_bytes(3, "big") + ssrc.to_bytes(4, "big")
            await pair.receiver._send_rtcp(RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=0, fci=remb))
            await until(lambda: pair.lean.target_bitrate)
            assert (pair.wanted, pair.lean.target_bitrate) == (2, 800_000)

    run(body)


def test_reports_of_both_sides_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[RtcpSrPacket] = []

    async def body() -> None:
        async with tapped() as pair:
            handle = pair.receiver._handle_rtcp_packet

            async def note(packet: object) -> None:
                if isinstance(packet, RtcpSrPacket):
                    reports.append(packet)
                await handle(packet)  # type: ignore[arg-type]

            pair.receiver._handle_rtcp_packet = note
            for n in range(20):
                pair.lean.send(frame(400, 400), 6000 * n)
                await asyncio.sleep(1 / 15)
            await until(lambda: reports)
            await hears_more(pair.phone)  # the other end's reports come once a second
            figures = reports[0].sender_info
            assert 0 < figures.packet_count <= 40
            assert figures.octet_count == 400 * figures.packet_count
            sent = figures.packet_count // 2 * 6000  # by the clock that frames are stamped with
            assert sent - 12_000 <= figures.rtp_timestamp <= sent + 90_000
            assert pair.lean.lost == 0
            lossy = RtcpRrPacket(ssrc=1, reports=[report(reports[0].ssrc, lost=17)])
            await pair.receiver._send_rtcp(lossy)
            await until(lambda: pair.lean.lost == 17)

    run(body)


def report(ssrc: int, lost: int) -> RtcpReceiverInfo:
    return RtcpReceiverInfo(
        ssrc=ssrc, fraction_lost=1, packets_lost=lost, highest_sequence=1, jitter=0, lsr=0, dlsr=0
    )


async def hears_more(pc: RTCPeerConnection) -> None:
    async def heard() -> int:
        before = packets_received(pc)
        stats = (await pc.getStats()).values()
        told = sum(one.packetsReceived for one in stats if isinstance(one, RTCTransportStats))
        assert before <= told <= packets_received(pc)
        return told

    before = await heard()
    for _ in range(500):
        if await heard() > before:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


def test_rubbish_at_the_senders_socket_stops_nothing() -> None:
    async def body() -> None:
        async with tapped() as pair:
            pair.lean.send(frame(100), 0)
            ssrc = (await pair.got(1))[0].ssrc
            transport = pair.end.getTransceivers()[0].receiver.transport.transport
            rtcp = (b"\x80\xc8" + bytes(60), b"\x81\xc9\0\7" + bytes(60))
            for octets in (b"", b"\x80", os.urandom(200), *rtcp):
                with contextlib.suppress(ConnectionError):
                    await transport._send(octets)
            await pair.receiver._send_rtcp_pli(ssrc)
            await until(lambda: pair.wanted)

    run(body)


def test_consent_goes_on_while_it_is_given_and_its_end_closes_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feedback, "CONSENT_INTERVAL", 0.05)
    asked: list[bytes] = []

    async def body() -> None:
        async with tapped() as pair:
            protocol = pair.receiver.transport.transport._connection._nominated[1].protocol
            answer = protocol.datagram_received

            def note(data: bytes, address: tuple[str, int]) -> None:
                asked.append(data)
                answer(data, address)

            protocol.datagram_received = note
            await until(lambda: len(asked) > 3 * CONSENT_FAILURES)
            assert pair.phone.connectionState == "connected"
            protocol.transport.abort()  # gone without a word
            await until(lambda: pair.phone.connectionState in ("closed", "failed"))

    run(body)


@pytest.mark.parametrize("polled", [False, True])
def test_a_lean_receiver_gets_every_packet_and_reports_them(polled: bool) -> None:
    async def body() -> None:
        pair = Pair()
        taken: list[bytes] = []
        lean = LeanReceiver(pair.receiver, lambda h, p: (pair.headers.append(h), taken.append(p)))

        def begin() -> None:
            if pair.end.connectionState == "connected":
                lean.begin(polled=polled)

        pair.end.on("connectionstatechange", begin)
        try:
            await pair.connect()
            await until(lambda: pair.end.connectionState == "connected")
            sent = [payload for _ in range(5) for payload in frame(700, 700, 100)]
            for n in range(5):
                pair.lean.send(sent[3 * n : 3 * n + 3], 6000 * n)
            await until(lambda: lean.poll() or len(taken) >= 15)  # which does nothing when it is not polled
            assert [RtpPacket.parse(lean.unprotected(packet)).payload for packet in taken] == sent
            assert [h.marker for h in pair.headers] == [False, False, True] * 5
            assert [h.timestamp for h in pair.headers[::3]] == [0, 6000, 12000, 18000, 24000]
            await hears_more(pair.phone)  # its reports
        finally:
            lean.close()
            await pair.close()

    run(body)


def test_the_bare_loop_measures_something() -> None:
    assert 0 < bare_us_per_packet(("127.0.0.1", 9), octets=900, seconds=0.05) < 10_000
