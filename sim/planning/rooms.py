"""A desk's room on SimPy's clock: who waits, who has a seat, and what a call does there.

A call that stays voice costs two callbacks: it comes, its seat is free again. Only a call that turns to video
is a story, a process of its own. Who hangs up in the queue is found when he would have been next, without a
timer. The rules are those of `sim.planning.seats`, said once more for people.
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple, cast

from simpy import Environment, Event, Timeout

from draws import Lognormal, quarters
from sim.planning.carriers import Subscribers, Trouble, delay_s
from sim.planning.causes import SEEN, STAGES_OF
from sim.planning.chain import ARRIVED, CONSENTED, EVENTS, PICTURE, SENT
from sim.planning.country import Desk, Stream
from sim.planning.tables import HOURS
from sim.week import HOUR_S


@dataclass(eq=False, slots=True)
class Fates:
    """What became of a stream's calls; `seated` is when each got its seat, by its place; nan: never."""

    given: Stream
    seated: list[float]
    overflowed: int = 0
    requests: list["Request"] = field(default_factory=list)
    sessions: list[tuple[int, float, float]] = field(default_factory=list)


class Request(NamedTuple):
    """For video."""

    since: float  # when its call came
    at: float
    stages_s: tuple[float, ...]  # after it, of `chain.STAGES` those that it came to
    cause: int  # a place in `sim.planning.causes.CAUSES`, or SEEN
    carrier: int  # a place in `Country.carriers`


class Call(NamedTuple):
    of: Fates
    k: int
    since: float
    until: float
    pick_up_s: float
    holds_s: float
    to_video: bool


Hears = Callable[[float, str, Call, str], None]
"""Is told each event: when, the journal's word for it (and "seat.freed"), the call, the centre. In the order
in which they are settled, so the time may lie ahead (an answer that is certain now) or back (who hung up in
the queue)."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What all rooms of one telling share."""

    env: Environment
    seed: int
    replication: int
    count_from_s: float
    troubles: tuple[Trouble, ...] = ()
    carriers: tuple[Subscribers, ...] = ()
    hears: Hears | None = None


class Alarm(Event):
    """A Timeout that may be set again when it has gone off: for two events of every call none is made."""

    def __init__(self, env: Environment, then: Callable[[Event], None]) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        self._then = [then]

    def set(self, at: float) -> None:
        """Rounding may put it a hair before now; that harms nobody."""
        self.callbacks = self._then
        self.env.schedule(self, delay=at - self.env.now)


