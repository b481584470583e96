"""Judge a run: the checks of the scenario, and those that every live run must pass."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.checks.blind import TO_FAIL, blind_spots
from sim.checks.metrics import DURATIONS, Value, quantile, samples
from sim.resolve import Resolved
from sim.scenario import CheckSpec
from sim.sessions import CallRow

ONE_BY_ONE_MAX = 40  # beyond so many calls, one answer for all of them
_OF_PICTURES = ("stray_", "suspicious_", "frames_", "stamp_", "freeze_", "glass_")

Outcome = Literal["passed", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A check's answer. `measured` is None when there was nothing to measure."""

    name: str
    outcome: Outcome
    measured: Value
    limit: str
    unit: str = ""
    detail: str = ""


def judge(
    resolved: Resolved,
    rows: Sequence[CallRow],
    found: Mapping[str, Value],
    live: bool,
    planned: Mapping[str, str] | None = None,
    untold: int = 0,
) -> list[Judged]:
    """All checks of a run. `found` are the metrics of `rows`.

    `planned` is how each call ends in the plan: it must end so, where the scenario does not say how.
    Of calls that left no trace at all `untold` are forgiven: load withheld them.
    """
    outcomes = {each.name: each.outcome for each in resolved.calls}
    outcomes |= {each.name: each.outcome for each in resolved.ambulances}
    wanted = {name: outcome or (planned or {}).get(name) for name, outcome in outcomes.items()}
    judged = [_ended_once(resolved, rows, untold), *(_sessions_ended_once(rows) if live else ())]
    if live:
        blind = blind_spots(rows, wanted, resolved.scenario.limits.suspicious_ratio)
        judged += [
            _stray(rows, found, blind),
            _frames_checked(found, blind),
            _as_asked(resolved, rows, wanted),
        ]
    judged += _as_ordained([(row, outcome) for row in rows if (outcome := wanted.get(row.name))])
    due = [check for check in resolved.scenario.checks if live or not of_pictures(check.metric)]
    return judged + [_check(check, rows, found) for check in due]


def of_pictures(metric: str) -> bool:
    """Only a live run has it; a plan leaves its checks out and says so under not_covered."""
    return metric.startswith(_OF_PICTURES)


def _ended_once(resolved: Resolved, rows: Sequence[CallRow], untold: int) -> Judged:
    names = {row.name for row in rows if row.ends == 1 and not row.is_ambulance}
    begun = {row.name for row in rows}
    missing = [call.name for call in resolved.calls if call.name not in begun]
    forgiven = set(missing if len(missing) <= untold else ())
    wrong = [call.name for call in resolved.calls if call.name not in names and call.name not in forgiven]
    return Judged(
        "every call ended exactly once",
        "failed" if wrong else "passed",
        float(len(names)),
        f"= {len(resolved.calls) - len(forgiven)}",
        "calls",
        "" if not wrong else f"not so: {', '.join(wrong[:5])}",
    )


def _sessions_ended_once(rows: Sequence[CallRow]) -> list[Judged]:
    sessions = {row.name: row.session for row in rows if row.session is not None}
    wrong = [name for name, s in sessions.items() if not 1 <= s.ends <= max(1, s.requests)]
    return [
        Judged(
            "every video session ended exactly once",
            "failed" if wrong else "passed",
            float(len(sessions) - len(wrong)),
            f"= {len(sessions)}",
            "sessions",
            "" if not wrong else f"not so: {', '.join(wrong[:5])}",
        )
    ]


def _stray(rows: Sequence[CallRow], found: Mapping[str, Value], blind: Sequence[str]) -> Judged:
    """Both sides are named: who saw it, and whose picture it was."""
    seen = [
        f"the {who} of {row.name} saw {_whose(row.name, source)}"
        for row in rows
        if row.session is not None
        for who, viewer in row.session.viewers.items()
        for source in sorted(viewer.seen_of)
    ]
    stray = found["stray_frames"] or 0.0
    outcome: Outcome = "failed" if stray else "unknown" if blind else "passed"
    measured = None if outcome == "unknown" else stray
    return Judged("stray_frames", outcome, measured, "= 0", "frames", "; ".join([*seen[:4], *blind[:4]]))


