"""Locust as a subprocess of `lab113 load`: started, heard, interrupted, waited for."""

import json
import os
import select
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Any

LOOK_S = 0.5

Tell = Callable[[dict[str, Any]], None]


def follow(argv: list[str], keys: dict[str, str], tell: Tell, interrupts_max: int) -> int:
    """Run locust to its end; its exit code. `tell` gets each word of progress.

    Ctrl-C is passed on so many times; then locust is killed, and its children end by their standard input.
    """
    ear, mouth = os.pipe()
    try:
        process = subprocess.Popen(
            [*argv, "--progress-fd", str(mouth)],
            env={**os.environ, **keys},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # locust's tables: --html, --csv
            pass_fds=(mouth,),
            start_new_session=True,  # Ctrl-C comes here, and goes to the master alone
        )
    finally:
        os.close(mouth)
    interrupts, heard = 0, b""
    try:
        while True:
            try:
                ended = process.poll() is not None
                heard = _tell_all(heard + _read(ear, 0 if ended else LOOK_S), tell)
                if ended:
                    return process.returncode
            except KeyboardInterrupt:
                interrupts += 1
                if interrupts > interrupts_max:
                    raise
                process.send_signal(signal.SIGINT)
    except KeyboardInterrupt:
        return -signal.SIGINT
    finally:
        os.close(ear)
        with suppress(ProcessLookupError):  # workers that were forked, too
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _read(ear: int, s_max: float) -> bytes:
    heard = b""
    while select.select([ear], [], [], 0 if heard else s_max)[0]:
        more = os.read(ear, 65536)
        if not more:  # locust has closed it, and ends
            select.select([], [], [], s_max)
            break
        heard += more
    return heard


def _tell_all(heard: bytes, tell: Tell) -> bytes:
    """What is left of a line that has not ended."""
    *lines, rest = heard.split(b"\n")
    for line in lines:
        tell(json.loads(line))
    return rest
