"""A program that loads another one and measures itself: many connections, then one JSON object."""

import asyncio
import json
import os
import resource
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import cv2

import lean_rtc
from fake_phones.failed import Failed

Tell = Callable[[str], None]


def run(name: str, core: int | None, work: Callable[[Tell], Coroutine[Any, Any, dict[str, Any]]]) -> None:
    """Do `work` on this core, with as many open files as the system allows; it says how it goes on standard
    error. What it returns is printed; what it fails with ends the program with one line.
    """
    cv2.setNumThreads(1)
    lean_rtc.self_test()
    lean_rtc.allow_loopback()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # some sockets a connection
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        told = asyncio.run(work(lambda line: print(line, file=sys.stderr, flush=True)))
    except (Failed, TimeoutError, ValueError) as error:
        sys.exit(f"{name}: {str(error) or type(error).__name__}")
    print(json.dumps(told))
