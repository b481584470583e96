"""The same country told on SimPy: the readable engine, for weeks, incidents and animation.

Same country, same draws: the same waits as `sim.planning.year`, call by call, which a test holds.
"""

from collections.abc import Generator, Iterator, Sequence
from itertools import count, repeat
from math import isfinite, nan
from typing import Any

import numpy as np
from simpy import Environment, Event, Timeout

from sim.planning.book import Begun, begin
from sim.planning.causes import CAUSES, NO_LINK, SEEN
from sim.planning.chain import ARRIVED, SENT, STAGES
from sim.planning.country import Country, Desk
from sim.planning.drawn import Drawn, calls_of
from sim.planning.rooms import Alarm, Call, Fates, Hears, Request, Room, Telling
from sim.planning.tables import HOURS, SAME_S, WAITS_S, Book, Floats, Group, Ints, Record
from sim.planning.year import Year
from sim.week import HOUR_S


def tell(
    country: Country,
    seed: int,
    *,
    replication: int = 0,
    days: float = 7.0,
    warm_up_days: float = 1.0,
    ways: int = 0,
    hears: Hears | None = None,
) -> Year:
    """As `year.tell`, event by event; `hears` is told each. No queue is too long for it."""
    begun = begin(country, seed, replication, days, warm_up_days, ways)
    count_from_s = float(begun.book.run["count_from_s"][0])
    for group in begun.groups:
        troubles, carriers = country.troubles, country.carriers
        telling = Telling(Environment(), seed, replication, count_from_s, troubles, carriers, hears)
        _tell_group(begun, group, telling)
    return Year.of(begun, days)


def _tell_group(begun: Begun, group: Group, telling: Telling) -> None:
    """Desks of different groups never meet: each has a clock of its own."""
    end_s = float(begun.book.run["end_s"][0])
    rooms = _rooms(telling, begun.desks[group.desk : group.desk_end])
    told = []
    for n in range(group.stream, group.stream_end):
        stream = begun.streams[n]
        drawn = calls_of(stream, begun.book.day[n], telling.seed, telling.replication, end_s)
        fates = Fates(stream, [nan] * len(drawn.since))
        _Ringing(telling.env, rooms[stream.desk], _calls(fates, drawn)).await_next()
        told.append((fates, drawn))
    if group.shifts:  # who still waits at the end may have to wait for the morning
        telling.env.process(_shifts(telling, list(rooms.values()), end_s + HOURS * HOUR_S))
    telling.env.run()
    for n, room in enumerate(rooms.values(), group.desk):
        room.close()
        begun.book.desks[n]["held_s"] = room.held_s
    for n, (fates, drawn) in enumerate(told, group.stream):
        _write(begun.book, n, fates, drawn, telling.count_from_s)


def _rooms(telling: Telling, desks: Sequence[Desk]) -> dict[str, Room]:
    rooms = {desk.name: Room(telling, desk) for desk in desks}
    for room in rooms.values():
        room.sent_to = {hour: rooms[other] for hour, other in room.desk.sent_to.items()}
        if isfinite(room.desk.overflow_after_s):
            room.helpers = [rooms[other] for other in room.desk.helpers]
            for helper in room.helpers:
                helper.helps.append(room)
    return rooms


def _calls(fates: Fates, drawn: Drawn) -> Iterator[Call]:
    columns = (column.tolist() for column in (drawn.since, drawn.until, drawn.pick_up_s, drawn.holds_s))
    to_video = (drawn.u_video < fates.given.video.share).tolist()
    return map(Call._make, zip(repeat(fates), count(), *columns, to_video, strict=False))


class _Ringing:
    """A stream's calls, one after the other."""

    def __init__(self, env: Environment, room: Room, calls: Iterator[Call]) -> None:
        self._calls, self._bell = calls, Alarm(env, self._rings)
        self._takes = room.sends if room.desk.sent_to else room.takes

    def await_next(self) -> None:
        call = next(self._calls, None)
        if call is not None:
            self._call = call
            self._bell.set(call.since)

    def _rings(self, bell: Event) -> None:
        self._takes(self._call)
        self.await_next()


