"""Whole frames out of RTP packets that come late, twice, in any order, or not at all. Pure: now is told."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

CAPACITY = 512
"""Packets that wait for a lost one; some nine seconds of video. aiortc's own number."""
LOST_AFTER_S = 0.4
"""A retransmission that has not come by then will not: a round trip, and one more try."""
ASKED_EVERY_S = 0.5  # for a key frame
NACKED_EVERY_S = 0.1
MISORDER_MOST = 100  # packets; more is another stream. As aiortc's
_HALF, _ALL = 1 << 15, 1 << 16


class Frame(NamedTuple):
    """One coded picture."""

    payloads: Sequence[bytes]
    """Of its RTP packets."""
    timestamp: int
    keyframe: bool
    shown: bool
    """False: it came whole, but a frame before it did not, with no key frame between: nobody can see it."""
    arrived_s: float
    """When it was whole, and all before it."""


class Packet(NamedTuple):
    """What matters here of an RTP packet."""

    sequence_number: int
    timestamp: int
    marker: bool
    payload: bytes


class Assembly:
    """Frames of one stream, in order, from its first key frame on.

    What is missing is waited for; after 0.4 s it is given up, and the stream goes on from its next key frame.
    """

    def __init__(self, is_keyframe: Callable[[bytes], bool]) -> None:
        self._is_keyframe = is_keyframe  # does one begin with this payload?
        self._next: int | None = None  # the packet that is waited for; None: until a key frame begins
        self._later: dict[int, Packet] = {}
        self._parts: list[bytes] = []
        self._timestamp = 0
        self._gap_since_s: float | None = None
        self._asked_s = self._nacked_s = float("-inf")

    def add(self, packet: Packet, now_s: float) -> Sequence[Frame]:
        """A packet came; the frames that are whole by it."""
        if packet.sequence_number == self._next and not self._later:
            return self._append(packet, now_s)
        if self._next is not None:
            ahead = (packet.sequence_number - self._next) % _ALL
            if ahead >= _HALF:
                if _ALL - ahead <= MISORDER_MOST:
                    return ()  # again, or given up
                self._begin_anew()
        self._later[packet.sequence_number] = packet
        frames = [*self._drained(now_s)]
        if not self._later:
            self._gap_since_s = None
        elif self._gap_since_s is None:
            self._gap_since_s = now_s
        if self._next is None or self._is_given_up(now_s):
            frames += self._skipped(now_s)
        return frames

    def missing(self, now_s: float) -> list[int]:
        """Numbers to ask for again now; each is asked for every 0.1 s until it is given up."""
        if self._next is None or not self._later or now_s - self._nacked_s < NACKED_EVERY_S:
            return []
        if self._is_given_up(now_s):
            return []
        self._nacked_s = now_s
        newest = max((number - self._next) % _ALL for number in self._later)
        numbers = ((self._next + k) % _ALL for k in range(newest))
        return [number for number in numbers if number not in self._later]

    def keyframe_due(self, now_s: float) -> bool:
        """Whether to ask for a key frame now."""
        stuck = self._next is None or (self._later and self._is_given_up(now_s))
        if not stuck or now_s - self._asked_s < ASKED_EVERY_S:
            return False
        self._asked_s = now_s
        return True

    @property
    def flows(self) -> bool:
        """Nothing is missing, and nothing to be asked for."""
        return self._next is not None and not self._later

    def _append(self, packet: Packet, now_s: float) -> Sequence[Frame]:
        self._next = (packet.sequence_number + 1) % _ALL
        ended: Sequence[Frame] = ()
        if self._parts and packet.timestamp != self._timestamp:  # a sender that sets no marker
            ended = (self._ended(now_s),)
        self._timestamp = packet.timestamp
        if packet.payload:
            self._parts.append(packet.payload)
        if packet.marker and self._parts:
            return (*ended, self._ended(now_s))
        return ended

    def _ended(self, now_s: float, *, shown: bool = True) -> Frame:
        parts, self._parts = self._parts, []
        return Frame(parts, self._timestamp, self._is_keyframe(parts[0]), shown, now_s)

    def _drained(self, now_s: float) -> Iterator[Frame]:
        """What follows without a gap."""
        while self._next is not None and (packet := self._later.pop(self._next, None)):
            yield from self._append(packet, now_s)

    def _is_given_up(self, now_s: float) -> bool:
        since_s = self._gap_since_s
        return (since_s is not None and now_s - since_s >= LOST_AFTER_S) or len(self._later) >= CAPACITY

    def _skipped(self, now_s: float) -> Iterator[Frame]:
        """Go on from the newest key frame that has begun; what is passed over was never seen."""
        later = self._in_order()
        starts = [k for k in range(len(later)) if self._begins_keyframe(later, k)]
        if not starts and len(later) < CAPACITY:
            return
        go_on = starts[-1] if starts else len(later)
        self._parts = []
        yield from self._unseen(later[:go_on], now_s)
        for packet in later[:go_on]:
            del self._later[packet.sequence_number]
        self._next, self._gap_since_s = (later[go_on].sequence_number if starts else None), None
        yield from self._drained(now_s)
        if self._later:
            self._gap_since_s = now_s

    def _begins_keyframe(self, packets: Sequence[Packet], k: int) -> bool:
        """A key frame's slices may look like its beginning: it begins with the first packet of its time."""
        this, before = packets[k], packets[k - 1] if k else None
        inside = (
            before
            and before.timestamp == this.timestamp
            and (this.sequence_number - before.sequence_number) % _ALL == 1
        )
        return not inside and self._is_keyframe(this.payload)

    def _unseen(self, packets: Sequence[Packet], now_s: float) -> Iterator[Frame]:
        """The whole frames among packets with gaps."""
        expected: int | None = None  # None: not at the beginning of a frame, or in one with a gap
        parts: list[bytes] = []
        for packet in packets:
            if packet.sequence_number != expected:
                expected, parts = None, []
            if expected is not None:
                parts.append(packet.payload)
            if packet.marker:
                if parts:
                    yield Frame(parts, packet.timestamp, self._is_keyframe(parts[0]), False, now_s)
                expected, parts = packet.sequence_number, []
            if expected is not None:
                expected = (packet.sequence_number + 1) % _ALL

    def _in_order(self) -> list[Packet]:
        """The packets that wait, the oldest first."""
        first = next(iter(self._later)) if self._next is None else self._next
        return sorted(
            self._later.values(), key=lambda packet: (packet.sequence_number - first + _HALF) % _ALL
        )

    def _begin_anew(self) -> None:
        self._next, self._gap_since_s = None, None
        self._later.clear()
        self._parts = []
