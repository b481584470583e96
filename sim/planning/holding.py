"""A call that has got a seat: when it is answered, how long the seat is held, whether it turns to video."""

from math import log

from draws.compiled import compiled, lognormal, quarters
from sim.planning.causes import NO_LINK, SEEN, STEPS, TOO_LATE
from sim.planning.events import FREED, push
from sim.planning.tables import HOURS, SAME_S, WAITS_S, Book, Record

WEEK_S = HOURS * 3600.0
LAST_STEP = len(STEPS) - 1


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
        held_until = max(held_until, _turns_to_video(book, call, answered_at, counts))
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
def _turns_to_video(book: Book, call: Record, answered_at: float, counts: bool) -> float:
    """Until when a call that is asked to turn to video holds its seat."""
    given, run = book.streams[call.stream], book.run[0]
    comes, after, length, whose = quarters(run.key_video, given.entity, call.k)
    asked_at: float = answered_at + given.asked_s
    hour = int(asked_at / 3600.0) % HOURS
    after_s = lognormal(after, given.to_video_s, given.to_video_sigma)
    carrier_s = _sms_delay_s(book, whose, asked_at)
    cause = _cause(given, comes, after_s, carrier_s)
    if counts:
        given.asked += 1
        given.asked_at[hour] += 1
        if cause == NO_LINK:
            given.no_link_at[hour] += 1
        if cause != SEEN:
            given.failed[cause] += 1
    if cause != SEEN:
        return float(asked_at + given.gives_up_s)
    after_s += carrier_s
    begins = asked_at + after_s
    ends: float = begins + lognormal(length, given.session_s, given.session_sigma)
    if counts:
        given.seen += 1
        given.seen_at[hour] += 1
        given.to_video[min(int(after_s + SAME_S), WAITS_S)] += 1
        if run.sessions < book.sessions.shape[0]:
            kept = book.sessions[run.sessions]
            kept.stream, kept.k, kept.begins, kept.ends = call.stream, call.k, begins, ends
        run.sessions += 1
    return ends


@compiled
def _cause(given: Record, comes: float, usual_s: float, carrier_s: float) -> int:
    """As `sim.planning.country.Video.cause`."""
    if comes >= given.video_seen:
        step = 0
        while step < LAST_STEP and comes >= given.fails[step]:
            step += 1
        return step
    if usual_s >= given.gives_up_s:
        return TOO_LATE
    return SEEN if usual_s + carrier_s < given.gives_up_s else NO_LINK


@compiled
def _sms_delay_s(book: Book, u: float, at: float) -> float:
    """As `sim.planning.carriers.delay_s`."""
    total_s = 0.0
    for n in range(book.troubles.shape[0]):
        trouble = book.troubles[n]
        since = at - trouble.begins_s
        if trouble.weekly:
            since %= WEEK_S
        if u < trouble.first or u >= trouble.last or since < 0.0 or since >= trouble.lasts_s:
            continue
        if trouble.turned_away == 0.0:
            total_s += trouble.later_s
        else:
            within = max(u - trouble.first, 1e-12) / (trouble.last - trouble.first)
            total_s += trouble.again_s * int(log(within) / log(trouble.turned_away))
    return total_s


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
