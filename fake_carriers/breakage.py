"""Broken on purpose: what a response becomes in a malformed mood. Pure."""

from struct import Struct

_HEADER = Struct(">IIII")


def broken(frame: bytes, how: str) -> bytes:
    """The frame with one thing wrong; `how` is one of `moods.MALFORMED`."""
    length, command, status, sequence = _HEADER.unpack_from(frame)
    match how:
        case "length":  # less than a header: the client has lost the stream
            return _HEADER.pack(7, command, status, sequence) + frame[16:]
        case "command":
            return _HEADER.pack(length, 0x80000F0F, status, sequence) + frame[16:]
        case "sequence":
            return _HEADER.pack(length, command, status, sequence ^ 0x5A5A5A5A) + frame[16:]
        case _:  # a parameter that says it is longer than it is
            tlv = b"\x00\x1e\x00\x40abc"
            return _HEADER.pack(length + len(tlv), command, status, sequence) + frame[16:] + tlv
