"""Take a receiver's RTP packets off its socket, without parsing, jitter buffer or decoder."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from aiortc import RTCRtpReceiver
from aiortc.rtcrtpreceiver import StreamStatistics

from lean_rtc.private import read

_DATAGRAM_MOST = 2048  # asyncio makes room for 256 KiB each time
_HEADER = struct.Struct("!BBHII")
_CLOCK_HZ = 90_000

Seen = Callable[["Header", bytes], None]


class Header(NamedTuple):
    """What the clear part of an SRTP packet says."""

    marker: bool
    sequence_number: int
    timestamp: int
    ssrc: int


class LeanReceiver(asyncio.DatagramProtocol):
    """`on_packet` gets every RTP packet as it came, protected; `unprotected` opens one.

    aiortc keeps ICE, DTLS and RTCP, receiver reports among them; it neither asks again for what is missing
    nor estimates bandwidth. Attach it before the connection is up and call `begin` when it is.
    """

    def __init__(self, receiver: RTCRtpReceiver, on_packet: Seen) -> None:
        self._receiver = receiver
        self._on_packet = on_packet
        self._statistics: dict[int, Any] = {}
        self._socket: socket.socket | None = None
        self._protocol: Any = None
        self._transport: Any = None
        read(receiver, RTCRtpReceiver, "decoder_queue").put(None)  # its thread ends as soon as it starts

    def begin(self, *, polled: bool = False) -> None:
        """From now on RTP does not reach aiortc any more.

        `polled`: nor does the event loop look at the socket; what came waits until `poll` is called. Then a
        sender on the same machine pays nothing for waking its receiver.
        """
        connection = self._receiver.transport.transport._connection
        self._protocol = connection._nominated[1].protocol
        self._transport = self._protocol.transport
        self._statistics = read(self._receiver, RTCRtpReceiver, "remote_streams")
        self._transport.max_size = _DATAGRAM_MOST
        self._transport.set_protocol(self)
        if polled:
            own = self._transport.get_extra_info("socket")
            self._socket = socket.socket(own.family, own.type, own.proto, socket.dup(own.fileno()))
            self._transport._loop._remove_reader(own.fileno())

    def poll(self) -> None:
        """Take all that has come."""
        if self._socket is None or self._transport.is_closing():
            return
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                self.datagram_received(*self._socket.recvfrom(_DATAGRAM_MOST))

    def close(self) -> None:
        """Let the socket go. Again: nothing more."""
        if self._socket:
            self._socket.close()
            self._socket = None

    def unprotected(self, packet: bytes) -> bytes:
        """The packet in clear. Raises pylibsrtp.Error."""
        data: bytes = self._receiver.transport._rx_srtp.unprotect(packet)
        return data

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """What asyncio calls."""
        kind = data[1] & 0x7F if len(data) > 12 else 0
        if not 127 < data[0] < 192 or 64 <= kind < 96:
            self._protocol.datagram_received(data, addr)
            return
        _, second, number, timestamp, ssrc = _HEADER.unpack_from(data)
        header = Header(second > 127, number, timestamp, ssrc)
        statistics: Any = self._statistics.get(ssrc)
        if statistics is None:
            statistics = self._statistics[ssrc] = StreamStatistics(_CLOCK_HZ)
        statistics.add(header)
        self._on_packet(header, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)

    def error_received(self, exc: Exception) -> None:
        self._protocol.error_received(exc)
