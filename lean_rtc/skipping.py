"""A receiver that gives up on what is lost: it asks for a key frame and goes on from there.

aiortc's jitter buffer waits for a lost packet until 512 later ones have come, some nine seconds of video,
without asking for a key frame. A browser does not: it asks within a fraction of a second.
"""

import time
from collections.abc import Callable

from aiortc import RTCRtpReceiver
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtp import RtpPacket
from aiortc.utils import uint16_add

from lean_rtc.keyframe import starts_keyframe
from lean_rtc.private import read, write

CAPACITY = 512  # aiortc's own, in packets
LOST_AFTER_S = 0.4
"""A retransmission that has not come by then will not: a round trip, and one more try."""
ASKED_EVERY_S = 0.5


def skip_what_is_lost(receiver: RTCRtpReceiver, clock: Callable[[], float] = time.monotonic) -> None:
    """Give a video receiver a jitter buffer that does not stall. Before the connection is up."""
    codecs = read(receiver, RTCRtpReceiver, "codecs")

    def is_keyframe(packet: RtpPacket) -> bool:
        codec = codecs.get(packet.payload_type)
        return codec is not None and starts_keyframe(codec.name, packet.payload)

    write(receiver, RTCRtpReceiver, "jitter_buffer", SkippingBuffer(is_keyframe, clock))


class SkippingBuffer(JitterBuffer):
    """aiortc's buffer, and: with a gap for 0.4 s it goes on from a later key frame, and asks for one.

    A frame is whole with its marker; aiortc waits for the next one, which after an outage is an old picture.
    """

    def __init__(self, is_keyframe: Callable[[RtpPacket], bool], clock: Callable[[], float]) -> None:
        super().__init__(capacity=CAPACITY, is_video=True)
        self._is_keyframe, self._clock = is_keyframe, clock
        self._newest = 0
        self._gap_since: float | None = None
        self._asked_at = float("-inf")

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """What aiortc calls: (ask for a key frame now, a whole frame)."""
        if self._origin is None or 0 < uint16_add(packet.sequence_number, -self._newest) < 1 << 15:
            self._newest = packet.sequence_number
        pli, frame = super().add(packet)
        now = self._clock()
        frame = frame or self._whole()
        if frame is not None or not self._has_gap():
            self._gap_since = None
            return pli, frame
        if self._gap_since is None:
            self._gap_since = now
        if now - self._gap_since < LOST_AFTER_S:
            return pli, None
        if self._skipped():
            self._gap_since = None
            return pli, self._remove_frame(packet.sequence_number)
        if now - self._asked_at >= ASKED_EVERY_S:
            self._asked_at, pli = now, True
        return pli, None

    def _whole(self) -> JitterFrame | None:
        """The oldest frame, when its last packet (the one with the marker) is here, and all before it."""
        data = b""
        for place in range(self._held()):
            packet = self._at(place)
            if packet is None:
                return None
            data += packet._data  # type: ignore[attr-defined]
            if packet.marker:
                self.remove(place + 1)
                return JitterFrame(data=data, timestamp=packet.timestamp)
        return None

    def _held(self) -> int:
        """Places from the oldest packet that is waited for to the newest."""
        return min(uint16_add(self._newest, -(self._origin or 0)) + 1, CAPACITY)

    def _at(self, place: int) -> RtpPacket | None:
        return self._packets[((self._origin or 0) + place) % CAPACITY]

    def _has_gap(self) -> bool:
        return any(self._at(place) is None for place in range(self._held()))

    def _skipped(self) -> bool:
        """Go on from the newest key frame that is here; False when there is none."""
        for place in range(self._held() - 1, 0, -1):
            packet = self._at(place)
            before = self._at(place - 1)
            inside = packet and before and before.timestamp == packet.timestamp
            if packet is not None and not inside and self._is_keyframe(packet):
                self.remove(place)
                return True
        return False
