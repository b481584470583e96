"""`lab113 validate`: the model against theory and facts."""

import resource
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from sim.reading import BadFile
from sim.verdict import BAD_USAGE, EXIT_CODES


def validate_command(
    quick: Annotated[
        bool, typer.Option("--quick", help="a tenth of the calls: finds an error of 6 %, not of 2 %")
    ] = False,
    seed: Annotated[int, typer.Option(help="of all draws", min=0)] = 113,
    write: Annotated[Path | None, typer.Option(help="write the page of results here")] = None,
    json_: Annotated[bool, typer.Option("--json", help="the cases as one JSON object")] = False,
) -> None:
    """Hold the planner against queueing theory, published figures, and its own promises."""
    if write is not None and not write.parent.is_dir():
        _refuse(f"--write {write}: no such folder; make it first")
    try:
        from sim.planning.validation.page import as_json, show, write_page
        from sim.planning.validation.suite import suite
    except ModuleNotFoundError as error:
        _refuse(f"validation needs {error.name}: pip install 'lab113[plan]'")
    console = Console(stderr=json_, width=None if sys.stdout.isatty() else 160)
    began_s = _cpu_s()
    cases = []
    try:
        with console.status("") as status:
            for case in suite(seed, quick):
                cases.append(case)
                status.update(case.name)
        show(console, cases)
        if write is not None:
            options = (" --quick" if quick else "") + (f" --seed {seed}" if seed != 113 else "")
            write_page(write, cases, f"lab113 validate{options} --write {write}", _cpu_s() - began_s)
    except BadFile as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"--write {write}: {error.strerror}")
    if json_:
        typer.echo(as_json(cases))
    held = all(case.outcome in ("passed", "told") for case in cases)
    raise SystemExit(0 if held else EXIT_CODES["failed"])


def _refuse(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise SystemExit(BAD_USAGE)


def _cpu_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)
