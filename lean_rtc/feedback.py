"""What comes back to a lean sender, taken off its socket: reports, NACK, PLI, REMB, and consent to go on."""

import asyncio
import contextlib
import random
import socket
import struct
from typing import Any

import pylibsrtp
from aioice.ice import CONSENT_INTERVAL
from aiortc import RTCDtlsTransport, RTCRtpSender
from aiortc.rtp import RtcpPacket

from lean_rtc.consent import Consent
from lean_rtc.inlet import Inlet
from lean_rtc.private import read, without_waiting, write
from lean_rtc.wire import Wire

_DATAGRAM_MOST = 2048
_RECEIVER_REPORT = 201
_ONE_REPORT_OCTETS = 32
_REPORT = struct.Struct("!IB3s")  # of whom, share lost of 256, packets lost since the beginning
_REPORT_AT = 8
_STUN = (b"\0", b"\1")  # what a plain message of it begins with


class Feedback:
    """Takes over the socket and the consent checks of a connected sender, until it is closed.

    A lone receiver report and a plain consent check, by far the most frequent, are read in place; other RTCP
    goes to aiortc's handler at once; everything else where it went before.
    """

    def __init__(self, sender: RTCRtpSender, wire: Wire, own_socket: socket.socket, inlet: Inlet) -> None:
        self.packets_lost = 0
        """As the receiver last reported."""
        self._sender = sender
        self._dtls: Any = sender.transport
        self._connection: Any = self._dtls.transport._connection
        self._protocol = self._connection._nominated[1].protocol
        self._consent = Consent(self._connection, wire.send_plain)
        consenting: Any = self._connection._query_consent_task
        consenting.cancel()
        self._loop = asyncio.get_running_loop()
        self._asking = self._loop.call_later(CONSENT_INTERVAL * random.random(), self._ask)
        self._ending: asyncio.Task[None] | None = None
        self._socket, self._inlet = own_socket, inlet
        transport: Any = self._protocol.transport
        transport._loop._remove_reader(transport.get_extra_info("socket").fileno())
        inlet.add(own_socket.fileno(), self._read)

    def close(self) -> None:
        """Before the socket is closed. Nothing that comes after this is heard."""
        self._asking.cancel()
        self._inlet.remove(self._socket.fileno())

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):  # ICE will notice
            self._take(*self._socket.recvfrom(_DATAGRAM_MOST))

    def _take(self, data: bytes, address: tuple[Any, ...]) -> None:
        if len(data) >= _ONE_REPORT_OCTETS and 127 < data[0] < 192 and 192 <= data[1] < 224:
            heard = read(self._dtls, RTCDtlsTransport, "rx_packets")
            write(self._dtls, RTCDtlsTransport, "rx_packets", heard + 1)
            # rubbish is no reason to stop
            with contextlib.suppress(pylibsrtp.Error, ValueError, ConnectionError):
                self._take_rtcp(self._dtls._rx_srtp.unprotect_rtcp(data))
        elif not (data[:1] in _STUN and self._consent.take(data, address)):
            self._protocol.datagram_received(data, address)

    def _ask(self) -> None:
        """A consent check, every 5 s on average; after six without an answer the connection is closed."""
        if self._consent.ask():
            again_s = CONSENT_INTERVAL * (0.8 + 0.4 * random.random())
            self._asking = self._loop.call_later(again_s, self._ask)
        else:
            self._ending = self._loop.create_task(self._connection.close())

    def _take_rtcp(self, rtcp: bytes) -> None:
        if rtcp[1] == _RECEIVER_REPORT and len(rtcp) == _ONE_REPORT_OCTETS:
            ssrc, _, lost = _REPORT.unpack_from(rtcp, _REPORT_AT)
            if ssrc == self._sender._ssrc:
                self.packets_lost = int.from_bytes(lost, "big", signed=True)
            return
        for packet in RtcpPacket.parse(rtcp):
            without_waiting(self._sender._handle_rtcp_packet(packet))
