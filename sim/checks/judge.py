"""Judge a run: the checks of the scenario, and those that every live run must pass."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.checks.metrics import DURATIONS, Value, quantile, samples
from sim.resolve import Resolved
from sim.scenario import CheckSpec
from sim.sessions import CallRow

# what only real pictures have; a plan leaves these checks out and says so under not_covered
OF_PICTURES = ("stray_", "suspicious_", "frames_", "stamp_", "freeze_", "glass_")

READ_TO_JUDGE = 0.9  # assumed: with fewer stamps read, a stray frame may have gone by unread

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
    resolved: Resolved, rows: Sequence[CallRow], found: Mapping[str, Value], live: bool
) -> list[Judged]:
    """All checks of a run. `found` are the metrics of `rows`."""
    judged = [_ended_once(resolved, rows)]
    if live:
        judged += _pictures_were_judged(rows, found)
    judged += [_as_ordained(row, resolved) for row in rows if _ordained(row, resolved) is not None]
    due = [check for check in resolved.scenario.checks if live or not check.metric.startswith(OF_PICTURES)]
    return judged + [_check(check, rows, found) for check in due]


def _ended_once(resolved: Resolved, rows: Sequence[CallRow]) -> Judged:
    names = {row.name for row in rows if row.ends == 1}
    wrong = [call.name for call in resolved.calls if call.name not in names]
    return Judged(
        "every call ended exactly once",
        "failed" if wrong else "passed",
        float(len(names)),
        f"= {len(resolved.calls)}",
        "calls",
        "" if not wrong else f"not so: {', '.join(wrong[:5])}",
    )


def _pictures_were_judged(rows: Sequence[CallRow], found: Mapping[str, Value]) -> list[Judged]:
    due = [row.name for row in rows if row.session is not None and row.session.consented_s is not None]
    stray = found["stray_frames"] or 0.0
    read = found["stamp_read_ratio"]
    looked = not due if read is None else read >= READ_TO_JUDGE
    nothing = "" if looked else f"frames of {', '.join(due[:5])} could not be judged: {_why_not(read)}"
    ratio = found["frames_checked_ratio"]
    return [
        Judged(
            "stray_frames",
            "failed" if stray else "passed" if looked else "unknown",
            stray if looked or stray else None,
            "= 0",
            "frames",
            nothing,
        ),
        Judged(
            "frames_checked_ratio",
            ("passed" if ratio >= 0.99 else "failed")
            if ratio is not None
            else "unknown"
            if due
            else "passed",
            ratio,
            ">= 0.99",
            "",
            nothing or ("" if due else "no caller consented: there was nothing to see"),
        ),
    ]


def _why_not(read: Value) -> str:
    return "nobody saw one" if read is None else f"only {read:.0%} of the stamps could be read"


def _ordained(row: CallRow, resolved: Resolved) -> str | None:
    return next((call.outcome for call in resolved.calls if call.name == row.name), None)


def _as_ordained(row: CallRow, resolved: Resolved) -> Judged:
    wanted = _ordained(row, resolved)
    detail = "" if row.outcome == wanted else "; ".join([f"ended {row.outcome}", *row.failures[:2]])
    return Judged(
        f"{row.name} ends {wanted}",
        "passed" if row.outcome == wanted else "failed",
        None,
        f"= {wanted}",
        "",
        detail,
    )


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
