"""From RTP payloads to datagrams: header, SRTP, UDP, with as few calls as there can be."""

import contextlib
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

import pylibsrtp
from aiortc import RTCRtpSender
from aiortc.rtp import RtpPacket
from pylibsrtp._binding import ffi, lib

from lean_rtc.private import read

NTP_EPOCH_S = 2_208_988_800  # from 1900 to 1970
_UDP_SEGMENT = 103  # linux/udp.h: the kernel cuts one message into datagrams of so many octets
_SEGMENTS_MOST = 64
_CALL_MOST = 60_000  # octets of payload; with headers and tags still a datagram
_PACKET_MOST = 1500 - 144  # in clear: libsrtp's SRTP_MAX_TRAILER_LEN; aiortc takes no longer one
_PLAIN, _PADDED, _MARKER = 0x90, 0xB0, 0x80
_HEAD = "!BBHII"
_SEGMENT = struct.Struct("=H")
_SHORT_TAG = b"SRTP_AES128_CM_SHA1_80"
_SHORT_TAG_OCTETS, _TAG_OCTETS = 10, 16  # RFC 5764, 4.1.2, and RFC 7714, 14.2


class _Buffer:
    """Where packets are put together and protected, one behind the other: every wire's, one at a time."""

    def __init__(self) -> None:
        self.octets = ffi.new("char[]", 1 << 16)
        self.view = memoryview(ffi.buffer(self.octets))
        self.length = ffi.new("int *")


_buffer = _Buffer()


class Wire:
    """One sender's way out, once ICE and DTLS stand.

    Equally long packets that follow each other go to the kernel in one call (UDP segmentation), which costs
    half; on a system without it, or a transport without a socket, each has its own.
    """

    def __init__(self, sender: RTCRtpSender, payload_type: int) -> None:
        dtls: Any = sender.transport
        self._session = dtls._tx_srtp  # owns what is next
        self._srtp = self._session._srtp[0]
        pair = dtls.transport._connection._nominated[1]
        self._transport, self._address = pair.protocol.transport, pair.remote_addr
        self.own_socket = _duplicate(self._transport)
        """None when something stands between this end and its socket."""
        self._kind, self._ssrc = payload_type, sender._ssrc
        self._extension, self._sent_at = _extension(sender)
        self._head = struct.Struct(f"{_HEAD}{len(self._extension)}s")
        tag = _SHORT_TAG_OCTETS if dtls._ssl.get_selected_srtp_profile() == _SHORT_TAG else _TAG_OCTETS
        self._between = bytes(tag + self._head.size)  # the payloads of two packets

    def close(self) -> None:
        if self.own_socket:
            self.own_socket.close()

    def send(self, payloads: Sequence[bytes], number: int, timestamp: int, last: int) -> int:
        """Send payloads, numbered from `number` on; the one at index `last` gets the marker. How many went.

        A packet one octet shorter than the first one of a call is padded (RFC 3550, 5.1) to be equally long.
        One that is too long stays here.
        """
        if self._sent_at:
            now = int((time.time() + NTP_EPOCH_S) * (1 << 18)) & 0xFFFFFF
            self._extension[self._sent_at : self._sent_at + 3] = now.to_bytes(3, "big")
        begin = went = 0
        while begin < len(payloads):
            end = begin + 1
            if self._head.size + len(payloads[begin]) <= _PACKET_MOST:
                end = _end_of_call(payloads, begin)
                went += self._send_call(payloads[begin:end], number + begin, timestamp, last - begin)
            begin = end
        return went

    def _send_call(self, payloads: Sequence[bytes], number: int, timestamp: int, last: int) -> int:
        """Send payloads of which the kernel gets one message."""
        view, octets, length = _buffer.view, _buffer.octets, _buffer.length
        pack, head, longest = self._head.pack_into, self._head.size, len(payloads[0])
        segment = longest + len(self._between)
        if len(payloads) > 1:
            padded = [p + b"\x01" if len(p) == longest - 1 else p for p in payloads]
            between = self._between.join(padded)
        else:
            between = payloads[0]
        view[head : head + len(between)] = between
        at = 0
        for k, payload in enumerate(payloads):
            size = len(payload)
            first = _PLAIN
            if size == longest - 1:
                first, size = _PADDED, longest
            kind = self._kind | _MARKER if k == last else self._kind
            pack(view, at, first, kind, (number + k) & 0xFFFF, timestamp, self._ssrc, self._extension)
            length[0] = head + size
            if lib.srtp_protect(self._srtp, octets + at, length):
                return 0
            at += segment
        return self._hand_over(at - segment + length[0], segment, len(payloads))

    def send_rtcp(self, packets: bytes) -> None:
        """Send a compound RTCP packet."""
        with contextlib.suppress(pylibsrtp.Error):
            self.send_plain(self._session.protect_rtcp(packets))

    def send_plain(self, datagram: bytes) -> None:
        """Send what is protected already, or must not be."""
        if self._transport.is_closing():
            return
        with contextlib.suppress(OSError):
            (self.own_socket or self._transport).sendto(datagram, self._address)

    def _hand_over(self, end: int, segment: int, count: int) -> int:
        """Give the first `end` octets of the buffer to the kernel; how many packets it took."""
        if self._transport.is_closing():
            return 0
        if self.own_socket is None or (count > 1 and not Wire._segments):
            return sum(self._alone(at, min(at + segment, end)) for at in range(0, end, segment))
        try:
            if count == 1:
                self.own_socket.sendto(_buffer.view[:end], self._address)
            else:
                cut = [(socket.IPPROTO_UDP, _UDP_SEGMENT, _SEGMENT.pack(segment))]
                self.own_socket.sendmsg([_buffer.view[:end]], cut, 0, self._address)
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


def _end_of_call(payloads: Sequence[bytes], begin: int) -> int:
    """How far one message goes: equally long packets, but for one octet, and a last one that is shorter."""
    longest = len(payloads[begin])
    most = min(len(payloads), begin + min(_SEGMENTS_MOST, _CALL_MOST // (longest + 1)))
    for k in range(begin + 1, most):
        size = len(payloads[k])
        if size > longest:
            return k
        if size < longest - 1:
            return k + 1
    return max(most, begin + 1)


def _duplicate(transport: Any) -> socket.socket | None:
    """A socket object for the transport's own socket; None when the transport has none of its own."""
    own = transport.get_extra_info("socket")
    if own is None:
        return None
    duplicate = socket.socket(own.family, own.type, own.proto, socket.dup(own.fileno()))
    duplicate.setblocking(False)
    return duplicate


def _extension(sender: RTCRtpSender) -> tuple[bytearray, int]:
    """The negotiated header extensions, and where abs-send-time stands in them (0: nowhere)."""
    heads = []
    for sent_at in (0, 0xFFFFFF):
        packet = RtpPacket(ssrc=sender._ssrc)
        packet.extensions.mid = read(sender, RTCRtpSender, "mid")
        packet.extensions.abs_send_time = sent_at
        heads.append(packet.serialize(read(sender, RTCRtpSender, "rtp_header_extensions_map")))
    place = next((k for k, (a, b) in enumerate(zip(*heads, strict=True)) if a != b), 0)
    fixed = struct.calcsize(_HEAD)
    return bytearray(heads[0][fixed:]), max(0, place - fixed)
