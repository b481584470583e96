"""From RTP payloads to datagrams: header, SRTP, UDP, with as few calls as there can be."""

import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

from aiortc import RTCRtpSender
from aiortc.rtp import RtpPacket
from pylibsrtp._binding import ffi, lib

from lean_rtc.private import read

NTP_EPOCH_S = 2_208_988_800  # from 1900 to 1970
_UDP_SEGMENT = 103  # linux/udp.h: the kernel cuts one message into datagrams of so many octets
_SEGMENTS_MOST = 64
_PACKET_ROOM = 1500
_ROOM = 64_000
_PLAIN, _PADDED, _MARKER = 0x90, 0xB0, 0x80
_NUMBER, _TIMESTAMP = struct.Struct("!H"), struct.Struct("!I")
_SEGMENT = struct.Struct("=H")


class _Buffer:
    """Where packets are put together and protected, one behind the other: every wire's, one at a time."""

    def __init__(self) -> None:
        self.octets = ffi.new("char[]", _ROOM)
        self.view = memoryview(ffi.buffer(self.octets))
        self.length = ffi.new("int *")


_buffer = _Buffer()


class Wire:
    """One sender's way out, once ICE and DTLS stand.

    Equally long packets that follow each other go to the kernel in one call (UDP segmentation), which costs
    half; on a system without it, or a transport without a socket, each has its own.
    """

    def __init__(self, sender: RTCRtpSender, payload_type: int) -> None:
        dtls = sender.transport
        self._session = dtls._tx_srtp  # owns what is next
        self._srtp = self._session._srtp[0]
        pair = dtls.transport._connection._nominated[1]
        self._transport, self._address = pair.protocol.transport, pair.remote_addr
        self._socket = _duplicate(self._transport)
        self._head, self._sent_at = _template(sender, payload_type)

    @property
    def has_socket(self) -> bool:
        """Whether nothing stands between this end and its socket."""
        return self._socket is not None

    def close(self) -> None:
        if self._socket:
            self._socket.close()

    def send(self, payloads: Sequence[bytes], number: int, timestamp: int, last: int) -> int:
        """Send payloads, numbered from `number` on; the one at index `last` gets the marker. How many went.

        A packet one octet shorter than the one before it is padded (RFC 3550, 5.1) to be equally long.
        """
        head, view, octets, length = self._head, _buffer.view, _buffer.octets, _buffer.length
        _TIMESTAMP.pack_into(head, 4, timestamp)
        if self._sent_at:
            now = int((time.time() + NTP_EPOCH_S) * (1 << 18)) & 0xFFFFFF
            head[self._sent_at : self._sent_at + 3] = now.to_bytes(3, "big")
        kind, went = head[1], 0
        at = segment = count = longest = 0
        for k, payload in enumerate(payloads):
            size = len(payload)
            if count and (size > longest or count == _SEGMENTS_MOST or at > _ROOM - _PACKET_ROOM):
                went += self._hand_over(at, segment, count)
                at = count = 0
            head[0], head[1] = _PLAIN, kind | _MARKER if k == last else kind
            if count and size == longest - 1:
                head[0], size = _PADDED, longest
                payload += b"\x01"
            _NUMBER.pack_into(head, 2, (number + k) & 0xFFFF)
            packet = head + payload
            length[0] = len(packet)
            view[at : at + len(packet)] = packet
            if lib.srtp_protect(self._srtp, octets + at, length):
                continue
            at += length[0]
            count += 1
            if count == 1:
                segment, longest = at, size
            elif size < longest:
                longest = -1  # a shorter one ends the call
        head[1] = kind
        return went + self._hand_over(at, segment, count)

    def _hand_over(self, end: int, segment: int, count: int) -> int:
        """Give the first `end` octets of the buffer to the kernel; how many packets it took."""
        if not count or self._transport.is_closing():
            return 0
        if self._socket is None or (count > 1 and not Wire._segments):
            return sum(self._alone(at, min(at + segment, end)) for at in range(0, end, segment))
        try:
            if count == 1:
                self._socket.sendto(_buffer.view[:end], self._address)
            else:
                cut = [(socket.IPPROTO_UDP, _UDP_SEGMENT, _SEGMENT.pack(segment))]
                self._socket.sendmsg([_buffer.view[:end]], cut, 0, self._address)
        except BlockingIOError:
            return 0
        except OSError:
            if count == 1:
                return 0
            Wire._segments = False
            return self._hand_over(end, segment, count)
        return count

    def _alone(self, begin: int, end: int) -> bool:
        self._transport.sendto(bytes(_buffer.view[begin:end]), self._address)
        return True

    _segments = True
    """Whether this system cuts messages; false from the first time that it did not."""


def _duplicate(transport: Any) -> socket.socket | None:
    """A socket object for the transport's own socket; None when the transport has none of its own."""
    own = transport.get_extra_info("socket")
    if own is None:
        return None
    duplicate = socket.socket(own.family, own.type, own.proto, socket.dup(own.fileno()))
    duplicate.setblocking(False)
    return duplicate


def _template(sender: RTCRtpSender, payload_type: int) -> tuple[bytearray, int]:
    """A packet's header with the negotiated extensions, and where abs-send-time stands in it (0: nowhere)."""
    heads = []
    for sent_at in (0, 0xFFFFFF):
        packet = RtpPacket(payload_type=payload_type, ssrc=sender._ssrc)
        packet.extensions.mid = read(sender, RTCRtpSender, "mid")
        packet.extensions.abs_send_time = sent_at
        heads.append(packet.serialize(read(sender, RTCRtpSender, "rtp_header_extensions_map")))
    place = next((k for k, (a, b) in enumerate(zip(*heads, strict=True)) if a != b), 0)
    return bytearray(heads[0]), place
