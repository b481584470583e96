"""What carriers take to bring their subscribers' SMS, and when they bring them late or never."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf, log

from draws import Lognormal
from sim.moods import week_s
from sim.nation import Carrier, Nation
from sim.planning.question import CarrierHours, Planning, WrongKey
from sim.reading import nearest
from sim.toml_lines import KeyPath
from sim.week import HOUR_S, WEEK_S


@dataclass(frozen=True, slots=True)
class Subscribers:
    """Of one carrier: those whose draw lies from `first` up to `last`, and how long an SMS to them takes
    (`fake_carriers.fate.Carrier` tells what each field means).
    """

    name: str
    first: float
    last: float
    body: Lognormal
    tail_share: float = 0.0
    tail_s_min: float = 20.0
    tail_alpha: float = 1.4
    delay_s_max: float = 900.0

    def sms_s(self, u: float) -> float:
        """From sent to arrived, by a draw in (0, 1)."""
        if u < self.tail_share:
            delay_s = self.tail_s_min * float((u / self.tail_share) ** (-1.0 / self.tail_alpha))
        else:
            delay_s = self.body.at((u - self.tail_share) / (1.0 - self.tail_share))
        return min(delay_s, self.delay_s_max)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Of the subscribers whose draw lies from `first` up to `last` (their carrier's part of the market)."""

    first: float
    last: float
    begins_s: float = 0.0
    lasts_s: float = inf
    weekly: bool = False
    later_s: float = 0.0
    """What an SMS takes more; inf: it never comes."""
    turned_away: float = 0.0
    """This share at each try, to be tried again after `again_s`."""
    again_s: float = 0.0

    def delay_s(self, u: float, at: float) -> float:
        """What it does to an SMS that is sent at `at` to a subscriber with this draw."""
        since = at - self.begins_s
        if self.weekly:
            since %= WEEK_S
        if not (self.first <= u < self.last and 0.0 <= since < self.lasts_s):
            return 0.0
        if not self.turned_away:
            return self.later_s
        within = max(u - self.first, 1e-12) / (self.last - self.first)  # which of them: uniform anew
        return self.again_s * int(log(within) / log(self.turned_away))


def delay_s(troubles: Sequence[Trouble], u: float, at: float) -> float:
    """What all of them do; inf: the SMS never comes."""
    return sum(trouble.delay_s(u, at) for trouble in troubles)


def subscribers_of(nation: Nation) -> tuple[Subscribers, ...]:
    """Each carrier's part of the market, one behind the other in [0, 1]."""
    total, first, found = sum(carrier.share for carrier in nation.carriers), 0.0, []
    for carrier in nation.carriers:
        last = first + carrier.share / total
        found.append(_subscribers(carrier, first, last))
        first = last
    return tuple(found)


def _subscribers(carrier: Carrier, first: float, last: float) -> Subscribers:
    body = Lognormal(carrier.delay_s_median, carrier.delay_s_sigma)
    tail = (carrier.tail_share, carrier.tail_s_min, carrier.tail_alpha)
    return Subscribers(carrier.name, first, last, body, *tail, carrier.delay_s_max)


def troubles_of(market: Sequence[Subscribers], planning: Planning) -> tuple[Trouble, ...]:
    """Raises NoAnswer where a carrier is not one of them."""
    return tuple(_asked(market, planning))


def _asked(market: Sequence[Subscribers], planning: Planning) -> Iterator[Trouble]:
    for n, name in enumerate(planning.carriers_out):
        yield Trouble(*_part(market, name, ("carriers_out", n)), later_s=inf)
    for n, silent in enumerate(planning.carriers_silent):
        yield replace(_hours(market, silent, ("carriers_silent", n)), later_s=inf)
    for n, slow in enumerate(planning.carriers_slow):
        yield replace(_hours(market, slow, ("carriers_slow", n)), later_s=slow.later_s)
    for n, one in enumerate(planning.carriers_throttled):
        hours = _hours(market, one, ("carriers_throttled", n))
        yield replace(hours, turned_away=one.turned_away, again_s=one.again_s)


def _part(market: Sequence[Subscribers], name: str, keys: KeyPath) -> tuple[float, float]:
    parts = {one.name: (one.first, one.last) for one in market}
    if name not in parts:
        raise WrongKey(keys, f"no carrier {name!r}; {nearest(name, parts)}")
    return parts[name]


def _hours(market: Sequence[Subscribers], asked: CarrierHours, keys: KeyPath) -> Trouble:
    """Of whom, from when and for how long; without any effect yet."""
    begins_s = (asked.at_h or 0.0) * HOUR_S if asked.from_ is None else week_s(asked.from_)
    first, last = _part(market, asked.carrier, (*keys, "carrier"))
    return Trouble(first, last, begins_s, asked.for_h * HOUR_S, weekly=asked.from_ is not None)
