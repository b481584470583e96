"""The answer to a plan: figures by centre, by line and for the nation, each with its interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.nation import Nation
from sim.planning.country import Country
from sim.planning.intervals import half_width
from sim.planning.outcome import Outcome
from sim.planning.tables import Floats, Ints

STREAM_MBIT_S = 1.5  # of one session, incoming (domain study 6)
WEEK_S = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure, by replication."""

    numbers: tuple[float, ...]

    @property
    def mean(self) -> float:
        return float(np.mean(self.numbers))

    @property
    def half(self) -> float:
        """Half of the mean's 95 % interval; infinite for one replication."""
        return half_width(self.numbers)

    def less(self, other: "Estimate") -> "Estimate":
        """The difference, replication by replication: on common draws much surer than the two figures."""
        pairs = zip(self.numbers, other.numbers, strict=False)
        return Estimate(tuple(mine - theirs for mine, theirs in pairs))

    def as_json(self) -> dict[str, float | None]:
        return {"mean": self.mean, "half": None if np.isinf(self.half) else self.half}


@dataclass(frozen=True, slots=True)
class Row:
    """One stream of calls, or one line of the nation."""

    name: str
    line: str
    seats: int
    calls: Estimate
    share_in_time: Estimate
    wait_s_p50: Estimate
    wait_s_p95: Estimate
    abandoned: Estimate
    overflowed: Estimate
    occupancy: Estimate
    video_asked: Estimate
    video_seen: Estimate
    target: float


