"""`lab113 load`: what it refuses, what it tells, what it leaves."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from locust_rig import ROOT, started
from typer.testing import CliRunner

from sim.cli import app

LAB = [sys.executable, "-m", "sim"]


def plotted(folder: Path, plot: dict[str, Any], *words: str) -> list[str]:
    (folder / "plot.json").write_text(json.dumps(plot))
    return [*LAB, "load", str(folder / "plot.json"), "--report", str(folder / "runs"), *words]


@pytest.mark.slow
def test_it_tells_progress_and_the_verdict(tmp_path: Path) -> None:
    with started(tmp_path, plotted(tmp_path, {"calls": 60, "seconds": 3}, "--json")) as test:
        assert test.process.stdout is not None
        told = json.loads(test.process.stdout.read())
        assert test.ends() == 0
    assert told["outcome"] == "passed"
    assert told["folder"] == str(tmp_path / "runs" / "run")
    said = (tmp_path / "log.txt").read_text()
    assert "of 60 arrived" in said
    assert "passed · exit code 0" in said


@pytest.mark.long
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_is_passed_on(tmp_path: Path, workers: str) -> None:
    argv = plotted(tmp_path, {"calls": 300, "seconds": 30}, "--workers", workers)
    with started(tmp_path, argv) as test:
        test.runs()
        test.process.send_signal(signal.SIGINT)
        assert test.ends() == 130
        assert test.process.stdout is not None
        assert "interrupted · exit code 130" in test.process.stdout.read()


@pytest.mark.long
def test_killed_it_leaves_nothing(tmp_path: Path) -> None:
    with started(tmp_path, plotted(tmp_path, {"calls": 300, "seconds": 30}, "--workers", "2")) as test:
        test.runs()
        test.process.kill()
        test.process.wait()
        test.leaves_nothing()
    assert test.end["reason"] == "interrupted"


@pytest.mark.long
def test_a_worker_of_its_own_joins(tmp_path: Path) -> None:
    argv = plotted(tmp_path, {"calls": 100, "seconds": 3}, "--expect-workers", "1")
    with (
        started(tmp_path, argv) as test,
        started(tmp_path, [*LAB, "load", "--worker"]) as worker,
    ):
        assert worker.process.wait(60) == 0
        assert test.ends() == 0
    assert sorted(test.ordered) == list(range(100))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say which calls to place"),
        (["--worker", "plot.toml"], "say which calls to place"),
    ],
)
def test_refused(words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["load", *words])
    assert done.exit_code == 2
    assert said in done.stderr


def test_without_locust_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = CliRunner().invoke(app, ["load", "plot.toml"])
    assert done.exit_code == 2
    assert "pip install 'lab113[load]'" in done.stderr


def test_the_command_line_does_not_import_locust() -> None:
    code = "import sim.cli, sys; sys.exit(any(m.split('.')[0] in ('locust', 'gevent') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
