"""Which receipt is for which copy. Pure: `now` is an argument."""

from collections import OrderedDict, deque

from video_service.message import Copy
from video_service.sms_route import Receipt

DELIVERED = "DELIVRD"
SAY_NOTHING = ("ENROUTE", "ACCEPTD", "UNKNOWN")
"""States of a message that may be on the phone now or later: the carrier does not know."""
EARLY_KEPT_S = 60.0
"""How long a receipt is kept whose copy is not known yet: it may overtake the answer to its submit."""
EARLY_KEPT, COPIES_KEPT = 1_000, 20_000

_Name = tuple[int | str, str]


class Receipts:
    """Copies are found by their route, or by their number: with two connections to one SMSC the receipt may
    come by the other one; and two SMSCs may use the same ids, for different numbers."""

    def __init__(self) -> None:
        self._copies: OrderedDict[_Name, Copy] = OrderedDict()
        self._early: deque[tuple[float, int, Receipt]] = deque(maxlen=EARLY_KEPT)

    def expect(self, copy: Copy, now: float) -> list[str]:
        """From now on `copy_of` finds it; returns the states of receipts that came before, oldest first."""
        for name in _names(copy.route, copy.part.message.number, copy.carrier_id):
            self._copies[name] = copy
        while len(self._copies) > COPIES_KEPT:
            self._copies.popitem(last=False)
        self._forget_old(now)
        mine = [kept for kept in self._early if self.copy_of(kept[1], kept[2]) is copy]
        for kept in mine:
            self._early.remove(kept)
        return [receipt.state for _, _, receipt in mine]

    def copy_of(self, route: int, receipt: Receipt) -> Copy | None:
        """The copy that a receipt from that route is for, if it is known."""
        by_route, by_number = _names(route, receipt.number, receipt.carrier_id)
        return self._copies.get(by_number) or self._copies.get(by_route)

    def keep(self, route: int, receipt: Receipt, now: float) -> None:
        """Nobody knows this one yet."""
        self._forget_old(now)
        self._early.append((now, route, receipt))

    def _forget_old(self, now: float) -> None:
        while self._early and self._early[0][0] < now - EARLY_KEPT_S:
            self._early.popleft()


def _names(route: int, number: str, carrier_id: str) -> tuple[_Name, _Name]:
    return (route, carrier_id), (number.removeprefix("+"), carrier_id)
