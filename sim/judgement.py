"""What a run comes to: every check and gate, one outcome, and the files that say so."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from reports import read_run, write_junit, write_report
from sim.checks.ambulances import judge_ambulances
from sim.checks.faults import without_effect
from sim.checks.judge import Judged, judge, of_pictures
from sim.checks.links import judge_links
from sim.checks.metrics import metrics
from sim.gates import UNDER_TEST, account_of, judge_lab, untold
from sim.journal import Record, journal_hash
from sim.live.lived import Lived
from sim.request import Request
from sim.resolve import Resolved
from sim.sessions import CallRow, call_table
from sim.verdict import Gate, Outcome, Verdict, outcome_of

_MODELLED_FAULTS = ("sms.", "camera.fails")
_DOORS_NOT_TRIED = [
    "withdrawal on the page",
    "a viewer who is shown out",
    "a link opened by a scanner or a second browser",
    "a viewer with a wrong key, media before consent",
]


def put_down(verdict: Verdict, folder: Path) -> None:
    """The verdict and what is made of it, into the run folder."""
    verdict.write(folder)
    run = read_run(folder)  # of a week of calls that takes seconds: once
    write_junit(folder, run)
    write_report(folder, run)


def judged(
    request: Request,
    resolved: Resolved,
    records: Sequence[Record],
    lived: Lived | None = None,
    plan: Sequence[Record] = (),
) -> Verdict:
    """`lived` is None of a plan. `plan` is the same scenario's, of a live run."""
    rows = call_table(records, resolved.unseen)
    found = metrics(rows)
    planned = {row.name: row.outcome for row in call_table(plan)} if request.scripted else None
    checks = judge(resolved, rows, found, lived is not None, planned, untold(account_of(records)))
    checks += judge_ambulances(resolved, rows)
    if lived is not None:
        checks += judge_links(resolved, rows, records) if request.scripted else []
        lived.faults_failed += without_effect(resolved.moods, resolved.carriers, records, lived.lag_s_max)
        checks += _no_errors_inside(lived)
    gates = [] if lived is None else judge_lab(resolved, rows, records, lived, plan)
    reasons = [] if lived is None else [*lived.workers_died, *lived.faults_failed]
    return Verdict(
        **_said_of(request, resolved),
        outcome=_outcome(checks, gates, lived),
        checks=tuple(checks),
        gates=tuple(gates),
        metrics=found,
        journal_hash=journal_hash(records) if lived is None else None,
        not_covered=_not_covered(request, resolved, rows),
        repeat=_repeat(request, resolved.seed),
        reason=(lived.crashed if lived is not None else "") or "\n".join(reasons),
    )


def rehearsed(request: Request, resolved: Resolved, lived: Lived) -> Verdict:
    """Of arrivals alone there is nothing to check but the lab's own gates."""
    gates = judge_lab(resolved, [], lived.records, lived, [])
    return Verdict(
        **_said_of(request, resolved),
        outcome=_outcome([], gates, lived),
        checks=(),
        gates=tuple(gates),
        metrics={},
        journal_hash=None,
        not_covered=("everything but the arrivals: --arrivals-only",),
        repeat=f"{_repeat(request, resolved.seed)} --arrivals-only",
        reason=lived.crashed,
    )


def _said_of(request: Request, resolved: Resolved) -> dict[str, Any]:
    """What every verdict repeats of its question."""
    title = resolved.scenario.title
    return {"scenario": str(request.scenario), "title": title, "mode": request.mode, "seed": resolved.seed}


def _outcome(checks: Sequence[Judged], gates: Sequence[Gate], lived: Lived | None) -> Outcome:
    if lived is None or not lived.crashed:
        return outcome_of(checks, gates)
    return "interrupted" if lived.crashed == "interrupted" else "crashed"


def _no_errors_inside(lived: Lived) -> list[Judged]:
    """An error that the service under test did not expect counts, though the calls ended well."""
    errors = lived.tracebacks.get(UNDER_TEST, 0)
    outcome: Literal["passed", "failed"] = "failed" if errors else "passed"
    detail = f"see parts/{UNDER_TEST}.log" if errors else ""
    return [Judged("the video service logged no error", outcome, float(errors), "= 0", "errors", detail)]


def _not_covered(request: Request, resolved: Resolved, rows: Sequence[CallRow]) -> tuple[str, ...]:
    missing = ["Nødnett radio", "SIP telephony", "audio"]
    seen = [row.session for row in rows if row.session is not None and row.session.first_frame_s is not None]
    if not any(session.on_handset for session in seen):
        missing.insert(0, "a real handset (Safari, a real radio)")
    if request.mode == "plan":
        missing = ["every real part: this is a plan", "pictures: their checks are for live runs", *missing]
        faults = {f.kind for f in resolved.scenario.faults if not f.kind.startswith(_MODELLED_FAULTS)}
        missing += [f"the fault {kind}" for kind in sorted(faults)]
        missing += [f"the check of {c.metric}" for c in resolved.scenario.checks if of_pictures(c.metric)]
    else:
        missing += _DOORS_NOT_TRIED
        if resolved.scenario.decode == "budget":
            missing.append('the pixels of most frames between key frames: decode = "budget"')
        missing.append("SMS by an HTTP gateway" if resolved.routes else "SMS over SMPP")
    if request.bound.target is not None:
        missing.append("the scenario's [sms]: the target sends its own way")
    if all(call.caller.phone != "chromium" for call in resolved.calls):
        missing.append("a real browser as the caller's phone")
    if any(call.caller.phone == "attached" for call in resolved.calls):
        missing.append("the pictures of an attached phone: they carry no stamp and are not judged")
    if not seen:
        missing.append("a picture: none was seen")
    return tuple(missing)


def _repeat(request: Request, seed: int) -> str:
    words = [
        "lab113",
        request.mode if request.mode in ("train", "load") else "run",
        str(request.scenario),
        "--seed",
        str(seed),
    ]
    if request.mode == "plan":
        words += ["--mode", "plan"]
    if request.bound.target is not None:
        words += ["--target", request.bound.target]
    if request.bound.carriers_url is not None:
        words += ["--carriers", request.bound.carriers_url]
    if request.bound.farm_workers != 1:
        words += ["--farm-workers", str(request.bound.farm_workers)]
    return re.sub(r"\s+", " ", shlex.join(words))
