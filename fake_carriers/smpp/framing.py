"""Frames out of a byte stream: a PDU may arrive in pieces, and several may arrive in one."""

from collections.abc import Iterator
from struct import Struct

HEADER_LENGTH = 16
FRAME_LENGTH_MAX = 70_000  # a message_payload of 64 KiB and the rest; longer is rubbish

_LENGTH = Struct(">I")


class BadLength(Exception):
    """A command_length that no PDU has: the stream is lost from here on."""


class Framer:
    """The buffer of one connection."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = 0  # where the next frame begins; what is before it is cut by the next feed

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the frames that are whole with `data`, header included; keep the rest for the next call.

        Raises BadLength once the frames before the bad length have been yielded.
        """
        del self._buffer[: self._at]
        self._at = 0
        self._buffer += data
        while len(self._buffer) - self._at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, self._at)
            if not HEADER_LENGTH <= length <= FRAME_LENGTH_MAX:
                raise BadLength(
                    f"a command_length of {length}: it must be {HEADER_LENGTH} to {FRAME_LENGTH_MAX}"
                )
            end = self._at + length
            if end > len(self._buffer):
                return
            frame = bytes(self._buffer[self._at : end])
            self._at = end
            yield frame
