"""A stream's calls, all at once, in numpy: the draws that the compiled engine makes, told in another way."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from draws import quarters_block
from sim.planning.country import Spread, Stream
from sim.planning.tables import STAYS_VOICE, Floats


class Drawn(NamedTuple):
    """One column for each; a call's place in them is its `k`."""

    since: Floats
    until: Floats  # when its caller hangs up, if not answered
    pick_up_s: Floats
    holds_s: Floats  # talk and the work after it
    u_video: Floats
    repeat: npt.NDArray[np.bool_]


def calls_of(stream: Stream, day: Floats, seed: int, replication: int, end_s: float) -> Drawn:
    """The calls that come before `end_s`; `day` is a factor for each day."""
    if stream.arrivals is not None:
        since = stream.arrivals.times(stream.name, seed, replication, end_s)
        return _drawn(stream, since, _quarters(stream, len(since), seed, replication), seed, replication)
    hours = int(np.ceil(end_s / 3600.0))
    rates = np.resize(stream.calls_per_s, hours) * np.repeat(day, 24)[:hours]
    expected = np.concatenate([[0.0], np.cumsum(rates * 3600.0)])
    most = int(expected[-1] + 10 * expected[-1] ** 0.5 + 10)  # more never come: ten standard deviations
    quarters = _quarters(stream, most, seed, replication)
    # by the time that has passed in expected calls, the process has rate one (Cinlar 1975, 4.7)
    since = np.interp(np.cumsum(-np.log(quarters[0])), expected, 3600.0 * np.arange(hours + 1), right=np.inf)
    came = int(np.searchsorted(since, end_s))
    return _drawn(stream, since[:came], quarters[:, :came], seed, replication)


def _quarters(stream: Stream, n: int, seed: int, replication: int) -> Floats:
    """4 x n: gap, talk, video, repeat of so many calls."""
    return quarters_block(seed, "plan/call", stream.name, np.arange(n, dtype=np.uint64), replication)


def _drawn(stream: Stream, since: Floats, quarters: Floats, seed: int, replication: int) -> Drawn:
    _, talk, u_video, again = quarters
    until, pick_up_s = _patience(stream, since, seed, replication)
    repeats = stream.repeats
    repeat = (again < repeats.share) & (np.arange(len(since)) > 0)
    holds_s = _seconds(stream.talk, talk) + stream.wrap_s
    short = Spread("lognormal", repeats.talk_s_median, repeats.talk_sigma)
    holds_s[repeat] = _seconds(short, talk[repeat])
    return Drawn(since, until, pick_up_s, holds_s, np.where(repeat, STAYS_VOICE, u_video), repeat)


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
