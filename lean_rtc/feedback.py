"""What comes back to a lean sender, taken where it arrives: reports, NACK, PLI, REMB."""

import asyncio
import contextlib
import struct
from typing import Any

import pylibsrtp
from aiortc import RTCDtlsTransport, RTCRtpSender
from aiortc.rtp import RtcpPacket

from lean_rtc.private import read, without_waiting, write

_RECEIVER_REPORT = 201
_ONE_REPORT_OCTETS = 32
_REPORT = struct.Struct("!IB3s")  # of whom, share lost of 256, packets lost since the beginning
_REPORT_AT = 8


class Feedback(asyncio.DatagramProtocol):
    """Stands in front of the ICE protocol of a connected sender, whose socket it listens to from now on.

    A lone receiver report, by far the most frequent, is read in place; other RTCP goes to aiortc's handler at
    once; everything else where it went before.
    """

    def __init__(self, sender: RTCRtpSender) -> None:
        self.packets_lost = 0
        """As the receiver last reported."""
        self._sender = sender
        self._dtls = sender.transport
        self._protocol = self._dtls.transport._connection._nominated[1].protocol
        transport: Any = self._protocol.transport
        transport.max_size = 2048  # asyncio makes room for 256 KiB each time
        transport.set_protocol(self)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """What asyncio calls."""
        if len(data) < _ONE_REPORT_OCTETS or not (127 < data[0] < 192 and 192 <= data[1] < 224):
            self._protocol.datagram_received(data, addr)
            return
        heard = read(self._dtls, RTCDtlsTransport, "rx_packets")
        write(self._dtls, RTCDtlsTransport, "rx_packets", heard + 1)
        # rubbish is no reason to stop
        with contextlib.suppress(pylibsrtp.Error, ValueError, ConnectionError):
            self._take(self._dtls._rx_srtp.unprotect_rtcp(data))

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)

    def error_received(self, exc: Exception) -> None:
        self._protocol.error_received(exc)

    def _take(self, rtcp: bytes) -> None:
        if rtcp[1] == _RECEIVER_REPORT and len(rtcp) == _ONE_REPORT_OCTETS:
            ssrc, _, lost = _REPORT.unpack_from(rtcp, _REPORT_AT)
            if ssrc == self._sender._ssrc:
                self.packets_lost = int.from_bytes(lost, "big", signed=True)
            return
        for packet in RtcpPacket.parse(rtcp):
            without_waiting(self._sender._handle_rtcp_packet(packet))
