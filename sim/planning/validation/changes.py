"""What must follow when something is changed, and what must stay the same."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from joblib import Parallel, delayed

from draws import Lognormal
from sim.planning.chain import Chain
from sim.planning.country import Country, Desk, PickUp, Spread, Stream, Video
from sim.planning.outcome import COUNTS, HISTOGRAMS, Outcome, told
from sim.planning.tables import HOURS
from sim.planning.validation.case import Case, within
from sim.planning.year import Year, tell

_WEEK = 1 + 0.8 * np.sin(2 * np.pi * np.arange(HOURS) / 24)
_TALK = Spread("lognormal", 150.0, 0.8)
Wait = Callable[[Year], float]


def change_cases(seed: int, quick: bool) -> Iterator[Case]:
    days = 7.0 if quick else 56.0
    yield _more_seats(seed, days)
    yield _more_seats_anywhere(seed, days)
    yield _burst(seed, days)
    yield _priority(seed, days)
    yield _video(seed, days)
    yield from _conserved(seed, days)
    yield _same_seed(seed, days)
    yield _other_seed(seed, days)
    if not quick:
        yield _parallel(seed, days)


def everything(seats: int = 4) -> Country:
    """Two centres with all that the engine knows: priorities, patience, ringing, other work, video, overflow,
    night routing, fewer seats at night.
    """
    day = np.where(np.arange(HOURS) % 24 < 8, max(1, seats // 2), seats)
    night = {hour: "A" for hour in range(HOURS) if hour % 24 < 6}
    desks = (Desk("A", day, 30.0, ("B",)), Desk("B", day, 30.0, ("A",), night))
    streams = tuple(
        Stream(
            f"{desk}/{line}",
            desk,
            line,
            rate * _WEEK,
            _TALK,
            priority=priority,
            wrap_s=30.0,
            patience_s=90.0,
            pick_up=PickUp(4.0, 0.5, 0.1, 25.0),
            video=Video(share=0.1, seen=0.85, chain=Chain(asks=Lognormal(60.0, 0.0))),
            day_cv=0.08,
        )
        for desk in "AB"
        for priority, (line, rate) in enumerate((("113", 0.004), ("other", 0.003)))
    )
    return Country(desks, streams)


def _plain(seats: int, volume: float = 1.0) -> Country:
    """One centre where nobody hangs up."""
    stream = Stream("calls", "A", "113", 0.012 * volume * _WEEK, _TALK)
    return Country((Desk.of("A", seats),), (stream,))


def _more_seats(seed: int, days: float) -> Case:
    """On the same calls nobody may wait longer (it follows from Kiefer and Wolfowitz)."""
    waits = []
    for seats in (4, 5):
        year = tell(_plain(seats), seed, days=days, warm_up_days=0, ways=200_000)
        waits.append(np.sort(year.book.ways[: int(year.book.run["ways"][0])], order="k")["wait_s"])
    worse = int((waits[1] > waits[0] + 1e-9).sum())
    detail = f"of {len(waits[0])} calls; mean wait {waits[0].mean():.1f} s, then {waits[1].mean():.1f} s"
    return within("changes: one seat more, calls that wait longer", worse, 0, 0, 0, detail)


def _more_seats_anywhere(seed: int, days: float) -> Case:
    """With everything else on, on common random numbers: the share in time never falls."""
    shares = [_in_time(tell(everything(seats), seed, days=days)) for seats in (2, 3, 4, 6, 9)]
    worst = float(np.diff(shares).min())
    detail = "share in time " + ", ".join(f"{share:.3f}" for share in shares)
    return within("changes: 2, 3, 4, 6, 9 seats, least gain", worst, None, 0.0, 1.0, detail)


def _in_time(year: Year) -> float:
    streams = year.streams
    return float(streams["within"].sum() / (streams["answered"] + streams["abandoned"]).sum())


def _burst(seed: int, days: float) -> Case:
    """Eight times the calls from Wednesday 12 to 13."""
    country = everything()
    factor = np.where(np.arange(HOURS) == 2 * 24 + 12, 8.0, 1.0)
    struck = Country(
        country.desks, tuple(replace(s, calls_per_s=s.calls_per_s * factor) for s in country.streams)
    )
    return _grows("changes: a burst, mean wait times", _mean_wait_s, country, struck, seed, days)


def _video(seed: int, days: float) -> Case:
    country = everything()

    def with_share(share: float) -> Country:
        changed = (replace(s, video=replace(s.video, share=share)) for s in country.streams)
        return Country(country.desks, tuple(changed))

    held = "changes: video 0 to 10 %, time that seats are held, times"
    return _grows(held, _held_s, with_share(0.0), with_share(0.1), seed, days)


def _grows(name: str, of: Wait, before: Country, after: Country, seed: int, days: float) -> Case:
    one, two = (of(tell(country, seed, days=days)) for country in (before, after))
    return within(name, two / one, None, 1.01, 100.0, f"{one:.4g} s, then {two:.4g} s; by 1 % at least")


def _mean_wait_s(year: Year) -> float:
    return float(year.streams["wait_s"].sum() / year.streams["answered"].sum())


def _held_s(year: Year) -> float:
    """Of a seat, for each call that came."""
    return float(year.book.desks["held_s"].sum() / year.streams["came_at"].sum())


def _priority(seed: int, days: float) -> Case:
    """Where nobody hangs up: else the second are those that were quick to get through."""
    plain = _plain(4, 0.8).streams[0]
    half = replace(plain, calls_per_s=plain.calls_per_s / 2)
    both = (half, replace(half, name="others", priority=1))
    streams = tell(Country((Desk.of("A", 4),), both), seed, days=days).streams
    first, second = (float(waited / answered) for waited, answered in streams[["wait_s", "answered"]])
    detail = f"{first:.1f} s before {second:.1f} s"
    return within("changes: mean wait of priority 1 by that of 0", second / first, None, 1.01, 100.0, detail)


def _conserved(seed: int, days: float) -> Iterator[Case]:
    year = tell(everything(2), seed, days=days, warm_up_days=0, ways=200_000)
    streams = year.streams
    ended = streams["answered"] + streams["abandoned"]
    lost = int(np.abs(streams["came_at"].sum(axis=1) - ended).sum())
    ways = year.book.ways[: int(year.book.run["ways"][0])]
    twice = len(ways) - len(np.unique(ways[["stream", "k"]]))
    hung_up, overflowed = (int(streams[name].sum()) for name in ("abandoned", "overflowed"))
    detail = f"{int(ended.sum())} calls, {hung_up} hung up, {overflowed} overflowed"
    yield within("changes: calls that came and did not end, by stream", lost, 0, 0, 0, detail)
    yield within("changes: calls that ended twice", twice, 0, 0, 0, detail)


def _same_seed(seed: int, days: float) -> Case:
    one, two = (tell(everything(), seed, days=days) for _ in range(2))
    differ = sum(a.tobytes() != b.tobytes() for a, b in zip(one.book, two.book, strict=True))
    return within("changes: same seed, arrays that differ by a byte", differ, 0, 0, 0, f"of {len(one.book)}")


def _other_seed(seed: int, days: float) -> Case:
    one, two = (tell(everything(), other, days=days).streams for other in (seed, seed + 1))
    same = int((one["wait_s"] == two["wait_s"]).sum())
    return within("changes: other seed, streams with the same waits", same, 0, 0, 0, f"of {len(one)}")


def _parallel(seed: int, days: float) -> Case:
    jobs = [(everything(), seed, n, days, 1.0) for n in range(4)]
    with Parallel(n_jobs=2) as parallel:
        beside = parallel(delayed(told)(*job) for job in jobs)
    differ = sum(not _equal(told(*job), other) for job, other in zip(jobs, beside, strict=True))
    return within("changes: in two processes, replications that differ", differ, 0, 0, 0, f"of {len(jobs)}")


def _equal(one: Outcome, two: Outcome) -> bool:
    return (
        all(one.counts[name].tobytes() == two.counts[name].tobytes() for name in COUNTS)
        and all(one.histograms[name].tobytes() == two.histograms[name].tobytes() for name in HISTOGRAMS)
        and one.at_once_s.tobytes() == two.at_once_s.tobytes()
    )
