"""A run: from a scenario to a run folder that holds everything about it."""

import asyncio
from pathlib import Path

from sim.journal import Record, read_journal
from sim.judgement import judged, put_down
from sim.live.conductor import tell_live
from sim.live.lived import Lived
from sim.plan import tell_plan
from sim.request import Request
from sim.resolve import Resolved
from sim.verdict import Verdict


def run(request: Request) -> tuple[Verdict, Path]:
    """Tell the scenario and judge it. Raises BadFile or NotReady before anything is started.

    The folder is whole whatever happened, an interruption included.
    """
    resolved = request.resolved()
    folder = request.folder(resolved)
    request.on_begin(resolved, folder)
    if request.mode == "plan":
        verdict = judged(request, resolved, tell_plan(resolved, folder / "journal.jsonl"))
    else:
        verdict = _run_live(request, resolved, folder)
    put_down(verdict, folder)
    return verdict, folder


def _run_live(request: Request, resolved: Resolved, folder: Path) -> Verdict:
    plan = tell_plan(resolved, folder / "plan.jsonl")
    try:
        lived = asyncio.run(tell_live(resolved, folder, request.bound, request.on_record))
    except KeyboardInterrupt:
        lived = Lived(records=_written(folder / "journal.jsonl"), crashed="interrupted")
    return judged(request, resolved, lived.records, lived, plan)


def _written(journal: Path) -> list[Record]:
    return read_journal(journal) if journal.exists() else []
