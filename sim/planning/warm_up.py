"""How long a country that begins empty differs from one at work: what a plan must leave out of its counts."""

from dataclasses import dataclass, replace

import numpy as np

from sim.planning.book import DAY_S
from sim.planning.country import Country
from sim.planning.intervals import mser5, welch
from sim.planning.tables import HOURS, Floats
from sim.planning.year import tell

WEEKS, REPLICATIONS = 3, 5
WINDOW_H = 3
SHOWN_H = 48


@dataclass(frozen=True, slots=True)
class WarmUp:
    """By the waits of calls, hour by hour, from empty centres on."""

    needed_h: int
    """What MSER-5 leaves out; half of the whole: run longer."""
    taken_h: float
    """What the plan leaves out."""
    welch: tuple[float, ...]
    """Welch's curve of the first hours: the mean wait, by that of the same hour in all weeks."""

    @property
    def enough(self) -> bool:
        return self.needed_h <= self.taken_h


def warm_up_of(country: Country, seed: int, warm_up_days: float) -> WarmUp:
    """Told anew, without a warm-up and with all days alike: some weeks, a few times over. Raises
    year.Overrun.
    """
    alike = replace(country, streams=tuple(replace(s, day_cv=0.0, year=None) for s in country.streams))
    rows = [_by_usual(_waits_by_hour(alike, seed, n)) for n in range(REPLICATIONS)]
    curve = welch(rows, WINDOW_H)
    return WarmUp(
        needed_h=mser5(np.mean(rows, axis=0)),
        taken_h=warm_up_days * 24.0,
        welch=tuple(float(ratio) for ratio in curve[:SHOWN_H]),
    )


def _waits_by_hour(country: Country, seed: int, replication: int) -> Floats:
    """Mean wait of the calls that came in each hour; nan: none was answered."""
    days = 7.0 * WEEKS
    listed = sum(
        len(stream.arrivals.times(stream.name, seed, replication, days * DAY_S))
        for stream in country.streams
        if stream.arrivals is not None
    )
    expected = sum(float(stream.calls_per_s.mean()) for stream in country.streams) * days * DAY_S
    year = tell(
        *(country, seed),
        replication=replication,
        days=days,
        warm_up_days=0.0,
        ways=int(1.3 * expected + 1000 + listed),
    )
    ways = year.book.ways[: int(year.book.run["ways"][0])]
    ways = ways[ways["wait_s"] >= 0.0]
    hours = (ways["since"] / 3600.0).astype(np.int64)
    sums, counts = (np.bincount(hours, weights, WEEKS * HOURS) for weights in (ways["wait_s"], None))
    return np.asarray(sums / np.where(counts > 0, counts, np.nan), np.float64)


def _by_usual(waits: Floats) -> Floats:
    """Each by the mean of the same hour of the week; where there is none it is as usual."""
    weeks = waits.reshape(WEEKS, HOURS)
    known = np.isfinite(weeks)
    usual = np.where(known, weeks, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    ratio = waits / np.resize(np.where(usual > 0.0, usual, np.nan), len(waits))
    return np.asarray(np.where(np.isfinite(ratio), ratio, 1.0), np.float64)
