"""Send somebody else's RTP packets to one viewer, without an encoder."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from aiortc import RTCRtpSender, clock
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RTP_HISTORY_SIZE, RtpPacket

from lean_rtc.keyframe import starts_keyframe
from lean_rtc.private import mangled, read
from lean_rtc.splice import Splice
from lean_rtc.wire import NTP_EPOCH_S, Wire

_NTP_TIMESTAMP, _RTP_TIMESTAMP, _PACKETS, _OCTETS = (
    mangled(RTCRtpSender, name) for name in ("ntp_timestamp", "rtp_timestamp", "packet_count", "octet_count")
)


class Leg:
    """Turns a sender without a track into a relay leg: `forward` sends a packet as the sender's own.

    aiortc keeps doing ICE, DTLS, reports, NACK and RTX (it answers from the last 128 packets).
    A leg starts, and starts again when the source changes, with a key frame: until it has one it
    calls `on_keyframe_wanted` with each packet it holds back, and so for each PLI or FIR of its viewer.
    Attach it before the connection is up.
    """

    def __init__(self, sender: RTCRtpSender, on_keyframe_wanted: Callable[[], None]) -> None:
        self._sender = sender
        self._on_keyframe_wanted = on_keyframe_wanted
        # in the lower half: an early wrap-around would break SRTP's roll-over counter
        self._splice = Splice(first_sequence_number=random.randrange(1 << 15))
        self._codec: RTCRtpCodecParameters | None = None
        self._payload_type = 0
        self._stopped = False
        self._packets = self._octets = 0
        self._wire: Wire | None = None
        self._history: dict[int, tuple[int, int, RtpPacket]] = {}  # the last ones that were sent
        self._stock_retransmit = sender._retransmit
        sender._retransmit = self._retransmit  # type: ignore[method-assign]
        sender._run_rtp = self._run_rtp  # type: ignore[method-assign]
        sender._send_keyframe = on_keyframe_wanted  # type: ignore[method-assign]

    def forward(self, *packets: RtpPacket) -> None:
        """Send the payloads of packets to the viewer, now. Without a connection they are dropped."""
        now = time.monotonic()
        run: list[RtpPacket] = []  # of one frame, in order: they can go together
        number = timestamp = 0  # of the first
        for packet in packets:
            place = self._place(packet, now)
            if place is None:
                continue
            if run and place != ((number + len(run)) & 0xFFFF, timestamp):
                self._send(run, number, timestamp)
                run = []
            if not run:
                number, timestamp = place
            run.append(packet)
            if packet.marker:
                self._send(run, number, timestamp)
                run = []
        if run:
            self._send(run, number, timestamp)

    def stop(self) -> None:
        """Send nothing more, not even to answer a NACK. The peer connection is its owner's to close."""
        self._stopped, self._codec = True, None
        self._history.clear()
        self._hidden("rtp_history").clear()

    def _place(self, packet: RtpPacket, now: float) -> tuple[int, int] | None:
        """The number and the timestamp to send it with; None when it is not to be sent."""
        if self._codec is None:
            return None
        if packet.ssrc != self._splice.source:
            if not starts_keyframe(self._codec.name, packet.payload):
                self._on_keyframe_wanted()
                return None
            self._splice.begin(packet.ssrc, packet.sequence_number, packet.timestamp, now)
        return self._splice.place(packet.sequence_number, packet.timestamp, now)

    def _send(self, run: Sequence[RtpPacket], number: int, timestamp: int) -> None:
        assert self._wire
        for k, packet in enumerate(run):
            self._history[(number + k) % RTP_HISTORY_SIZE] = (number + k) & 0xFFFF, timestamp, packet
        last = len(run) - 1 if run[-1].marker else -1
        payloads = [packet.payload for packet in run]
        if sent := self._wire.send(payloads, number, timestamp, last):
            self._packets += sent
            self._octets += sum(map(len, payloads))
            self._tell(timestamp)

    def _tell(self, timestamp: int) -> None:
        """What the sender reports and `getStats` say about this stream."""
        sender = self._sender
        setattr(sender, _NTP_TIMESTAMP, int((time.time() + NTP_EPOCH_S) * (1 << 32)))
        setattr(sender, _RTP_TIMESTAMP, timestamp)
        setattr(sender, _PACKETS, self._packets)
        setattr(sender, _OCTETS, self._octets)

    async def _retransmit(self, sequence_number: int) -> None:
        """What aiortc calls for each packet of a NACK: it finds the packet where it looks for it."""
        known, timestamp, packet = self._history.get(sequence_number % RTP_HISTORY_SIZE, (None, 0, None))
        if packet is None or known != sequence_number:
            return
        own = RtpPacket(
            payload_type=self._payload_type,
            marker=packet.marker,
            sequence_number=sequence_number,
            timestamp=timestamp,
            ssrc=self._sender._ssrc,
            payload=packet.payload,
        )
        own.extensions.mid = self._hidden("mid")
        own.extensions.abs_send_time = clock.current_ntp_time() >> 14 & 0xFFFFFF
        self._hidden("rtp_history")[sequence_number % RTP_HISTORY_SIZE] = own
        await self._stock_retransmit(sequence_number)

    async def _run_rtp(self, codec: RTCRtpCodecParameters) -> None:
        """What aiortc runs, once connected, instead of its loop around an encoder."""
        self._hidden("rtp_started").set()
        try:
            if not self._stopped:
                self._begin(codec)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.get_running_loop().create_future()
        finally:
            self.stop()
            if self._wire:
                self._wire.close()
            self._hidden("rtp_exited").set()

    def _begin(self, codec: RTCRtpCodecParameters) -> None:
        self._payload_type = codec.payloadType or 0
        self._wire = Wire(self._sender, self._payload_type)
        self._codec = codec
        self._on_keyframe_wanted()

    def _hidden(self, name: str) -> Any:
        return read(self._sender, RTCRtpSender, name)
