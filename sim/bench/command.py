"""`lab113 bench`"""

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

from sim.bench.carriers import BenchError, bench_carriers
from sim.bench.phones import bench_phones
from sim.bench.relay import USUAL_LOADS, Load, bench_relay
from sim.bench.viewers import bench_viewers
from sim.live.parts import PartDied
from sim.verdict import BAD_USAGE, EXIT_CODES

Tell = Callable[[str], None]
BENCHES = ("carriers", "phones", "viewers", "relay", "planning")


def bench(
    what: Annotated[str, typer.Argument(help=f"what to measure: {', '.join(BENCHES)}")],
    messages: Annotated[int, typer.Option(help="carriers: how many SMS", min=100)] = 60_000,
    phones: Annotated[int, typer.Option(help="phones: how many lean ones", min=1)] = 600,
    viewers: Annotated[int, typer.Option(help="viewers: how many that decode by a budget", min=1)] = 300,
    load: Annotated[
        list[Load] | None,
        typer.Option(
            parser=Load.read,
            metavar="PHONESxVIEWERS",
            help="relay: phones, and viewers of each; again for a further one  [default: 30x1 and 4x10]",
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(help="phones, viewers, relay: for how long", min=1)] = 20,
    years: Annotated[int, typer.Option(help="planning: told of the sweep of 1 000 years", min=1)] = 6,
    as_json: Annotated[
        bool, typer.Option("--json", help="the answer as one JSON object on standard output")
    ] = False,
) -> None:
    """Measure what this machine can do with real parts. It is busy meanwhile: do nothing else on it."""
    if what not in BENCHES:
        typer.echo(f"unknown bench {what!r}: valid are {', '.join(BENCHES)}", err=True)
        raise SystemExit(BAD_USAGE)

    def tell(line: str) -> None:
        typer.echo(line, err=True)

    benches = {
        "carriers": lambda: bench_carriers(messages, tell),
        "phones": lambda: _phones_and_viewers(phones, viewers, seconds, tell),
        "viewers": lambda: bench_viewers(viewers, seconds, tell),
        "relay": lambda: bench_relay(load or USUAL_LOADS, seconds, tell),
    }
    try:
        measured = _planning(years, tell) if what == "planning" else asyncio.run(benches[what]())
    except (BenchError, PartDied) as error:
        typer.echo(str(error), err=True)
        raise SystemExit(EXIT_CODES["crashed"]) from None
    if as_json:
        typer.echo(json.dumps(measured))
    else:
        for name, value in measured.items():
            typer.echo(f"{name:32} {value}")
    raise SystemExit(0 if _proved(what, measured, messages) else EXIT_CODES["failed"])


async def _phones_and_viewers(phones: int, viewers: int, seconds: float, tell: Tell) -> dict[str, Any]:
    measured = await bench_phones(phones, seconds, tell)
    looked = await bench_viewers(viewers, seconds, tell)
    right = measured["stamps_right"] and looked["stamps_right"]
    return {
        **measured,
        "viewers_per_core": looked["viewers_per_core"],
        "stamps_right": right,
        "viewers": looked,
    }


def _planning(years: int, tell: Tell) -> dict[str, Any]:
    try:
        from sim.bench.planning import bench_planning
    except ModuleNotFoundError as error:
        typer.echo(f"planning needs {error.name}: pip install 'lab113[plan]'", err=True)
        raise SystemExit(BAD_USAGE) from None
    return bench_planning(tell, years)


def _proved(what: str, measured: dict[str, Any], messages: int) -> bool:
    match what:
        case "carriers":
            return bool(measured["receipts"] == messages)
        case "planning":
            return bool(measured["agree"])
    return bool(measured["stamps_right"] and measured.get("nothing_lost", True))
