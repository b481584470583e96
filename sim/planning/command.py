"""`lab113 plan`: a planner's question, answered; `lab113 calibrate`: with what was measured."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from sim.calibrate import N_AT_LEAST, fitted, samples_of
from sim.calibrate import write as write_calibrated
from sim.nation import load_nation
from sim.planning.question import NoAnswer
from sim.planning.sweep import Sweep
from sim.reading import BadFile
from sim.telling import show_fits
from sim.verdict import BAD_USAGE

FINDS = ("seats",)


def plan_command(
    scenario: Annotated[
        Path, typer.Argument(help="a scenario file (TOML) with a \\[planning] or \\[ambulance_planning]")
    ],
    seed: Annotated[int | None, typer.Option(help="instead of the scenario's own", min=0)] = None,
    find: Annotated[str | None, typer.Option(help="seats: the fewest that hold each centre's target")] = None,
    compare: Annotated[
        Path | None, typer.Option(help="another scenario, on the same draws: what differs")
    ] = None,
    sweep: Annotated[
        str | None, typer.Option(help="one key of \\[planning] at several values: volume.113=1..2/5")
    ] = None,
    tornado: Annotated[
        bool, typer.Option("--tornado", help="the assumed numbers one at a time, over their ranges")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="where the folder of a plan or tornado goes; runs")
    ] = None,
    every_centre: Annotated[bool, typer.Option("--all", help="show every centre")] = False,
    page: Annotated[bool, typer.Option("--serve", help="the what-if page: sliders and a map")] = False,
    port: Annotated[int, typer.Option(help="of the page; 0 takes a free one", min=0, max=65535)] = 0,
    jobs: Annotated[int, typer.Option(help="processes at once; 0: one for each core", min=0)] = 1,
    dask: Annotated[
        str | None, typer.Option(help="tcp://HOST:PORT of a Dask scheduler, whose workers tell replications")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the answer as one JSON object")] = False,
) -> None:
    """Tell a scenario's country many times on the virtual clock: how many seats, servers, kroner?"""
    _go_together(
        report, dask, find=find, compare=compare, sweep=sweep, tornado=tornado or None, serve=page or None
    )
    into = report or Path("runs")
    console = Console(stderr=as_json, width=None if sys.stdout.isatty() else 140)
    tell = _teller()
    try:
        from sim.planning import asking
        from sim.planning.ambulance import asking as of_ambulances
        from sim.planning.spread import spread
    except ModuleNotFoundError as error:
        _refuse(f"planning needs {error.name}: pip install 'lab113[plan]'")
    try:
        if of_ambulances.is_asked(scenario, otherwise=bool(find or tornado or page)):
            with spread(jobs, dask) as n:
                told = of_ambulances.answered(scenario, seed, compare, sweep, console, tell, n, into)
            _give(told, as_json)
            return
        asked = asking.Asked(scenario, seed)
        if page:
            asking.serve(asked, port, tell)
            return
        with spread(jobs, dask) as n:
            if find:
                told = asking.find_seats(asked, console, tell)
            elif compare:
                other = asking.Asked(compare, asked.seed)
                told = asking.compare(asked, other, console, tell, n, every_centre)
            elif tornado:
                told = asking.tornado(asked, console, tell, n, into)
            elif sweep:
                told = asking.sweep(asked, Sweep.read(sweep), console, tell, n)
            else:
                told = asking.plan(asked, console, tell, n, into, every_centre)
    except (BadFile, NoAnswer) as error:
        _refuse(str(error))
    _give(told, as_json)
    if told.get("without"):
        n = len(told["without"])
        _refuse(f"no number of seats holds the target of {n} centres; why, and what would, is above")


def _go_together(report: Path | None, dask: str | None, **questions: object) -> None:
    find = questions["find"]
    if find is not None and find not in FINDS:
        _refuse(f"--find {find!r}: valid is {', '.join(FINDS)}")
    asked = [name for name, value in questions.items() if value is not None]
    if len(asked) > 1:
        _refuse("--find, --compare, --sweep, --tornado and --serve: ask one at a time")
    if dask is not None and asked in (["serve"], ["find"]):
        _refuse("--dask tells replications: it goes with a plan, --compare, --sweep and --tornado")
    if report is not None and asked not in ([], ["tornado"]):
        _refuse("--report: only a plan and --tornado leave a folder; --json > FILE keeps another answer")


def _give(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told, indent=1))


def _teller() -> Callable[[str], None]:
    console = Console(stderr=True)
    return lambda line: console.print(line, highlight=False, markup=False, style="dim")


MORE_SAMPLES = "name more runs, or such as lab113 load scenarios/load/week-minute.toml"


def calibrate_command(
    runs: Annotated[list[Path], typer.Argument(help="run folders of live runs")],
    out: Annotated[Path, typer.Option(help="the file to write, for nation.calibrated of a scenario")] = Path(
        "calibrated.toml"
    ),
    nation: Annotated[str, typer.Option(help="whose numbers they are held beside")] = "norway",
    as_json: Annotated[bool, typer.Option("--json", help="the answer as one JSON object")] = False,
) -> None:
    """From live journals to model parameters: what the machines really took, for the next plan."""
    try:
        samples = samples_of(runs)
        fits = fitted(samples, load_nation(nation, Path()).models)
        if not fits:
            _refuse(f"fewer than {N_AT_LEAST} samples of every wait: {MORE_SAMPLES}")
        write_calibrated(out, fits, runs)
    except BadFile as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"--out {out}: {error.strerror}")
    if as_json:
        typer.echo(json.dumps({"file": str(out), "fits": [asdict(fit) for fit in fits]}, indent=1))
        return
    show_fits(Console(width=None if sys.stdout.isatty() else 140), fits)
    few = [f"{name} ({len(taken)})" for name, taken in samples.items() if len(taken) < N_AT_LEAST]
    if few:
        typer.echo(
            f"left as they are, with fewer than {N_AT_LEAST} samples: {', '.join(few)}; {MORE_SAMPLES}"
        )
    typer.echo(f"written to {out}; a scenario uses it with [nation] calibrated = {out.name!r}")


def _refuse(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise SystemExit(BAD_USAGE)
