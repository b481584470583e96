"""Datagrams straight off a connected peer's socket, burst by burst."""

import socket
from collections.abc import Callable
from typing import Any

from lean_rtc.bundles import CONTROL_OCTETS, bundle, datagram_octets

_MESSAGE_MOST = 1 << 16
_MESSAGES_MOST = 64  # then other sockets get their turn


class Intake:
    """Reads instead of asyncio, which wakes for each datagram: one system call takes a frame's packets.

    `take` gets each datagram first; what it does not want (False) goes to `protocol`, the ICE protocol of a
    connected peer, as before. `taken` is called at the end of a burst. `close` gives the socket back.
    """

    def __init__(self, protocol: Any, take: Callable[[bytes], bool], taken: Callable[[], None]) -> None:
        self._protocol, self._take, self._taken = protocol, take, taken
        self._transport = protocol.transport
        self._loop = self._transport._loop
        own = self._transport.get_extra_info("socket")
        self._fd = own.fileno()
        self._socket = socket.socket(own.family, own.type, own.proto, socket.dup(self._fd))
        bundle(self._socket)
        self._loop._remove_reader(self._fd)
        self._loop.add_reader(self._socket.fileno(), self._ready)

    def close(self) -> None:
        """Again: nothing more."""
        if self._socket.fileno() < 0:
            return
        self._loop.remove_reader(self._socket.fileno())
        bundle(self._socket, False)
        self._socket.close()
        if not self._transport.is_closing():
            self._loop._add_reader(self._fd, self._transport._read_ready)

    def _ready(self) -> None:
        for _ in range(_MESSAGES_MOST):
            if self._transport.is_closing():
                self.close()
                return
            try:
                data, control, _, address = self._socket.recvmsg(_MESSAGE_MOST, CONTROL_OCTETS)
            except OSError:  # no more, or the peer's port is gone: ICE will notice
                break
            length = datagram_octets(control, len(data))
            for at in range(0, len(data), length):
                datagram = data[at : at + length]
                if not self._take(datagram):
                    self._protocol.datagram_received(datagram, address)
        self._taken()
