"""Send a film that is packetised already, for hundreds of phones in one process."""

import asyncio
import contextlib
import random
import struct
import time
from collections import deque
from collections.abc import Callable, Sequence

from aiortc import RTCRtpSender
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtcpByePacket, RtcpSdesPacket, RtcpSourceInfo

from lean_rtc.feedback import Feedback
from lean_rtc.inlet import Inlet
from lean_rtc.private import read, write
from lean_rtc.wire import NTP_EPOCH_S, Wire

RING_FRAMES = 64
REPORT_EVERY_S = 5.0
"""The shortest mean interval that RFC 3550 (6.2) recommends."""
_CLOCK_HZ = 90_000
_SENDER_REPORT, _SENDER_REPORT_KIND = struct.Struct("!BBHIQIII"), 200


class LeanSender:
    """Turns a sender without a track into a lean one: `send` protects and sends the RTP payloads of a frame.

    aiortc keeps doing ICE and DTLS; what comes back is taken through `inlet`. PLI and FIR call
    `on_keyframe_wanted`; NACKs are answered from the last 64 frames, on the media's own SSRC, and counted.
    `on_ready` is called when the connection stands. Attach it before.
    """

    def __init__(
        self,
        sender: RTCRtpSender,
        on_ready: Callable[[], None],
        on_keyframe_wanted: Callable[[], None],
        inlet: Inlet,
    ) -> None:
        self.target_bitrate: int | None = None
        """Bit/s that the receiver allows (REMB), as far as it said."""
        self.packets = self.octets = 0
        self.nacked = self.retransmitted = 0
        self.unsent = 0
        """Packets that the kernel did not take, or that came when there was no connection."""
        self._sender = sender
        self._on_ready = on_ready
        self._inlet = inlet
        self._ring: deque[tuple[int, int, Sequence[bytes]]] = deque(maxlen=RING_FRAMES)
        self._next = random.randrange(1 << 15)  # an early wrap-around would break SRTP's roll-over counter
        self._last = (0, 0.0)  # RTP timestamp of the last frame, and when it was sent
        self._wire: Wire | None = None
        self._feedback: Feedback | None = None
        ssrc, cname = sender._ssrc, str(read(sender, RTCRtpSender, "cname"))
        described = RtcpSourceInfo(ssrc=ssrc, items=[(1, cname.encode())])
        self._description = bytes(RtcpSdesPacket(chunks=[described]))
        write(sender, RTCRtpSender, "encoder", self)  # whose target bit rate aiortc sets
        sender._run_rtp = self._run_rtp  # type: ignore[method-assign]
        sender._run_rtcp = self._run_rtcp  # type: ignore[method-assign]
        sender._send_keyframe = on_keyframe_wanted  # type: ignore[method-assign]
        sender._retransmit = self._retransmit  # type: ignore[method-assign]

    @property
    def lost(self) -> int:
        """Packets lost, as the receiver last reported."""
        return self._feedback.packets_lost if self._feedback else 0

    def send(self, payloads: Sequence[bytes], timestamp: int) -> None:
        """Send one frame now, the marker on its last packet. Without a connection it is lost."""
        if self._wire is None:
            self.unsent += len(payloads)
            return
        first = self._next
        self._next = (first + len(payloads)) & 0xFFFF
        self._ring.append((first, timestamp, payloads))
        self._last = timestamp, time.time()
        sent = self._wire.send(payloads, first, timestamp, len(payloads) - 1)
        self.unsent += len(payloads) - sent
        self.packets += sent
        self.octets += sum(map(len, payloads))

    async def _retransmit(self, sequence_number: int) -> None:
        """What aiortc calls for each packet of a NACK."""
        self.nacked += 1
        for first, timestamp, payloads in self._ring:
            k = (sequence_number - first) & 0xFFFF
            if k < len(payloads) and self._wire:
                last = 0 if k == len(payloads) - 1 else -1
                self.retransmitted += self._wire.send(payloads[k : k + 1], sequence_number, timestamp, last)
                return

    async def _run_rtp(self, codec: RTCRtpCodecParameters) -> None:
        """What aiortc runs, once connected, instead of its loop around an encoder."""
        read(self._sender, RTCRtpSender, "rtp_started").set()
        try:
            self._wire = Wire(self._sender, codec.payloadType or 0)
            if own := self._wire.own_socket:
                self._feedback = Feedback(self._sender, self._wire, own, self._inlet)
            self._on_ready()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.get_running_loop().create_future()
        finally:
            wire, self._wire = self._wire, None
            if self._feedback:
                self._feedback.close()
            if wire:
                wire.close()
            self._ring.clear()
            read(self._sender, RTCRtpSender, "rtp_exited").set()

    async def _run_rtcp(self) -> None:
        """What aiortc runs beside it: a report every 5 s on average, the first after 1 s; at last a BYE."""
        read(self._sender, RTCRtpSender, "rtcp_started").set()
        loop = asyncio.get_running_loop()
        self._reporting = loop.call_later(0.5 + random.random(), self._report)
        with contextlib.suppress(asyncio.CancelledError):
            await loop.create_future()
        self._reporting.cancel()
        await self._sender._send_rtcp([RtcpByePacket(sources=[self._sender._ssrc])])
        read(self._sender, RTCRtpSender, "rtcp_exited").set()

    def _report(self) -> None:
        """A sender report of this moment, with who it is from (RFC 3550, 6.4.1 and 6.5)."""
        again_s = REPORT_EVERY_S * (0.5 + random.random())
        self._reporting = asyncio.get_running_loop().call_later(again_s, self._report)
        if self._wire is None:
            return
        timestamp, sent_s = self._last
        now_s = time.time()
        figures = {
            "ntp_timestamp": int((now_s + NTP_EPOCH_S) * (1 << 32)),
            "rtp_timestamp": (timestamp + round((now_s - sent_s) * _CLOCK_HZ)) & 0xFFFFFFFF,
            "packet_count": self.packets & 0xFFFFFFFF,
            "octet_count": self.octets & 0xFFFFFFFF,
        }
        for name, value in figures.items():  # for `getStats`
            write(self._sender, RTCRtpSender, name, value)
        ssrc = self._sender._ssrc
        report = _SENDER_REPORT.pack(0x80, _SENDER_REPORT_KIND, 6, ssrc, *figures.values())
        self._wire.send_rtcp(report + self._description)
