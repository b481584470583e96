"""`lab113 plan`: a planner's question, answered; `lab113 calibrate`: with what was measured."""

import asyncio
import json
import os
import sys
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from sim.calibrate import N_AT_LEAST, fitted
from sim.calibrate import write as write_calibrated
from sim.nation import Nation, load_nation
from sim.planning.answer import Answer, Estimate, Row, answer_of
from sim.planning.country import Country
from sim.planning.demand import NoPlan, country_of
from sim.planning.find import NoSeats, fewest_seats
from sim.planning.folder import write_folder
from sim.planning.question import Planning
from sim.planning.replications import replicated
from sim.planning.shown import as_json, show, show_difference, show_found, show_sweep, show_tornado
from sim.planning.sweep import BadSweep, Sweep
from sim.planning.tornado import Bar, figures, less, load_ranges, number, varied
from sim.planning.year import Overrun
from sim.reading import BadFile
from sim.scenario import load_scenario
from sim.telling import show_fits
from sim.verdict import BAD_USAGE
from stand_alone.listening import PortTaken

FINDS = ("seats",)
COMPARED = 5  # replications of each, when neither scenario says how many


class _Asked:
    """One scenario with its question."""

    def __init__(self, path: Path, seed: int | None) -> None:
        """Raises BadFile."""
        self.path = path
        self.scenario, self.nation = load_scenario(path)
        if self.scenario.planning is None:
            raise BadFile(
                f"{path}: has no [planning] table; say what is planned, as scenarios/capacity/ does"
            )
        self.planning = self.scenario.planning
        self.seed = self.scenario.seed if seed is None else seed

    def country(self, planning: Planning | None = None) -> Country:
        """Raises NoPlan."""
        return country_of(self.nation, planning or self.planning, self.scenario.nation.full_rollout)


def plan_command(
    scenario: Annotated[Path, typer.Argument(help="a scenario file (TOML) with a [planning] table")],
    seed: Annotated[int | None, typer.Option(help="instead of the scenario's own", min=0)] = None,
    find: Annotated[str | None, typer.Option(help="seats: the fewest that hold each centre's target")] = None,
    compare: Annotated[
        Path | None, typer.Option(help="another scenario, on the same draws: what differs")
    ] = None,
    sweep: Annotated[
        str | None, typer.Option(help="one key of [planning] at several values: volume.113=1..2/5")
    ] = None,
    tornado: Annotated[
        bool, typer.Option("--tornado", help="the assumed numbers one at a time, over their ranges")
    ] = False,
    report: Annotated[Path, typer.Option("--report", help="where the plan's folder goes")] = Path("runs"),
    every_centre: Annotated[bool, typer.Option("--all", help="show every centre")] = False,
    page: Annotated[bool, typer.Option("--serve", help="the what-if page: sliders and a map")] = False,
    port: Annotated[int, typer.Option(help="of the page; 0 takes a free one", min=0, max=65535)] = 0,
    jobs: Annotated[int, typer.Option(help="processes at once; 0: one for each core", min=0)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="the answer as one JSON object")] = False,
) -> None:
    """Tell a scenario's country many times on the virtual clock: how many seats, servers, kroner?"""
    if find is not None and find not in FINDS:
        _refuse(f"--find {find!r}: valid is {', '.join(FINDS)}")
    if sum((find is not None, compare is not None, sweep is not None, tornado, page)) > 1:
        _refuse(
            "--find, --compare, --sweep, --tornado, --serve are questions of their own: ask one at a time"
        )
    console = Console(stderr=as_json, width=None if sys.stdout.isatty() else 140)
    tell = _teller()
    try:
        asked = _Asked(scenario, seed)
        if page:
            _serve(asked, port, tell)
            return
        if find:
            told: Any = _find(asked, console, tell)
        elif compare:
            told = _compare(asked, _Asked(compare, asked.seed), console, tell, _cores(jobs))
        elif tornado:
            told = _tornado(asked, console, tell, _cores(jobs))
        elif sweep:
            told = _sweep(asked, Sweep.read(sweep), console, tell, _cores(jobs))
        else:
            told = _plan(asked, console, tell, _cores(jobs), report, every_centre)
    except (BadFile, NoPlan, NoSeats, BadSweep, Overrun) as error:
        _refuse(str(error))
    if as_json:
        typer.echo(json.dumps(told, indent=1))


def _serve(asked: _Asked, port: int, tell: Any) -> None:
    from sim.planning.whatif import WhatIf, serve  # polars and a web server: nothing else needs them

    whatif = WhatIf(
        asked.scenario.title, asked.nation, asked.planning, asked.seed, asked.scenario.nation.full_rollout
    )
    try:
        asyncio.run(serve(whatif, port, tell))
    except KeyboardInterrupt:
        raise SystemExit(0) from None
    except PortTaken as error:
        _refuse(f"--port {port}: {error}")


def _cores(jobs: int) -> int:
    return jobs or len(os.sched_getaffinity(0))


def _teller() -> Any:
    console = Console(stderr=True)
    return lambda line: console.print(line, highlight=False, markup=False, style="dim")


def _answer(asked: _Asked, planning: Planning, tell: Any, jobs: int) -> Answer:
    country = asked.country(planning)
    return answer_of(replicated(country, asked.seed, planning, tell, jobs), country, asked.nation)


