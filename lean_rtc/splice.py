"""One continuous RTP stream out of one source after another."""

_SEQUENCE_NUMBERS = 1 << 16
_TIMESTAMPS = 1 << 32
_VIDEO_CLOCK_HZ = 90_000


class Splice:
    """Gives each packet its sequence number and timestamp in the outgoing stream. Pure: no clock, no socket.

    A source is an SSRC (a phone that reloads its page is a new one). Gaps and the order within a source
    stay as they are, so that the receiver's NACKs are about real losses.
    """

    def __init__(self, first_sequence_number: int) -> None:
        self.source: int | None = None
        self._next = first_sequence_number  # outgoing number of the next source's first packet
        self._base = 0  # outgoing number of this source's first packet
        self._highest_in = 0
        self._highest_index = 0  # packets since this source's first
        self._timestamp_shift = 0
        self._last_timestamp: int | None = None
        self._last_at = 0.0

    def begin(self, source: int, sequence_number: int, timestamp: int, now: float) -> None:
        """From this packet on the stream carries `source`; time goes on as the clock did."""
        self.source = source
        self._base = self._next
        self._highest_in, self._highest_index = sequence_number, 0
        if self._last_timestamp is not None:
            gone = max(1, round((now - self._last_at) * _VIDEO_CLOCK_HZ))
            self._timestamp_shift = self._last_timestamp + gone - timestamp

    def place(self, sequence_number: int, timestamp: int, now: float) -> tuple[int, int] | None:
        """(sequence number, timestamp) to send a packet of the present source with.

        None for a packet from before the first one, which the receiver never knew of.
        """
        index = self._highest_index + _signed(sequence_number - self._highest_in)
        if index < 0:
            return None
        placed = (timestamp + self._timestamp_shift) % _TIMESTAMPS
        if index >= self._highest_index:
            self._highest_in, self._highest_index = sequence_number, index
            self._next = (self._base + index + 1) % _SEQUENCE_NUMBERS
            self._last_timestamp, self._last_at = placed, now
        return (self._base + index) % _SEQUENCE_NUMBERS, placed


def _signed(difference: int) -> int:
    """The shortest way between two 16-bit sequence numbers."""
    return (difference + _SEQUENCE_NUMBERS // 2) % _SEQUENCE_NUMBERS - _SEQUENCE_NUMBERS // 2
