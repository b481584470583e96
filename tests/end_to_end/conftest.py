"""The lab as a person runs it: the command line in a process of its own, and a look for what it leaves."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRST_CALL = ROOT / "scenarios" / "ci" / "first-call.toml"


class CommandLine:
    """Starts commands that carry a mark in their environment, so that whatever they leave can be found."""

    def __init__(self) -> None:
        self.mark = uuid.uuid4().hex
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        """A command of this Python (`-m …`), its output piped; it is stopped at the end of the test."""
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env={**os.environ, "LAB113_TEST_MARK": self.mark, "PYTHONUNBUFFERED": "1", **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._started.append(process)
        return process

    def lab113(self, *words: str, limit_s: float = 150, **env: str) -> tuple[int, str]:
        """Run `lab113 …` to its end; exit code and all it said."""
        process = self.start("sim", *words, **env)
        said, _ = process.communicate(timeout=limit_s)
        return process.returncode, said

    def left_behind(self) -> list[str]:
        """Command lines of living processes that carry the mark."""
        found = []
        for proc in Path("/proc").glob("[0-9]*"):
            try:
                marked = self.mark.encode() in (proc / "environ").read_bytes()
                words = (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if marked and words:
                found.append(words)
        return found

    def stop(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.terminate()
                try:
                    process.communicate(timeout=20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


@pytest.fixture
def command_line() -> Iterator[CommandLine]:
    """At the end, nothing that was started may still live."""
    made = CommandLine()
    try:
        yield made
    finally:
        made.stop()
    assert made.left_behind() == []


@pytest.fixture
def first_call() -> Path:
    return FIRST_CALL
