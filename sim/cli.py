"""lab113 on the command line."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from reports import write_junit, write_report
from sim.bench.command import bench
from sim.contents import contents_of
from sim.doctor import examine
from sim.guard import Refused, loopback_only
from sim.live.bindings import Bindings
from sim.live.preflight import NotReady
from sim.live.up import PARTS, leave_running
from sim.load.command import load_command
from sim.planning.command import calibrate_command, plan_command
from sim.planning.question import NoAnswer
from sim.planning.validation.command import validate_command
from sim.reading import BadFile, nearest
from sim.request import Request
from sim.resolve import resolve
from sim.run import run
from sim.scenario import Scenario, load_scenario
from sim.telling import Telling, show_verdict
from sim.verdict import BAD_USAGE

app = typer.Typer(
    help="A home-lab that stands in for a country: everything around a one-way emergency video service. "
    "Not for real emergencies; not affiliated with any service.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

FARM_WORKERS_MOST = 64  # as of `python -m fake_phones --workers`

Scenarios = Annotated[list[Path], typer.Argument(help="scenario files (TOML)")]
Seed = Annotated[int | None, typer.Option(help="instead of the scenario's own seed", min=0, max=2**63 - 1)]
Reports = Annotated[Path, typer.Option("--report", help="where the run folder goes")]
AsJson = Annotated[bool, typer.Option("--json", help="the answer as one JSON object on standard output")]
Target = Annotated[str | None, typer.Option(help="another video service, by its URL (docs/contract.md)")]
TargetKey = Annotated[
    str | None, typer.Option(envvar="LAB113_TARGET_KEY", help="the control room's key at the target")
]
FarmWorkers = Annotated[
    int,
    typer.Option(
        help="processes that phones and viewers are spread over; 0: as many as there are cores",
        min=0,
        max=FARM_WORKERS_MOST,
    ),
]
Carriers = Annotated[
    str | None, typer.Option(help="carriers that run already (lab113 up carriers), by their URL")
]


@app.command("run")
def run_command(
    scenarios: Scenarios,
    seed: Seed = None,
    report: Reports = Path("runs"),
    mode: Annotated[str, typer.Option(help="live | plan (once on the virtual clock)")] = "live",
    target: Target = None,
    target_key: TargetKey = None,
    carriers: Carriers = None,
    farm_workers: FarmWorkers = 1,
    as_json: AsJson = False,
) -> None:
    """Tell scenarios for real, judge them, write a run folder each."""
    if mode not in ("live", "plan"):
        _refuse(f"--mode {mode!r}: live or plan")
    bound = _bound(target, target_key, carriers, _processes(farm_workers))
    requests = [Request(path, mode=mode, seed=seed, report_dir=report, bound=bound) for path in scenarios]
    raise SystemExit(max(_told(requests, as_json)))


@app.command()
def train(
    lesson: Annotated[Path, typer.Argument(help="a scenario file (TOML)")],
    seed: Seed = None,
    report: Reports = Path("runs"),
    centre: Annotated[
        str | None, typer.Option(help="whose seat you take; default: the first call's centre")
    ] = None,
    port: Annotated[
        int, typer.Option(help="port of the seat page; 0 takes a free one", min=0, max=65535)
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Be the operator: the scenario's callers ring at a seat page in your browser."""
    console = Console(stderr=True)

    def seat(url: str) -> None:
        console.print(
            f"\n[bold]Your seat:[/] {url}  (Ctrl-C ends the lesson)\n", soft_wrap=True, highlight=False
        )

    try:
        called = [call.centre for call in resolve(*load_scenario(lesson)).calls]
    except BadFile as error:
        _refuse(str(error))
    if centre is not None and centre not in called:
        _refuse(f"--centre {centre!r}: nobody rings there in {lesson}; {nearest(centre, set(called))}")
    bound = Bindings(person_at=centre or called[0], iccs_port=port, on_seat=seat)
    request = Request(lesson, mode="train", seed=seed, report_dir=report, bound=bound)
    raise SystemExit(max(_told([request], as_json)))


@app.command()
def up(
    parts: Annotated[
        list[str] | None, typer.Argument(help=f"which parts: {', '.join(PARTS)}; none: all")
    ] = None,
    base_port: Annotated[
        int, typer.Option(help="first of the fixed ports; 0 takes free ones", min=0, max=65500)
    ] = 0,
    seed: Annotated[int, typer.Option(help="seed of the carriers' fates", min=0)] = 113,
    farm_workers: FarmWorkers = 1,
) -> None:
    """Start parts and leave them running for a person or another system, until Ctrl-C."""
    unknown = [part for part in parts or [] if part not in PARTS]
    if unknown:
        _refuse(f"unknown part {unknown[0]!r}: valid are {', '.join(PARTS)}")
    running = leave_running(
        parts or list(PARTS), base_port, seed, _processes(farm_workers), Console(stderr=True)
    )
    try:
        raise SystemExit(asyncio.run(running))
    except KeyboardInterrupt:
        raise SystemExit(0) from None


