"""The answer to a plan: figures by centre, by line and for the nation, each with its interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.nation import Media, Nation
from sim.planning.book import DAY_S
from sim.planning.causes import CAUSES
from sim.planning.chain import PICTURE, SENT
from sim.planning.cost import Servers, cost_of, priced, seat_fees, servers_for
from sim.planning.country import Country
from sim.planning.demand import last_seat_kept
from sim.planning.demography import aged
from sim.planning.estimate import Estimate, quantile_s
from sim.planning.intervals import known
from sim.planning.outcome import Outcome
from sim.planning.question import Planning
from sim.planning.replications import enough
from sim.planning.resource_persons import fewest
from sim.planning.routes import Route, routes_of
from sim.planning.rows import Row, Rows
from sim.planning.stages import CarrierSms, Stage, sms_of, stages_of
from sim.planning.tables import Floats, Ints
from sim.planning.triage import card_of
from sim.week import WEEK_S, YEAR_S

AS_IT_IS = Planning()


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
class ResourcePool:
    """Resource persons, for the whole nation. `needed`: the fewest of whom one is free in time for the
    target's share of the asked; `persons`: as many as were asked for, or those.
    """

    persons: int
    needed: int
    asked_per_week: Estimate
    wait_s_p50: Estimate
    wait_s_p95: Estimate
    share_in_time: Estimate


@dataclass(frozen=True, slots=True)
class Season:
    """Of a line: what the year does to the plan's days, as factors of the mean day."""

    least: float
    most: float
    mean: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`at_once`: the share of all time with so many video sessions at once, from none on."""

    centres: tuple[Row, ...]
    """Without the incidents' calls, but with the seats that they held."""
    routes: tuple[Route, ...]
    asked_about: tuple[str, ...]
    """The centres that the question names."""
    incidents: tuple[Row, ...]
    lines: tuple[Row, ...]
    video: dict[str, Estimate]
    stages: dict[str, tuple[Stage, ...]]
    """By line that turns to video, from request to picture."""
    sms: tuple[CarrierSms, ...]
    servers: Servers
    resource_persons: ResourcePool
    cost: dict[str, float]
    seat_fees: dict[str, float]
    """By who pays, kroner a year for the video service."""
    video_failed: dict[str, dict[str, Estimate]]
    """By line and cause (`causes.CAUSES`), requests a week that gave no picture."""
    urgency: dict[str, dict[str, float]]
    """By line, calls a year that the card finds acute, urgent, ordinary; an incident is no yearly thing, and
    not among them.
    """
    aged: dict[str, float]
    """By line, what the demography that was asked for makes of the volume."""
    season: dict[str, Season]
    """By line, where the plan has one."""
    weeks: dict[str, Week]
    video_week: VideoWeek
    at_once: tuple[float, ...]
    replications: int
    enough: int | None
    """After so many of them each line's share in time was known to `precision`; none: not yet."""
    precision: float
    days: float
    last_seat_kept: dict[str, int]
    """By line, at how many centres `seats_more` takes all but one seat and would take more."""

    @property
    def sure(self) -> str:
        """How well each line's share in time is known, and after how many replications it was as asked."""
        half = max(row.share_in_time.half for row in self.lines)
        return known("each line's share in time", half, self.precision, self.enough)


def answer_of(
    outcomes: Sequence[Outcome], country: Country, nation: Nation, planning: Planning = AS_IT_IS
) -> Answer:
    nation = priced(nation, planning)
    assert nation.media is not None  # demand.NEEDED
    rows = Rows(outcomes, country, nation)
    weeks = {line: _week(outcomes, rows.members(line)) for line in rows.lines}
    video, at_once = _video(outcomes, nation.media), _at_once(outcomes)
    servers, failed = servers_for(at_once, nation.media), _failed(outcomes, rows)
    centres = tuple(map(rows.of_stream, rows.places(of_incidents=False)))
    lines = tuple(rows.of_line(line) for line in rows.lines)
    seats = {row.line: row.seats for row in lines}
    stages = {line: stages_of(outcomes, line, rows.members(line)) for line in failed}
    return Answer(
        centres=centres,
        routes=routes_of(outcomes, country),
        asked_about=planning.names_centres,
        incidents=tuple(map(rows.of_stream, rows.places(of_incidents=True))),
        lines=lines,
        video=video,
        stages=stages,
        sms=sms_of(outcomes, country.carriers),
        servers=servers,
        resource_persons=_resource_pool(outcomes, nation, planning.resource_persons),
        cost=cost_of(country.desks, servers, sum(of[SENT].per_week.mean for of in stages.values()), nation),
        seat_fees=seat_fees({line: seats.get(line, 0) for line in nation.workload}, nation),
        video_failed=failed,
        urgency=_urgency(centres, outcomes[0].counted_s, nation, planning),
        aged={line: aged(line, nation, planning) for line in nation.workload if planning.demography},
        season=_season(country, outcomes[0].counted_s),
        weeks=weeks,
        video_week=_video_week(outcomes),
        at_once=at_once,
        replications=len(outcomes),
        enough=enough(outcomes, planning.precision),
        precision=planning.precision,
        days=outcomes[0].counted_s / DAY_S,
        last_seat_kept=last_seat_kept(nation, planning),
    )


