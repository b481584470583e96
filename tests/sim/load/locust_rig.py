"""Locust as a subprocess, with stand-ins for the country and the conductors.

`import locust` patches the whole process, so pytest never imports it.
"""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
LOCUSTFILE = str(ROOT / "scenarios" / "locustfile.py")
LIMIT_S = 90.0


@dataclass(frozen=True)
class Test:
    """A running locust, in a folder of its own that marks all its processes."""

    process: "subprocess.Popen[str]"
    folder: Path

    def ends(self) -> int:
        """The exit code; the test fails when it hangs, or when a process of it stays."""
        code = self.process.wait(LIMIT_S)
        self.leaves_nothing()
        return code

    def leaves_nothing(self) -> None:
        wait_until(lambda: not self.processes(), f"processes are left: {self.processes()}")

    def processes(self, word: str = "") -> dict[int, str]:
        """Of this test, by id: those whose environment has its mark and whose command line has the word."""
        found = {}
        for path in Path("/proc").iterdir():
            try:
                environment, command = (path / "environ").read_bytes(), (path / "cmdline").read_bytes()
            except OSError:
                continue
            if f"LAB113_TEST={self.folder}".encode() in environment and word.encode() in command:
                found[int(path.name)] = command.replace(b"\0", b" ").decode()
        return found

    def kill(self, word: str, but: set[int] | None = None) -> None:
        """SIGKILL one of its processes."""
        pid = min(set(self.processes(word)) - (but or set()))
        os.kill(pid, signal.SIGKILL)

    def runs(self) -> None:
        """Wait until calls are live: the conductors are there and time has begun."""
        wait_until(lambda: self.processes("stand_in_conductor"), "no conductor was started")
        time.sleep(3)

    @property
    def ordered(self) -> list[int]:
        """The calls that conductors were told, in any order."""
        return [n for told in self.folder.glob("*.told") for n in json.loads(told.read_text())]

    @property
    def end(self) -> dict[str, Any]:
        """What the country was told at the end."""
        return dict(json.loads((self.folder / "runs" / "run" / "accounts.json").read_text()))

    def rows(self) -> dict[str, dict[str, str]]:
        """Locust's table, by name."""
        with (self.folder / "csv_stats.csv").open() as file:
            return {row["Name"]: row for row in csv.DictReader(file)}


@contextmanager
def locust(folder: Path, plot: dict[str, Any], *words: str, headless: bool = True) -> Iterator[Test]:
    """`locust -f scenarios/locustfile.py` on the plot: `calls` in `seconds`, and mischief."""
    scenario = folder / "plot.json"
    scenario.write_text(json.dumps(plot))
    argv = [
        *(sys.executable, "-m", "locust", "-f", LOCUSTFILE),
        *("--scenario", str(scenario), "--report", str(folder / "runs"), "--csv", str(folder / "csv")),
        *(["--headless", "--only-summary"] if headless else []),
        *words,
    ]
    with started(folder, argv) as test:
        yield test


@contextmanager
def started(folder: Path, argv: list[str]) -> Iterator[Test]:
    """A process with the stand-ins in its environment; whatever the test did, nothing is left after."""
    with (folder / "log.txt").open("a") as log:
        process = subprocess.Popen(
            argv,
            env=environment(folder),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    test = Test(process, folder)
    try:
        yield test
    finally:
        for pid in test.processes():
            os.kill(pid, signal.SIGKILL)
        process.wait(LIMIT_S)
        assert process.stdout is not None
        process.stdout.close()


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "LAB113_TEST": str(folder),
        "LAB113_LOAD_COUNTRY": f"{sys.executable} {HERE / 'stand_in_country.py'}",
        "LAB113_LOAD_CONDUCTOR": f"{sys.executable} {HERE / 'stand_in_conductor.py'}",
        "PYTHONPATH": str(ROOT),
    }


def wait_until(is_so: Callable[[], object], else_: str, s_max: float = 30.0) -> None:
    give_up_at = time.monotonic() + s_max
    while not is_so():
        assert time.monotonic() < give_up_at, else_
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
