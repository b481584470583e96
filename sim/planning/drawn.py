"""A stream's calls, all at once, in numpy: the draws that the compiled engine makes, told in another way."""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from draws import quarters_block
from sim.planning.country import Spread, Stream
from sim.planning.tables import Floats


class Drawn(NamedTuple):
    """One column for each; a call's place in them is its `k`."""

    since: Floats
    until: Floats  # when its caller hangs up, if not answered
    pick_up_s: Floats
    holds_s: Floats  # talk and the work after it
    u_video: Floats


def calls_of(stream: Stream, day: Floats, seed: int, replication: int, end_s: float) -> Drawn:
    """The calls that come before `end_s`; `day` is a factor for each day."""
    if stream.arrivals is not None:
        since = stream.arrivals.times(stream.name, seed, replication)
        return _listed(stream, since[since < end_s], seed, replication)
    hours = int(np.ceil(end_s / 3600.0))
    rates = np.resize(stream.calls_per_s, hours) * np.repeat(day, 24)[:hours]
    expected = np.concatenate([[0.0], np.cumsum(rates * 3600.0)])
    n = int(expected[-1] + 10 * expected[-1] ** 0.5 + 10)  # more never come: ten standard deviations
    ks = np.arange(n, dtype=np.uint64)
    gap, talk, u_video, _ = quarters_block(seed, "plan/call", stream.name, ks, replication)
    # by the time that has passed in expected calls, the process has rate one (Cinlar 1975, 4.7)
    since = np.interp(np.cumsum(-np.log(gap)), expected, 3600.0 * np.arange(hours + 1), right=np.inf)
    came = int(np.searchsorted(since, end_s))
    until, pick_up_s = _patience(stream, since[:came], seed, replication)
    return Drawn(
        since[:came], until, pick_up_s, _seconds(stream.talk, talk[:came]) + stream.wrap_s, u_video[:came]
    )


def _listed(stream: Stream, since: Floats, seed: int, replication: int) -> Drawn:
    ks = np.arange(len(since), dtype=np.uint64)
    _, talk, u_video, _ = quarters_block(seed, "plan/call", stream.name, ks, replication)
    until, pick_up_s = _patience(stream, since, seed, replication)
    return Drawn(since, until, pick_up_s, _seconds(stream.talk, talk) + stream.wrap_s, u_video)


def _patience(stream: Stream, since: Floats, seed: int, replication: int) -> tuple[Floats, Floats]:
    """Until when the caller holds on, and how long an operator takes to pick up."""
    ks = np.arange(len(since), dtype=np.uint64)
    patience, ring, other, rest = quarters_block(seed, "plan/wait", stream.name, ks, replication)
    pick_up = stream.pick_up
    pick_up_s = np.zeros(len(since))
    if pick_up.ring_s_median > 0:
        pick_up_s += _seconds(Spread("lognormal", pick_up.ring_s_median, pick_up.ring_sigma), ring)
        at_work = other < pick_up.other_work
        pick_up_s[at_work] += _seconds(Spread("exponential", pick_up.other_work_s), rest[at_work])
    return since + _seconds(Spread("exponential", stream.patience_s), patience), pick_up_s


def _seconds(spread: Spread, u: Floats) -> Floats:
    if spread.kind == "lognormal":
        return np.asarray(spread.a * np.exp(spread.sigma * ndtri(u)), np.float64)
    return -spread.a * np.log1p(-u) if spread.kind == "exponential" else np.full(len(u), spread.a)
