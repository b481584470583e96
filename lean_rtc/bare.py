"""What sending cannot cost less than, packet by packet: SRTP and one system call."""

import os
import socket
import struct
import time

from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

_HEADER = struct.Struct("!BBHII")


def bare_us_per_packet(address: tuple[str, int], octets: int, seconds: float) -> float:
    """CPU microseconds of this process for a packet with `octets` of payload, protected and sent.

    A plain loop that does nothing else, for so long, over libsrtp's C binding and a socket of Python's.
    """
    policy = Policy(
        key=os.urandom(44),
        ssrc_type=Policy.SSRC_ANY_OUTBOUND,
        srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
    )
    session = Session(policy)
    srtp, packet, length = session._srtp[0], ffi.new("char[]", octets + 200), ffi.new("int *")
    view, payload = memoryview(ffi.buffer(packet)), os.urandom(octets)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        number, began_s, until_s = 0, time.process_time(), time.monotonic() + seconds
        while time.monotonic() < until_s:
            for _ in range(100):
                number += 1
                _HEADER.pack_into(view, 0, 0x80, 97, number & 0xFFFF, number, 113)
                view[12 : 12 + octets] = payload
                length[0] = 12 + octets
                if lib.srtp_protect(srtp, packet, length):
                    raise RuntimeError("libsrtp does not protect")
                sender.sendto(view[: length[0]], address)
        return (time.process_time() - began_s) / number * 1e6
