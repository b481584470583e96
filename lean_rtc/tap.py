"""Take the RTP packets of a receiver before they are put together and decoded."""

import contextlib
import time
from collections.abc import Callable, Sequence

import pylibsrtp
from aiortc import RTCDtlsTransport, RTCRtpReceiver
from aiortc.rtp import RtpPacket

from lean_rtc.intake import Intake
from lean_rtc.private import read, write
from lean_rtc.reception import Reception

KEYFRAME_EVERY_S = 0.5
"""A phone is asked for a key frame at most this often, however many viewers ask."""


class Tap:
    """Stands in for the jitter buffer of a video receiver: `on_packets` gets every packet instead, those that
    came in one burst together.

    aiortc's statistics, REMB, RTX and NACK come before it and go on working; nothing is decoded. Once
    connected, RTP does not wait in aiortc's queues but is taken where it arrives. Attach it before that.
    `on_packets` must neither raise nor wait.
    """

    def __init__(
        self,
        receiver: RTCRtpReceiver,
        on_packets: Callable[[Sequence[RtpPacket]], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._receiver = receiver
        self._on_packets = on_packets
        self._clock = clock
        self._wanted = False
        self._asked_at = float("-inf")
        self._burst: list[RtpPacket] = []  # that is just coming
        self._reception = Reception(receiver)
        self._stock_run_rtcp = receiver._run_rtcp
        write(receiver, RTCRtpReceiver, "jitter_buffer", self)
        receiver._run_rtcp = self._run_rtcp  # type: ignore[method-assign]
        read(receiver, RTCRtpReceiver, "decoder_queue").put(None)  # its thread ends as soon as it starts

    def request_keyframe(self) -> None:
        """Ask the phone for a key frame (PLI), with the next packet that arrives.

        Asked again within 0.5 s, it is sent when the 0.5 s are over: a wish is delayed, never lost.
        """
        self._wanted = True

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """What aiortc calls instead of `JitterBuffer.add`: (send a PLI now, no frame to decode)."""
        self._on_packets([packet])
        return self._pli_due(self._clock()), None

    def _pli_due(self, now: float) -> bool:
        if not self._wanted or now - self._asked_at < KEYFRAME_EVERY_S:
            return False
        self._wanted, self._asked_at = False, now
        return True

    async def _run_rtcp(self) -> None:
        """What aiortc runs as long as the receiver is connected, which may be over before this begins."""
        pair = self._receiver.transport.transport._connection._nominated.get(1)
        intake = None
        if pair is not None and pair.protocol.transport.get_extra_info("socket") is not None:
            intake = Intake(pair.protocol, self._take, self._taken)
        try:
            await self._stock_run_rtcp()
        finally:
            if intake:
                intake.close()

    def _take(self, data: bytes) -> bool:
        if len(data) < 13 or not 127 < data[0] < 192 or 192 <= data[1] < 224:
            return False
        dtls = self._receiver.transport
        heard = read(dtls, RTCDtlsTransport, "rx_packets")
        write(dtls, RTCDtlsTransport, "rx_packets", heard + 1)
        with contextlib.suppress(pylibsrtp.Error, ValueError):  # rubbish is no reason to stop
            packet = RtpPacket.parse(dtls._rx_srtp.unprotect(data), dtls._rtp_header_extensions_map)
            self._burst.append(packet)
        return True

    def _taken(self) -> None:
        burst, self._burst = self._burst, []
        with contextlib.suppress(ConnectionError):  # who has just gone needs no answer
            media = self._reception.take(burst)
            if media:
                self._on_packets(media)
                if self._pli_due(self._clock()):
                    self._reception.send_pli(media[-1].ssrc)
