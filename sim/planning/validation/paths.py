"""The engine held against the oracle, call by call."""

from collections.abc import Iterator
from math import exp

import numpy as np

from sim.planning.book import DAY_S
from sim.planning.country import Country, Desk, Spread, Stream
from sim.planning.drawn import calls_of
from sim.planning.oracle import kiefer_wolfowitz, lindley
from sim.planning.tables import HOURS
from sim.planning.validation.case import Case, within
from sim.planning.year import tell

SAME_S = 1e-6  # a year has 3e7 s, and a double 16 digits

_WEEK = 1 + 0.8 * np.sin(2 * np.pi * np.arange(HOURS) / 24)
_TALKS = (
    Spread("exponential", 180.0),
    Spread("lognormal", 180.0 * exp(-0.32), 0.8),
    Spread("constant", 180.0),
)


def path_cases(seed: int, quick: bool) -> Iterator[Case]:
    """First come, first served, nobody hangs up: seats, calls a second by hour of the week, talk."""
    for seats in (1, 3, 8, 50):
        for shape, profile in (("steady", np.ones(HOURS)), ("by hour of the week", _WEEK)):
            for talk in _TALKS if seats == 3 else _TALKS[:1]:
                stream = Stream("calls", "desk", "113", 0.55 * seats / 180.0 * profile, talk, wrap_s=20.0)
                calls = (2e3 if quick else 2e4) * seats**0.5
                yield _path(f"{seats} seats, {shape}, {talk.kind}", stream, seats, seed, calls)


def _path(name: str, stream: Stream, seats: int, seed: int, calls: float) -> Case:
    days = calls / float(stream.calls_per_s.mean()) / DAY_S
    year = tell(
        Country((Desk.of("desk", seats),), (stream,)), seed, days=days, warm_up_days=0, ways=int(2 * calls)
    )
    ways = np.sort(year.book.ways[: int(year.book.run["ways"][0])], order="k")
    drawn = calls_of(stream, np.ones(int(np.ceil(days))), seed, 0, days * DAY_S)
    worst = float("inf")
    if len(ways) == len(drawn.since):
        waits = [kiefer_wolfowitz(drawn.since, drawn.holds_s, seats)]
        waits += [lindley(drawn.since, drawn.holds_s)] if seats == 1 else []
        worst = max(float(np.abs(own - ways["wait_s"]).max()) for own in waits)
    detail = f"largest difference of {len(ways)} waits, mean {float(ways['wait_s'].mean()):.1f} s"
    return within(f"paths: {name}, s", worst, 0.0, 0.0, SAME_S, detail)
