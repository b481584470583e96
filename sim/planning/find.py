"""The fewest seats that hold a centre's target, found centre by centre on the same draws."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from sim.arrivals import OnlyAt
from sim.planning.country import Country, Desk, Stream
from sim.planning.intervals import half_width
from sim.planning.outcome import Outcome, told
from sim.planning.question import Planning
from sim.planning.replications import Tell
from sim.planning.tables import HOURS
from sim.planning.year import Overrun

SEATS_MAX = 500
REPLICATIONS = 5
POINT = 0.01


@dataclass(frozen=True, slots=True)
class Found:
    """Of one centre. `share_in_time` is what the seats give, `before` what one less would. Where no number
    does, `seats` is None, `share_in_time` the best there is, `nearly` how many come within a point of it, and
    `why` says what stands in the way and what to change; if it is other work, `other_work_most` is how much
    of it there may be, and `without_it` what is answered in time when there is none.
    """

    desk: str
    line: str
    seats: int | None
    seats_now: int
    target: float
    share_in_time: float
    half: float
    before: float | None = None
    nearly: int | None = None
    why: str = ""
    other_work_most: float | None = None
    without_it: float | None = None

    @property
    def sure(self) -> bool:
        """The target lies below the interval of what the seats give."""
        return self.seats is not None and self.share_in_time - self.half >= self.target


def fewest_seats(
    country: Country, targets: dict[str, float], seed: int, planning: Planning, tell: Tell = lambda line: None
) -> list[Found]:
    """For every desk whose line has a target (share within the stream's `target_s`), without overflow: help
    from a neighbour is not what a centre should be staffed by.
    """
    found = []
    for alone in _alone(country):
        line = alone.streams[0].line
        if line in targets:
            found.append(_fewest(alone, targets[line], seed, planning))
            seats = found[-1].seats
            tell(f"{found[-1].desk}: {'no number does' if seats is None else f'{seats} seats'}")
    return found


def _alone(country: Country) -> Iterator[Country]:
    """Each desk that has calls, its most urgent stream first."""
    desks = {desk.name: desk for desk in country.desks}
    for desk in country.desks:
        own = [stream for stream in country.streams if stream.desk == desk.name]
        others = [s for s in country.streams if s.desk != desk.name and _hours(desks[s.desk], desk.name)]
        streams = [_only_at(s, desk.name, _hours(desks[s.desk], desk.name)) for s in (*own, *others)]
        if any(stream.calls_per_s.any() or stream.arrivals is not None for stream in streams):
            streams.sort(key=lambda stream: stream.priority)
            alone = replace(desk, helpers=(), sent_to={})
            yield replace(country, desks=(alone,), streams=tuple(streams))


def _hours(desk: Desk, taken_by: str) -> frozenset[int]:
    """Of the week, at which this one takes the desk's calls."""
    return frozenset(hour for hour in range(HOURS) if desk.sent_to.get(hour, desk.name) == taken_by)


def _only_at(stream: Stream, desk: str, hours: frozenset[int]) -> Stream:
    if len(hours) == HOURS:
        return stream
    rates = np.where(np.isin(np.arange(HOURS), list(hours)), stream.calls_per_s, 0.0)
    arrivals = None if stream.arrivals is None else OnlyAt(stream.arrivals, hours)
    return replace(stream, desk=desk, calls_per_s=rates, arrivals=arrivals)


def _fewest(alone: Country, target: float, seed: int, planning: Planning) -> Found:
    (desk,), stream = alone.desks, alone.streams[0]
    shares: dict[int, list[float]] = {}

    def share(seats: int) -> float:
        if seats not in shares:
            shares[seats] = _shares(alone, seats, seed, planning)
        return float(np.mean(shares[seats]))

    now, guess = int(desk.seats.max()), max(1, int(sum(_erlangs(stream) for stream in alone.streams)))
    if share(guess) < target and share(SEATS_MAX) < target:
        best, half = share(SEATS_MAX), half_width(shares[SEATS_MAX])
        nearly = _lowest(lambda seats: share(seats) >= best - POINT, guess) if best else None
        found = Found(desk.name, stream.line, None, now, target, best, half, nearly=nearly)
        return _with_why(found, alone, seed, planning)
    seats = _lowest(lambda seats: share(seats) >= target, guess)
    before = share(seats - 1) if seats - 1 in shares else None
    return Found(desk.name, stream.line, seats, now, target, share(seats), half_width(shares[seats]), before)


def _lowest(holds: Callable[[int], bool], guess: int) -> int:
    """The lowest number that holds, for a rule that holds from some number on, at the latest SEATS_MAX."""
    low, high, step = 0, guess, 1
    while not holds(high):
        low, high, step = high, min(SEATS_MAX, high + step), 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _shares(alone: Country, seats: int, seed: int, planning: Planning) -> list[float]:
    alone = replace(alone, desks=(alone.desks[0].with_seats(seats),))
    try:
        outcomes = [
            told(alone, seed, n, planning.days, planning.warm_up_days)
            for n in range(planning.replications or REPLICATIONS)
        ]
    except Overrun:
        return [0.0]
    return [_share(outcome, alone) for outcome in outcomes]


def _share(outcome: Outcome, alone: Country) -> float:
    """Of all calls on the desk's line, those of others that it takes by night among them."""
    of_line = [outcome.names.index(s.name) for s in alone.streams if s.line == alone.streams[0].line]
    counts = outcome.counts
    came = float(counts["answered"][of_line].sum() + counts["abandoned"][of_line].sum())
    return float(counts["within"][of_line].sum()) / came if came else 1.0


def _erlangs(stream: Stream) -> float:
    mean_s = stream.talk.a * float(np.exp(stream.talk.sigma**2 / 2)) + stream.wrap_s
    return float(stream.calls_per_s.mean()) * mean_s


def _with_why(found: Found, alone: Country, seed: int, planning: Planning) -> Found:
    """Why no number of seats gives the target: what picking up takes when a seat is always free."""
    stream = alone.streams[0]
    few = replace(stream, calls_per_s=stream.calls_per_s / max(1.0, _erlangs(stream)))
    work, within = stream.pick_up.other_work, f"within {stream.target_s:g} s"

    def at_once(other_work: float) -> float:
        given = replace(few, pick_up=replace(stream.pick_up, other_work=other_work))
        return float(np.mean(_shares(replace(alone, streams=(given,)), SEATS_MAX, seed, planning)))

    with_it = at_once(work)
    if with_it >= found.target:
        return replace(found, why=f"{SEATS_MAX} seats are too few: lower [planning.volume]")
    without = at_once(0.0) if work else with_it
    if without < found.target:
        why = f"with a seat for every call picking up lets only {without:.1%} {within}"
        return replace(found, why=f"{why}: lower [people] picks_up_after_s, or the target")
    why = (
        f"{work:.1%} of the calls find the operator at other work, {stream.pick_up.other_work_s:g} s more: "
        "lower [workload] other_work, or the target"
    )
    most = work * (without - found.target) / (without - with_it)
    return replace(found, why=why, other_work_most=most, without_it=without)
