"""A call that has got a seat: when it is answered, how long the seat is held, whether it turns to video."""

import numpy as np

from draws.compiled import compiled, exponential, lognormal, quarters
from sim.planning.tables import EXPONENTIAL, LOGNORMAL, WAITS_S, Book


@compiled
def hold(
    book: Book,
    desk: int,
    stream: int,
    k: int,
    since: float,
    until: float,
    now: float,
    talk: float,
    video: float,
) -> None:
    """The call that came at `since` gets a seat of `desk`; its caller hangs up at `until` if not answered."""
    given, run = book.streams[stream], book.run[0]
    counts = since >= run.count_from_s
    answered_at = now + _pick_up_s(book, stream, k)
    if answered_at > until:  # hung up while it rang
        gave_up(book, stream, k, since)
        _take_seat(book, desk, now, until, counts)
        return
    held_until = answered_at + _talk_s(book, stream, talk) + given.wrap_s
    if video < given.video_share:
        held_until = max(held_until, _turns_to_video(book, stream, k, answered_at, counts))
    if counts:
        _count(book, stream, since, now, answered_at - since)
    _tell_way(book, stream, k, since, answered_at - since)
    _take_seat(book, desk, now, held_until, counts)


@compiled
def gave_up(book: Book, stream: int, k: int, since: float) -> None:
    if since >= book.run[0].count_from_s:
        book.streams[stream].abandoned += 1
    _tell_way(book, stream, k, since, -1.0)


@compiled
def _pick_up_s(book: Book, stream: int, k: int) -> float:
    """From the seat's being free to the answer: ringing, and other work that must be put down first."""
    given = book.streams[stream]
    if given.ring_s <= 0.0:
        return 0.0
    _, ring, other, rest = quarters(book.run[0].key_wait, given.entity, np.uint64(k))
    seconds = lognormal(ring, given.ring_s, given.ring_sigma)
    if other < given.other_work:
        seconds += exponential(rest, given.other_work_s)
    return seconds


@compiled
def _talk_s(book: Book, stream: int, u: float) -> float:
    given = book.streams[stream]
    if given.talk_kind == LOGNORMAL:
        return lognormal(u, given.talk_s, given.talk_sigma)
    return exponential(u, given.talk_s) if given.talk_kind == EXPONENTIAL else given.talk_s


@compiled
def _turns_to_video(book: Book, stream: int, k: int, answered_at: float, counts: bool) -> float:
    """Until when a call that is asked to turn to video holds its seat."""
    given, run = book.streams[stream], book.run[0]
    comes, after, length, _ = quarters(run.key_video, given.entity, np.uint64(k))
    asked_at = answered_at + given.asked_s
    after_s = lognormal(after, given.to_video_s, given.to_video_sigma)
    seen = comes < given.video_seen and after_s < given.gives_up_s
    if counts:
        given.asked += 1
    if not seen:
        return asked_at + given.gives_up_s
    begins = asked_at + after_s
    ends = begins + lognormal(length, given.session_s, given.session_sigma)
    if counts:
        given.seen += 1
        given.to_video[min(int(after_s), WAITS_S)] += 1
        if run.sessions < book.sessions.shape[0]:
            kept = book.sessions[run.sessions]
            kept.stream, kept.begins, kept.ends = stream, begins, ends
        run.sessions += 1
    return ends


@compiled
def _count(book: Book, stream: int, since: float, now: float, wait_s: float) -> None:
    told = book.streams[stream]
    told.answered += 1
    told.wait_s += wait_s
    told.wait_s_max = max(told.wait_s_max, wait_s)
    told.waits[min(int(wait_s), WAITS_S)] += 1
    if now > since:
        told.queued += 1
    if wait_s <= told.target_s:
        told.within += 1
        told.within_at[hour_of_week(since)] += 1


@compiled
def hour_of_week(now: float) -> int:
    return int(now / 3600.0) % 168


@compiled
def _tell_way(book: Book, stream: int, k: int, since: float, wait_s: float) -> None:
    run = book.run[0]
    if run.ways < book.ways.shape[0]:
        way = book.ways[run.ways]
        way.stream, way.k, way.since, way.wait_s = stream, np.uint64(k), since, wait_s
    run.ways += 1


# ---- the seats that are held, as a heap by when they are free


@compiled
def _take_seat(book: Book, desk: int, now: float, until: float, counts: bool) -> None:
    held = book.desks[desk]
    if counts:
        held.held_s += until - now
    at = held.busy
    held.busy = at + 1
    while at > 0:
        above = (at - 1) >> 1
        if book.held_until[desk, above] <= until:
            break
        book.held_until[desk, at] = book.held_until[desk, above]
        at = above
    book.held_until[desk, at] = until


@compiled
def free_seat(book: Book, desk: int) -> None:
    """The seat that is free first is free."""
    last = book.desks[desk].busy - 1
    book.desks[desk].busy = last
    until = book.held_until[desk, last]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= last:
            break
        if below + 1 < last and book.held_until[desk, below + 1] < book.held_until[desk, below]:
            below += 1
        if book.held_until[desk, below] >= until:
            break
        book.held_until[desk, at] = book.held_until[desk, below]
        at = below
    book.held_until[desk, at] = until
