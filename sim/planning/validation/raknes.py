"""Raknes, Morken and Hunskår 2017: how many operators the LV centres need, by Erlang-C."""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.special import ndtri

from sim.nation import Nation
from sim.planning.country import Country, Desk, Spread, Stream
from sim.planning.tables import HOURS, Floats, Ints
from sim.planning.theory import seats_needed
from sim.planning.validation.case import Case, told, within
from sim.planning.validation.facts import Facts, Raknes, Shift
from sim.planning.year import tell

YEAR_S = 365 * 86_400.0


def raknes_cases(facts: Facts, nation: Nation, seed: int, quick: bool) -> Iterator[Case]:
    """With both inputs in the middle of their ranges; "by day" is read as what came nearest."""
    given = facts.raknes
    sizes = catchments(int(given.centres.value), given.catchment_sigma.value, given.inhabitants.value)
    inputs = (
        f"{given.contacts_per_inhabitant.middle:g} contacts per inhabitant and year, "
        f"{given.handling_s.middle:g} s each: the middle of their ranges"
    )
    small = int((sizes < given.small.value).sum())
    off = given.tolerance.value * len(sizes)
    expected = given.small_centres.value
    yield within("facts: Raknes 2017, small centres", small, expected, expected - off, expected + off)
    for name, shift, operators, more in (
        ("by day", given.day, given.operators_day.value, given.more_day.value),
        ("by night", given.night, given.operators_night.value, given.more_night.value),
    ):
        rates = contacts_per_s(given, nation, sizes, shift)
        found = int(operators_needed(given, rates, 120.0).sum())
        low, high = (operators * (1 + off) for off in (-given.tolerance.value, given.tolerance.value))
        detail = f"{inputs}; {_varied(given, nation, sizes, shift)}"
        yield within(f"facts: Raknes 2017, operators {name}", found, operators, low, high, detail)
        faster = int(operators_needed(given, rates, 10.0).sum()) / found - 1
        yield told(
            f"facts: Raknes 2017, more operators {name} for 10 s",
            faster,
            more,
            "the same direction; the size rests on hourly data that are not published: no mark",
        )
    evening = contacts_per_s(given, nation, sizes, given.day_and_evening)
    yield told(
        "facts: Raknes 2017, operators by day and evening",
        int(operators_needed(given, evening, 120.0).sum()),
        given.operators_day.value,
        f"if by day means {given.day_and_evening.begins_h}-{given.day_and_evening.ends_h}, not "
        f"{given.day.begins_h}-{given.day.ends_h} as above, which came nearer; the abstract does not say",
    )
    yield _simulated(given, nation, sizes, seed, quick)


def catchments(centres: int, sigma: float, inhabitants: float) -> Floats:
    """Lognormal sizes by their quantiles, smallest first, so many inhabitants in all."""
    sizes = np.exp(sigma * ndtri((np.arange(centres) + 0.5) / centres))
    return np.asarray(sizes * inhabitants / sizes.sum(), np.float64)


def contacts_per_s(
    given: Raknes, nation: Nation, sizes: Floats, shift: Shift, contacts: float | None = None
) -> Floats:
    """Of each centre in this shift of a Saturday or Sunday; by default with the middle of the contacts."""
    hours: Sequence[float] = nation.demand["116117"]["hours_weekend"]["values"]
    mean = float(np.mean([hours[hour] for hour in hours_of(shift)]))
    return sizes * (contacts or given.contacts_per_inhabitant.middle) * mean / YEAR_S


def hours_of(shift: Shift) -> list[int]:
    """Of the day; a shift may go past midnight."""
    length = (shift.ends_h - shift.begins_h) % 24 or 24
    return [(shift.begins_h + n) % 24 for n in range(length)]


def operators_needed(given: Raknes, rates: Floats, target_s: float, handling_s: float | None = None) -> Ints:
    """Of each centre for 80 % of contacts within the target; by default with the middle of the handling."""
    each_s = handling_s or given.handling_s.middle
    return np.array([seats_needed(rate * each_s, each_s, 0.8, target_s) for rate in rates])


def _varied(given: Raknes, nation: Nation, sizes: Floats, shift: Shift) -> str:
    """From the low ends of both ranges to the high ends."""
    contacts, handling = given.contacts_per_inhabitant, given.handling_s
    ends = (
        int(operators_needed(given, contacts_per_s(given, nation, sizes, shift, c), 120.0, h).sum())
        for c, h in ((contacts.low, handling.low), (contacts.high, handling.high))
    )
    return " to ".join(map(str, ends)) + " over the ranges"


def _simulated(given: Raknes, nation: Nation, sizes: Floats, seed: int, quick: bool) -> Case:
    """The engine with the operators that Erlang-C asks for by day."""
    rates = contacts_per_s(given, nation, sizes, given.day)
    seats = operators_needed(given, rates, 120.0)
    talk = Spread("exponential", given.handling_s.middle)
    names = [f"LV {n + 1}" for n in range(len(sizes))]
    country = Country(
        tuple(Desk.of(name, int(own)) for name, own in zip(names, seats, strict=True)),
        tuple(
            Stream(name, name, "116117", np.full(HOURS, rate), talk, target_s=120.0)
            for name, rate in zip(names, rates, strict=True)
        ),
    )
    streams = tell(country, seed, days=60 if quick else 600).streams
    holds = int((streams["within"] / streams["answered"] >= 0.79).sum())
    return within(
        "facts: Raknes 2017, centres that the engine too finds staffed by day",
        holds,
        len(sizes),
        0.97 * len(sizes),
        len(sizes),
        "80 % within 120 s, less one point for chance",
    )
