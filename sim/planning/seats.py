"""What desks do with their calls, compiled: the fast engine of years. One group of desks at a time.

A group is the desks that help each other (overflow, night routing); desks of different groups never meet, so
each group's time is told on its own, event by event. The rules are those of `fake_iccs.distribution`, with
two priorities; `sim.planning.told` tells the same in SimPy, and a test holds the two together, call by call.

A call's numbers come from one block of draws, keyed by its stream and its place in it: the gap to the call
before, its talk, whether it turns to video. Its patience and pick-up are a second block, drawn only when the
call waits or rings; its video is a third.
"""

from math import log

import numpy as np

from draws.compiled import compiled, exponential, quarters
from sim.planning.holding import free_seat, gave_up, hold, hour_of_week
from sim.planning.tables import HELPERS_MAX, HOURS, NEVER, WAITING_MAX, Book, Group

ARRIVES, FREED, OVERDUE, SHIFT = 0, 1, 2, 3


@compiled
def tell_group(book: Book, group: Group) -> int:
    """All calls that come before the end, to their own end. Returns -1, or the desk whose queue broke."""
    for stream in range(group.stream, group.stream_end):
        _next_call(book, stream)
    now = 0.0
    while True:
        what, who, at = _soonest(book, group, now)
        if at == NEVER:
            return -1
        now = at
        if what == ARRIVES:
            if not _arrives(book, who, now):
                return int(book.streams[who].desk)
            _next_call(book, who)
        elif what == FREED:
            free_seat(book, who)
            _fill(book, group, who, now)
        elif what == OVERDUE:
            _spill(book, who, now)
        else:
            for desk in range(group.desk, group.desk_end):
                _fill(book, group, desk, now)


# ---- arrivals


