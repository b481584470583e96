"""Datagrams of one burst as one message (UDP_GRO): one system call takes a frame's packets."""

import contextlib
import socket
import struct
from collections.abc import Sequence

CONTROL_OCTETS = socket.CMSG_SPACE(4)
"""Room for what `recvmsg` says beside the datagrams."""
_UDP_GRO = 104  # linux/udp.h
_SEGMENT = struct.Struct("=i")


def bundle(own: socket.socket, whether: bool = True) -> None:
    """Ask for it, or for the datagrams one by one again. A system without it goes on one by one."""
    with contextlib.suppress(OSError):
        own.setsockopt(socket.IPPROTO_UDP, _UDP_GRO, int(whether))


def datagram_octets(control: Sequence[tuple[int, int, bytes]], octets: int) -> int:
    """How long each datagram of a message of so many octets is (the last may be shorter); at least 1."""
    return (_SEGMENT.unpack(control[0][2])[0] if control else octets) or 1
