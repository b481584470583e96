"""A child program of a locust process: it takes orders and says words, both as JSON lines (gevent)."""

import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from typing import Any

import gevent
from gevent import subprocess
from gevent.event import AsyncResult
from gevent.lock import RLock

STOP_S_MAX = 8.0

Word = dict[str, Any]


class ChildLost(Exception):
    """A child ended unasked, was not ready in time, refused, or said what is no word."""


class Child:
    """`hear` gets each word but the first; `lost` gets a text once, when the child ends before `stop`."""

    def __init__(self, name: str, hear: Callable[[Word], None], lost: Callable[[str], None]) -> None:
        self.name = name
        self._hear, self._lost = hear, lost
        self._process: subprocess.Popen | None = None
        self._ready: AsyncResult = AsyncResult()
        self._writing = RLock()
        self._stopping = False

    def start(self, argv: list[str], keys: Mapping[str, str]) -> None:
        """`keys` go into its environment: they are not for every process list."""
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **keys},
            start_new_session=True,  # Ctrl-C is locust's to hear; it stops its children in order
        )
        gevent.spawn(self._read, self._process)

    @property
    def has_answered(self) -> bool:
        """Whether `ready` returns or raises at once."""
        return bool(self._ready.ready())

    def ready(self, s_max: float) -> Word:
        """Its first word. Raises ChildLost."""
        try:
            return dict(self._ready.get(timeout=s_max))
        except gevent.Timeout:
            raise ChildLost(f"the {self.name} was not ready within {s_max:g} s") from None

    def order(self, do: str, **more: Any) -> None:
        """Tell it to do something. A child that is gone is told by `lost`, not here."""
        if self._process is None or self._stopping:
            return
        line = json.dumps({"do": do, **more}).encode() + b"\n"
        try:
            with self._writing:  # a write may yield in the middle of a line
                self._process.stdin.write(line)
                self._process.stdin.flush()
        except (OSError, ValueError):  # a broken pipe; closed meanwhile
            return

    def ended(self, s_max: float) -> int | None:
        """Wait until it has ended by itself, as it was told to: its code, or None when it stays."""
        self._stopping = True
        return self._process.returncode if self._process is not None and self._gone(s_max) else None

    def stop(self) -> None:
        """Close its standard input and wait; what stays is terminated, then killed."""
        self._stopping = True
        if self._process is None:
            return
        ends = (self._close, self._process.terminate, self._process.kill)
        for end in ends:
            if self._gone(0):
                break
            end()
            self._gone(STOP_S_MAX)
        self._close()

    def _gone(self, s_max: float) -> bool:
        assert self._process is not None
        try:
            self._process.wait(timeout=s_max)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _close(self) -> None:
        assert self._process is not None
        with gevent.Timeout(1.0, False):
            try:
                self._process.stdin.close()
            except (OSError, ValueError):
                return

    def _read(self, process: subprocess.Popen) -> None:
        why = ""
        try:
            for line in process.stdout:
                word = json.loads(line)
                if self._ready.ready():
                    self._hear(word)
                else:
                    self._stopping = "refused" in word  # then it ends
                    self._ready.set(word)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            why = f"the {self.name} said what is no word of it: {error!r}"
        except OSError as error:
            why = f"the {self.name} cannot be heard: {error}"
        if not why and not self._gone(STOP_S_MAX):
            why = f"the {self.name} closed its standard output"
        why = why or f"the {self.name} ended with code {process.returncode}"
        if not self._ready.ready():
            self._ready.set_exception(ChildLost(why))
        elif not self._stopping:
            self._lost(why)


def program(module: str, instead: str) -> list[str]:
    """The argv of a child: `python -m MODULE`, or what the environment variable `instead` says."""
    return shlex.split(os.environ.get(instead, "")) or [sys.executable, "-m", module]
