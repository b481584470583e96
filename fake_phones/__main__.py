"""`python -m fake_phones`: a farm of handsets and viewers, driven over one WebSocket."""

import argparse
import asyncio
import gc
import json
import resource
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import cv2

import lean_rtc
from fake_phones import crowd
from fake_phones.control import application
from fake_phones.farm import Farm
from fake_phones.workers import Workers
from stand_alone import Feed, listening, parser, run

EVENTS_KEPT = 10_000  # some 10 MB


@asynccontextmanager
async def serving(
    host: str, port: int, workers: int = 1, *, anywhere: bool = False
) -> AsyncIterator[dict[str, Any]]:
    """A farm while the block runs; yields its addresses, and its worker processes when there are several."""
    feed = Feed(EVENTS_KEPT)
    async with (
        _farm(feed, workers, anywhere) as farm,
        listening(application(farm, feed), host, port) as url,
    ):
        several = {"workers": farm.facts} if isinstance(farm, Workers) else {}
        yield {"url": url, "control": f"ws{url.removeprefix('http')}/control", **several}


def _farm(feed: Feed, workers: int, anywhere: bool) -> AbstractAsyncContextManager[Farm | Workers]:
    cv2.setNumThreads(1)
    lean_rtc.self_test()
    if not anywhere:
        lean_rtc.allow_loopback()
    return Farm(feed) if workers == 1 else Workers(feed, workers, ["--anywhere"] if anywhere else [])


async def _crowd(wanted: crowd.Wanted, workers: int, anywhere: bool) -> dict[str, Any]:
    end, feed = asyncio.Event(), Feed(EVENTS_KEPT)
    for told in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(told, end.set)
    async with _farm(feed, workers, anywhere) as farm:
        return await crowd.Crowd(farm, feed, wanted).film(end, lambda line: print(line, file=sys.stderr))


def main() -> None:
    options = _options()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # two sockets a phone
    gc.freeze()  # what is imported stays: a full collection need not look at it, and pauses less
    if options.whip is None:
        serves = serving(options.host, options.port, options.workers, anywhere=options.anywhere)
        run("fake_phones", serves, forever=options.forever)
        return
    told = asyncio.run(_crowd(options.crowd, options.workers, options.anywhere))
    print(json.dumps(told))
    raise SystemExit(next(code for code, outcome in crowd.OUTCOMES.items() if outcome == told["outcome"]))


def _options() -> argparse.Namespace:
    made = parser(
        "fake_phones",
        "A farm of fake phones (callers' and ambulances') and viewers, driven over one WebSocket.",
    )
    made.add_argument("--workers", type=int, default=1, help="processes to spread phones and viewers over")
    made.add_argument(
        "--anywhere", action="store_true", help="media by the machine's real addresses, not by 127.0.0.1"
    )
    crowd.add_options(made)
    options = made.parse_args()
    if not 1 <= options.workers <= 64:
        made.error(f"--workers {options.workers}: 1 to 64")
    if options.whip is not None:
        try:
            options.crowd = crowd.wanted(options)
        except ValueError as error:
            made.error(str(error))
    return options


if __name__ == "__main__":
    main()
