"""A stand-in for `python -m sim.load.country`: it speaks the protocol and starts nothing.

What it shall do stands in the scenario, which here is JSON: calls, seconds, and mischief.
"""

import json
import os
import select
import sys
import time
from pathlib import Path


def say(**word: object) -> None:
    print(json.dumps(word), flush=True)


def main() -> None:
    scenario = Path(sys.argv[1])
    plot = json.loads(scenario.read_text())
    folder = Path(sys.argv[sys.argv.index("--report") + 1]) / "run"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"country-{os.getpid()}.argv").write_text(json.dumps(sys.argv))
    if "refused" in plot:
        say(refused=plot["refused"], exit_code=2)
        return
    say(
        ready=True,
        url="ws://127.0.0.1:9",
        token=str(scenario),
        calls=plot["calls"],
        digest="d",
        folder=str(folder),
        live_max=plot.get("live_max", 400),
    )
    began = None
    while True:
        heard, _, _ = select.select([sys.stdin], [], [], 0.2)
        if heard:
            line = sys.stdin.readline()
            if not line:
                return
            order = json.loads(line)
            if order["do"] == "begin":
                began = order["t0_monotonic_s"]
            if order["do"] == "end":
                break
        if began is None:
            continue
        say(samples={"setup_s": [0.3, 0.5], "time_to_video_s": [20.0, float("inf")]}, counts={"seen": 2})
        say(samples={"freeze_ratio": [0.01]})
        for mischief in ("broken", "enough"):
            if mischief in plot and time.monotonic() - began > plot[mischief]["at_s"]:
                say(**{mischief: plot.pop(mischief)["why"]})
        if "country_dies_at_s" in plot and time.monotonic() - began > plot["country_dies_at_s"]:
            os._exit(9)
    (folder / "accounts.json").write_text(json.dumps(order))
    if plot.get("no_verdict"):
        return
    code = 130 if order["reason"] == "interrupted" else plot.get("exit_code", 0)
    outcome = {0: "passed", 1: "failed", 3: "invalid", 4: "crashed", 130: "interrupted"}[code]
    verdict = {
        "scenario": scenario.name,
        "title": "a stand-in",
        "mode": "load",
        "seed": 1,
        "outcome": outcome,
        "checks": [{"name": "pictures", "outcome": "passed", "measured": "infinite", "limit": ">= 1"}],
        "gates": [{"name": "hub", "measured": 0.001, "limit": 0.05, "unit": "s", "held": True}],
        "metrics": {"calls": plot["calls"]},
        "journal_hash": None,
        "not_covered": [],
        "repeat": "lab113 load x",
        "reason": order["reason"] or "",
    }
    (folder / "verdict.json").write_text(json.dumps(verdict))
    say(verdict=verdict, exit_code=code, folder=str(folder))


main()
