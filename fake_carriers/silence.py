"""What a silent carrier is asked: kept in order until it speaks again, so much and no more."""

from collections import deque
from collections.abc import Iterator

from fake_carriers.session import Session
from fake_carriers.smpp import Command

REQUESTS_MAX = 10_000
OCTETS_MAX = 16 << 20


class Silence:
    """Of one carrier, over all its connections. What comes when there is no more room is not kept.

    The newest is left out and not the oldest: that is told when it comes, and the oldest may be the bind that
    all the others need.
    """

    def __init__(self) -> None:
        self._kept: deque[tuple[Session, bytes]] = deque()
        self._octets = 0
        self._leaving: set[Session] = set()

    def keep(self, session: Session, frame: bytes, command: Command) -> bool:
        """Whether it is done later; what follows an unbind on its connection never is."""
        full = len(self._kept) >= REQUESTS_MAX or self._octets + len(frame) > OCTETS_MAX
        if full or session in self._leaving:
            return False
        self._kept.append((session, frame))
        self._octets += len(frame)
        if command is Command.UNBIND:
            self._leaving.add(session)
        return True

    def end(self) -> Iterator[tuple[Session, bytes]]:
        """What was kept, oldest first; then nothing is."""
        kept, self._kept = self._kept, deque()
        self._octets = 0
        self._leaving.clear()
        return iter(kept)
