"""Peer connections that work on a machine without a network, and ask nobody outside for addresses."""

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection


def allow_loopback() -> None:
    """Make 127.0.0.1 the one host candidate of every later peer connection of this process.

    aioice leaves loopback out on purpose; a lab on one machine wants nothing else.
    """
    aioice.ice.get_host_addresses = _loopback_only


def peer_connection() -> RTCPeerConnection:
    """A peer connection without STUN: aiortc's default asks a public server, for up to 5 s."""
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))


def _loopback_only(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    return ["127.0.0.1"]