def _video(outcomes: Sequence[Outcome], media: Media) -> dict[str, Estimate]:
    """Sessions a week, time to video, how many at once (of all time), and the bandwidth that takes."""

    def at_once(outcome: Outcome, q: float) -> float:
        shares: Floats = np.cumsum(outcome.at_once_s) / outcome.at_once_s.sum()
        return float(np.searchsorted(shares, q))

    def to_video(outcome: Outcome) -> Any:
        return sum(stages[PICTURE] for stages in outcome.stages.values())

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
        "mbit_per_s_p999": [at_once(o, 0.999) * media.mbit_per_s.value for o in outcomes],
    }
    return {name: Estimate(tuple(numbers)) for name, numbers in found.items()}


def _failed(outcomes: Sequence[Outcome], rows: Rows) -> dict[str, dict[str, Estimate]]:
    found: dict[str, dict[str, Estimate]] = {}
    for line in rows.lines:
        members = rows.members(line)
        if any(outcome.counts["asked"][members].any() for outcome in outcomes):
            per_week = [
                outcome.histograms["failed"][members].sum(axis=0) * WEEK_S / outcome.counted_s
                for outcome in outcomes
            ]
            found[line] = {
                cause: Estimate(tuple(float(causes[n]) for causes in per_week))
                for n, cause in enumerate(CAUSES)
            }
    return found


def _resource_pool(outcomes: Sequence[Outcome], nation: Nation, persons: int | None) -> ResourcePool:
    assert nation.resource_persons is not None  # demand.NEEDED
    target = nation.resource_persons.target
    needed = fewest([outcome.looks for outcome in outcomes], target.share, target.within_s)
    there = persons or needed
    waits = [outcome.looks.waits_s(there) for outcome in outcomes]

    def over(figure: Callable[[Floats], float]) -> Estimate:
        return Estimate(tuple(figure(each) if len(each) else 0.0 for each in waits))

    per_week = zip(waits, outcomes, strict=True)
    return ResourcePool(
        persons=there,
        needed=needed,
        asked_per_week=Estimate(tuple(len(each) * WEEK_S / outcome.counted_s for each, outcome in per_week)),
        wait_s_p50=over(lambda each: float(np.quantile(each, 0.5))),
        wait_s_p95=over(lambda each: float(np.quantile(each, 0.95))),
        share_in_time=over(lambda each: float(np.mean(each <= target.within_s))),
    )


def _urgency(
    centres: Sequence[Row], counted_s: float, nation: Nation, planning: Planning
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for line in nation.triage:
        if any(row.line == line for row in centres):
            card = card_of(line, nation, planning)
            calls = sum(row.calls.mean for row in centres if row.line == line)
            per_year = calls * YEAR_S / counted_s
            parts = {"acute": card.acute, "urgent": card.urgent, "ordinary": card.ordinary}
            found[line] = {name: share * per_year for name, share in parts.items()}
    return found


def _season(country: Country, counted_s: float) -> dict[str, Season]:
    of_line = {stream.line: stream.year for stream in country.streams if stream.year is not None}
    days = {line: np.resize(year, max(1, int(counted_s / DAY_S))) for line, year in of_line.items()}
    return {line: Season(float(d.min()), float(d.max()), float(d.mean())) for line, d in days.items()}


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
