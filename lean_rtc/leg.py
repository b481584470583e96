"""Send somebody else's RTP packets to one viewer, without an encoder."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from typing import Any

import pylibsrtp
from aiortc import RTCRtpSender, clock
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RTP_HISTORY_SIZE, RtpPacket

from lean_rtc.keyframe import starts_keyframe
from lean_rtc.private import read, without_waiting, write
from lean_rtc.splice import Splice


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
        self._packets = 0
        self._octets = 0
        sender._run_rtp = self._run_rtp  # type: ignore[method-assign]
        sender._send_keyframe = on_keyframe_wanted  # type: ignore[method-assign]

    def forward(self, packet: RtpPacket) -> None:
        """Send the payload of `packet` to the viewer, now. Without a connection it is dropped."""
        if self._codec is None:
            return
        now = time.monotonic()
        if packet.ssrc != self._splice.source:
            if not starts_keyframe(self._codec.name, packet.payload):
                self._on_keyframe_wanted()
                return
            self._splice.begin(packet.ssrc, packet.sequence_number, packet.timestamp, now)
        place = self._splice.place(packet.sequence_number, packet.timestamp, now)
        if place is not None:
            self._send(packet, *place)

    def stop(self) -> None:
        """Send nothing more, not even to answer a NACK. The peer connection is its owner's to close."""
        self._stopped, self._codec = True, None
        self._hidden("rtp_history").clear()

    def _send(self, packet: RtpPacket, sequence_number: int, timestamp: int) -> None:
        own = RtpPacket(
            payload_type=self._payload_type,
            marker=packet.marker,
            sequence_number=sequence_number,
            timestamp=timestamp,
            ssrc=self._sender._ssrc,
            payload=packet.payload,
        )
        own.extensions.mid = self._hidden("mid")
        own.extensions.abs_send_time = packet.extensions.abs_send_time
        self._hidden("rtp_history")[sequence_number % RTP_HISTORY_SIZE] = own
        data = own.serialize(self._hidden("rtp_header_extensions_map"))
        # one viewer that has gone, or one packet that is too long, must not disturb the others
        with contextlib.suppress(ConnectionError, pylibsrtp.Error, ValueError):
            without_waiting(self._sender.transport._send_rtp(data))
            self._count(timestamp, len(packet.payload))

    def _count(self, timestamp: int, octets: int) -> None:
        """What the sender reports and `getStats` say about this stream."""
        self._packets += 1
        self._octets += octets
        write(self._sender, RTCRtpSender, "ntp_timestamp", clock.current_ntp_time())
        write(self._sender, RTCRtpSender, "rtp_timestamp", timestamp)
        write(self._sender, RTCRtpSender, "packet_count", self._packets)
        write(self._sender, RTCRtpSender, "octet_count", self._octets)

    async def _run_rtp(self, codec: RTCRtpCodecParameters) -> None:
        """What aiortc runs, once connected, instead of its loop around an encoder."""
        self._hidden("rtp_started").set()
        if not self._stopped:
            self._codec, self._payload_type = codec, codec.payloadType or 0
            self._on_keyframe_wanted()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()
        self.stop()
        self._hidden("rtp_exited").set()

    def _hidden(self, name: str) -> Any:
        return read(self._sender, RTCRtpSender, name)
