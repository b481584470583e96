"""Frames out of a byte stream: a PDU may arrive in pieces, and several may arrive in one."""

from collections.abc import Iterator

HEADER_LENGTH = 16
FRAME_LENGTH_MAX = 70_000  # a message_payload of 64 KiB and the rest; longer is rubbish


class BadLength(Exception):
    """A command_length that no PDU has: the stream is lost from here on."""


class Framer:
    """The buffer of one connection."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the frames that are whole with `data`, header included; keep the rest for the next call.

        Raises BadLength once the frames before the bad length have been yielded.
        """
        self._buffer += data
        while len(self._buffer) >= 4:
            length = int.from_bytes(self._buffer[:4], "big")
            if not HEADER_LENGTH <= length <= FRAME_LENGTH_MAX:
                raise BadLength(
                    f"a command_length of {length}: it must be {HEADER_LENGTH} to {FRAME_LENGTH_MAX}"
                )
            if len(self._buffer) < length:
                return
            frame = bytes(self._buffer[:length])
            del self._buffer[:length]
            yield frame
