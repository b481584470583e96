"""Which waiting call is offered to which seat: the one rule of the control rooms, without I/O and clock.

First come, first served per centre and priority, urgent calls before normal ones. The first waiting call
without an offer is offered to the free seat of its centre that has been idle longest. A call that has
waited `overflow_after_s` without an offer may also be offered to a free seat of its overflow centres, in
their order; there the centre's own calls come first, then of the overdue ones the urgent, then the one
that has been overdue longest. An offer stays until the call is answered, the caller hangs up or the seat
goes away; then the call takes its old place again. A normal call that is offered is not put back for an
urgent one.
Invented: no public Norwegian source describes the rule in use.
"""

import difflib
import heapq
import itertools
import math
from bisect import insort
from collections import deque
from collections.abc import Iterable
from typing import Literal, NoReturn

from fake_iccs.centre import (
    OVER,
    Centre,
    Happening,
    Priority,
    Refused,
    Seat,
    Standing,
    Unknown,
)
from fake_iccs.waiting_room import WaitingRoom

__all__ = ["Centre", "Distribution", "Happening", "Priority", "Refused", "Seat", "Standing", "Unknown"]

ENDED_KEPT = 10_000  # ended calls remembered, so that a late or second hang-up is known
COMPARED = 500  # names looked through for the nearest one


