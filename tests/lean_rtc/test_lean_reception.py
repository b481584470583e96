"""A burst at a time comes to the same as packet by packet in aiortc's own receiver."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiortc import RTCPeerConnection, RTCRtpReceiver, clock
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtcpPacket, RtpPacket, wrap_rtx

from lean_rtc import peer_connection
from lean_rtc.private import read
from lean_rtc.reception import Reception

SSRC, RTX_SSRC = 113, 114
CODECS = {
    97: RTCRtpCodecParameters("video/VP8", 90_000, payloadType=97),
    98: RTCRtpCodecParameters("video/rtx", 90_000, payloadType=98, parameters={"apt": 97}),
}


class Rig:
    """A receiver without a connection, and what it would have sent."""

    def __init__(self) -> None:
        self.pc: RTCPeerConnection = peer_connection()
        self.receiver: RTCRtpReceiver = self.pc.addTransceiver("video").receiver
        self.said: list[Any] = []
        self.hidden("codecs").update(CODECS)
        self.hidden("rtx_ssrc")[RTX_SSRC] = SSRC
        self.receiver._set_rtcp_ssrc(1)
        self.receiver.transport._send_rtp = self._send  # type: ignore[method-assign]

    def hidden(self, name: str) -> Any:
        return read(self.receiver, RTCRtpReceiver, name)

    async def _send(self, data: bytes) -> None:
        self.said += RtcpPacket.parse(data)


def packet(number: int, sent_ms: float, octets: int = 900) -> RtpPacket:
    made = RtpPacket(97, 0, number & 0xFFFF, round(sent_ms * 90), SSRC, b"\x10" + bytes(octets - 1))
    made.extensions.abs_send_time = round(sent_ms * (1 << 18) / 1000) & 0xFFFFFF
    return made


def bursts(frames: int) -> Iterator[tuple[int, list[RtpPacket]]]:
    """Frames of four packets each; after a while each comes a little later than the one before."""
    for n in range(frames):
        sent_ms = n * 1000 / 15
        arrived_ms = round(sent_ms) + max(0, n - 60) * 9
        yield arrived_ms, [packet(4 * n + k, sent_ms + 0.2 * k) for k in range(4)]


def test_the_bandwidth_estimate_is_what_it_was_packet_by_packet(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        stock, ours = Rig(), Rig()
        reception = Reception(ours.receiver)
        for now_ms, burst in bursts(150):
            monkeypatch.setattr(clock, "current_ms", lambda now_ms=now_ms: now_ms)
            for one in burst:
                await stock.receiver._handle_rtp_packet(one, now_ms)
            reception.take(burst)
        told = {rig: [p for p in rig.said if p.fmt == 15] for rig in (stock, ours)}
        assert len(told[ours]) > 3
        last = [estimates[-1].fci for estimates in told.values()]
        assert last[0] == last[1]
        assert ours.hidden("remote_streams")[SSRC].packets_received == 600
        for rig in (stock, ours):
            await rig.pc.close()

    asyncio.run(body())


def test_what_is_missing_is_asked_for_once_a_burst_and_rtx_is_unwrapped() -> None:
    async def body() -> None:
        rig = Rig()
        reception = Reception(rig.receiver)
        got = reception.take([packet(n, 0) for n in (65534, 65535, 1, 3)])
        assert [one.sequence_number for one in got] == [65534, 65535, 1, 3]
        assert [sorted(p.lost) for p in rig.said] == [[0, 2]]
        again = wrap_rtx(packet(0, 0), payload_type=98, sequence_number=7, ssrc=RTX_SSRC)
        got = reception.take([again])
        assert [(one.sequence_number, one.ssrc, one.payload_type) for one in got] == [(0, SSRC, 97)]
        assert rig.hidden("nack_generator").missing == {2}
        await rig.pc.close()

    asyncio.run(body())


def test_what_nobody_negotiated_is_left_out() -> None:
    async def body() -> None:
        rig = Rig()
        foreign = wrap_rtx(packet(0, 0), payload_type=98, sequence_number=7, ssrc=999)
        short = RtpPacket(98, 0, 8, 0, RTX_SSRC, b"\x00")
        unknown = RtpPacket(111, 0, 8, 0, SSRC, b"opus")
        assert Reception(rig.receiver).take([foreign, short, unknown]) == []
        assert rig.said == []
        await rig.pc.close()

    asyncio.run(body())