def _plan(
    asked: _Asked, console: Console, tell: Any, jobs: int, into: Path, every_centre: bool
) -> dict[str, Any]:
    answer = _answer(asked, asked.planning, tell, jobs)
    console.print(f"[bold]{asked.scenario.title}[/] · seed {asked.seed}")
    show(console, answer, every_centre)
    folder = write_folder(into, asked.path, asked.scenario, asked.nation, asked.seed, answer)
    console.print(f"report  {folder / 'report.html'}", highlight=False, soft_wrap=True)
    return {"scenario": str(asked.path), "seed": asked.seed, "folder": str(folder), **as_json(answer)}


def _find(asked: _Asked, console: Console, tell: Any) -> dict[str, Any]:
    targets = {line: float(target["share"]) for line, target in asked.nation.targets.items()}
    found = fewest_seats(asked.country(), targets, asked.seed, asked.planning, tell)
    console.print(f"[bold]{asked.scenario.title}[/] · seed {asked.seed} · fewest seats, without overflow")
    show_found(console, found)
    return {"scenario": str(asked.path), "seed": asked.seed, "centres": [asdict(one) for one in found]}


def _compare(asked: _Asked, other: _Asked, console: Console, tell: Any, jobs: int) -> dict[str, Any]:
    """The same replications of both: what the draws do, they do to both."""
    one, two = _alike(asked.planning, other.planning)
    first, second = _answer(asked, one, tell, jobs), _answer(other, two, tell, jobs)
    console.print(f"first   {asked.scenario.title}\nsecond  {other.scenario.title}", highlight=False)
    console.print(f"seed {asked.seed} for both; bold: the interval of the difference leaves out 0")
    show_difference(console, first, second)
    return {
        "seed": asked.seed,
        "first": {"scenario": str(asked.path), **as_json(first)},
        "second": {"scenario": str(other.path), **as_json(second)},
        "difference": {
            "lines": {
                mine.line: {
                    field.name: getattr(theirs, field.name).less(getattr(mine, field.name)).as_json()
                    for field in fields(Row)
                    if isinstance(getattr(mine, field.name), Estimate)
                }
                for mine, theirs in zip(first.lines, second.lines, strict=False)
                if mine.line == theirs.line
            },
            "video": {name: second.video[name].less(first.video[name]).as_json() for name in first.video},
        },
    }


def _alike(one: Planning, other: Planning) -> tuple[Planning, Planning]:
    """Of one length and with as many replications, so that they can be paired."""
    most = max(one.replications or COMPARED, other.replications or COMPARED)
    same = {"replications": most, "days": one.days, "warm_up_days": one.warm_up_days}
    return one.model_copy(update=same), other.model_copy(update=same)


def _sweep(asked: _Asked, sweep: Sweep, console: Console, tell: Any, jobs: int) -> dict[str, Any]:
    answers = []
    for value, planning in sweep.asked(asked.planning):
        tell(f"{sweep.key} = {value}")
        answers.append((value, _answer(asked, planning, tell, jobs)))
    console.print(f"[bold]{asked.scenario.title}[/] · seed {asked.seed}")
    show_sweep(console, sweep.key, answers)
    told = [{"value": value, **as_json(answer)} for value, answer in answers]
    return {"scenario": str(asked.path), "seed": asked.seed, "key": sweep.key, "answers": told}


def _tornado(asked: _Asked, console: Console, tell: Any, jobs: int) -> dict[str, Any]:
    planning = asked.planning.model_copy(update={"replications": asked.planning.replications or COMPARED})
    ranges = load_ranges(asked.nation)

    def found(nation: Nation) -> dict[str, float]:
        country = country_of(nation, planning, asked.scenario.nation.full_rollout)
        return figures(answer_of(replicated(country, asked.seed, planning, jobs=jobs), country, nation))

    now, bars = found(asked.nation), []
    for n, one in enumerate(ranges, 1):
        tell(f"{n} of {len(ranges)}: {one.key}")
        low, high = (less(found(varied(asked.nation, one.key, v)), now) for v in (one.low, one.high))
        bars.append(Bar(one, number(asked.nation, one.key), low, high))
    console.print(
        f"[bold]{asked.scenario.title}[/] · seed {asked.seed} · one number at a time, on the same draws"
    )
    show_tornado(console, bars, now)
    told = [
        {**bar.range.model_dump(), "now": bar.now, "at_low": bar.low, "at_high": bar.high} for bar in bars
    ]
    return {"scenario": str(asked.path), "seed": asked.seed, "figures": now, "numbers": told}


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
        fits = fitted(runs, load_nation(nation, Path()).models)
        if not fits:
            _refuse(f"fewer than {N_AT_LEAST} samples of every wait: name more runs, or longer ones")
        write_calibrated(out, fits, runs)
    except BadFile as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"--out {out}: {error.strerror}")
    if as_json:
        typer.echo(json.dumps({"file": str(out), "fits": [asdict(fit) for fit in fits]}, indent=1))
        return
    show_fits(Console(width=None if sys.stdout.isatty() else 140), fits)
    typer.echo(f"written to {out}; a scenario uses it with [nation] calibrated = {out.name!r}")


def _refuse(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise SystemExit(BAD_USAGE)