def _shifts(telling: Telling, rooms: Sequence[Room], until_s: float) -> Generator[Timeout, Any, None]:
    """Every hour the seats of that hour; who waits may get one."""
    hour = 0
    while hour * HOUR_S <= until_s:
        yield Timeout(telling.env, hour * HOUR_S - telling.env.now)
        for room in rooms:
            room.change_shift(hour)
        for room in rooms:
            room.fill()
        hour += 1


# ---- what came of it, in the compiled engine's columns


def _write(book: Book, n: int, fates: Fates, drawn: Drawn, count_from_s: float) -> None:
    row, seated = book.streams[n], np.array(fates.seated)
    answered_at = seated + drawn.pick_up_s
    answered = answered_at <= drawn.until  # never seated: nan, so False
    wait_s = np.where(answered, answered_at - drawn.since, -1.0)
    counts = drawn.since >= count_from_s
    hours = (drawn.since / HOUR_S).astype(np.int64) % HOURS
    waits, within = wait_s[answered & counts], answered & counts & (wait_s <= fates.given.target_s + SAME_S)
    row["answered"], row["abandoned"] = len(waits), np.sum(counts & ~answered)
    row["within"], row["overflowed"] = np.sum(within), fates.overflowed
    row["repeated"] = np.sum(answered & counts & drawn.repeat)
    row["queued"] = np.sum(answered & counts & (seated > drawn.since))
    row["wait_s"], row["wait_s_max"] = waits.sum(), waits.max(initial=0.0)
    row["waits"] = _by_second(waits)
    row["came_at"] = np.bincount(hours[counts], minlength=HOURS)
    row["within_at"] = np.bincount(hours[within], minlength=HOURS)
    _write_video(book, n, row, fates, count_from_s)
    run = book.run[0]
    room = min(len(wait_s), max(0, len(book.ways) - int(run["ways"])))
    ways = book.ways[int(run["ways"]) :][:room]
    ways["stream"], ways["k"] = n, np.arange(room)
    ways["since"], ways["wait_s"] = drawn.since[:room], wait_s[:room]
    run["ways"] += len(wait_s)


def _write_video(book: Book, n: int, row: Record, fates: Fates, count_from_s: float) -> None:
    asked = [request for request in fates.requests if request.since >= count_from_s]
    seen = [request for request in asked if request.cause == SEEN]
    row["asked"], row["seen"] = len(asked), len(seen)
    for stage in range(len(STAGES)):
        row["stages"][stage] = _by_second([r.stages_s[stage] for r in asked if len(r.stages_s) > stage])
    _write_carriers(book, asked)
    row["asked_at"], row["seen_at"] = _by_hour(asked), _by_hour(seen)
    row["no_link_at"] = _by_hour([request for request in asked if request.cause == NO_LINK])
    row["failed"] = _by_cause(asked)
    run = book.run[0]
    kept = book.sessions[int(run["sessions"]) :][: len(fates.sessions)]
    kept["stream"] = n
    for place, (k, begins, ends) in enumerate(fates.sessions[: len(kept)]):
        kept["k"][place], kept["begins"][place], kept["ends"][place] = k, begins, ends
    run["sessions"] += len(fates.sessions)


def _write_carriers(book: Book, asked: Sequence[Request]) -> None:
    for n, row in enumerate(book.carriers):
        stages = [request.stages_s for request in asked if request.carrier == n and request.stages_s]
        row["sent"] += len(stages)
        row["arrived"] += _by_second([one[ARRIVED] - one[SENT] for one in stages if len(one) > ARRIVED])


def _by_hour(requests: Sequence[Request]) -> Ints:
    hours = np.array([int(request.at / HOUR_S) % HOURS for request in requests], np.int64)
    return np.bincount(hours, minlength=HOURS)


def _by_cause(requests: Sequence[Request]) -> Ints:
    causes = np.array([request.cause for request in requests if request.cause != SEEN], np.int64)
    return np.bincount(causes, minlength=len(CAUSES))


def _by_second(seconds: Sequence[float] | Floats) -> Ints:
    whole = np.minimum(np.asarray(seconds, np.float64) + SAME_S, WAITS_S).astype(np.int64)
    return np.bincount(whole, minlength=WAITS_S + 1)
