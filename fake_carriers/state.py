"""Where a message is, by SMPP's names and numbers (v3.4, 5.2.28)."""

from enum import IntEnum


class State(IntEnum):
    """A message's state. LOST is the lab's own: the carrier has lost it and no client ever hears of it."""

    LOST = 0
    ENROUTE = 1
    DELIVRD = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIV = 5
    ACCEPTD = 6
    UNKNOWN = 7
    REJECTD = 8

    @property
    def arrives(self) -> bool:
        """Whether a message that ends so has been on the handset.

        A carrier that says ACCEPTD or UNKNOWN does not know: the message arrives all the same.
        """
        return self in (State.DELIVRD, State.ACCEPTD, State.UNKNOWN)
