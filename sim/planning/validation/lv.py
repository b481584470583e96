"""The LV centres of 2023: staffed as Raknes advised, how much of an operator does a call really take?"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sim.nation import Nation
from sim.planning.country import Country, Desk, Stream, Video
from sim.planning.demand import country_of
from sim.planning.question import Planning
from sim.planning.tables import HOURS, Floats, Ints, Records
from sim.planning.validation.case import Case, told, within
from sim.planning.validation.facts import Facts
from sim.planning.validation.oslo import falls_to
from sim.planning.validation.raknes import catchments, contacts_per_s, hours_of, operators_needed
from sim.planning.year import tell

LONGEST_S = 1200.0
FITTED_ON_DAYS = 28.0


def lv_cases(facts: Facts, nation: Nation, seed: int, quick: bool) -> Iterator[Case]:
    """One number, the mean time that a call holds its seat, is fitted on the country's share within two
    minutes; how it is spread over the centres is predicted.
    """
    given = facts.lv

    def overall(holds_s: float, days: float = FITTED_ON_DAYS) -> float:
        return _overall(_told(facts, nation, holds_s, seed, days))

    holds_s = falls_to(overall, given.within_2_min.value, 60.0, LONGEST_S)
    streams = _told(facts, nation, holds_s, seed, 56.0 if quick else 365.0)
    yield told(
        "facts: LV 2023, within 2 min",
        _overall(streams),
        given.within_2_min.value,
        f"fitted: a call takes {holds_s:.0f} s of a seat. The talk is 300 s (A); the rest is the clinical work "
        "that operators usually have beside the telephone (Raknes 2017), and what a seat is short of the advice",
    )
    shares = _shares(streams)
    for band in given.bands:
        centres = int(((shares >= band.low) & (shares < band.high)).sum())
        off = given.tolerance.value
        yield within(
            f"facts: LV 2023, centres with {band.low:.1%} to {band.high:.1%} within 2 min",
            centres,
            band.centres,
            band.centres - off,
            band.centres + off,
            f"predicted; off by {centres - band.centres:+d} of {int(given.centres.value)}",
        )
    yield told(
        "facts: LV 2023, Oslo within 2 min", float(shares[-1]), given.oslo.value, "predicted, the largest centre"
    )


def _told(facts: Facts, nation: Nation, holds_s: float, seed: int, days: float) -> Records:
    """The streams, smallest centre first."""
    given = facts.lv
    one = next(s for s in country_of(nation, Planning(overflow=False)).streams if s.line == "116117")
    profile = one.calls_per_s / one.calls_per_s.mean()
    centres = int(given.centres.value)
    sizes = catchments(centres, facts.raknes.catchment_sigma.value, facts.raknes.inhabitants.value)
    rates = sizes / sizes.sum() * given.calls_per_year.value / (365 * 86_400.0)
    mean_s = one.talk.a * float(np.exp(one.talk.sigma**2 / 2))
    talk = replace(one.talk, a=one.talk.a * holds_s / mean_s)
    names = [f"LV {n + 1}" for n in range(centres)]
    seats = _seats(facts, nation, sizes)
    desks = tuple(Desk(name, own) for name, own in zip(names, seats, strict=True))
    streams = tuple(_stream(one, name, profile * rate, talk) for name, rate in zip(names, rates, strict=True))
    return tell(Country(desks, streams), seed, days=days).streams
