"""What desks do with their calls, compiled: the fast engine of years. One group of desks at a time.

A group is the desks that help each other (overflow, night routing); desks of different groups never meet, so
each group's time is told on its own, event by event. The rules are those of `fake_iccs.distribution`;
`sim.planning.told` tells the same in SimPy, and a test holds the three together, call by call.
"""

from draws.compiled import compiled
from sim.planning.calls import draw_ahead
from sim.planning.events import ARRIVES, FREED, OVERDUE, again, pop, push
from sim.planning.holding import gave_up, hold
from sim.planning.tables import AHEAD, HELPERS_MAX, HOURS, NEVER, WAITING_MAX, Book, Group, Record


@compiled
def tell_group(book: Book, group: Group) -> int:
    """All calls that come before the end, to their own end. Returns -1, or the desk whose queue broke."""
    run = book.run[0]
    _begin(book, group)
    shift_at, last_shift_at = 0.0, -1.0
    if group.shifts:  # who still waits at the end may have to wait for the morning
        last_shift_at = run.end_s + HOURS * 3600.0
    while True:
        now = book.events[0].at if run.events > 0 else NEVER
        if shift_at <= min(now, last_shift_at):
            _change_shift(book, group, shift_at)
            shift_at += 3600.0
        elif run.events == 0:
            break
        elif book.events[0].what == ARRIVES:
            stream = book.events[0].who
            if not _arrives(book, group, book.ahead[stream - group.stream, book.streams[stream].next], now):
                return int(book.streams[stream].desk)
            _next_call(book, group, stream)
        else:
            what, desk = book.events[0].what, book.events[0].who
            pop(book)
            if what == FREED:
                book.desks[desk].busy -= 1
                _fill(book, group, desk, now)
            else:
                _spill(book, group, desk, now)
    _end(book, group)
    return -1


@compiled
def _begin(book: Book, group: Group) -> None:
    for desk in range(group.desk, group.desk_end):
        book.desks[desk].open = book.desks[desk].seats[0]
    for stream in range(group.stream, group.stream_end):
        draw_ahead(book, group, stream)
        since = book.ahead[stream - group.stream, 0].since
        if since < NEVER:
            push(book, since, ARRIVES, stream)


@compiled
def _end(book: Book, group: Group) -> None:
    """Who waits where no seat will ever be free gives up."""
    for desk in range(group.desk, group.desk_end):
        _drop_gone(book, group, desk, NEVER)


@compiled
def _change_shift(book: Book, group: Group, now: float) -> None:
    hour = int(now / 3600.0) % HOURS
    for desk in range(group.desk, group.desk_end):
        book.desks[desk].open = book.desks[desk].seats[hour]
    for desk in range(group.desk, group.desk_end):
        _fill(book, group, desk, now)


# ---- a call comes


@compiled
def _next_call(book: Book, group: Group, stream: int) -> None:
    """The call that came is over with; the stream's next is to come."""
    given = book.streams[stream]
    given.next += 1
    if given.next == AHEAD:
        draw_ahead(book, group, stream)
    since = book.ahead[stream - group.stream, given.next].since
    if since < NEVER:
        again(book, since)
    else:
        pop(book)


@compiled
def _arrives(book: Book, group: Group, call: Record, now: float) -> bool:
    """False when the queue has no room."""
    given = book.streams[call.stream]
    desk = book.desks[given.desk].sent_to[call.hour]
    if now >= book.run[0].count_from_s:
        given.came_at[call.hour] += 1
    if _has_seat(book, desk):
        hold(book, desk, call, now)
        return True
    return _waits(book, group, desk, given.priority, call)


@compiled
def _waits(book: Book, group: Group, desk: int, priority: int, call: Record) -> bool:
    at, run = book.desks[desk], book.run[0]
    if at.end[priority] == at.first[priority]:  # from the start again: what is used stays in the cache
        at.end[priority] = at.first[priority] = 0
    place = at.end[priority]
    if place - at.first[priority] == WAITING_MAX or run.events == book.events.shape[0]:
        return False
    book.waiting[desk - group.desk, priority, place % WAITING_MAX] = call
    at.end[priority] = place + 1
    if at.helpers[0] >= 0:
        push(book, call.since + at.overflow_after_s, OVERDUE, desk)
    return True


# ---- seats take calls


@compiled
def _has_seat(book: Book, desk: int) -> bool:
    at = book.desks[desk]
    return bool(at.busy < at.open)


@compiled
def _fill(book: Book, group: Group, desk: int, now: float) -> None:
    """Its own calls first, then what others have let wait too long."""
    while _has_seat(book, desk):
        if _takes_head(book, group, desk, desk, now, -NEVER):
            continue
        if not group.helps or not _helps(book, group, desk, now):
            return


@compiled
def _helps(book: Book, group: Group, helper: int, now: float) -> bool:
    """Of the calls overdue at the desks that this one helps: the urgent first, then who is longest."""
    chosen, first, longest = -1, 2, NEVER
    for desk in range(group.desk, group.desk_end):
        for n in range(HELPERS_MAX):
            if book.desks[desk].helpers[n] == helper:
                _drop_gone(book, group, desk, now)
                for priority in range(2):
                    due = _overdue_at(book, group, desk, priority)
                    sooner = priority < first or (priority == first and due < longest)
                    if due <= now and sooner:
                        chosen, first, longest = desk, priority, due
    return chosen >= 0 and _takes_head(book, group, chosen, helper, now, book.desks[chosen].overflow_after_s)


@compiled
def _overdue_at(book: Book, group: Group, desk: int, priority: int) -> float:
    """When the first of this priority that waits here becomes everybody's."""
    at = book.desks[desk]
    if at.end[priority] == at.first[priority]:
        return NEVER
    head = book.waiting[desk - group.desk, priority, at.first[priority] % WAITING_MAX]
    return float(head.since + at.overflow_after_s)


@compiled
def _spill(book: Book, group: Group, desk: int, now: float) -> None:
    """What is overdue here goes to the first helper with a seat."""
    for n in range(HELPERS_MAX):
        helper = book.desks[desk].helpers[n]
        if helper < 0:
            return
        while _has_seat(book, helper):
            if not _takes_head(book, group, desk, helper, now, book.desks[desk].overflow_after_s):
                return


@compiled
def _takes_head(book: Book, group: Group, desk: int, seat_of: int, now: float, waited_s: float) -> bool:
    """The first in `desk`'s queue that has waited so long gets a seat of `seat_of`; False: nobody has."""
    _drop_gone(book, group, desk, now)
    at = book.desks[desk]
    for priority in range(2):
        place = at.first[priority]
        if place < at.end[priority]:
            head = book.waiting[desk - group.desk, priority, place % WAITING_MAX]
            if head.since + waited_s <= now:
                at.first[priority] = place + 1
                if seat_of != desk and head.since >= book.run[0].count_from_s:
                    book.streams[head.stream].overflowed += 1
                hold(book, seat_of, head, now)
                return True
    return False


@compiled
def _drop_gone(book: Book, group: Group, desk: int, now: float) -> None:
    """Who hung up leaves when he would have been next: nothing else depends on when."""
    at = book.desks[desk]
    for priority in range(2):
        while at.first[priority] < at.end[priority]:
            head = book.waiting[desk - group.desk, priority, at.first[priority] % WAITING_MAX]
            if head.until > now:
                break
            gave_up(book, head)
            at.first[priority] += 1
