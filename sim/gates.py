"""The lab's own limits: beyond one of them a run says nothing about the service. Pure: from the records."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.checks.metrics import quantile
from sim.journal import Record
from sim.live.lived import Lived
from sim.resolve import Resolved
from sim.scenario import Limits
from sim.sessions import CallRow
from sim.twin import drawn_waits, other_draws
from sim.verdict import Gate

DRAWN_GAP_S = 0.25  # a drawn wait may be this much longer than drawn, beside the lags of clock and farm
UNDER_TEST = "video_service"
_FARM = "fake_phones"
_UNREAD_UNDER_LOAD = 0.001


def judge_lab(
    resolved: Resolved,
    rows: Sequence[CallRow],
    records: Sequence[Record],
    lived: Lived,
    plan: Sequence[Record],
) -> list[Gate]:
    """The gates of a live run; those of load only where the journal tells of load."""
    limits = resolved.scenario.limits
    accounts = account_of(records)
    errors = sum(n for part, n in lived.tracebacks.items() if part != UNDER_TEST)
    return [
        Gate("clock lag, worst", lived.lag_s_max, limits.clock_lag_s),
        *_of_phones(rows, lived, limits),
        Gate("lag of the farm, worst", lived.farm_lag_s_max, limits.farm_lag_s),
        Gate("a farm that was not there to the end", float(lived.blinded), 0.0, ""),
        Gate("workers of the farm that died", float(len(lived.workers_died)), 0.0, ""),
        *_of_draws(resolved, records, lived, plan),
        Gate("errors inside the lab's own parts", float(errors), 0.0, ""),
        Gate("faults that were not done", float(len(lived.faults_failed)), 0.0, ""),
        *_of_arrivals(records, limits),
        *_of_cpu(records, lived, limits),
        *_of_stamps(rows, limits, under_load=accounts is not None),
        *([] if accounts is None else _of_accounts(len(resolved.calls), records, accounts, limits)),
    ]


def account_of(records: Sequence[Record]) -> Mapping[str, Any] | None:
    """What became of every arrival, as `load.accounted` tells it; None: this was no load."""
    return next((r.facts for r in reversed(records) if r.event == "load.accounted"), None)


def untold(account: Mapping[str, Any] | None) -> int:
    """Calls that were laid out and never told: withheld on purpose, or dropped, for which there is a gate."""
    return 0 if account is None else int(account["withheld"]) + int(account["dropped"])


def _of_phones(rows: Sequence[CallRow], lived: Lived, limits: Limits) -> Iterator[Gate]:
    films = [film for row in rows if row.session is not None for film in row.session.films]
    late = [f.pacing_lateness_s_p99 for f in films if f.pacing_lateness_s_p99 is not None]
    late += [worker["pacing_lateness_s_p99_worst"] for worker in lived.farm_workers]
    yield Gate("pacing lateness of a phone, p99", max(late, default=0.0), limits.pacing_lateness_s_p99)
    sent, dropped = sum(f.frames_sent for f in films), sum(f.frames_dropped for f in films)
    too_slow = [_share(dropped, sent)]
    too_slow += [_share(worker["frames_dropped"], worker["frames_sent"]) for worker in lived.farm_workers]
    yield Gate("frames that phones were too slow for", max(too_slow), limits.frames_dropped_ratio, "")


def _of_draws(
    resolved: Resolved, records: Sequence[Record], lived: Lived, plan: Sequence[Record]
) -> Iterator[Gate]:
    lags_s = lived.lag_s_max + lived.farm_lag_s_max  # the phones say there that an SMS has come
    gap = max((wait.gap_s for wait in drawn_waits(plan, records)), default=0.0)
    yield Gate("drawn waits, worst gap to the plan", gap, lags_s + DRAWN_GAP_S)
    loss = any(mood.kind == "sms.loss" for mood in resolved.moods)  # it is drawn with, at its own moment
    drawn = [] if loss else other_draws(plan, records)
    yield Gate("calls whose SMS fared as no plan drew", float(len(drawn)), 0.0, "")


def _of_arrivals(records: Sequence[Record], limits: Limits) -> Iterator[Gate]:
    late = sorted(float(r.facts["lateness_s"]) for r in records if r.event == "call.due")
    p99 = quantile(late, 0.99)
    if p99 is not None:
        yield Gate("arrival lateness, p99", p99, limits.arrival_lateness_s_p99)


def _of_cpu(records: Sequence[Record], lived: Lived, limits: Limits) -> Iterator[Gate]:
    """A farm that has no time left sends and looks too late, whatever it tells of itself.

    Each worker of the load has one, of so many processes, and each of these one core at most.
    """
    processes = Counter(str(worker.get("worker", "")).partition("/")[0] for worker in lived.farm_workers)
    told = [r.facts for r in records if r.event == "part.measured" and r.actor == _FARM]
    shares = [
        facts["cpu_s"] / facts["wall_s"] / (processes[str(facts.get("worker"))] or 1)
        for facts in told
        if facts["wall_s"] > 0
    ]
    if shares:
        yield Gate("CPU share of the busiest farm", max(shares), limits.farm_cpu_share, "")


def _of_stamps(rows: Sequence[CallRow], limits: Limits, under_load: bool) -> Iterator[Gate]:
    most = limits.stamps_unread_ratio
    if most is None and under_load:
        most = _UNREAD_UNDER_LOAD
    looked = [v for row in rows if row.session for v in row.session.viewers.values() if v.stamped]
    checked, read = sum(v.checked for v in looked), sum(v.read for v in looked)
    if most is not None:
        yield Gate("stamps that could not be read", _share(checked - read, read), most, "")


def _of_accounts(
    calls: int, records: Sequence[Record], account: Mapping[str, Any], limits: Limits
) -> Iterator[Gate]:
    """None lost, none told twice, whatever each worker says: the sum of all is the trace."""
    due = [record.call for record in records if record.event == "call.due"]
    astray = abs(calls - account["told"] - untold(account)) + abs(account["told"] - len(due))
    yield Gate("arrivals that nobody accounts for", float(astray), 0.0, "")
    yield Gate("arrivals told twice", float(len(due) - len(set(due))), 0.0, "")
    yield Gate("arrivals dropped", float(account["dropped"]), float(limits.arrivals_dropped), "")
    broken = [name for name, told in (account.get("workers") or {}).items() if told.get("error")]
    yield Gate("workers of the load that broke", float(len(broken)), 0.0, "")
    lag_s = account.get("hub_lag_s_p99")
    if lag_s is not None:
        yield Gate("lag of locust's hub, p99", float(lag_s), limits.hub_lag_s_p99)


def _share(part: int, rest: int) -> float:
    return part / (part + rest) if part else 0.0
