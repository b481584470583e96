"""A stream's calls, drawn some at a time: when each comes, how long it would wait, ring and talk.

Nothing that happens at the desks changes them, nor another stream: a call's numbers come from two blocks of
draws, keyed by its stream and its place in it.
"""

from math import log

import numpy as np

from draws.compiled import compiled, exponential, lognormal, quarters_ahead
from sim.planning.tables import AHEAD, EXPONENTIAL, HOURS, LOGNORMAL, NEVER, STAYS_VOICE, Book, Group, Record


@compiled
def draw_ahead(book: Book, group: Group, stream: int) -> None:
    """The stream's next calls into its row of `book.ahead`. `since` is NEVER from the end of time on."""
    given, run, row = book.streams[stream], book.run[0], stream - group.stream
    quarters_ahead(run.key_call, given.entity, given.drawn, book.drawn[0])
    quarters_ahead(run.key_wait, given.entity, given.drawn, book.drawn[1])
    if given.listed < given.listed_end:
        _arrive_as_listed(book, stream, row)
    else:
        _arrive(book, stream, row)
    for n in range(AHEAD):
        call = book.ahead[row, n]
        call.stream, call.k = stream, given.drawn + np.uint64(n)
        _talk(book, call, n)
        call.until = NEVER
        if given.patience_s < NEVER:
            call.until = call.since + exponential(book.drawn[1, 0, n], given.patience_s)
        call.pick_up_s = 0.0
        if given.ring_s > 0.0:
            call.pick_up_s = lognormal(book.drawn[1, 1, n], given.ring_s, given.ring_sigma)
            if book.drawn[1, 2, n] < given.other_work:
                call.pick_up_s += exponential(book.drawn[1, 3, n], given.other_work_s)
    given.drawn += np.uint64(AHEAD)
    given.next = 0


@compiled
def _arrive_as_listed(book: Book, stream: int, row: int) -> None:
    given, end_s = book.streams[stream], book.run[0].end_s
    for n in range(AHEAD):
        place = given.listed + int(given.drawn) + n
        since = book.listed[place] if place < given.listed_end else NEVER
        call = book.ahead[row, n]
        call.since = since if since < end_s else NEVER
        call.hour = int(since / 3600.0) % HOURS if call.since < NEVER else 0


@compiled
def _arrive(book: Book, stream: int, row: int) -> None:
    """A Poisson process whose rate changes by the hour, exactly: the drawn gap is used up hour by hour."""
    given, end_s = book.streams[stream], book.run[0].end_s
    now, hour, rate, hour_end = given.drawn_until, -1, 0.0, -1.0
    for n in range(AHEAD):
        left = -log(book.drawn[0, 0, n])
        while now < end_s:
            if now >= hour_end:
                hour = int(now / 3600.0)
                hour_end = (hour + 1) * 3600.0
                rate = given.calls_per_s[hour % HOURS] * book.day[stream, hour // 24]
            used = rate * (hour_end - now)
            if left <= used:
                now += left / rate
                break
            left -= used
            now = hour_end
        call = book.ahead[row, n]
        call.since, call.hour = now if now < end_s else NEVER, hour % HOURS
    given.drawn_until = now


@compiled
def _talk(book: Book, call: Record, n: int) -> None:
    """How long the call drawn as the n-th keeps an operator, and whether it may turn to video."""
    given, u = book.streams[call.stream], book.drawn[0, 1, n]
    call.repeat = 1 if book.drawn[0, 3, n] < given.repeats and call.k > 0 else 0
    if call.repeat == 1:
        call.holds_s, call.u_video = lognormal(u, given.repeat_s, given.repeat_sigma), STAYS_VOICE
    else:
        call.holds_s, call.u_video = _talk_s(book, call.stream, u) + given.wrap_s, book.drawn[0, 2, n]


@compiled
def _talk_s(book: Book, stream: int, u: float) -> float:
    given = book.streams[stream]
    if given.talk_kind == LOGNORMAL:
        return lognormal(u, given.talk_s, given.talk_sigma)
    return exponential(u, given.talk_s) if given.talk_kind == EXPONENTIAL else given.talk_s
