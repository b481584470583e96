"""Which waiting call is offered to which seat: the one rule of the control rooms, without I/O and clock.

First come, first served per centre and priority, urgent calls before normal ones. The first waiting call
without an offer is offered to the free seat of its centre that has been idle longest. A call that has
waited `overflow_after_s` without an offer may also be offered to a free seat of its overflow centres, in
their order; there the centre's own calls come first, then of the overdue ones the urgent, then the one
that has been overdue longest. An offer stays until the call is answered, the caller hangs up or the seat
goes away; then the call takes its old place again. A normal call that is offered is not put back for an
urgent one.

A centre can be closed (by night, say): another takes its new calls. Who has a seat or an offer there keeps
it; who waits there waits on, for an overflow centre or until it opens.
Invented: no public Norwegian source describes the rule in use.
"""

import heapq
import math
from bisect import insort
from collections import deque
from collections.abc import Iterable
from typing import Literal

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
from fake_iccs.rooms import Rooms
from fake_iccs.waiting_room import WaitingRoom

__all__ = ["Centre", "Distribution", "Happening", "Priority", "Refused", "Seat", "Standing", "Unknown"]

ENDED_KEPT = 10_000  # ended calls remembered, so that a late or second hang-up is known


class Distribution(Rooms):
    """The rooms, and the moves that the rule allows. Every move returns what happened, in order.

    Moves raise Unknown for a name that does not exist and Refused for what the state forbids.
    `now` is in seconds of any clock that does not go back.
    """

    def __init__(self, centres: Iterable[Centre]) -> None:
        super().__init__(centres)
        self._over: deque[str] = deque()

    # ---- moves

    def place(
        self, call: str, line: str, centre: str, now: float, priority: Priority = "normal"
    ) -> list[Happening]:
        """A new call rings at a centre, or at the one that takes its calls."""
        asked = self._room(centre)
        if call in self._calls:
            raise Refused(f"call {call!r} is placed already; give every call an id of its own")
        standing = self._calls[call] = Standing(call, line, centre, 0, now, math.inf, priority)
        facts = {"line": line, "centre": centre, "priority": priority}
        happened = [Happening("call.placed", call, facts)]
        room = self._join(standing, asked, now, happened)
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
        """The call goes to the end of another centre's queue, or of the one that takes its calls."""
        standing, asked = self.call(call), self._room(centre)
        if standing.state in OVER:
            raise Refused(f"call {call!r} is over; only a live call can be transferred")
        if standing.centre in (centre, self.routed_to(centre)):
            raise Refused(
                f"call {call!r} is at {standing.centre} already"
                + (f", which takes the calls of {centre}" if standing.centre != centre else "")
                + "; choose another centre"
            )
        facts = {"centre": centre, "from_centre": standing.centre, "from_seat": standing.seat}
        left = self._let_go(standing)
        happened = [Happening("call.transferred", call, facts)]
        room = self._join(standing, asked, now, happened)
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

    def route(self, centre: str, to: str | None, now: float) -> list[Happening]:
        """From now on new calls to `centre` ring at `to`, and its seats are closed; None: it opens again."""
        room, other = self._room(centre), None if to is None else self._room(to)
        if room.routed_to is other:
            return []
        if other is not None:
            self._check_route(room, other)
        facts = {"centre": centre, "to": to, "before": self.routed_to(centre)}
        happened = [Happening("centre.routed", None, facts)]
        room.routed_to = other
        self._settle([room], now, happened)
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
            while room.has_seat and room.waiting:
                self._offer(self._calls[room.waiting[0][1]], room, happened)
        for room in rooms:
            while room.has_seat and (standing := self._overdue_for(room, now)):
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
            helper = next((other for other in room.helped_by if other.has_seat), None)
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

    def _join(
        self, standing: Standing, asked: WaitingRoom, now: float, happened: list[Happening]
    ) -> WaitingRoom:
        """Put a call at the end of the queue where it rings now. Returns the room to settle."""
        room = asked.routed_to or asked
        standing.centre = room.centre.name
        standing.routed_from = asked.centre.name if asked.routed_to else None
        standing.place, standing.waits_since = next(self._count), now
        standing.overflow_due = now + room.centre.overflow_after_s if room.helped_by else math.inf
        self._wait(standing, room, now)
        routed = {"routed_from": standing.routed_from} if standing.routed_from else {}
        happened.append(Happening("call.queued", standing.call, {"centre": standing.centre, **routed}))
        return room

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
        if (to := self.routed_to(at.centre)) and standing.seat != at.seat:
            raise Refused(f"{at.centre} is closed, {to} takes its calls; open it first")
        offered_at = self._seats[standing.seat].centre if standing.seat else None
        if at.centre not in (standing.centre, offered_at):
            raise Refused(
                f"call {standing.call!r} waits at {standing.centre}; transfer it to {at.centre} first"
            )

    def _check_route(self, room: WaitingRoom, other: WaitingRoom) -> None:
        here, there = room.centre, other.centre
        if other is room:
            raise Refused(f"{here.name} cannot take its own calls when it is closed; name another centre")
        if here.line != there.line:
            raise Refused(f"{there.name} answers {there.line}, {here.name} {here.line}; name one of its line")
        if to := self.routed_to(there.name):
            raise Refused(f"{there.name} is closed, {to} takes its calls; name one that is open")
        sent = next((each.centre.name for each in self._rooms.values() if each.routed_to is room), None)
        if sent:
            raise Refused(f"{here.name} takes the calls of {sent}; open {sent} or route it elsewhere first")