@compiled
def _next_call(book: Book, stream: int) -> None:
    """A Poisson process whose rate changes by the hour, exactly: the drawn gap is used up hour by hour."""
    given, end_s = book.streams[stream], book.run[0].end_s
    gap, given.u_talk, given.u_video, _ = quarters(book.run[0].key_call, given.entity, given.k)
    given.k += np.uint64(1)
    left, now = -log(gap), given.arrives_at
    hour = int(now / 3600.0)
    while now < end_s:
        rate = given.calls_per_s[hour % HOURS] * book.day[stream, hour // 24]
        hour_end = (hour + 1) * 3600.0
        used = rate * (hour_end - now)
        if left <= used:
            now += left / rate
            break
        left -= used
        hour += 1
        now = hour_end
    given.arrives_at = now if now < end_s else NEVER


@compiled
def _arrives(book: Book, stream: int, now: float) -> bool:
    """False when the queue has no room."""
    given, hour = book.streams[stream], hour_of_week(now)
    desk, k = book.desks[given.desk].sent_to[hour], given.k - np.uint64(1)
    if now >= book.run[0].count_from_s:
        given.came_at[hour] += 1
    if _has_seat(book, desk, now):
        until = _hangs_up_at(book, stream, k, now) if given.ring_s > 0.0 else NEVER
        hold(book, desk, stream, k, now, until, now, given.u_talk, given.u_video)
        return True
    place = book.desks[desk].end[given.priority]
    if place - book.desks[desk].first[given.priority] >= WAITING_MAX:
        return False
    waits = book.waiting[desk, given.priority, place % WAITING_MAX]
    waits.stream, waits.k, waits.since = stream, k, now
    waits.until = _hangs_up_at(book, stream, k, now)
    waits.u_talk, waits.u_video = given.u_talk, given.u_video
    book.desks[desk].end[given.priority] = place + 1
    if book.desks[desk].overflow_after_s <= 0.0:
        _spill(book, desk, now)
    return True


@compiled
def _hangs_up_at(book: Book, stream: int, k: int, since: float) -> float:
    given = book.streams[stream]
    if given.patience_s == NEVER:
        return NEVER
    patience, _, _, _ = quarters(book.run[0].key_wait, given.entity, np.uint64(k))
    return since + exponential(patience, given.patience_s)


# ---- what happens next


@compiled
def _soonest(book: Book, group: Group, now: float) -> tuple[int, int, float]:
    what, who, at = ARRIVES, -1, NEVER
    for desk in range(group.desk, group.desk_end):  # of two at one time a seat is freed first
        if book.desks[desk].busy > 0 and book.held_until[desk, 0] < at:
            what, who, at = FREED, desk, book.held_until[desk, 0]
    if group.shifts and _anybody_waits(book, group):
        change = (int(now / 3600.0) + 1) * 3600.0
        if change < at:
            what, who, at = SHIFT, -1, change
    for stream in range(group.stream, group.stream_end):
        if book.streams[stream].arrives_at < at:
            what, who, at = ARRIVES, stream, book.streams[stream].arrives_at
    if group.helps:
        for desk in range(group.desk, group.desk_end):
            due = _overdue_at(book, desk)
            if now < due < at:
                what, who, at = OVERDUE, desk, due
    return what, who, at


@compiled
def _anybody_waits(book: Book, group: Group) -> bool:
    for desk in range(group.desk, group.desk_end):
        for priority in range(2):
            if book.desks[desk].end[priority] > book.desks[desk].first[priority]:
                return True
    return False


@compiled
def _overdue_at(book: Book, desk: int) -> float:
    """When the first of those that wait here becomes everybody's."""
    at, due = book.desks[desk], NEVER
    if at.helpers[0] >= 0:
        for priority in range(2):
            if at.end[priority] > at.first[priority]:
                head = book.waiting[desk, priority, at.first[priority] % WAITING_MAX]
                due = min(due, head.since + at.overflow_after_s)
    return due


@compiled
def _has_seat(book: Book, desk: int, now: float) -> bool:
    at = book.desks[desk]
    return bool(at.busy < at.seats[hour_of_week(now)])


# ---- seats take calls


@compiled
def _fill(book: Book, group: Group, desk: int, now: float) -> None:
    """Its own calls first, then what others have let wait too long."""
    while _has_seat(book, desk, now):
        if _takes_head(book, desk, desk, now, -NEVER):
            continue
        if not group.helps or not _helps(book, group, desk, now):
            return


@compiled
def _helps(book: Book, group: Group, helper: int, now: float) -> bool:
    """Take the call that is overdue longest at the desks that this one helps."""
    chosen, longest = -1, NEVER
    for desk in range(group.desk, group.desk_end):
        for n in range(HELPERS_MAX):
            if book.desks[desk].helpers[n] == helper:
                _drop_gone(book, desk, now)
                due = _overdue_at(book, desk)
                if due <= now and due < longest:
                    chosen, longest = desk, due
    return chosen >= 0 and _takes_head(book, chosen, helper, now, book.desks[chosen].overflow_after_s)


@compiled
def _spill(book: Book, desk: int, now: float) -> None:
    """What is overdue here goes to the first helper with a seat."""
    for n in range(HELPERS_MAX):
        helper = book.desks[desk].helpers[n]
        if helper < 0:
            return
        while _has_seat(book, helper, now):
            if not _takes_head(book, desk, helper, now, book.desks[desk].overflow_after_s):
                return


@compiled
def _takes_head(book: Book, desk: int, seat_of: int, now: float, waited_s: float) -> bool:
    """The first in `desk`'s queue that has waited so long gets a seat of `seat_of`; False: nobody has."""
    _drop_gone(book, desk, now)
    at = book.desks[desk]
    for priority in range(2):
        place = at.first[priority]
        if place < at.end[priority]:
            head = book.waiting[desk, priority, place % WAITING_MAX]
            if head.since + waited_s <= now:
                at.first[priority] = place + 1
                if seat_of != desk and head.since >= book.run[0].count_from_s:
                    book.streams[head.stream].overflowed += 1
                hold(
                    book, seat_of, head.stream, head.k, head.since, head.until, now, head.u_talk, head.u_video
                )
                return True
    return False


@compiled
def _drop_gone(book: Book, desk: int, now: float) -> None:
    """Who hung up leaves when he would have been next: nothing else depends on when."""
    at = book.desks[desk]
    for priority in range(2):
        while at.first[priority] < at.end[priority]:
            head = book.waiting[desk, priority, at.first[priority] % WAITING_MAX]
            if head.until > now:
                break
            gave_up(book, head.stream, head.k, head.since)
            at.first[priority] += 1
