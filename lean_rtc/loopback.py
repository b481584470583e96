"""Peer connections that work on a machine without a network, and ask nobody outside for addresses."""

import aioice.ice
from aiortc import RTCConfiguration, RTCDtlsTransport, RTCPeerConnection

from lean_rtc.private import read


def allow_loopback() -> None:
    """Make 127.0.0.1 the one host candidate of every later peer connection of this process.

    aioice leaves loopback out on purpose; a lab on one machine wants nothing else.
    """
    aioice.ice.get_host_addresses = _loopback_only


def peer_connection() -> RTCPeerConnection:
    """A peer connection without STUN: aiortc's default asks a public server, for up to 5 s."""
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))


def packets_received(pc: RTCPeerConnection) -> int:
    """RTP and RTCP packets so far, over all media; `getStats` costs fifty times as much to say it."""
    transports = {transceiver.receiver.transport for transceiver in pc.getTransceivers()}
    return sum(read(transport, RTCDtlsTransport, "rx_packets") for transport in transports)


def _loopback_only(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    return ["127.0.0.1"]
