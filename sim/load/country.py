"""The country under load: the parts that all calls share, the one journal, and at the end the verdict.

A program: `python -m sim.load.country SCENARIO`. It speaks JSON lines (`lines.py`) with locust's master:
orders `begin`, `end`; words `ready`, `samples` each second, `enough`, `broken`, last the verdict. When its
standard input closes before that, the run counts as interrupted, is judged all the same, and ends.
"""

import argparse
import asyncio
import os
import signal
from pathlib import Path

from sim.live.bindings import Bindings
from sim.live.preflight import NotReady
from sim.load.lines import Spoken
from sim.load.run import Run
from sim.reading import BadFile
from sim.request import Request
from sim.verdict import BAD_USAGE, Verdict

TARGET_KEY = "LAB113_TARGET_KEY"


def main() -> int:
    options = _words().parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # locust hears it, and ends us in order
    spoken = Spoken()
    bound = Bindings(
        target=options.target,
        target_key=os.environ.get(TARGET_KEY),
        carriers_url=options.carriers,
        host=options.host,
    )
    request = Request(
        options.scenario, mode="load", seed=options.seed, report_dir=options.report, bound=bound
    )

    async def lives() -> Verdict:
        return await Run(request, options.arrivals_only, spoken).lives()

    try:
        return asyncio.run(lives()).exit_code
    except (BadFile, NotReady) as error:
        spoken.say(refused=str(error), exit_code=BAD_USAGE)
        return BAD_USAGE


def _words() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(prog="python -m sim.load.country", description=__doc__)
    words.add_argument("scenario", type=Path)
    words.add_argument("--seed", type=int, help="instead of the scenario's own")
    words.add_argument("--report", type=Path, default=Path("runs"), help="where the run folder goes")
    words.add_argument("--host", help="the address that all parts listen at; left out: loopback")
    words.add_argument("--target", help="another video service, by its URL")
    words.add_argument("--carriers", help="carriers that run already, for a target")
    words.add_argument("--arrivals-only", action="store_true", help="no parts and no phones")
    return words


if __name__ == "__main__":
    raise SystemExit(main())