@app.command("report")
def report_command(folder: Annotated[Path, typer.Argument(help="a run folder")]) -> None:
    """(Re)make the report and junit.xml of a run folder."""
    if not (folder / "resolved.toml").is_file():
        _refuse(f"{folder}: not a run folder (no resolved.toml in it)")
    write_junit(folder)
    typer.echo(write_report(folder))


@app.command()
def check(
    scenarios: Annotated[list[Path] | None, typer.Argument(help="scenario files (TOML)")] = None,
    schema: Annotated[bool, typer.Option(help="print the JSON Schema for editors instead")] = False,
) -> None:
    """Validate scenarios only; every mistake named with file, line and remedy."""
    if schema:
        typer.echo(json.dumps(Scenario.model_json_schema(), indent=1))
        return
    if not scenarios:
        _refuse("name at least one scenario file, or ask for --schema")
    bad = False
    for path in scenarios:
        try:
            held = contents_of(path)
        except (BadFile, NoAnswer) as error:
            bad = True
            typer.echo(error, err=True)
        else:
            typer.echo(f"{path}: good, {held}")
    raise SystemExit(BAD_USAGE if bad else 0)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """What this machine has and lacks, and how to get it."""
    raise SystemExit(examine(Console(), as_json))


app.command()(bench)

app.command("load")(load_command)
app.command("plan")(plan_command)
app.command("calibrate")(calibrate_command)
app.command("validate")(validate_command)

scenes = typer.Typer(help="What phones film.", no_args_is_help=True)
app.add_typer(scenes, name="scenes")


@scenes.command("sheet")
def sheet(
    names: Annotated[list[str] | None, typer.Argument(help="scenes; none: all")] = None,
    out: Annotated[Path, typer.Option(help="the folder to write to")] = Path("sheets"),
) -> None:
    """Contact sheets: both cameras at several times, after VP8 at 200 kbit/s, with the stamp."""
    words = ["-m", "fake_phones.scenes", *(names or []), "--out", str(out)]
    sys.exit(subprocess.run([sys.executable, *words], check=False).returncode)


def _processes(farm_workers: int) -> int:
    return min(farm_workers or len(os.sched_getaffinity(0)), FARM_WORKERS_MOST)


def _bound(target: str | None, target_key: str | None, carriers: str | None, farm_workers: int) -> Bindings:
    try:
        target = None if target is None else loopback_only(target, "--target")
        carriers = None if carriers is None else loopback_only(carriers, "--carriers")
    except Refused as error:
        _refuse(str(error))
    if target is not None and carriers is None:
        _refuse(
            "--target needs --carriers URL: the carriers that the target's SMPP is pointed at "
            "(start them with: lab113 up carriers)"
        )
    if carriers is not None and target is None:
        _refuse("--carriers goes with --target: without it the lab starts its own carriers")
    return Bindings(target=target, target_key=target_key, carriers_url=carriers, farm_workers=farm_workers)


def _told(requests: list[Request], as_json: bool) -> list[int]:
    """Run them one after the other; the exit codes. The verdicts go to standard output when `as_json`."""
    console = _console(to_stderr=as_json)
    codes, verdicts = [], []
    for request in requests:
        with Telling(console) if request.mode != "plan" else nullcontext() as telling:
            if telling is not None:
                request = _shown(request, telling)
            try:
                verdict, folder = run(request)
            except (BadFile, NotReady) as error:
                typer.echo(error, err=True)
                codes.append(BAD_USAGE)
                continue
        show_verdict(console, verdict, folder)
        codes.append(verdict.exit_code)
        verdicts.append({**verdict.as_json(), "folder": str(folder)})
        if verdict.outcome == "interrupted":
            break
    if as_json:
        json.dump(
            verdicts[0] if len(requests) == 1 and verdicts else {"runs": verdicts}, sys.stdout, indent=1
        )
        print()
    return codes


def _console(to_stderr: bool) -> Console:
    """Wide enough for the tables where the output is a file or a CI log."""
    console = Console(stderr=to_stderr)
    return console if console.is_terminal else Console(stderr=to_stderr, width=130)


def _shown(request: Request, telling: Telling) -> Request:
    return Request(
        scenario=request.scenario,
        mode=request.mode,
        seed=request.seed,
        report_dir=request.report_dir,
        bound=request.bound,
        on_record=telling.takes,
        on_begin=telling.begins,
    )


def _refuse(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise SystemExit(BAD_USAGE)


def main() -> None:
    """The `lab113` command."""
    app()
