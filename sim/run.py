"""A run: from a scenario to a run folder that holds everything about it."""

import asyncio
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import tomli_w

from reports import write_junit, write_report
from sim.checks.ambulances import judge_ambulances
from sim.checks.faults import without_effect
from sim.checks.judge import Judged, judge, of_pictures
from sim.checks.links import judge_links
from sim.checks.metrics import metrics
from sim.gates import UNDER_TEST, account_of, judge_lab, untold
from sim.journal import Record, journal_hash, read_journal
from sim.live.bindings import Bindings
from sim.live.conductor import tell_live
from sim.live.lived import Lived
from sim.live.preflight import preflight
from sim.new_folder import new_folder
from sim.plan import tell_plan
from sim.reading import BadFile
from sim.resolve import Resolved, resolve
from sim.scenario import load_scenario
from sim.sessions import CallRow, call_table
from sim.verdict import Verdict, outcome_of

_MODELLED_FAULTS = ("sms.", "camera.fails")
_DOORS_NOT_TRIED = [
    "withdrawal on the page",
    "a viewer who is shown out",
    "a link opened by a scanner or a second browser",
    "a viewer with a wrong key, media before consent",
]


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for on the command line."""

    scenario: Path
    mode: str = "live"  # plan | live | train
    seed: int | None = None
    report_dir: Path = Path("runs")
    bound: Bindings = field(default_factory=Bindings)
    on_record: Callable[[Record], None] = lambda record: None
    on_begin: Callable[[Resolved, Path], None] = lambda resolved, folder: None


def run(request: Request) -> tuple[Verdict, Path]:
    """Tell the scenario and judge it. Raises BadFile or NotReady before anything is started.

    The folder is whole whatever happened, an interruption included.
    """
    scenario, nation = load_scenario(request.scenario)
    if not scenario.calls and not scenario.ambulances:
        raise BadFile(f"{request.scenario}: only asks for a plan: lab113 plan {request.scenario}")
    resolved = resolve(scenario, nation, request.seed)
    if request.bound.target is not None:
        _refuse_own_faults(resolved, request.scenario)
    if request.mode != "plan":
        preflight(request.bound)
    folder = new_folder(request.report_dir, f"{request.scenario.stem}-{resolved.seed}")
    (folder / "resolved.toml").write_text(tomli_w.dumps(resolved.as_tables()), encoding="utf-8")
    request.on_begin(resolved, folder)
    if request.mode == "plan":
        verdict = _judged(request, resolved, tell_plan(resolved, folder / "journal.jsonl"))
    else:
        verdict = _run_live(request, resolved, folder)
    verdict.write(folder)
    write_junit(folder)
    write_report(folder)
    return verdict, folder


def _refuse_own_faults(resolved: Resolved, path: Path) -> None:
    for fault in resolved.scenario.faults:
        of_part = getattr(fault, "part", "") in ("video_service", "fake_carriers")
        if of_part or fault.kind.startswith("service."):
            raise BadFile(f"{path}: the fault {fault.kind} is done to our own parts; leave out --target")
    if resolved.ambulances:
        raise BadFile(f"{path}: [[ambulances]] need the administrator's key of our own; leave out --target")


def _run_live(request: Request, resolved: Resolved, folder: Path) -> Verdict:
    plan = tell_plan(resolved, folder / "plan.jsonl")
    try:
        lived = asyncio.run(tell_live(resolved, folder, request.bound, request.on_record))
    except KeyboardInterrupt:
        lived = Lived(records=_written(folder / "journal.jsonl"), crashed="interrupted")
    return _judged(request, resolved, lived.records, lived, plan)


def _written(journal: Path) -> list[Record]:
    return read_journal(journal) if journal.exists() else []


def _judged(
    request: Request,
    resolved: Resolved,
    records: Sequence[Record],
    lived: Lived | None = None,
    plan: Sequence[Record] = (),
) -> Verdict:
    rows = call_table(records)
    found = metrics(rows)
    planned = {row.name: row.outcome for row in call_table(plan)} if request.mode == "live" else None
    judged = judge(resolved, rows, found, lived is not None, planned, untold(account_of(records)))
    judged += judge_ambulances(resolved, rows)
    if lived is not None:
        judged += judge_links(resolved, rows, records) if request.mode == "live" else []
        lived.faults_failed += without_effect(resolved.moods, resolved.carriers, records, lived.lag_s_max)
        judged += _no_errors_inside(lived)
    gates = [] if lived is None else judge_lab(resolved, rows, records, lived, plan)
    outcome = outcome_of(judged, gates)
    if lived is not None and lived.crashed:
        outcome = "interrupted" if lived.crashed == "interrupted" else "crashed"
    return Verdict(
        scenario=str(request.scenario),
        title=resolved.scenario.title,
        mode=request.mode,
        seed=resolved.seed,
        outcome=outcome,
        checks=tuple(judged),
        gates=tuple(gates),
        metrics=found,
        journal_hash=journal_hash(records) if lived is None else None,
        not_covered=_not_covered(request, resolved, rows),
        repeat=_repeat(request, resolved.seed),
        reason=""
        if lived is None
        else lived.crashed or "\n".join([*lived.workers_died, *lived.faults_failed]),
    )


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
        "train" if request.mode == "train" else "run",
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
