"""Load with real parts, broken on purpose: never passed, nothing hangs, nothing is left running."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SMALL = """
title = "A small load"
seed = 7
pace = "condensed"
decode = "budget"

[nation]
seats_at_least = 20

[condensed]
wait_s_median = 0.3
hold_s_median = 3.0
sms_s_median = 0.3

[[calls]]
kind = "burst"
at_s = 1
count = {count}
over_s = {over_s}
line = "113"
centre = ["AMK Oslo", "AMK Bergen"]
caller = {{ phone = "lean", scene = "test-card", carrier = "telia", patience_s = 60 }}
operator = {{ gives_up_after_s = 8 }}
outcome = "seen"

[limits]
farm_lag_s = 3
clock_lag_s = 3
arrival_lateness_s_p99 = 1
hub_lag_s_p99 = 1

[[checks]]
metric = "sessions_completed"
equals = {count}
"""


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Path]:
    def write(more: str = "", count: int = 16, over_s: int = 8) -> Path:
        path = tmp_path / "small.toml"
        path.write_text(SMALL.format(count=count, over_s=over_s) + more)
        return path

    return write


def verdict(runs: Path) -> dict[str, Any]:
    (folder,) = runs.iterdir()
    told: dict[str, Any] = json.loads((folder / "verdict.json").read_text())
    return told


def marked(command_line: Any, words: str) -> list[int]:
    """Ids of this test's processes whose command line has these words."""
    found = []
    for proc in Path("/proc").glob("[0-9]*"):
        try:
            mine = command_line.mark.encode() in (proc / "environ").read_bytes()
            said = (proc / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if mine and words in said:
            found.append(int(proc.name))
    return sorted(found)


def begun(command_line: Any, process: subprocess.Popen[str], runs: Path, calls: int) -> None:
    """Wait until so many calls have rung."""
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        assert process.poll() is None, process.communicate()
        for journal in runs.glob("*/journal.jsonl"):
            if journal.read_text().count('"call.placed"') >= calls:
                return
        time.sleep(0.2)
    raise AssertionError("the load did not begin in time")


def broken(command_line: Any, scenario: Path, runs: Path, *kill: str, options: tuple[str, ...] = ()) -> int:
    """Start the load, kill the last of the processes of these words once it runs; the exit code."""
    process = command_line.start("sim", "load", str(scenario), "--report", str(runs), *options)
    begun(command_line, process, runs, 3)
    for words in kill:
        os.kill(marked(command_line, words)[-1], signal.SIGKILL)
    said, _ = process.communicate(timeout=120)
    assert "Traceback" not in said, said
    return int(process.returncode)


@pytest.mark.slow
def test_a_small_load_passes_with_two_workers(command_line: Any, small: Any, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    code, said = command_line.lab113("load", str(small()), "--workers", "2", "--report", str(runs))
    told = verdict(runs)
    assert (code, told["outcome"]) == (0, "passed"), said
    assert told["metrics"]["outcome_seen"] == 16
    gates = {gate["name"]: gate["measured"] for gate in told["gates"]}
    assert gates["arrivals that nobody accounts for"] == 0
    assert gates["arrival lateness, p99"] > 0  # it was measured
    (folder,) = runs.iterdir()
    journal = (folder / "journal.jsonl").read_text().splitlines()
    accounted = [json.loads(record) for record in journal if "load.accounted" in record]
    told_by = [worker["told"] for worker in accounted[0]["facts"]["workers"].values()]
    assert told_by == [8, 8]
    parts = {json.loads(r)["actor"] for r in journal if "part.measured" in r}
    assert {"fake_phones", "video_service", "fake_carriers", "fake_iccs", "conductor", "locust"} <= parts


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("sim.load.conductor", {3, 4}),
        ("fake_phones", {3, 4}),
        ("video_service", {4}),
        ("fake_iccs", {4}),
        ("sim.load.country", {4}),
        ("scenarios/locustfile.py", {3}),  # of two workers one
    ],
)
def test_whatever_is_killed_unasked_the_run_is_invalid_or_crashed(
    command_line: Any, small: Any, tmp_path: Path, words: str, codes: set[int]
) -> None:
    options = ("--workers", "2") if "locustfile" in words else ()
    runs = tmp_path / "runs"
    code = broken(command_line, small(), runs, words, options=options)
    assert code in codes
    if words != "sim.load.country":  # who judges is dead
        assert verdict(runs)["outcome"] in ("invalid", "crashed")


@pytest.mark.slow
def test_a_worker_killed_makes_it_invalid(command_line: Any, small: Any, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    assert broken(command_line, small(), runs, "locustfile", options=("--workers", "2")) == 3
    assert verdict(runs)["outcome"] == "invalid"


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "outcomes"),
    [
        ('kind = "part.killed"\npart = "video_service"\nat_s = 4', {"failed"}),
        ('kind = "part.killed"\npart = "fake_phones"\nat_s = 4', {"invalid", "crashed"}),
        ('kind = "sms.outage"\ncarrier = "telia"\nhow = "silent"\nat_s = 0', {"failed", "invalid"}),
    ],
)
def test_what_the_scenario_breaks_is_never_passed(
    command_line: Any, small: Any, tmp_path: Path, fault: str, outcomes: set[str]
) -> None:
    runs = tmp_path / "runs"
    more = '\n[sms]\nroutes = ["telia"]\n' if "outage" in fault else ""
    code, said = command_line.lab113(
        "load", str(small(f"\n[[faults]]\n{fault}\n{more}")), "--report", str(runs), limit_s=200
    )
    assert verdict(runs)["outcome"] in outcomes, said
    assert code in (1, 3, 4)


@pytest.mark.long
def test_a_relay_that_cannot_keep_up_is_not_passed(command_line: Any, small: Any, tmp_path: Path) -> None:
    """The relay gets a tenth of its time: stopped and let go, again and again."""
    runs = tmp_path / "runs"
    check = '\n[[checks]]\nmetric = "freeze_ratio"\nat_most = 0.05\n'
    process = command_line.start("sim", "load", str(small(check)), "--report", str(runs))
    begun(command_line, process, runs, 3)
    (relay,) = marked(command_line, "video_service")
    ends = time.monotonic() + 15
    while process.poll() is None and time.monotonic() < ends:
        os.kill(relay, signal.SIGSTOP)
        time.sleep(0.9)
        os.kill(relay, signal.SIGCONT)
        time.sleep(0.1)
    said, _ = process.communicate(timeout=120)
    assert process.returncode in (1, 3), said
    assert verdict(runs)["outcome"] in ("failed", "invalid")


@pytest.mark.long
def test_ctrl_c_is_interrupted_and_judged(command_line: Any, small: Any, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    process = command_line.start("sim", "load", str(small()), "--report", str(runs))
    begun(command_line, process, runs, 3)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=90)
    assert process.returncode == 130, said
    assert verdict(runs)["outcome"] == "interrupted"
