"""The rooms of all centres, their seats and calls as they stand, found by name."""

import difflib
import heapq
import itertools
from collections.abc import Iterable
from typing import Literal, NoReturn

from fake_iccs.centre import Centre, Seat, Standing, Unknown
from fake_iccs.waiting_room import WaitingRoom

COMPARED = 500  # names looked through for the nearest one


class Rooms:
    """To read only. A name that does not exist raises Unknown. Seats start free, named "CENTRE/1"…"""

    def __init__(self, centres: Iterable[Centre]) -> None:
        self._rooms: dict[str, WaitingRoom] = {}
        self._seats: dict[str, Seat] = {}
        self._calls: dict[str, Standing] = {}
        self._due: list[tuple[float, int, str]] = []  # a heap; entries that no longer hold are skipped
        self._count = itertools.count()
        for centre in centres:
            self._furnish(centre)
        for room in self._rooms.values():
            room.helped_by = [self._room(name) for name in room.centre.overflow]
            for helper in room.helped_by:
                helper.helps.append(room)

    def _furnish(self, centre: Centre) -> None:
        if centre.name in self._rooms:
            raise ValueError(f"centre {centre.name!r} is named twice; every centre needs its own name")
        room = self._rooms[centre.name] = WaitingRoom(centre)
        for number in range(1, centre.seats + 1):
            seat = Seat(f"{centre.name}/{number}", centre.name, next(self._count))
            self._seats[seat.seat] = seat
            room.free.append((seat.idle, seat.seat))

    # ---- what stands

    def call(self, call: str) -> Standing:
        """The call as it stands (to read only)."""
        return self._calls.get(call) or self._unknown("call", call, reversed(self._calls))

    def seat(self, seat: str) -> Seat:
        """The seat as it stands (to read only)."""
        return self._seats.get(seat) or self._unknown("seat", seat, self._seats)

    def centre(self, centre: str) -> Centre:
        """The centre of that name."""
        return self._room(centre).centre

    def routed_to(self, centre: str) -> str | None:
        """The centre that takes its new calls, whose own seats are closed; None: it takes them itself."""
        to = self._room(centre).routed_to
        return to.centre.name if to else None

    def queue_length(self, centre: str) -> int:
        """How many calls wait at the centre without an offer."""
        return len(self._room(centre).waiting)

    def seat_state(self, seat: str) -> Literal["free", "offered", "busy", "away", "closed"]:
        """What the seat does now; "closed": nobody has left it, but its centre's calls go elsewhere."""
        at = self.seat(seat)
        if at.call is not None:
            return "busy" if self._calls[at.call].state == "answered" else "offered"
        return "closed" if at.signed == "free" and self._rooms[at.centre].routed_to else at.signed

    def next_due(self) -> float | None:
        """The next `now` at which `tick` may offer a call to an overflow centre; None when there is none."""
        while self._due:
            due, place, call = self._due[0]
            standing = self._calls.get(call)
            if standing is not None and standing.state == "queued" and standing.place == place:
                return due
            heapq.heappop(self._due)
        return None

    def _room(self, centre: str) -> WaitingRoom:
        return self._rooms.get(centre) or self._unknown("centre", centre, self._rooms)

    @staticmethod
    def _unknown(what: str, name: str, known: Iterable[str]) -> NoReturn:
        near = difflib.get_close_matches(name, list(itertools.islice(known, COMPARED)), 1, 0.0)
        raise Unknown(
            f"no {what} {name!r}; " + (f"the nearest is {near[0]!r}" if near else f"no {what} exists yet")
        )
