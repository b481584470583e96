"""`lab113 bench`"""

import asyncio
import json
from typing import Annotated

import typer

from sim.bench.carriers import BenchError, bench_carriers
from sim.bench.phones import bench_phones
from sim.bench.relay import USUAL_LOADS, Load, bench_relay
from sim.bench.viewers import bench_viewers
from sim.live.parts import PartDied
from sim.verdict import BAD_USAGE, EXIT_CODES

BENCHES = ("carriers", "phones", "viewers", "relay")


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
    seconds: Annotated[float, typer.Option(help="all but carriers: for how long", min=1)] = 20,
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
        "phones": lambda: bench_phones(phones, seconds, tell),
        "viewers": lambda: bench_viewers(viewers, seconds, tell),
        "relay": lambda: bench_relay(load or USUAL_LOADS, seconds, tell),
    }
    try:
        measured = asyncio.run(benches[what]())
    except (BenchError, PartDied) as error:
        typer.echo(str(error), err=True)
        raise SystemExit(EXIT_CODES["crashed"]) from None
    if as_json:
        typer.echo(json.dumps(measured))
    else:
        for name, value in measured.items():
            typer.echo(f"{name:32} {value}")
    proved = measured["receipts"] == messages if what == "carriers" else measured["stamps_right"]
    raise SystemExit(0 if proved and measured.get("nothing_lost", True) else EXIT_CODES["failed"])
