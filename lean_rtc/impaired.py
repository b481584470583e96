"""Let something stand between a peer connection and its network: a radio link, in the user's hand."""

from collections.abc import Callable
from typing import Any, Literal

from aiortc import RTCPeerConnection

_HEADERS_OCTETS = 28  # IPv4 and UDP

Carry = Callable[[Literal["up", "down"], int, Callable[[], None]], None]
"""Called for each datagram: direction, octets with IP header, and what to call each time that it arrives."""


def impair(pc: RTCPeerConnection, carry: Carry) -> None:
    """All datagrams of `pc` go through `carry`, both ways, ICE and DTLS included.

    Call it when the candidates are gathered (after `setLocalDescription`), before the connection is made.
    """
    gatherers = {transceiver.sender.transport.transport for transceiver in pc.getTransceivers()}
    for ice in gatherers:
        for protocol in ice._connection._protocols:
            _impair(protocol, carry)


def _impair(protocol: Any, carry: Carry) -> None:
    transport, received = protocol.transport, protocol.datagram_received
    protocol.transport = _Impaired(transport, carry)

    def datagram_received(data: bytes, address: tuple[Any, ...]) -> None:
        def arrive() -> None:
            if not transport.is_closing():
                received(data, address)

        carry("down", len(data) + _HEADERS_OCTETS, arrive)

    protocol.datagram_received = datagram_received


class _Impaired:
    """A datagram transport whose `sendto` goes through `carry`. It has no socket that could go round it."""

    def __init__(self, transport: Any, carry: Carry) -> None:
        self._transport, self._carry = transport, carry

    def sendto(self, data: bytes, address: Any = None) -> None:
        def arrive() -> None:
            if not self._transport.is_closing():
                self._transport.sendto(data, address)

        self._carry("up", len(data) + _HEADERS_OCTETS, arrive)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default if name == "socket" else self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return bool(self._transport.is_closing())

    def close(self) -> None:
        self._transport.close()
