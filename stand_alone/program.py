"""Run a part as a program: one ready line, then serve until told to end."""

import argparse
import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TextIO

from stand_alone.listening import PortTaken

CRASHED = 4

Hear = Callable[[bytes], None]


def parser(name: str, what: str) -> argparse.ArgumentParser:
    """An argument parser with the options that every part has."""
    made = argparse.ArgumentParser(
        prog=f"python -m {name}",
        description=what,
        epilog="Prints one JSON line when it is ready and ends when its standard input closes.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    made.add_argument("--host", default="127.0.0.1", help="address to listen on")
    made.add_argument("--port", type=port, default=0, help="port to listen on; 0 takes a free one")
    made.add_argument(
        "--forever", action="store_true", help="go on when standard input closes; end on a signal only"
    )
    return made


def port(text: str) -> int:
    """A port from a command line: 0 (a free one) to 65535."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)


def run(
    name: str,
    serving: AbstractAsyncContextManager[dict[str, Any]],
    *,
    forever: bool = False,
    hear: Hear | None = None,
) -> None:
    """Enter `serving`, print the facts it yields as one JSON line, and stay until the end is told.

    The end is a closed standard input (unless `forever`), SIGINT or SIGTERM. Until then `hear` gets each line
    of it; what is no line within 64 KiB comes in pieces. A port that is taken ends the program with code 4
    and one line that says so.
    """
    try:
        asyncio.run(_serve(name, serving, forever, hear))
    except PortTaken as error:
        print(f"{name}: {error}", file=sys.stderr)
        raise SystemExit(CRASHED) from None


async def _serve(
    name: str,
    serving: AbstractAsyncContextManager[dict[str, Any]],
    forever: bool,
    hear: Hear | None,
) -> None:
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for told in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(told, end.set)
    async with serving as facts:
        print(json.dumps({"part": name, **facts}), flush=True)
        if forever:
            await end.wait()
        else:
            await _until_stdin_closes_or(end, hear)


async def _until_stdin_closes_or(end: asyncio.Event, hear: Hear | None) -> None:
    loop = asyncio.get_running_loop()
    if not _can_be_waited_for(sys.stdin):
        print("standard input is closed: ending; --forever goes on without it", file=sys.stderr)
        return
    reader = asyncio.StreamReader()
    pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    closed = asyncio.create_task(_heard(reader, hear or (lambda line: None)))
    told = asyncio.create_task(end.wait())
    await asyncio.wait({closed, told}, return_when=asyncio.FIRST_COMPLETED)
    closed.cancel()
    told.cancel()
    pipe.close()


def _can_be_waited_for(stdin: TextIO | None) -> bool:
    """False for a standard input that is at its end already: none at all, a plain file, /dev/null."""
    if stdin is None:
        return False
    mode = os.fstat(stdin.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stdin.isatty()


async def _heard(reader: asyncio.StreamReader, hear: Hear) -> None:
    """Returns when the reader is at its end."""
    while True:
        try:
            line = await reader.readuntil()
        except asyncio.IncompleteReadError as rest:
            if rest.partial:
                hear(rest.partial)
            return
        except asyncio.LimitOverrunError as over:
            line = await reader.read(over.consumed)
        hear(line)
