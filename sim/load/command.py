"""`lab113 load`: a scenario's calls for real, at volume; a thin front that starts locust and relays it."""

import importlib.util
import json
import os
import socket
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from sim.checks.judge import Judged
from sim.load.front import follow
from sim.telling import show_verdict
from sim.verdict import BAD_USAGE, EXIT_CODES, Gate, Verdict

LOCUSTFILE = Path(__file__).parents[2] / "scenarios" / "locustfile.py"
WEB = "http://127.0.0.1:8089"


def load_command(
    scenario: Annotated[Path | None, typer.Argument(help="a scenario file (TOML)")] = None,
    workers: Annotated[int, typer.Option(help="locust workers on this machine", min=1, max=64)] = 1,
    seed: Annotated[int | None, typer.Option(help="instead of the scenario's own", min=0)] = None,
    report: Annotated[Path, typer.Option(help="where the run folder goes")] = Path("runs"),
    farm_workers: Annotated[
        int, typer.Option(help="media processes of each worker; 0: one for each core", min=0, max=64)
    ] = 1,
    web: Annotated[bool, typer.Option("--web", help=f"locust's web UI on {WEB}, until Ctrl-C")] = False,
    html: Annotated[Path | None, typer.Option(help="locust's own report, too")] = None,
    csv: Annotated[str | None, typer.Option(help="locust's own tables, too: prefix of the files")] = None,
    host: Annotated[
        str, typer.Option(help="this machine's private address, for workers on others")
    ] = "127.0.0.1",
    expect_workers: Annotated[
        int, typer.Option(help="start none here: wait for so many, each `lab113 load --worker`", min=0)
    ] = 0,
    arrivals_only: Annotated[
        bool, typer.Option("--arrivals-only", help="place the calls, tell no story")
    ] = False,
    target: Annotated[str | None, typer.Option(help="another video service, by its URL")] = None,
    target_key: Annotated[
        str | None, typer.Option(envvar="LAB113_TARGET_KEY", help="the control room's key at the target")
    ] = None,
    carriers: Annotated[str | None, typer.Option(help="carriers that run already, by their URL")] = None,
    worker: Annotated[bool, typer.Option("--worker", help="be a worker of another machine's load")] = False,
    master: Annotated[str, typer.Option(help="with --worker: that machine's address")] = "127.0.0.1",
    as_json: Annotated[bool, typer.Option("--json", help="the verdict as one JSON object")] = False,
) -> None:
    """Place a scenario's calls at their moment, for real, through locust; judge what became of them."""
    if importlib.util.find_spec("locust") is None:
        _refuse("load needs locust: pip install 'lab113[load]'")
    if worker == (scenario is not None):
        _refuse(
            "say which calls to place (lab113 load SCENARIO), "
            "or be a worker (lab113 load --worker --master HOST)"
        )
    try:
        socket.create_server((host, 0)).close()
    except OSError as error:
        _refuse(f"--host {host}: {error.strerror or error}; give an address of this machine")
    count = ["--processes", str(workers)] if workers > 1 else []
    farm = ["--farm-workers", str(farm_workers or len(os.sched_getaffinity(0)))]
    if worker:
        argv = ["--worker", "--master-host", master, *count]
    else:
        optional = {"--seed": seed, "--target": target, "--carriers": carriers, "--html": html, "--csv": csv}
        argv = [
            *("--scenario", str(scenario), "--report", str(report), *farm),
            *("--country-host", host, "--master-bind-host", host),
            *(word for name, value in optional.items() if value is not None for word in (name, str(value))),
            *(["--arrivals-only"] if arrivals_only else []),
            *(
                ["--master", "--expect-workers", str(expect_workers)]
                if expect_workers
                else [*count, *_port(workers)]
            ),
            *(["--autostart"] if web else ["--headless", "--only-summary"]),
        ]
    keys = {"LAB113_TARGET_KEY": target_key} if target_key else {}
    console = Console(stderr=as_json, width=None if sys.stdout.isatty() else 130)
    if web:
        console.print(f"[bold]Web UI:[/] {WEB}  (Ctrl-C ends the load, once more leaves)", highlight=False)
    raise SystemExit(_told(argv, keys, console, as_json, interrupts_max=2 if web else 1))


def _port(workers: int) -> list[str]:
    """Where this machine's own workers meet their master: a free port, so that two loads do not meet."""
    if workers == 1:
        return []
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    return ["--master-bind-port", port, "--master-port", port]


def _told(argv: list[str], keys: dict[str, str], console: Console, as_json: bool, interrupts_max: int) -> int:
    last: dict[str, Any] = {}

    def tell(word: dict[str, Any]) -> None:
        nonlocal last
        if word["prometheus"] and not last.get("prometheus"):
            console.print(f"   for Prometheus: {word['prometheus']}", highlight=False, soft_wrap=True)
        over_before, last = last.get("over", False), word
        if word["over"] and not over_before:
            _show(console, Path(word["folder"]) if word["folder"] else None, as_json)
            if word["trouble"]:
                console.print(f"load ended with code {word['exit_code']}: {word['trouble']}", markup=False)
        elif not word["over"]:
            console.print(_in_words(word), highlight=False, soft_wrap=True)

    locust = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--skip-log-setup"]  # warnings only
    code = follow([*locust, *argv], keys, tell, interrupts_max)
    if code < 0:  # by a signal
        console.print(f"locust ended by signal {-code}")
        return EXIT_CODES["interrupted"] if code == -2 else EXIT_CODES["crashed"]
    return code


def _in_words(word: dict[str, Any]) -> str:
    if not word["t_s"]:
        return "   … the country gets ready" + (f": {word['calls']} calls" if word["calls"] else "")
    figures = [
        f"{word['arrived']} of {word['calls']} arrived",
        *(f"{word[name]} {name}" for name in ("live", "seen", "failed")),
        f"lateness p99 {word['arrival_lateness_ms_p99']:.1f} ms",
    ]
    return f"{word['t_s']:6.0f} s  {' · '.join(figures)}"


def _show(console: Console, folder: Path | None, as_json: bool) -> None:
    """The verdict of a run folder; nothing where there is none."""
    if folder is None or not (folder / "verdict.json").is_file():
        console.print("[bold red]no verdict[/]: nothing was judged")
        return
    told = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    show_verdict(console, _verdict(told), folder)
    if as_json:
        print(json.dumps({**told, "folder": str(folder)}, indent=1))


def _verdict(told: dict[str, Any]) -> Verdict:
    """From the object of `verdict.json`."""
    checks = [Judged(**{**check, "measured": _number(check["measured"])}) for check in told["checks"]]
    gates = [
        Gate(gate["name"], _number(gate["measured"]) or 0.0, gate["limit"], gate["unit"])
        for gate in told["gates"]
    ]
    names = ("scenario", "title", "mode", "seed", "outcome", "metrics", "journal_hash", "repeat", "reason")
    return Verdict(
        checks=tuple(checks),
        gates=tuple(gates),
        not_covered=tuple(told["not_covered"]),
        **{name: told[name] for name in names},
    )


def _number(value: Any) -> float | None:
    return float("inf") if value == "infinite" else value


def _refuse(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise SystemExit(BAD_USAGE)
