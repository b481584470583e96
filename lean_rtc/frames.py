"""Receive coded frames and decode none: for viewers that look at some of them only."""

import contextlib
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pylibsrtp
from aiortc import RTCRtpReceiver
from aiortc.rtp import RtpPacket
from pylibsrtp._binding import lib

from lean_rtc.assembly import Assembly, Frame, Packet
from lean_rtc.inlet import Inlet
from lean_rtc.keyframe import starts_keyframe
from lean_rtc.private import read, without_waiting, write
from lean_rtc.receiver import HEADER, Header, LeanReceiver, room

OnFrame = Callable[[str, Frame], None]
"""Called with the codec's name, "VP8" or "H264"."""


class FrameReceiver(LeanReceiver):
    """`on_frame` gets every whole frame of a video receiver, in order.

    What is lost is asked for again (NACK) every 0.1 s; after 0.4 s it is given up, and a key frame is asked
    for (PLI). Attach it before the connection is up and call `listen` when it is.
    """

    def __init__(self, receiver: RTCRtpReceiver, on_frame: OnFrame) -> None:
        super().__init__(receiver, self._protected)
        self._on_frame = on_frame
        write(receiver, RTCRtpReceiver, "jitter_buffer", self)  # for what comes before `listen`
        self._inlet: Inlet | None = None
        self._srtp: Any = None
        self._ssrc = -1  # of the media; none yet
        self._codec = ""
        self._assembly = Assembly(self._is_keyframe)

    def listen(self, inlet: Inlet) -> None:
        """The connection stands."""
        self.begin(polled=True)
        self._srtp = self._receiver.transport._rx_srtp._srtp[0]
        self._inlet = inlet
        inlet.add(self.fileno, self.take)

    def close(self) -> None:
        """Before the connection is closed. Again: nothing more."""
        if self._inlet:
            self._inlet.remove(self.fileno)
            self._inlet = None
        super().close()

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """What aiortc calls instead of `JitterBuffer.add` until we listen ourselves."""
        number, marker = packet.sequence_number, bool(packet.marker)
        taken = Packet(number, packet.timestamp, marker, packet.payload)
        self._take(packet.ssrc, packet.payload_type, taken)
        return False, None

    def _arrived(self, begin: int, end: int, address: tuple[Any, ...]) -> None:
        view, length = room.view, room.length
        first, second, number, timestamp, ssrc = HEADER.unpack_from(view, begin)
        if end - begin <= 12 or not 127 < first < 192 or 192 <= second < 224:
            self.datagram_received(bytes(view[begin:end]), address)
            return
        length[0] = end - begin
        if lib.srtp_unprotect(self._srtp, room.octets + begin, length):
            return  # forged, doubled or too old
        payload = _payload(view, begin, begin + length[0])
        packet = Packet(number, timestamp, second > 127, payload)
        self._count(ssrc, packet)
        self._take(ssrc, second & 0x7F, packet)

    def _protected(self, header: Header, packet: bytes) -> None:
        """As `_arrived`, of a socket that asyncio reads."""
        with contextlib.suppress(pylibsrtp.Error, ValueError):
            clear = memoryview(self.unprotected(packet))
            number, timestamp = header.sequence_number, header.timestamp
            taken = Packet(number, timestamp, header.marker, _payload(clear, 0, len(clear)))
            self._take(header.ssrc, packet[1] & 0x7F, taken)

    def _take(self, ssrc: int, payload_type: int, packet: Packet) -> None:
        if ssrc != self._ssrc:
            original = read(self._receiver, RTCRtpReceiver, "rtx_ssrc").get(ssrc)
            if original is None:
                if not self._is_new_stream(ssrc, payload_type):
                    return
            elif original != self._ssrc or len(packet.payload) < 2:
                return
            else:  # a retransmission (RFC 4588, 4)
                number, payload = int.from_bytes(packet.payload[:2]), packet.payload[2:]
                packet = packet._replace(sequence_number=number, payload=payload)
        now_s, assembly = time.monotonic(), self._assembly
        for frame in assembly.add(packet, now_s):
            self._on_frame(self._codec, frame)
        if not assembly.flows:
            if missing := assembly.missing(now_s):
                self._say(self._receiver._send_rtcp_nack(self._ssrc, missing))
            if assembly.keyframe_due(now_s):
                self._say(self._receiver._send_rtcp_pli(self._ssrc))

    def _is_new_stream(self, ssrc: int, payload_type: int) -> bool:
        """Another source sends from now on, in a codec that is known."""
        codec = read(self._receiver, RTCRtpReceiver, "codecs").get(payload_type)
        if codec is None or codec.name not in ("VP8", "H264"):
            return False
        self._ssrc, self._codec = ssrc, codec.name
        self._assembly = Assembly(self._is_keyframe)
        return True

    def _is_keyframe(self, payload: bytes) -> bool:
        return starts_keyframe(self._codec, payload)

    def _say(self, sending: Coroutine[Any, Any, None]) -> None:
        with contextlib.suppress(ConnectionError, pylibsrtp.Error):
            without_waiting(sending)


def _payload(view: memoryview, at: int, end: int) -> bytes:
    """What the RTP packet in this place carries (RFC 3550, 5.1)."""
    first = view[at]
    at += 12 + 4 * (first & 15)
    if first & 0x10:
        at += 4 + 4 * (view[at + 2] << 8 | view[at + 3])
    if first & 0x20:
        end -= view[end - 1]
    return bytes(view[at:end])
