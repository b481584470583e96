"""A call that has got a seat: when it is answered, how long the seat is held, whether it turns to video."""

from draws.compiled import compiled
from sim.planning.events import FREED, push
from sim.planning.tables import SAME_S, WAITS_S, Book, Record
from sim.planning.turning import turns_to_video


@compiled
def hold(book: Book, desk: int, call: Record, now: float) -> None:
    """The call gets a seat of `desk`."""
    given = book.streams[call.stream]
    counts = call.since >= book.run[0].count_from_s
    answered_at = now + call.pick_up_s
    if answered_at > call.until:  # hung up while it rang
        gave_up(book, call)
        _take_seat(book, desk, now, call.until, counts)
        return
    held_until = answered_at + call.holds_s
    if call.u_video < given.video_share:
        held_until = max(held_until, turns_to_video(book, call, answered_at, counts))
    if counts:
        _count(book, call, now, answered_at - call.since)
    _tell_way(book, call, answered_at - call.since)
    _take_seat(book, desk, now, held_until, counts)


@compiled
def gave_up(book: Book, call: Record) -> None:
    if call.since >= book.run[0].count_from_s:
        book.streams[call.stream].abandoned += 1
    _tell_way(book, call, -1.0)


@compiled
def _count(book: Book, call: Record, now: float, wait_s: float) -> None:
    told = book.streams[call.stream]
    told.answered += 1
    told.repeated += call.repeat
    told.wait_s += wait_s
    told.wait_s_max = max(told.wait_s_max, wait_s)
    told.waits[min(int(wait_s + SAME_S), WAITS_S)] += 1
    if now > call.since:
        told.queued += 1
    if wait_s <= told.target_s + SAME_S:
        told.within += 1
        told.within_at[call.hour] += 1


@compiled
def _tell_way(book: Book, call: Record, wait_s: float) -> None:
    run = book.run[0]
    if run.ways < book.ways.shape[0]:
        way = book.ways[run.ways]
        way.stream, way.k, way.since, way.wait_s = (call.stream, call.k, call.since, wait_s)
    run.ways += 1


@compiled
def _take_seat(book: Book, desk: int, now: float, until: float, counts: bool) -> None:
    at = book.desks[desk]
    at.busy += 1
    if counts:
        at.held_s += until - now
    push(book, until, FREED, desk)
