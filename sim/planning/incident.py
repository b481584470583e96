"""An incident's day at every centre: one telling, not a mean. Each caller is heard on SimPy, then sampled.

The telling is one replication of the plan itself, with the plan's callers. The same day told once more
without the incident shows what it did to everybody else.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from math import isnan
from typing import Any, NamedTuple

import numpy as np

from sim.arrivals import Burst
from sim.planning.book import DAY_S
from sim.planning.country import Country, Stream
from sim.planning.groups import groups_of
from sim.planning.rooms import Call
from sim.planning.tables import HOURS, SAME_S, Floats, Ints
from sim.planning.told import tell

BEFORE_S, HEARD_S = 3600.0, 12 * 3600.0  # around the incident
SHOWN_S, QUIET_S = 7200.0, 1800.0  # after the incident at least; after all is as usual again
STEP_S, LONG_STEP_S, LONG_S = 30.0, 60.0, 5 * 3600.0
JUST_THEN_S = 120.0  # a moment's longest wait is that of who was there in the two minutes before it
LONGER_S = 1.0


class Caller(NamedTuple):
    of: str  # the centre
    since: float
    seated: float  # when he got a seat; never: when he hung up
    until: float  # answered, or hung up; since `seated` it rings, or the operator is at other work
    by: str  # who answered; nobody: ""

    @property
    def queued(self) -> bool:
        """No seat was free at once."""
        return self.seated > self.since

    @property
    def waited_s(self) -> float:
        return self.until - self.since


class Held(NamedTuple):
    """A seat."""

    by: str
    of: str  # whose caller
    since: float
    until: float


class Heard:
    """What was heard of a telling from a moment on. Callers of the centre's own line, seats held by any."""

    def __init__(self, from_s: float) -> None:
        self.from_s = from_s
        self.callers: dict[tuple[str, int], Caller] = {}
        self.held: list[Held] = []

    def __call__(self, at: float, event: str, call: Call, centre: str) -> None:
        if at <= self.from_s:
            return
        given, seated = call.of.given, call.of.seated[call.k]
        if event == "seat.freed":
            self.held.append(Held(centre, given.desk, seated, at))
        elif event in ("call.answered", "call.abandoned") and given.line != "other":
            by = centre if event == "call.answered" else ""
            seated = at if isnan(seated) else seated
            self.callers[given.name, call.k] = Caller(given.desk, call.since, seated, at, by)


def incident_of(
    country: Country, seed: int, plan_end_s: float, replication: int = 0
) -> dict[str, Any] | None:
    """The day around the first incident, as incident.json has it; None: none comes before the plan's end."""
    bursts = {s.name: s.arrivals.at_s for s in country.streams if isinstance(s.arrivals, Burst)}
    name = min(bursts, key=lambda one: bursts[one], default="")
    if not name or bursts[name] >= plan_end_s:
        return None
    incident, at_s = next(s for s in country.streams if s.name == name), bursts[name]
    from_s, heard_s = max(0.0, at_s - BEFORE_S), min(plan_end_s, at_s + HEARD_S)
    heard = _heard(country, seed, replication, from_s, heard_s)
    without = _heard(_without(country, incident), seed, replication, from_s, heard_s)
    harmed = _harmed(heard, without)
    usual_at_s = _usual_at_s(heard, harmed, incident, at_s)
    until_s = min(heard_s, max(at_s + SHOWN_S, usual_at_s + QUIET_S))
    over_s = until_s if usual_at_s == at_s else min(usual_at_s, until_s)
    step_s = STEP_S if until_s - from_s <= LONG_S else LONG_STEP_S
    moments = np.arange(from_s, until_s + SAME_S, step_s)
    centres = _centres(country, heard, moments)
    of_it = next(one for one in centres if one["name"] == incident.desk)
    return {
        "seed": seed,
        "replication": replication,
        "centre": incident.desk,
        "at_s": at_s,
        "from_s": from_s,
        "step_s": step_s,
        "samples": len(moments),
        "just_then_s": JUST_THEN_S,
        "worst": _worst(of_it, moments, at_s, over_s),
        "centres": centres,
        "lent": _lent(heard, incident.desk, moments),
        "story": {
            **_story(heard, incident, at_s, over_s),
            **_others(harmed, incident),
            "usual_at_s": usual_at_s if usual_at_s <= until_s else None,
        },
    }


def _heard(country: Country, seed: int, replication: int, from_s: float, until_s: float) -> Heard:
    """Told from the plan's beginning, so that all is as the plan has it."""
    heard = Heard(from_s)
    tell(country, seed, replication=replication, days=until_s / DAY_S, warm_up_days=0.0, hears=heard)
    return heard


def _without(country: Country, incident: Stream) -> Country:
    """Only the centres that the incident can reach, and not the incident."""
    groups = ([country.desks[n] for n in group] for group in groups_of(country.desks))
    desks = next(group for group in groups if any(desk.name == incident.desk for desk in group))
    names = {desk.name for desk in desks}
    streams = tuple(s for s in country.streams if s.desk in names and s is not incident)
    return replace(country, desks=tuple(desks), streams=streams)


# ---- sampled