class Room:
    """A desk at work."""

    def __init__(self, telling: Telling, desk: Desk) -> None:
        self.desk = desk
        self.open = int(desk.seats[0])
        self.busy = 0
        self.held_s = 0.0
        self.helpers: list[Room] = []
        self.helps: list[Room] = []
        self.sent_to: dict[int, Room] = {}
        self._telling = telling
        self._hears = telling.hears
        self._waiting: tuple[deque[Call], deque[Call]] = (deque(), deque())
        self._seats = [Alarm(telling.env, self._freed) for _ in range(int(desk.seats.max()))]

    def takes(self, call: Call) -> None:
        """A call comes."""
        if self._hears:
            self._tell(call.since, "call.placed", call)
        if self.busy < self.open:
            self._hold(call, call.since)
            return
        self._waiting[call.of.given.priority].append(call)
        if self.helpers:
            overdue = Timeout(self._telling.env, self.desk.overflow_after_s)
            overdue.callbacks.append(self._spill)

    def sends(self, call: Call) -> None:
        """A call comes, and at some hours another room takes it."""
        self.sent_to.get(int(call.since / HOUR_S) % HOURS, self).takes(call)

    def change_shift(self, hour: int) -> None:
        self.open = int(self.desk.seats[hour % HOURS])

    def close(self) -> None:
        """Who waits where no seat will ever be free gives up."""
        for queue in self._waiting:
            while queue:
                self._tell(queue[0].until, "call.abandoned", queue.popleft())

    def fill(self) -> None:
        """Its own calls first, then what others have let wait too long."""
        while self.busy < self.open and (self._take(self, -inf) or self._help()):
            pass

    # ---- who waits

    def _heads(self) -> list[Call]:
        """The first of each priority, those that hung up gone."""
        now, heads = self._telling.env.now, []
        for queue in self._waiting:
            while queue and queue[0].until <= now:
                self._tell(queue[0].until, "call.abandoned", queue.popleft())
            if queue:
                heads.append(queue[0])
        return heads

    def _take(self, room: "Room", waited_s: float) -> bool:
        """The first in `room`'s queue that has waited so long gets a seat here; False: nobody has."""
        now = self._telling.env.now
        for head in room._heads():
            if head.since + waited_s <= now:
                room._waiting[head.of.given.priority].popleft()
                if room is not self and head.since >= self._telling.count_from_s:
                    head.of.overflowed += 1
                self._hold(head, now)
                return True
        return False

    def _help(self) -> bool:
        """Of the calls overdue at the rooms that this one helps: the urgent first, then who is longest."""
        due = [
            (head.of.given.priority, overdue_at, room)
            for room in self.helps
            for head in room._heads()
            if (overdue_at := head.since + room.desk.overflow_after_s) <= self._telling.env.now
        ]
        if not due:
            return False
        _, _, room = min(due, key=lambda one: one[:2])
        return self._take(room, room.desk.overflow_after_s)

    def _spill(self, event: Event) -> None:
        """What is overdue here goes to the first helper with a seat."""
        for helper in self.helpers:
            while helper.busy < helper.open and helper._take(self, self.desk.overflow_after_s):
                pass

    # ---- who has a seat

    def _hold(self, call: Call, now: float) -> None:
        of, k, _, until, pick_up_s, holds_s, to_video = call
        of.seated[k] = now
        self.busy += 1
        answered_at = now + pick_up_s
        if self._hears:
            answered = answered_at <= until
            self._tell(min(answered_at, until), "call.answered" if answered else "call.abandoned", call)
        if answered_at > until:  # hangs up while it rings
            self._free_at(call, now, until)
        elif to_video:
            self._telling.env.process(self._video(call, now, answered_at))
        else:
            self._free_at(call, now, answered_at + holds_s)

    def _free_at(self, call: Call, now: float, until: float) -> None:
        if call.since >= self._telling.count_from_s:
            self.held_s += until - now
        if self._hears:
            self._tell(until, "seat.freed", call)
        self._seats.pop().set(until)

    def _freed(self, seat: Event) -> None:
        self._seats.append(cast(Alarm, seat))
        self.busy -= 1
        urgent, others = self._waiting
        if urgent or others or self.helps:
            self.fill()

    def _tell(self, at: float, event: str, call: Call) -> None:
        if self._hears:
            self._hears(at, event, call, self.desk.name)

    def _video(self, call: Call, now: float, answered_at: float) -> Generator[Timeout, Any, None]:
        """A call that is asked to turn to video, from the answer to its end."""
        env, video = self._telling.env, call.of.given.video
        draws = quarters(self._telling.seed, "plan/asked", *self._who(call))
        yield self._at(answered_at + video.chain.asked_s(draws))
        self._tell(env.now, "video.requested", call)
        request, refused_s, length = self._request(call)
        call.of.requests.append(request)
        for event, after_s in zip(EVENTS, request.stages_s, strict=False):
            yield self._at(request.at + after_s)
            self._tell(env.now, event, call)
        if request.cause == SEEN:
            begins = env.now
            yield Timeout(env, Lognormal(video.session_s_median, video.session_sigma).at(length))
            if call.since >= self._telling.count_from_s:
                call.of.sessions.append((call.k, begins, env.now))
            self._tell(env.now, "video.ended", call)
        else:  # no picture comes; the call goes on by voice
            yield self._at(request.at + video.waits_s(request.cause, refused_s))
        self._free_at(call, now, max(env.now, answered_at + call.holds_s))

    def _request(self, call: Call) -> tuple[Request, float, float]:
        """What comes of one made now; when a caller who refuses does so; the draw of the session's length."""
        at, given, telling = self._telling.env.now, call.of.given, self._telling
        who = self._who(call)
        comes, length, whose, sms = quarters(telling.seed, "plan/video", *who)
        carrier = sum(whose >= one.first for one in telling.carriers) - 1
        sms_s = telling.carriers[carrier].sms_s(sms) if telling.carriers else 0.0
        usual_s = given.video.chain.moments_s(quarters(telling.seed, "plan/chain", *who), sms_s)
        trouble_s = delay_s(telling.troubles, whose, at)
        cause = given.video.cause(comes, usual_s[PICTURE], trouble_s)
        moments_s = (usual_s[SENT], *(moment + trouble_s for moment in usual_s[ARRIVED:]))
        reached = tuple(moment for moment in moments_s[: STAGES_OF[cause]] if moment < given.video.gives_up_s)
        return Request(call.since, at, reached, cause, carrier), moments_s[CONSENTED], length

    def _at(self, moment: float) -> Timeout:
        """Rounding may put it a hair before now."""
        return Timeout(self._telling.env, max(0.0, moment - self._telling.env.now))

    def _who(self, call: Call) -> tuple[str, int, int]:
        return call.of.given.name, call.k, self._telling.replication
