"""AMK Oslo's answer times: one figure is fitted, the others are predicted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sim.nation import Nation
from sim.planning.country import Country, Desk, PickUp, Stream
from sim.planning.demand import country_of
from sim.planning.question import Planning
from sim.planning.tables import Records
from sim.planning.validation.case import Case, told, within
from sim.planning.validation.facts import Facts
from sim.planning.validation.fitting import falls_to
from sim.planning.year import tell

CENTRE = "AMK Oslo"
FITTED_ON_DAYS = 91.0
YEARS = 10


@dataclass(frozen=True, eq=False, slots=True)
class Answers:
    """Of one centre, by replication."""

    streams: Records

    def within_s(self, seconds: int) -> float:
        """Share of the answered."""
        return float(self.streams["waits"][:, :seconds].sum() / self.streams["answered"].sum())

    @property
    def mean_s(self) -> float:
        return float(self.streams["wait_s"].sum() / self.streams["answered"].sum())


@dataclass(frozen=True, slots=True)
class Room:
    """What is held fixed while the share of calls that find the operator at other work is fitted."""

    stream: Stream
    seats: int
    other_work_s: float
    seed: int

    def answers(self, other_work: float, days: float = FITTED_ON_DAYS, replications: int = 1) -> Answers:
        ring = self.stream.pick_up
        pick_up = PickUp(ring.ring_s_median, ring.ring_sigma, other_work, self.other_work_s)
        country = Country((Desk.of(CENTRE, self.seats),), (replace(self.stream, pick_up=pick_up),))
        years = [tell(country, self.seed, replication=n, days=days) for n in range(replications)]
        return Answers(np.concatenate([year.streams for year in years]))

    def fitted(self, within_10_s: float) -> float:
        """The share with which so many are answered within 10 s."""
        return falls_to(lambda other_work: self.answers(other_work).within_s(10), within_10_s, 0.0, 1.0)

    def predicted(self, within_10_s: float, seconds: int) -> float:
        return self.answers(self.fitted(within_10_s)).within_s(seconds)


def oslo_cases(facts: Facts, nation: Nation, seed: int, quick: bool) -> Iterator[Case]:
    given, stream = facts.oslo, _stream(nation)
    room = Room(stream, int(given.seats.value), given.other_work_s.value, seed)
    other_work = room.fitted(given.within_10_s.value)
    answers = room.answers(other_work, 365.0, YEARS)
    yield told(
        "facts: AMK Oslo 2022, within 10 s",
        answers.within_s(10),
        given.within_10_s.value,
        f"fitted: {other_work:.1%} of calls find the operator at other work, which takes "
        f"{room.other_work_s:g} s more (A), at {room.seats} seats; these two were chosen from several",
    )
    for seconds, fact in ((30, given.within_30_s), (60, given.within_60_s)):
        measured, off = answers.within_s(seconds), given.tolerance.value
        detail = f"predicted; off by {100 * (measured - fact.value):+.2f} points"
        detail += "" if quick else f"; {_varied(facts, nation, room, seconds)}"
        name = f"facts: AMK Oslo 2022, within {seconds} s"
        yield within(name, measured, fact.value, fact.value - off, fact.value + off, detail)
    longest_s = answers.streams["wait_s_max"]
    yield within(
        "facts: AMK Oslo 2022, longest wait, s",
        float(np.median(longest_s)),
        given.longest_s.value,
        given.longest_s.value * (1 - given.longest_tolerance.value),
        given.longest_s.value * (1 + given.longest_tolerance.value),
        f"predicted; median of {YEARS} years' longest, {longest_s.min():.0f} to {longest_s.max():.0f}",
    )
    yield told(
        "facts: AMK Oslo, April 2023, mean wait, s",
        answers.mean_s,
        given.mean_s_2023.value,
        "another year, fitted to nothing",
    )
    yield told(
        "facts: Norway 2013, within 20 s",
        room.predicted(facts.amk_2013.within_10_s.value, 20),
        facts.amk_2013.within_20_s.value,
        f"refitted on {facts.amk_2013.within_10_s.value:.1%} within 10 s, and wrong: in 2013 calls waited a "
        "little longer, not a few for long. Oslo's numbers do not carry to other centres or years",
    )


def _varied(facts: Facts, nation: Nation, room: Room, seconds: int) -> str:
    """What the numbers that were held fixed do to the prediction."""
    ends, fact = facts.oslo.other_work_s_range, facts.oslo.within_10_s.value
    seats = next(centre.seats for centre in nation.centres if centre.name == CENTRE)
    others = {
        f"{ends.low:g} s": replace(room, other_work_s=ends.low),
        f"{ends.high:g} s": replace(room, other_work_s=ends.high),
        f"{seats} seats": replace(room, seats=seats),
    }
    return ", ".join(f"{other.predicted(fact, seconds):.3f} with {what}" for what, other in others.items())


def _stream(nation: Nation) -> Stream:
    country = country_of(nation, Planning(overflow=False, season=False))
    return next(stream for stream in country.streams if stream.desk == CENTRE)