def _whose(mine: str, source: str) -> str:
    if source == mine:
        return "its own picture when it should not"
    return "a picture of nobody in this run" if source == "?" else f"the picture of {source}"


def _frames_checked(found: Mapping[str, Value], blind: Sequence[str]) -> Judged:
    ratio = found["frames_checked_ratio"]
    if ratio is None:
        outcome: Outcome = "unknown" if blind else "passed"
        detail = "nobody saw a frame" if blind else "there was nothing to see"
    else:
        outcome, detail = "passed" if ratio >= 0.99 else "failed", ""
    return Judged("frames_checked_ratio", outcome, ratio, ">= 0.99", "", detail)


def _as_asked(resolved: Resolved, rows: Sequence[CallRow], wanted: Mapping[str, str | None]) -> Judged:
    """What a part refused or could not do counts, unless the call was to fail or a part was to be killed."""
    killed = any(fault.kind == "part.killed" for fault in resolved.scenario.faults)
    refused = [
        f"{row.name}: {failure}"
        for row in rows
        for failure in row.failures
        if not killed and not (wanted.get(row.name) in TO_FAIL and row.outcome == wanted.get(row.name))
    ]
    return Judged(
        "the parts did what they were asked",
        "failed" if refused else "passed",
        float(len(refused)),
        "= 0",
        "refusals",
        "; ".join(refused[:3]),
    )


def _as_ordained(due: Sequence[tuple[CallRow, str]]) -> list[Judged]:
    """Each call alone, or all together when they are many; then the first few that did not are named."""
    if len(due) <= ONE_BY_ONE_MAX:
        return [_ended_as(row, wanted) for row, wanted in due]
    others = [(row, wanted) for row, wanted in due if row.outcome != wanted]
    named = [f"{row.name} ended {row.outcome}, not {wanted}" for row, wanted in others[:5]]
    more = [f"and {len(others) - len(named)} more"] if len(others) > len(named) else []
    outcome: Outcome = "failed" if others else "passed"
    right = float(len(due) - len(others))
    detail = "; ".join([*named, *more])
    return [Judged("every call ended as ordained", outcome, right, f"= {len(due)}", "calls", detail)]


def _ended_as(row: CallRow, wanted: str) -> Judged:
    detail = "" if row.outcome == wanted else "; ".join([f"ended {row.outcome}", *row.failures[:2]])
    outcome: Outcome = "passed" if row.outcome == wanted else "failed"
    return Judged(f"{row.name} ends {wanted}", outcome, None, f"= {wanted}", "", detail)


def _check(check: CheckSpec, rows: Sequence[CallRow], found: Mapping[str, Value]) -> Judged:
    name = (
        check.metric
        if check.quantile is None
        else f"{check.metric} {'max' if check.quantile == 1 else f'p{check.quantile * 100:g}'}"
    )
    measured, n = _measured(check, rows, found)
    limit, holds = _limit(check)
    unit = "s" if check.metric.startswith(DURATIONS) and not check.metric.endswith("_n") else ""
    if measured is None or n < check.n_at_least:
        few = f"{n} samples, needs {check.n_at_least}" if n < check.n_at_least else "nothing was measured"
        return Judged(name, "unknown", measured, limit, unit, few)
    detail = "never came" if math.isinf(measured) else ""
    return Judged(name, "passed" if holds(measured) else "failed", measured, limit, unit, detail)


def _measured(check: CheckSpec, rows: Sequence[CallRow], found: Mapping[str, Value]) -> tuple[Value, int]:
    if check.quantile is not None:
        taken = sorted(samples(rows)[check.metric])
        return quantile(taken, check.quantile), len(taken)
    counted = check.metric.endswith("_n")  # how many there were is known, however few
    n = None if counted else found.get(f"{check.metric.rsplit('_', 1)[0]}_n")
    return found[check.metric], int(n) if n is not None else max(len(rows), check.n_at_least)


def _limit(check: CheckSpec) -> tuple[str, Callable[[float], bool]]:
    most, least, equals = check.at_most, check.at_least, check.equals
    if most is not None:
        return f"<= {most:g}", lambda value: value <= most
    if least is not None:
        return f">= {least:g}", lambda value: value >= least
    return f"= {equals:g}", lambda value: value == equals
