"""Take a receiver's RTP packets off its socket, without parsing, jitter buffer or decoder."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from aiortc import RTCRtpReceiver
from aiortc.rtcrtpreceiver import StreamStatistics
from pylibsrtp._binding import ffi

from lean_rtc.bundles import CONTROL_OCTETS, bundle, datagram_octets
from lean_rtc.private import read, write

_DATAGRAM_MOST = 2048  # asyncio makes room for 256 KiB each time
HEADER = struct.Struct("!BBHII")
_CLOCK_HZ = 90_000


class _Room:
    """Where messages are received and opened: every receiver's, one at a time."""

    def __init__(self) -> None:
        self.octets = ffi.new("char[]", 1 << 16)
        self.view = memoryview(ffi.buffer(self.octets))
        self.length = ffi.new("int *")


room = _Room()
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
        write(receiver, RTCRtpReceiver, "remote_bitrate_estimator", None)  # a thousand objects each

    def begin(self, *, polled: bool = False) -> None:
        """From now on RTP does not reach aiortc any more.

        `polled`: nor does the event loop look at the socket; what came waits for `poll` or `take`. Then a
        sender on the same machine pays nothing for waking its receiver, and a burst of equally long packets
        is one message.
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
            bundle(self._socket)
            self._transport._loop._remove_reader(own.fileno())

    @property
    def fileno(self) -> int:
        """The polled socket."""
        assert self._socket is not None
        return self._socket.fileno()

    def poll(self) -> None:
        """Take all that has come."""
        while self.take():
            pass

    def take(self) -> bool:
        """Take one message, if there is one."""
        if self._socket is None or self._transport.is_closing():
            return False
        try:
            end, control, _, address = self._socket.recvmsg_into([room.view], CONTROL_OCTETS)
        except (BlockingIOError, ConnectionError):
            return False
        length = datagram_octets(control, end)
        for at in range(0, end, length):
            self._arrived(at, min(at + length, end), address)
        return True

    def _arrived(self, begin: int, end: int, address: tuple[Any, ...]) -> None:
        """A datagram is in the room from `begin` to `end`."""
        self.datagram_received(bytes(room.view[begin:end]), address)

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
        _, second, number, timestamp, ssrc = HEADER.unpack_from(data)
        header = Header(second > 127, number, timestamp, ssrc)
        self._count(ssrc, header)
        self._on_packet(header, data)

    def _count(self, ssrc: int, packet: Any) -> None:
        """For the receiver reports: its sequence number and timestamp."""
        statistics = self._statistics.get(ssrc)
        if statistics is None:
            statistics = self._statistics[ssrc] = StreamStatistics(_CLOCK_HZ)
        statistics.add(packet)

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)

    def error_received(self, exc: Exception) -> None:
        self._protocol.error_received(exc)
