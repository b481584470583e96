"""A stand-in for `python -m sim.load.conductor`: each call it is told lasts as long as the plot says."""

import heapq
import json
import os
import select
import sys
import time
from pathlib import Path


def say(**word: object) -> None:
    os.write(1, json.dumps(word).encode() + b"\n")


def main() -> None:
    plot = json.loads(Path(os.environ["LAB113_LOAD_TOKEN"]).read_text())
    calls = plot["calls"]
    name = sys.argv[sys.argv.index("--name") + 1]
    log = Path(os.environ["LAB113_LOAD_TOKEN"]).parent / f"conductor-{name[-6:]}-{os.getpid()}.told"
    at_s = [plot["seconds"] * i / calls for i in range(calls)]
    if plot.get("backwards"):  # entries of a scenario stand in the order of its file
        at_s.reverse()
    say(ready=True, digest=plot.get("conductor_digest", "d"), at_s=at_s)
    live: list[tuple[float, int]] = []
    ordered = []
    began, ending, buffer = None, False, b""
    while True:
        wait = max(0.0, min(0.2, live[0][0] - time.monotonic())) if live else 0.2
        heard, _, _ = select.select([0], [], [], wait)
        if heard:
            more = os.read(0, 65536)
            if not more:
                break
            *lines, buffer = (buffer + more).split(b"\n")
            for order in map(json.loads, lines):
                if order["do"] == "begin":
                    began = order["t0_monotonic_s"]
                    say(begun={"t0_monotonic_s": began})
                elif order["do"] == "tell":
                    ordered.append(order["call"])
                    heapq.heappush(live, (time.monotonic() + plot.get("lasts_s", 0.5), order["call"]))
                elif order["do"] == "end":
                    ending = True
        now = time.monotonic()
        while live and live[0][0] <= now:
            _, call = heapq.heappop(live)
            ok = call % 100 != 7
            say(
                told=call,
                line="113",
                outcome="seen" if ok else "not_seen",
                ordained="seen",
                ok=ok,
                detail="",
                lateness_s=0.001,
                lasted_s=1.0,
            )
            if call in plot.get("twice", []):
                say(told=call, line="113", outcome="seen", ordained="seen", ok=True, detail="")
        if began is not None and now > began + plot.get("conductor_dies_at_s", 1e9):
            os._exit(9)
        if ending and not live:
            say(ended={})
            break
    log.write_text(json.dumps(ordered))


main()
