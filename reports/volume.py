"""A run at volume as a whole: its pace beside the real country's, how its calls ended, what it cost."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from reports.beside_plan import per_call_gaps_s
from reports.figures import as_float
from reports.over_time import Line, OverTime, Stretches, at_once, counted, over_time, quantiles, stretches
from reports.run_folder import RunFolder
from sim.checks.metrics import DURATIONS, call_durations, quantile
from sim.journal import Record

WEEK_S = 7 * 24 * 3600.0
CAUSES_MAX = 3
CAUSE_LETTERS = 90
_SUFFIXES = ("n", "p50", "p95", "p99", "max")
_DRAWN_GATE = "drawn waits, worst gap to the plan"


@dataclass(frozen=True, slots=True)
class Pace:
    """Times in seconds, of pictures: from the first frame seen to the end. None: there was none.

    `offered` is the same of the holds that were resolved, and `country` of the nation's data, as
    `resolved.toml` tells them (sim/pace.py); empty in a folder without.
    """

    pace: str
    session_s_median: float | None
    session_s_mean: float | None
    erlangs_mean: float | None
    erlangs_peak: float | None
    offered: Mapping[str, Any]
    country: Mapping[str, float]

    @property
    def country_erlangs(self) -> float:
        """As if each request were seen: at most so many."""
        return self.country["requests_per_week"] * self.country["session_s_mean"] / WEEK_S


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric as measured and as the plan predicts it. Of a duration n, p50, p95, p99, max."""

    name: str
    measured: list[float | None]
    predicted: list[float | None]


@dataclass(frozen=True, slots=True)
class End:
    """Calls that were to end in one way and ended in one way. `causes`: what failed in them first."""

    wanted: str | None
    because: str | None  # what the seed ordained, where that says more than `wanted`
    ended: str
    n: int
    causes: list[tuple[str, int]]

    @property
    def right(self) -> bool:
        return self.wanted in (None, self.ended)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a part's processes took; None where nobody saw a picture."""

    part: str
    n: int  # of it: each worker of the load has a farm
    cpu_s: float
    cpu_ms_per_session: float | None
    cpu_ms_per_session_s: float | None
    rss_octets: float


@dataclass(frozen=True, slots=True)
class Gaps:
    """Per call, its worst drawn wait beside the plan's, and what the run's own lag allows."""

    n: int
    quantiles: list[float | None]  # p50, p95, p99, max
    worst: str
    allowed_s: float | None


@dataclass(frozen=True, slots=True)
class Volume:
    pace: Pace
    planned: bool  # there is a plan to hold it against
    durations: list[Measured]
    counts: list[Measured]
    gaps: Gaps | None
    ends: list[End]
    charts: list[OverTime]
    step_s: float
    account: Mapping[str, Any]
    enough: list[Record]  # a ramp that found its knee
    costs: list[Cost]


def volume(run: RunFolder) -> Volume:
    spans = _spans(run)
    placed = [t_s for row in run.rows if (t_s := row.scheduled_s) is not None]
    durations = [_duration(run, name) for name in DURATIONS]
    cut = stretches(min(placed, default=0.0), max(run.told_s, 1.0))
    return Volume(
        pace=_pace(run, spans, min(placed, default=0.0)),
        planned=bool(run.plan),
        durations=[each for each in durations if each.measured[0] or each.predicted[0]],
        counts=_counts(run),
        gaps=_gaps(run),
        ends=_ends(run),
        charts=_charts(run, cut, spans, placed),
        step_s=cut.step_s,
        account=next((r.facts for r in reversed(run.records) if r.event == "load.accounted"), {}),
        enough=[r for r in run.records if r.event == "load.enough"],
        costs=_costs(run, spans),
    )


def _spans(run: RunFolder) -> list[tuple[float, float]]:
    """Of every picture, from its first frame to the end of its session, of its call, or of the run."""
    return [
        (s.first_frame_s, s.ended_s or row.ended_s or run.told_s)
        for row in run.rows
        if (s := row.session) is not None and s.first_frame_s is not None
    ]


def _pace(run: RunFolder, spans: list[tuple[float, float]], begun_s: float) -> Pace:
    """Erlangs are of the time from the first call to the last picture's end."""
    lasted_s = max((ended for _, ended in spans), default=begun_s) - begun_s
    lengths = [ended - begun for begun, ended in spans]
    offered = run.resolved.get("offered") or {}
    return Pace(
        str(run.resolved.get("pace") or "real"),
        median(lengths) if lengths else None,
        fmean(lengths) if lengths else None,
        sum(lengths) / lasted_s if lasted_s > 0 else None,
        run.found["concurrent_sessions_max"],
        offered,
        offered.get("country") or {},
    )