class Distribution:
    """Calls and seats of all centres. Every move returns what happened, in order.

    Moves raise Unknown for a name that does not exist and Refused for what the state forbids.
    `now` is in seconds of any clock that does not go back. Seats start free, named "CENTRE/1"…
    """

    def __init__(self, centres: Iterable[Centre]) -> None:
        self._rooms: dict[str, WaitingRoom] = {}
        self._seats: dict[str, Seat] = {}
        self._calls: dict[str, Standing] = {}
        self._over: deque[str] = deque()
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

    def queue_length(self, centre: str) -> int:
        """How many calls wait at the centre without an offer."""
        return len(self._room(centre).waiting)

    def seat_state(self, seat: str) -> Literal["free", "offered", "busy", "away"]:
        """What the seat does now."""
        at = self.seat(seat)
        if at.call is None:
            return at.signed
        return "busy" if self._calls[at.call].state == "answered" else "offered"

    def next_due(self) -> float | None:
        """The next `now` at which `tick` may offer a call to an overflow centre; None when there is none."""
        while self._due:
            due, place, call = self._due[0]
            standing = self._calls.get(call)
            if standing is not None and standing.state == "queued" and standing.place == place:
                return due
            heapq.heappop(self._due)
        return None

    # ---- moves

    def place(
        self, call: str, line: str, centre: str, now: float, priority: Priority = "normal"
    ) -> list[Happening]:
        """A new call rings at a centre."""
        room = self._room(centre)
        if call in self._calls:
            raise Refused(f"call {call!r} is placed already; give every call an id of its own")
        standing = self._calls[call] = Standing(call, line, centre, 0, now, math.inf, priority)
        facts = {"line": line, "centre": centre, "priority": priority}
        happened = [Happening("call.placed", call, facts)]
        self._join(standing, room, now, happened)
        self._settle([room], now, happened)
        return happened

    def answer(self, call: str, seat: str, now: float) -> list[Happening]:
        """A seat answers a call: the one offered to it, or another that waits at its centre."""
        standing, at = self.call(call), self.seat(seat)
        if standing.state == "answered" and standing.seat == seat:
            return []
        self._check_answer(standing, at)
        room = self._rooms[at.centre]
        happened: list[Happening] = []
        rooms = [self._let_go(standing), room]
        standing.state, standing.seat, standing.centre, standing.was_answered = (
            "answered",
            seat,
            at.centre,
            True,
        )
        happened.append(Happening("call.answered", call, {"seat": seat, "centre": at.centre}))
        if at.call is not None:  # it picks up another call than the one offered to it
            rooms.append(self._withdraw(self._calls[at.call], now, happened))
        room.free.remove((at.idle, seat))
        at.call = call
        self._settle(rooms, now, happened)
        return happened

    def hang_up(self, call: str, by: str, now: float) -> list[Happening]:
        """The call is over: abandoned when nobody ever answered it. Again: nothing happens."""
        standing = self.call(call)
        if standing.state in OVER:
            return []
        room = self._let_go(standing)
        standing.state = "ended" if standing.was_answered else "abandoned"
        happened = [Happening(f"call.{standing.state}", call, {"by": by})]
        self._settle([room], now, happened)
        self._over.append(call)
        if len(self._over) > ENDED_KEPT:
            del self._calls[self._over.popleft()]
        return happened

    def transfer(self, call: str, centre: str, now: float) -> list[Happening]:
        """The call goes to the end of another centre's queue."""
        standing, room = self.call(call), self._room(centre)
        if standing.state in OVER:
            raise Refused(f"call {call!r} is over; only a live call can be transferred")
        if standing.centre == centre:
            raise Refused(f"call {call!r} is at {centre} already; choose another centre")
        facts = {"centre": centre, "from_centre": standing.centre, "from_seat": standing.seat}
        left = self._let_go(standing)
        happened = [Happening("call.transferred", call, facts)]
        standing.centre = centre
        self._join(standing, room, now, happened)
        self._settle([room, left], now, happened)
        return happened

    def sign(self, seat: str, state: Literal["free", "away"], now: float) -> list[Happening]:
        """An operator takes or leaves a seat. Away during a call counts from the call's end."""
        at = self.seat(seat)
        if state not in ("free", "away"):
            raise Refused(f"a seat is signed free or away, not {state!r}")
        if at.signed == state:
            return []
        room = self._rooms[at.centre]
        rooms = [room]
        happened = [Happening("seat.state", None, {"seat": seat, "state": state})]
        if state == "away" and at.call is None:
            room.free.remove((at.idle, seat))
        at.signed = state
        if state == "free" and at.call is None:
            at.idle = next(self._count)
            insort(room.free, (at.idle, seat))
        elif at.call is not None and self._calls[at.call].state == "offered" and state == "away":
            rooms.append(self._withdraw(self._calls[at.call], now, happened))
        self._settle(rooms, now, happened)
        return happened

    def tick(self, now: float) -> list[Happening]:
        """Time has come to `now`: calls that have waited too long are offered to overflow centres."""
        happened: list[Happening] = []
        while (due := self.next_due()) is not None and due <= now:
            _, _, call = heapq.heappop(self._due)
            self._spill(self._rooms[self._calls[call].centre], now, happened)
        return happened

    # ---- the rule

    def _settle(self, rooms: list[WaitingRoom], now: float, happened: list[Happening]) -> None:
        """Offer until no free seat of these rooms has a call to take, and no call of theirs a seat."""
        for room in rooms:  # all take their own before anybody helps
            while room.free and room.waiting:
                self._offer(self._calls[room.waiting[0][1]], room, happened)
        for room in rooms:
            while room.free and (standing := self._overdue_for(room, now)):
                self._offer(standing, room, happened)
            self._spill(room, now, happened)

    def _overdue_for(self, room: WaitingRoom, now: float) -> Standing | None:
        overdue = [head for other in room.helps for head in self._overdue(other, now)]
        return min(overdue, key=lambda head: (head.turn[0], head.overflow_due, head.place), default=None)

    def _overdue(self, room: WaitingRoom, now: float) -> list[Standing]:
        """The first of each priority, the urgent one first, where it is overdue."""
        return [head for call in room.heads() if (head := self._calls[call]).overflow_due <= now]

    def _spill(self, room: WaitingRoom, now: float, happened: list[Happening]) -> None:
        while overdue := self._overdue(room, now):
            helper = next((other for other in room.helped_by if other.free), None)
            if helper is None:
                return
            self._offer(overdue[0], helper, happened)

    def _offer(self, standing: Standing, room: WaitingRoom, happened: list[Happening]) -> None:
        self._rooms[standing.centre].waiting.remove((standing.turn, standing.call))
        _, seat = room.free.pop(0)
        self._seats[seat].call = standing.call
        standing.state, standing.seat = "offered", seat
        happened.append(Happening("call.offered", standing.call, {"seat": seat}))

    # ---- steps of the moves

    def _join(self, standing: Standing, room: WaitingRoom, now: float, happened: list[Happening]) -> None:
        standing.place, standing.waits_since = next(self._count), now
        standing.overflow_due = now + room.centre.overflow_after_s if room.helped_by else math.inf
        self._wait(standing, room, now)
        happened.append(Happening("call.queued", standing.call, {"centre": standing.centre}))

    def _wait(self, standing: Standing, room: WaitingRoom, now: float) -> None:
        standing.state = "queued"
        insort(room.waiting, (standing.turn, standing.call))
        if now < standing.overflow_due < math.inf:
            heapq.heappush(self._due, (standing.overflow_due, standing.place, standing.call))

    def _withdraw(self, standing: Standing, now: float, happened: list[Happening]) -> WaitingRoom:
        """Take an offer back: the call waits in its old place. Returns the room to settle."""
        facts = {"centre": standing.centre, "withdrawn_from": standing.seat}
        self._let_go(standing)
        room = self._rooms[standing.centre]
        self._wait(standing, room, now)
        happened.append(Happening("call.queued", standing.call, facts))
        return room

    def _let_go(self, standing: Standing) -> WaitingRoom:
        """Take a call out of its queue or from its seat. Returns the room to settle."""
        if standing.seat is None:
            room = self._rooms[standing.centre]
            room.waiting.remove((standing.turn, standing.call))
            return room
        at = self._seats[standing.seat]
        room = self._rooms[at.centre]
        at.call = standing.seat = None
        if standing.state == "answered":
            at.idle = next(self._count)
        if at.signed == "free":
            insort(room.free, (at.idle, at.seat))
        return room

    def _check_answer(self, standing: Standing, at: Seat) -> None:
        if standing.state in OVER:
            raise Refused(f"call {standing.call!r} is over; there is nobody to answer")
        if standing.state == "answered":
            raise Refused(f"call {standing.call!r} is answered already, by {standing.seat}")
        if at.signed == "away":
            raise Refused(f"seat {at.seat} is away; sign it free first")
        if at.call is not None and self._calls[at.call].state == "answered":
            raise Refused(f"seat {at.seat} is busy with call {at.call!r}; hang up or transfer that one first")
        offered_at = self._seats[standing.seat].centre if standing.seat else None
        if at.centre not in (standing.centre, offered_at):
            raise Refused(
                f"call {standing.call!r} waits at {standing.centre}; transfer it to {at.centre} first"
            )

    def _room(self, centre: str) -> WaitingRoom:
        return self._rooms.get(centre) or self._unknown("centre", centre, self._rooms)

    @staticmethod
    def _unknown(what: str, name: str, known: Iterable[str]) -> NoReturn:
        near = difflib.get_close_matches(name, list(itertools.islice(known, COMPARED)), 1, 0.0)
        raise Unknown(
            f"no {what} {name!r}; " + (f"the nearest is {near[0]!r}" if near else f"no {what} exists yet")
        )
