"""A centre's two lines, who waits in the order of their turn and which seats are free, and its doors."""

from bisect import bisect_left
from dataclasses import dataclass, field

from fake_iccs.centre import PRIORITIES, Centre


@dataclass(slots=True)
class WaitingRoom:
    """Calls that wait without an offer, and seats that are free; both sorted.

    With `routed_to` the room is closed: that one takes its new calls, and its own free seats get none.
    """

    centre: Centre
    waiting: list[tuple[tuple[int, int], str]] = field(default_factory=list)
    free: list[tuple[int, str]] = field(default_factory=list)
    helped_by: list["WaitingRoom"] = field(default_factory=list)
    helps: list["WaitingRoom"] = field(default_factory=list)
    routed_to: "WaitingRoom | None" = None

    @property
    def has_seat(self) -> bool:
        """Whether a call can be offered here."""
        return bool(self.free) and self.routed_to is None

    def heads(self) -> list[str]:
        """The first call of each priority, the urgent one first."""
        heads = []
        for rank in range(len(PRIORITIES)):
            first = bisect_left(self.waiting, ((rank, -1), ""))
            if first < len(self.waiting) and self.waiting[first][0][0] == rank:
                heads.append(self.waiting[first][1])
        return heads