def _duration(run: RunFolder, name: str) -> Measured:
    keys = [f"{name}_{suffix}" for suffix in _SUFFIXES]
    predicted = [run.planned_found[key] if run.plan else None for key in keys]
    return Measured(name, [run.found[key] for key in keys], predicted)


def _counts(run: RunFolder) -> list[Measured]:
    """Every other metric that is not zero or unmeasured on both sides."""
    of_durations = tuple(f"{name}_" for name in DURATIONS)
    names = [name for name in run.found if not name.startswith(of_durations)]
    both = [Measured(n, [run.found[n]], [run.planned_found[n] if run.plan else None]) for n in names]
    return [each for each in both if each.measured[0] or each.predicted[0]]


def _gaps(run: RunFolder) -> Gaps | None:
    gaps = per_call_gaps_s(run) if run.plan else {}
    if not gaps:
        return None
    ordered = sorted(gaps.values())
    limit = next((gate["limit"] for gate in run.gates if gate["name"] == _DRAWN_GATE), None)
    worst = max(gaps, key=lambda call: gaps[call])
    return Gaps(len(gaps), [quantile(ordered, q) for q in (0.5, 0.95, 0.99, 1.0)], worst, as_float(limit))


def _ends(run: RunFolder) -> list[End]:
    """The ways in which calls ended, the wrong ones first."""
    ordained = {call.get("name"): call.get("ordained") for call in run.resolved.get("calls") or []}
    causes: dict[tuple[str | None, str | None, str], Counter[str]] = {}
    counts: Counter[tuple[str | None, str | None, str]] = Counter()
    for row in run.rows:
        wanted, because = run.wanted[row.name], ordained.get(row.name)
        way = wanted, None if because == wanted else because, row.outcome
        counts[way] += 1
        causes.setdefault(way, Counter()).update(_cause(text) for text in row.failures[:1])
    found = [End(*way, n, causes[way].most_common(CAUSES_MAX)) for way, n in counts.most_common()]
    return sorted(found, key=lambda end: end.right)


def _cause(failure: str) -> str:
    """The failure without what tells one call from another."""
    return re.sub(r"call-\d+|[0-9a-f]{8,}|\d+\.\d+", "…", failure)[:CAUSE_LETTERS]


def _charts(
    run: RunFolder, cut: Stretches, spans: list[tuple[float, float]], placed: list[float]
) -> list[OverTime]:
    late = [(r.t_s, float(r.facts["lateness_s"])) for r in run.records if r.event == "call.due"]
    every = f"{cut.step_s:g} s"
    charts = [
        over_time(f"Arrivals in {every}", cut, [Line("arrivals", counted(cut, placed))]),
        over_time("Sessions at once", cut, [Line("sessions", at_once(cut, spans))]),
        _of_metric(run, cut, "setup_s"),
        _of_metric(run, cut, "machine_s"),
    ]
    if late:
        lines = [Line(name, quantiles(cut, late, q)) for name, q in (("p50", 0.5), ("worst", 1.0))]
        charts.append(over_time("Arrival lateness, s", cut, lines, seconds=True))
    return charts


def _of_metric(run: RunFolder, cut: Stretches, name: str) -> OverTime:
    """By the moment at which the call was due, so that what load does to it stands where the load came.

    Only of calls that were to be seen: that others never were is no news.
    """
    taken = [
        (due_s, value)
        for row in run.rows
        if (due_s := row.scheduled_s) is not None and run.wanted[row.name] in (None, "seen")
        for value in call_durations(row).get(name, ())
    ]
    lines = [Line(f"p{q * 100:g}", quantiles(cut, taken, q)) for q in (0.5, 0.95)]
    return over_time(f"{name}, by when the call was due", cut, lines, seconds=True)


def _costs(run: RunFolder, spans: list[tuple[float, float]]) -> list[Cost]:
    """By part, its processes added up; the most memory that each was seen with."""
    cpu_s: Counter[str] = Counter()
    rss: dict[str, dict[object, float]] = {}
    for record in run.records:
        if record.event == "part.measured":
            part, facts = record.actor or "", record.facts
            cpu_s[part] += facts["cpu_s"]
            of_part = rss.setdefault(part, {})
            worker = facts.get("worker")
            of_part[worker] = max(of_part.get(worker, 0.0), facts["rss_octets"])
    lasted_s = sum(ended - begun for begun, ended in spans)
    return [
        Cost(
            part,
            len(rss[part]),
            float(cpu),
            1000 * cpu / len(spans) if spans else None,
            1000 * cpu / lasted_s if lasted_s else None,
            sum(rss[part].values()),
        )
        for part, cpu in cpu_s.most_common()
    ]