def _centres(country: Country, heard: Heard, moments: Floats) -> list[dict[str, Any]]:
    """At each moment, counted from the first: who came (or was there), was answered, gave up; who waits for a
    seat, and who has one, where it rings, here or at a neighbour.
    """
    callers, held = defaultdict(list), defaultdict(list)
    for caller in heard.callers.values():
        callers[caller.of].append(caller)
    for seat in heard.held:
        held[seat.by].append(seat)
    hours = (moments // 3600).astype(np.int64) % HOURS
    found = []
    for desk in country.desks:
        own = next(stream for stream in country.streams if stream.desk == desk.name)
        here = callers[desk.name]
        columns = {
            "seats": desk.seats[hours],
            "busy": _there([(seat.since, seat.until) for seat in held[desk.name]], moments),
            "came": _so_far([caller.since for caller in here], moments),
            "answered": _so_far([caller.until for caller in here if caller.by], moments),
            "by_others": _so_far([c.until for c in here if c.by not in ("", desk.name)], moments),
            "gave_up": _so_far([caller.until for caller in here if not caller.by], moments),
            "waiting": _there([(caller.since, caller.seated) for caller in here], moments),
            "ringing": _there([(caller.seated, caller.until) for caller in here], moments),
            "longest_s": _longest_s(here, moments),
        }
        row = {"name": desk.name, "line": own.line, "target_s": own.target_s}
        found.append({**row, **{name: _changes(column) for name, column in columns.items()}})
    return found


def _lent(heard: Heard, centre: str, moments: Floats) -> dict[str, list[int]]:
    """By neighbour: how many of its seats hold a caller of the centre's."""
    stays = defaultdict(list)
    for seat in heard.held:
        if seat.of == centre != seat.by and seat.since <= moments[-1]:
            stays[seat.by].append((seat.since, seat.until))
    return {name: _changes(_there(those, moments)) for name, those in stays.items()}


def _so_far(times: Sequence[float], moments: Floats) -> Ints:
    return np.searchsorted(np.sort(np.asarray(times, np.float64)), moments, side="right")


def _there(stays: Sequence[tuple[float, float]], moments: Floats) -> Ints:
    since, until = np.array(stays, np.float64).reshape(-1, 2).T
    return np.array([np.sum((since <= now) & (now < until)) for now in moments], np.int64)


def _longest_s(callers: Sequence[Caller], moments: Floats) -> Ints:
    """The longest that anybody who was there just then had waited, in whole seconds."""
    longest = np.zeros(len(moments))
    for caller in callers:
        begin, end = np.searchsorted(moments, (caller.since, caller.until + JUST_THEN_S))
        waited_s = np.minimum(moments[begin:end], caller.until) - caller.since
        longest[begin:end] = np.maximum(longest[begin:end], waited_s)
    return np.floor(longest).astype(np.int64)


def _changes(column: Ints) -> list[int]:
    """Which sample, its value, which sample, its value, ...: those that differ from the one before."""
    at = np.flatnonzero(np.diff(column, prepend=column[0] + 1))
    return [int(n) for pair in zip(at, column[at], strict=True) for n in pair]


def _worst(centre: dict[str, Any], moments: Floats, from_s: float, until_s: float) -> int:
    """The sample of the incident with the longest queue; of equals, the one with the longest wait."""
    waiting, longest_s = (at_each(centre[name], len(moments)) for name in ("waiting", "longest_s"))
    first = int(np.searchsorted(moments, from_s))
    last = max(first + 1, int(np.searchsorted(moments, until_s, side="right")))
    return max(range(first, last), key=lambda n: (waiting[n], longest_s[n], -n))


def at_each(changes: Sequence[int], samples: int) -> list[int]:
    """The column that these are the changes of."""
    lasts = np.diff([*changes[::2], samples])
    return [int(value) for value in np.repeat(changes[1::2], lasts)]


# ---- the story


def _harmed(heard: Heard, without: Heard) -> list[tuple[Caller, float]]:
    """Who would have come without the incident too, and waited longer because of it: so many seconds."""
    pairs = ((one, without.callers[key]) for key, one in heard.callers.items() if key in without.callers)
    more = ((one, one.waited_s - other.waited_s) for one, other in pairs)
    return [(one, more_s) for one, more_s in more if more_s > LONGER_S]


def _usual_at_s(heard: Heard, harmed: list[tuple[Caller, float]], incident: Stream, at_s: float) -> float:
    """When the last caller has been answered, or has gone, who found no seat because of the incident."""
    of_it = (one for (stream, _), one in heard.callers.items() if stream == incident.name and one.queued)
    return max((one.until for one in (*of_it, *(one for one, _ in harmed))), default=at_s)


def _story(heard: Heard, incident: Stream, at_s: float, until_s: float) -> dict[str, Any]:
    """Of the centre's callers from the incident until it is over."""
    its = [c for c in heard.callers.values() if c.of == incident.desk and at_s <= c.since <= until_s]
    longest = max(its, key=lambda one: one.waited_s, default=None)
    late = [one.since + incident.target_s for one in its if one.waited_s > incident.target_s + SAME_S]
    by = Counter(one.by for one in its)
    gave_up, here = by.pop("", 0), by.pop(incident.desk, 0)
    return {
        "came": len(its),
        "of_it": sum(stream == incident.name for stream, _ in heard.callers),
        "in_time": sum(bool(one.by) and one.waited_s <= incident.target_s + SAME_S for one in its),
        "first_late_at_s": min(late, default=None),
        "longest": longest and {"waited_s": longest.waited_s, "at_s": longest.until, "by": longest.by},
        "answered_here": here,
        "gave_up": gave_up,
        "helpers": dict(by.most_common()),
    }


def _others(harmed: list[tuple[Caller, float]], incident: Stream) -> dict[str, Any]:
    elsewhere = Counter(one.of for one, _ in harmed if one.of != incident.desk)
    return {
        "harmed": len(harmed),
        "harmed_elsewhere": dict(elsewhere.most_common()),
        "harmed_s_most": max((more_s for _, more_s in harmed), default=0.0),
    }
