"""Bounded waits, and ports that nobody holds."""

import contextlib
import socket
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")


def until(what: str, look: Callable[[], T], within_s: float = 20.0, every_s: float = 0.05) -> T:
    """What `look` returns once that is true; fails the test, naming `what`, when it takes too long."""
    give_up_at = time.monotonic() + within_s
    while not (seen := look()):
        if time.monotonic() > give_up_at:
            pytest.fail(f"waited {within_s:g} s in vain: {what}; last seen: {seen!r}")
        time.sleep(every_s)
    return seen


def free_ports(n: int) -> list[int]:
    """`n` ports of 127.0.0.1 that are free now; held all at once, so that no two are the same."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(n)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
