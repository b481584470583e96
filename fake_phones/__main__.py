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
from fake_phones.board import Board
from fake_phones.control import application
from fake_phones.farm import Farm
from fake_phones.viewing.sparing_sight import FRAMES_PER_S
from fake_phones.workers import Workers
from stand_alone import Feed, listening, parser, run

EVENTS_KEPT = 10_000  # some 10 MB


@asynccontextmanager
async def serving(
    host: str,
    port: int,
    workers: int = 1,
    *,
    anywhere: bool = False,
    board: Board | None = None,
    decoded_per_s: float = FRAMES_PER_S,
) -> AsyncIterator[dict[str, Any]]:
    """A farm while the block runs; yields its addresses, and its worker processes when there are several."""
    feed = Feed(EVENTS_KEPT)
    async with (
        _farm(feed, workers, anywhere, board, decoded_per_s) as farm,
        listening(application(farm, feed), host, port) as url,
    ):
        several = {"workers": farm.facts} if isinstance(farm, Workers) else {}
        yield {"url": url, "control": f"ws{url.removeprefix('http')}/control", **several}


def _farm(
    feed: Feed,
    workers: int,
    anywhere: bool,
    board: Board | None = None,
    decoded_per_s: float = FRAMES_PER_S,
) -> AbstractAsyncContextManager[Farm | Workers]:
    cv2.setNumThreads(1)
    lean_rtc.self_test()
    if not anywhere:
        lean_rtc.allow_loopback()
    if workers == 1:
        return Farm(feed, board, decoded_per_s)
    told = ["--decoded-per-s", str(decoded_per_s), *(["--anywhere"] if anywhere else [])]
    return Workers(feed, workers, told)


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
        board = Board.shared(*options.board) if options.board else None
        how = {"anywhere": options.anywhere, "decoded_per_s": options.decoded_per_s}
        serves = serving(options.host, options.port, options.workers, board=board, **how)
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
    made.add_argument(
        "--decoded-per-s",
        type=float,
        default=FRAMES_PER_S,
        help="frames beyond key frames that a process decodes for viewers that do not decode all",
    )
    made.add_argument("--board", type=_file_and_region, help=argparse.SUPPRESS)  # of a worker, from its front
    crowd.add_options(made)
    options = made.parse_args()
    if not 1 <= options.workers <= 64:
        made.error(f"--workers {options.workers}: 1 to 64")
    if not 0 <= options.decoded_per_s <= 10_000:
        made.error(f"--decoded-per-s {options.decoded_per_s:g}: 0 to 10000")
    if options.whip is not None:
        try:
            options.crowd = crowd.wanted(options)
        except ValueError as error:
            made.error(str(error))
    return options


def _file_and_region(text: str) -> tuple[int, int]:
    file, region = map(int, text.split(","))
    return file, region


if __name__ == "__main__":
    main()
