"""The LV centres of 2023: staffed as Raknes advised, how much of an operator does a call really take?"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sim.nation import Nation
from sim.planning.country import Country, Desk, Video
from sim.planning.demand import country_of
from sim.planning.question import Planning
from sim.planning.tables import HOURS, Floats, Ints, Records
from sim.planning.validation.case import Case, told, within
from sim.planning.validation.facts import Facts
from sim.planning.validation.fitting import falls_to
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
        f"fitted: a call takes {holds_s:.0f} s of a seat. Its talk is 300 s (A); the rest is clinical work "
        "that operators have beside the telephone (Raknes 2017), and seats that are fewer than advised",
    )
    shares = _shares(streams)
    misplaced = 0.0
    for band in given.bands:
        centres = int(((shares >= band.low) & (shares < band.high)).sum())
        misplaced += abs(centres - band.centres) / 2
        yield told(
            f"facts: LV 2023, centres with {band.name} within 2 min",
            centres,
            band.centres,
            f"predicted; off by {centres - band.centres:+d} of {len(shares)}",
        )
    yield within(
        "facts: LV 2023, centres in a band too high or too low",
        misplaced,
        None,
        0,
        given.misplaced.value * len(shares),
        "predicted; of six ways to staff that were tried this one came nearest",
    )
    yield told(
        "facts: LV 2023, Oslo within 2 min",
        float(shares[-1]),
        given.oslo.value,
        "predicted, the largest centre",
    )


def _told(facts: Facts, nation: Nation, holds_s: float, seed: int, days: float) -> Records:
    """The streams, smallest centre first."""
    given = facts.lv
    one = next(
        s for s in country_of(nation, Planning(overflow=False, season=False)).streams if s.line == "116117"
    )
    profile = one.calls_per_s / one.calls_per_s.mean()
    centres = int(given.centres.value)
    sizes = catchments(centres, facts.raknes.catchment_sigma.value, facts.raknes.inhabitants.value)
    rates = sizes / sizes.sum() * given.calls_per_year.value / (365 * 86_400.0)
    mean_s = one.talk.a * float(np.exp(one.talk.sigma**2 / 2))
    talk = replace(one.talk, a=one.talk.a * holds_s / mean_s)
    names = [f"LV {n + 1}" for n in range(centres)]
    desks = tuple(Desk(n, own) for n, own in zip(names, _seats(facts, nation, sizes), strict=True))
    streams = tuple(
        replace(one, name=name, desk=name, calls_per_s=profile * rate, talk=talk, video=Video())
        for name, rate in zip(names, rates, strict=True)
    )
    return tell(Country(desks, streams), seed, days=days).streams


def _seats(facts: Facts, nation: Nation, sizes: Floats) -> list[Ints]:
    """By hour of the week: what Raknes 2017 advises for the day, and for the night shift."""
    given = facts.raknes
    night = np.isin(np.arange(HOURS) % 24, hours_of(given.night))
    by_shift = (
        operators_needed(given, contacts_per_s(given, nation, sizes, shift), 120.0)
        for shift in (given.night, given.day)
    )
    return [np.where(night, dark, light) for dark, light in zip(*by_shift, strict=True)]


def _shares(streams: Records) -> Floats:
    """Of each centre's calls, the unanswered among them, those answered in time."""
    return np.asarray(streams["within"] / (streams["answered"] + streams["abandoned"]), np.float64)


def _overall(streams: Records) -> float:
    return float(streams["within"].sum() / (streams["answered"] + streams["abandoned"]).sum())
