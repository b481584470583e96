"""What one replication came to, small enough to keep many of: counts by stream, seats, video at once."""

from dataclasses import dataclass

import numpy as np

from sim.planning.country import Country
from sim.planning.resource_persons import Looks, looks_of
from sim.planning.tables import Floats, Ints, Records
from sim.planning.year import Year, tell

COUNTS = (
    *("answered", "abandoned", "within", "overflowed", "queued", "repeated"),
    *("wait_s", "wait_s_max", "asked", "seen"),
)
HISTOGRAMS = ("waits", "came_at", "within_at", "asked_at", "seen_at", "no_link_at", "failed")
AT_ONCE_MAX = 2000


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """By stream and by desk in the order of `names` and `desks`."""

    names: tuple[str, ...]
    desks: tuple[str, ...]
    counts: dict[str, Records]
    histograms: dict[str, Ints]
    stages: dict[str, Ints]
    """By line: requests that came to each of `chain.STAGES`, by whole seconds after they were made."""
    sms: Records
    """By carrier (`tables.CARRIER`)."""
    held_s: Floats
    at_once_s: Floats
    """Seconds with so many video sessions at once, in the nation."""
    counted_s: float
    looks: Looks


def told(country: Country, seed: int, replication: int, days: float, warm_up_days: float) -> Outcome:
    """One replication. Raises year.Overrun."""
    year = tell(country, seed, replication=replication, days=days, warm_up_days=warm_up_days)
    return Outcome(
        names=year.names,
        desks=year.desks,
        counts={name: year.streams[name].copy() for name in COUNTS},
        histograms={name: year.streams[name].astype(np.int32) for name in HISTOGRAMS},
        stages=_stages(year, country),
        sms=year.book.carriers,
        held_s=year.book.desks["held_s"].copy(),
        at_once_s=at_once_s(year),
        counted_s=year.counted_s,
        looks=looks_of(_sessions(year), year.names, year.streams["entity"], country, seed, replication),
    )


def _stages(year: Year, country: Country) -> dict[str, Ints]:
    line_of = {stream.name: stream.line for stream in country.streams}
    lines = [line_of[name] for name in year.names]
    return {
        line: year.streams["stages"][[n for n, of in enumerate(lines) if of == line]].sum(axis=0)
        for line in dict.fromkeys(lines)
    }


def at_once_s(year: Year) -> Floats:
    """For how long so many sessions were going on: index 0 none, 1 one, ..."""
    sessions = _sessions(year)
    moments = np.concatenate([sessions["begins"], sessions["ends"]])
    steps = np.concatenate([np.ones(len(sessions), np.int64), np.full(len(sessions), -1)])
    order = np.argsort(moments, kind="stable")
    going_on = np.cumsum(steps[order])
    lasts = np.diff(moments[order])
    seconds = np.bincount(going_on[:-1], weights=lasts, minlength=1) if len(sessions) else np.zeros(1)
    seconds[0] += max(0.0, year.counted_s - float(seconds.sum()))
    return np.asarray(seconds, np.float64)


def _sessions(year: Year) -> Records:
    return year.book.sessions[: int(year.book.run["sessions"][0])]
