"""What aiortc's receiver does with packets before it puts them together, for a burst at a time."""

from collections.abc import Sequence
from typing import Any

from aiortc import RTCRtpReceiver, clock
from aiortc.codecs import is_rtx
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import RTCP_PSFB_APP, RtcpPsfbPacket, RtpPacket, pack_remb_fci, unwrap_rtx

from lean_rtc.private import read, without_waiting

_GROUP = (5 << 18) // 1000  # 5 ms of abs-send-time: the bandwidth estimator takes them for one burst anyway
_SEND_TIMES = 1 << 24


class Reception:
    """Of a connected receiver: statistics, REMB, RTX unwrapped, NACKs for what is missing."""

    def __init__(self, receiver: RTCRtpReceiver) -> None:
        self._receiver = receiver
        self._codecs = self._hidden("codecs")
        self._statistics = self._hidden("remote_streams")
        self._nacks = self._hidden("nack_generator")
        self._estimator = self._hidden("remote_bitrate_estimator")
        self._rtx_ssrc = self._hidden("rtx_ssrc")

    def take(self, packets: Sequence[RtpPacket]) -> list[RtpPacket]:
        """The media packets among them, in the order they came. Raises ConnectionError."""
        self._estimate(packets)
        media = []
        for packet in packets:
            codec = self._codecs.get(packet.payload_type)
            if codec is None:
                continue
            statistics = self._statistics.get(packet.ssrc)
            if statistics is None:
                statistics = self._statistics[packet.ssrc] = StreamStatistics(codec.clockRate)
            statistics.add(packet)
            if is_rtx(codec):
                original = self._original(packet, codec.parameters.get("apt"))
                if original is None:
                    continue
                packet = original
            media.append(packet)
        if sum(self._nacks.add(packet) for packet in media):
            missing = sorted(self._nacks.missing)
            without_waiting(self._receiver._send_rtcp_nack(media[-1].ssrc, missing))
        return media

    def send_pli(self, ssrc: int) -> None:
        """Raises ConnectionError."""
        without_waiting(self._receiver._send_rtcp_pli(ssrc))

    def _original(self, packet: RtpPacket, payload_type: Any) -> RtpPacket | None:
        ssrc = self._rtx_ssrc.get(packet.ssrc)
        if ssrc is None or payload_type not in self._codecs or len(packet.payload) < 2:
            return None
        return unwrap_rtx(packet, payload_type=payload_type, ssrc=ssrc)

    def _estimate(self, packets: Sequence[RtpPacket]) -> None:
        """Tell the bandwidth estimator of packets that were sent within 5 ms together, which is what it would
        make of them.
        """
        arrived_ms = clock.current_ms()
        octets, first = 0, None
        for k, packet in enumerate(packets):
            sent = packet.extensions.abs_send_time
            if sent is None:
                continue
            first = sent if first is None else first
            octets += len(packet.payload) + packet.padding_size
            after = packets[k + 1].extensions.abs_send_time if k + 1 < len(packets) else None
            if after is None or (after - first) % _SEND_TIMES > _GROUP:
                self._tell(self._estimator.add(arrived_ms, sent, octets, packet.ssrc))
                octets, first = 0, None

    def _tell(self, estimate: tuple[int, list[int]] | None) -> None:
        ssrc = self._hidden("rtcp_ssrc")
        if estimate and ssrc is not None:
            remb = RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=ssrc, media_ssrc=0, fci=pack_remb_fci(*estimate))
            without_waiting(self._receiver._send_rtcp(remb))

    def _hidden(self, name: str) -> Any:
        return read(self._receiver, RTCRtpReceiver, name)
