"""A call that is asked to turn to video, compiled: stage by stage to the picture, or why none comes."""

from math import log

import numpy as np

from draws.compiled import compiled, lognormal, quarters
from sim.planning.causes import NO_LINK, REFUSED_ON_PAGE, SEEN, STAGES_OF, STEPS, TOO_LATE
from sim.planning.chain import ARRIVED, CONSENTED, OPENED, PICTURE, SENT
from sim.planning.tables import HOURS, SAME_S, WAITS_S, Book, Record
from sim.week import WEEK_S

LAST_STEP = len(STEPS) - 1
Moments = tuple[float, float, float, float, float]  # of chain.STAGES, in seconds after the request


@compiled
def turns_to_video(book: Book, call: Record, answered_at: float, counts: bool) -> float:
    """Until when the call holds its seat."""
    given, run = book.streams[call.stream], book.run[0]
    comes, length, whose, sms = quarters(run.key_video, given.entity, call.k)
    asked_at = answered_at + _asked_s(book, given, call.k)
    carrier = _carrier(book, whose)
    moments = _moments(book, given, call.k, _sms_s(book, carrier, sms))
    trouble_s = _trouble_s(book, whose, asked_at)
    cause = _cause(given, comes, moments[PICTURE], trouble_s)
    if counts:
        hour = int(asked_at / 3600.0) % HOURS
        given.asked += 1
        given.asked_at[hour] += 1
        if cause == NO_LINK:
            given.no_link_at[hour] += 1
        if cause != SEEN:
            given.failed[cause] += 1
        _count_stages(book, given, carrier, cause, moments, trouble_s)
    if cause != SEEN:
        return asked_at + _gives_up_s(given, cause, moments[CONSENTED] + trouble_s)
    begins = asked_at + moments[PICTURE] + trouble_s
    ends: float = begins + lognormal(length, given.session_s, given.session_sigma)
    if counts:
        given.seen += 1
        given.seen_at[hour] += 1
        if run.sessions < book.sessions.shape[0]:
            kept = book.sessions[run.sessions]
            kept.stream, kept.k, kept.begins, kept.ends = call.stream, call.k, begins, ends
        run.sessions += 1
    return ends


@compiled
def _asked_s(book: Book, given: Record, k: np.uint64) -> float:
    """As `sim.planning.chain.Chain.asked_s`."""
    asks, replies, sends, _ = quarters(book.run[0].key_asked, given.entity, k)
    asked_s = lognormal(asks, given.asks_s, given.asks_sigma)
    asked_s += lognormal(replies, given.replies_s, given.replies_sigma)
    return asked_s + lognormal(sends, given.sends_s, given.sends_sigma)


@compiled
def _moments(book: Book, given: Record, k: np.uint64, sms_s: float) -> Moments:
    """As `sim.planning.chain.Chain.moments_s`."""
    request, opens, consents, connects = quarters(book.run[0].key_chain, given.entity, k)
    sent = lognormal(request, given.request_s, given.request_sigma)
    arrived = sent + sms_s
    opened = arrived + lognormal(opens, given.opens_s, given.opens_sigma)
    consented = opened + lognormal(consents, given.consents_s, given.consents_sigma)
    return (
        sent,
        arrived,
        opened,
        consented,
        consented + lognormal(connects, given.connects_s, given.connects_sigma),
    )


@compiled
def _cause(given: Record, comes: float, usual_s: float, trouble_s: float) -> int:
    """As `sim.planning.country.Video.cause`."""
    if comes >= given.video_seen:
        step = 0
        while step < LAST_STEP and comes >= given.fails[step]:
            step += 1
        return step
    if usual_s >= given.gives_up_s:
        return TOO_LATE
    return SEEN if usual_s + trouble_s < given.gives_up_s else NO_LINK


@compiled
def _gives_up_s(given: Record, cause: int, refused_s: float) -> float:
    """As `sim.planning.country.Video.waits_s`."""
    if STAGES_OF[cause] == 0:
        return 0.0
    gives_up_s: float = given.gives_up_s
    return min(refused_s, gives_up_s) if cause == REFUSED_ON_PAGE else gives_up_s


# ---- carriers


@compiled
def _carrier(book: Book, whose: float) -> int:
    """The subscriber's; -1 when there are none."""
    found = -1
    for n in range(book.carriers.shape[0]):
        if whose >= book.carriers[n].first:
            found = n
    return found


@compiled
def _sms_s(book: Book, carrier: int, u: float) -> float:
    """As `sim.planning.carriers.Subscribers.sms_s`."""
    if carrier < 0:
        return 0.0
    of = book.carriers[carrier]
    if u < of.tail_share:
        delay_s: float = of.tail_s_min * (u / of.tail_share) ** (-1.0 / of.tail_alpha)
    else:
        delay_s = lognormal((u - of.tail_share) / (1.0 - of.tail_share), of.delay_s, of.delay_sigma)
    return float(min(delay_s, of.delay_s_max))


@compiled
def _trouble_s(book: Book, u: float, at: float) -> float:
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


# ---- what is counted


@compiled
def _count_stages(
    book: Book, given: Record, carrier: int, cause: int, moments: Moments, trouble_s: float
) -> None:
    """The stages that the request comes to while the operator waits."""
    stages = STAGES_OF[cause]
    _count_stage(given, stages, SENT, moments[SENT])
    _count_stage(given, stages, ARRIVED, moments[ARRIVED] + trouble_s)
    _count_stage(given, stages, OPENED, moments[OPENED] + trouble_s)
    _count_stage(given, stages, CONSENTED, moments[CONSENTED] + trouble_s)
    _count_stage(given, stages, PICTURE, moments[PICTURE] + trouble_s)
    if carrier >= 0 and stages > SENT and moments[SENT] < given.gives_up_s:
        of = book.carriers[carrier]
        of.sent += 1
        arrived_s = moments[ARRIVED] + trouble_s
        if stages > ARRIVED and arrived_s < given.gives_up_s:
            of.arrived[_second(arrived_s - moments[SENT])] += 1


@compiled
def _count_stage(given: Record, stages: int, stage: int, after_s: float) -> None:
    if stage < stages and after_s < given.gives_up_s:
        given.stages[stage, _second(after_s)] += 1


@compiled
def _second(after_s: float) -> int:
    return min(int(after_s + SAME_S), WAITS_S)
