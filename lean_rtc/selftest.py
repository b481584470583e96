"""Does the installed aiortc still have what this library reaches into?"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import aioice.ice
import pylibsrtp
from aiortc import (
    RTCCertificate,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceTransport,
    RTCRtpReceiver,
    RTCRtpSender,
)
from aiortc.jitterbuffer import JitterBuffer

from lean_rtc.private import PrivateNameMissing, mangled

_SENDER = (
    *("_handle_rtcp_packet", "_retransmit", "_run_rtcp", "_run_rtp", "_send_keyframe", "_send_rtcp", "_ssrc"),
    *(
        mangled(RTCRtpSender, name)
        for name in (
            "cname",
            "encoder",
            "mid",
            "ntp_timestamp",
            "octet_count",
            "packet_count",
            "rtcp_exited",
            "rtcp_started",
            "rtp_exited",
            "rtp_header_extensions_map",
            "rtp_history",
            "rtp_started",
            "rtp_timestamp",
        )
    ),
)
_RECEIVER = (mangled(RTCRtpReceiver, "jitter_buffer"), mangled(RTCRtpReceiver, "codecs"))
_LEAN_RECEIVER = (
    *("_run_rtcp", "_send_rtcp", "_send_rtcp_nack", "_send_rtcp_pli"),
    *(
        mangled(RTCRtpReceiver, name)
        for name in (
            *("decoder_queue", "nack_generator", "remote_bitrate_estimator", "remote_streams"),
            *("rtcp_ssrc", "rtx_ssrc"),
        )
    ),
)
_BUFFER = ("_origin", "_packets", "_remove_frame")


def self_test() -> None:
    """Raise PrivateNameMissing unless every private name used is there and still means something.

    Call it once at start-up; it opens no socket.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(_in_loop())
    else:
        _check()


async def _in_loop() -> None:
    _check()


def _check() -> None:
    ice = RTCIceTransport(RTCIceGatherer(iceServers=[]))
    transport = RTCDtlsTransport(ice, [RTCCertificate.generateCertificate()])
    received = mangled(RTCDtlsTransport, "rx_packets")
    _has(transport, ["_rtp_header_extensions_map", "_send_rtp", "_rx_srtp", "_ssl", "_tx_srtp", received])
    _uses(RTCDtlsTransport._get_stats, received)
    _has(RTCRtpSender("video", transport), _SENDER)
    _has(RTCRtpReceiver("video", transport), (*_RECEIVER, *_LEAN_RECEIVER))
    _has(pylibsrtp.Session(), ["_srtp"])
    _has(aioice.ice, ["get_host_addresses"])
    _uses(aioice.ice.Connection.gather_candidates, "get_host_addresses")
    _uses(RTCRtpSender.send, "_run_rtp", "_run_rtcp")
    _uses(RTCRtpSender._next_encoded_frame, mangled(RTCRtpSender, "encoder"))
    _uses(RTCRtpSender._handle_rtcp_packet, "_send_keyframe", "_retransmit", "target_bitrate")
    _uses(RTCRtpReceiver.receive, "_run_rtcp")
    _uses(RTCRtpReceiver._run_rtcp, mangled(RTCRtpReceiver, "remote_streams"))
    _uses(RTCRtpReceiver._handle_rtp_packet, *_RECEIVER, mangled(RTCRtpReceiver, "remote_bitrate_estimator"))
    _has(JitterBuffer(capacity=1), _BUFFER)
    _has(aioice.ice.Connection(ice_controlling=True), ["_protocols", "_nominated", "_query_consent_task"])
    _uses(aioice.ice.Connection.connect, "_query_consent_task", "query_consent")
    _has(transport.transport, ["_connection"])
    _uses(aioice.ice.StunProtocol.send_stun, "transport")


def _has(thing: object, names: Iterable[str]) -> None:
    for name in names:
        if not hasattr(thing, name):
            raise PrivateNameMissing(f"{getattr(thing, '__name__', type(thing).__name__)}.{name}")


def _uses(function: Callable[..., Any], *names: str) -> None:
    """A name may be there and no longer be read: then setting it would silently do nothing."""
    for name in names:
        if name not in function.__code__.co_names:
            raise PrivateNameMissing(f"{name} in {function.__qualname__}")
