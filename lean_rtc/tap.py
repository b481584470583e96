"""Take the RTP packets of a receiver before they are put together and decoded."""

import time
from collections.abc import Callable

from aiortc import RTCRtpReceiver
from aiortc.rtp import RtpPacket

from lean_rtc.private import write

KEYFRAME_EVERY_S = 0.5
"""A phone is asked for a key frame at most this often, however many viewers ask."""


class Tap:
    """Stands in for the jitter buffer of a video receiver: `on_packet` gets every packet instead.

    aiortc's statistics, REMB, RTX and NACK come before it and go on working; nothing is decoded.
    Attach it before the connection is up. `on_packet` must neither raise nor wait.
    """

    def __init__(
        self,
        receiver: RTCRtpReceiver,
        on_packet: Callable[[RtpPacket], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_packet = on_packet
        self._clock = clock
        self._wanted = False
        self._asked_at = float("-inf")
        write(receiver, RTCRtpReceiver, "jitter_buffer", self)

    def request_keyframe(self) -> None:
        """Ask the phone for a key frame (PLI), with the next packet that arrives.

        Asked again within 0.5 s, it is sent when the 0.5 s are over: a wish is delayed, never lost.
        """
        self._wanted = True

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """What aiortc calls instead of `JitterBuffer.add`: (send a PLI now, no frame to decode)."""
        self._on_packet(packet)
        return self._pli_due(self._clock()), None

    def _pli_due(self, now: float) -> bool:
        if not self._wanted or now - self._asked_at < KEYFRAME_EVERY_S:
            return False
        self._wanted, self._asked_at = False, now
        return True