@dataclass(frozen=True, slots=True)
class Week:
    """Of one line, by hour of the week: calls an hour, and the share in time (None: no call came)."""

    calls_per_h: tuple[float, ...]
    share_in_time: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class VideoWeek:
    """Of the nation, by hour of the week: requests an hour, the share of them that gave a picture, and the
    share that gave none only because the carrier brought no link in time (None: nobody asked).
    """

    asked_per_h: tuple[float, ...]
    seen: tuple[float | None, ...]
    no_link: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`at_once`: the share of all time with so many video sessions at once, from none on."""

    centres: tuple[Row, ...]
    lines: tuple[Row, ...]
    video: dict[str, Estimate]
    cost: dict[str, float]
    weeks: dict[str, Week]
    video_week: VideoWeek
    at_once: tuple[float, ...]
    replications: int
    days: float


def answer_of(outcomes: Sequence[Outcome], country: Country, nation: Nation) -> Answer:
    seats = {desk.name: int(desk.seats.max()) for desk in country.desks}
    streams = {stream.name: stream for stream in country.streams}
    names = outcomes[0].names
    place = {desk: n for n, desk in enumerate(outcomes[0].desks)}

    def row(name: str, line: str, members: list[int], desks: list[str]) -> Row:
        return _row(
            name, line, members, sum(seats[d] for d in desks), [place[d] for d in desks], outcomes, nation
        )

    centres = [
        row(name.rpartition("/")[0].replace("/", ", "), streams[name].line, [n], [streams[name].desk])
        for n, name in enumerate(names)
    ]
    lines = []
    for line in dict.fromkeys(stream.line for stream in country.streams):
        members = [n for n, name in enumerate(names) if streams[name].line == line]
        desks = list(dict.fromkeys(streams[names[n]].desk for n in members))
        lines.append(row("all", line, members, desks))
    weeks = {
        line: _week(outcomes, [n for n, name in enumerate(names) if streams[name].line == line])
        for line in dict.fromkeys(stream.line for stream in country.streams)
    }
    return Answer(
        centres=tuple(centres),
        lines=tuple(lines),
        video=_video(outcomes),
        cost=_cost(sum(seats.values()), nation),
        weeks=weeks,
        video_week=_video_week(outcomes),
        at_once=_at_once(outcomes),
        replications=len(outcomes),
        days=outcomes[0].counted_s / 86_400.0,
    )


def quantile_s(histogram: Any, q: float) -> float:
    """The q-quantile of durations counted by whole seconds, in the middle of its second; 0 when none."""
    total = int(histogram.sum())
    if not total:
        return 0.0
    return float(np.searchsorted(np.cumsum(histogram), q * total)) + 0.5


def _row(
    name: str,
    line: str,
    members: list[int],
    seats: int,
    desks: list[int],
    outcomes: Sequence[Outcome],
    nation: Nation,
) -> Row:
    def over(figure: Callable[[Outcome], float]) -> Estimate:
        return Estimate(tuple(figure(outcome) for outcome in outcomes))

    def count(of: str) -> Callable[[Outcome], float]:
        return lambda outcome: float(outcome.counts[of][members].sum())

    def came(outcome: Outcome) -> float:
        return count("answered")(outcome) + count("abandoned")(outcome)

    def share(of: str) -> Estimate:
        return over(lambda outcome: count(of)(outcome) / max(came(outcome), 1.0))

    def waits(q: float) -> Estimate:
        return over(lambda outcome: quantile_s(outcome.histograms["waits"][members].sum(axis=0), q))

    target = nation.targets.get(line, nation.targets.get("113", {}))
    return Row(
        name=name,
        line=line,
        seats=seats,
        calls=over(came),
        share_in_time=share("within"),
        wait_s_p50=waits(0.5),
        wait_s_p95=waits(0.95),
        abandoned=share("abandoned"),
        overflowed=share("overflowed"),
        occupancy=over(lambda outcome: float(outcome.held_s[desks].sum()) / outcome.counted_s / seats),
        video_asked=over(count("asked")),
        video_seen=over(count("seen")),
        target=float(target.get("share", 0.0)),
    )


def _video(outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
    """Sessions a week, time to video, how many at once (of all time), and the bandwidth that takes."""

    def at_once(outcome: Outcome, q: float) -> float:
        shares: Floats = np.cumsum(outcome.at_once_s) / outcome.at_once_s.sum()
        return float(np.searchsorted(shares, q))

    def to_video(outcome: Outcome) -> Any:
        return outcome.histograms["to_video"].sum(axis=0)

    per_week = [WEEK_S / outcome.counted_s for outcome in outcomes]
    asked = [float(o.counts["asked"].sum()) * week for o, week in zip(outcomes, per_week, strict=True)]
    seen = [float(o.counts["seen"].sum()) * week for o, week in zip(outcomes, per_week, strict=True)]
    no_link = [float(o.histograms["no_link_at"].sum()) * w for o, w in zip(outcomes, per_week, strict=True)]
    found = {
        "requests_per_week": asked,
        "sessions_per_week": seen,
        "no_link_per_week": no_link,
        "time_to_video_s_p50": [quantile_s(to_video(o), 0.5) for o in outcomes],
        "time_to_video_s_p95": [quantile_s(to_video(o), 0.95) for o in outcomes],
        "at_once_mean": [
            float(np.average(np.arange(len(o.at_once_s)), weights=o.at_once_s)) for o in outcomes
        ],
        "at_once_p999": [at_once(o, 0.999) for o in outcomes],
        "at_once_max": [float(len(o.at_once_s) - 1) for o in outcomes],
        "mbit_per_s_p999": [at_once(o, 0.999) * STREAM_MBIT_S for o in outcomes],
    }
    return {name: Estimate(tuple(numbers)) for name, numbers in found.items()}


def _week(outcomes: Sequence[Outcome], members: list[int]) -> Week:
    came, within = (_by_hour(outcomes, name, members) for name in ("came_at", "within_at"))
    return Week(_per_h(outcomes, came), _shares(within, came))


def _video_week(outcomes: Sequence[Outcome]) -> VideoWeek:
    everywhere = list(range(len(outcomes[0].names)))
    names = ("asked_at", "seen_at", "no_link_at")
    asked, seen, no_link = (_by_hour(outcomes, name, everywhere) for name in names)
    return VideoWeek(_per_h(outcomes, asked), _shares(seen, asked), _shares(no_link, asked))


def _by_hour(outcomes: Sequence[Outcome], name: str, members: list[int]) -> Ints:
    hours = [outcome.histograms[name][members].sum(axis=0) for outcome in outcomes]
    return np.asarray(np.sum(hours, axis=0), np.int64)


def _per_h(outcomes: Sequence[Outcome], counts: Ints) -> tuple[float, ...]:
    weeks = sum(outcome.counted_s for outcome in outcomes) / WEEK_S
    return tuple(float(n) / weeks for n in counts)


def _shares(part: Ints, whole: Ints) -> tuple[float | None, ...]:
    return tuple(float(p / w) if w else None for p, w in zip(part, whole, strict=True))


def _at_once(outcomes: Sequence[Outcome]) -> tuple[float, ...]:
    seconds = np.zeros(max(len(outcome.at_once_s) for outcome in outcomes))
    for outcome in outcomes:
        seconds[: len(outcome.at_once_s)] += outcome.at_once_s
    return tuple(float(share) for share in seconds / seconds.sum())


def _cost(seats: int, nation: Nation) -> dict[str, float]:
    per_seat = float(nation.cost.get("seat_kr_per_year", {}).get("value", 0.0))
    return {"seats": float(seats), "video_service_kr_per_year": seats * per_seat}
