"""A second machine joins a load with one command: here a network namespace of its own, by a real address."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE, THERE = "10.113.7.1", "10.113.7.2"  # a private network that the test makes
NAMESPACE, CABLE = "lab113-load", ("lab113-a", "lab113-b")

SCENARIO = """
title = "Two machines"
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
count = 16
over_s = 8
line = "113"
centre = ["AMK Oslo", "AMK Bergen"]
caller = { phone = "lean", scene = "test-card", carrier = "telia", patience_s = 60 }
operator = { gives_up_after_s = 8 }
outcome = "seen"
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=10)


@pytest.fixture
def second_machine() -> Iterator[list[str]]:
    """What to put before a command for it to run there."""
    if os.geteuid() or not shutil.which("ip"):
        pytest.skip("needs root and iproute2")
    subprocess.run(["ip", "netns", "del", NAMESPACE], check=False, capture_output=True)  # of a killed test
    subprocess.run(["ip", "link", "del", CABLE[0]], check=False, capture_output=True)
    ip("netns", "add", NAMESPACE)
    try:
        ip("link", "add", CABLE[0], "type", "veth", "peer", "name", CABLE[1], "netns", NAMESPACE)
        ip("addr", "add", f"{HERE}/30", "dev", CABLE[0])
        ip("link", "set", CABLE[0], "up")
        ip("-n", NAMESPACE, "addr", "add", f"{THERE}/30", "dev", CABLE[1])
        ip("-n", NAMESPACE, "link", "set", CABLE[1], "up")
        ip("-n", NAMESPACE, "link", "set", "lo", "up")
        yield ["ip", "netns", "exec", NAMESPACE]
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=False, timeout=10)  # the cable goes with it


@pytest.mark.long
def test_a_worker_on_another_machine_tells_its_half(
    command_line: Any, second_machine: list[str], tmp_path: Path
) -> None:
    scenario, runs = tmp_path / "two.toml", tmp_path / "runs"
    scenario.write_text(SCENARIO)
    words = ["load", str(scenario), "--report", str(runs), "--host", HERE, "--expect-workers", "2"]
    master = command_line.start("sim", *words)
    near = command_line.start("sim", "load", "--worker", "--master", HERE)
    far = subprocess.Popen(
        [*second_machine, sys.executable, "-m", "sim", "load", "--worker", "--master", HERE],
        env={**os.environ, "LAB113_TEST_MARK": command_line.mark},
        stdin=subprocess.DEVNULL,
    )
    try:
        said, _ = master.communicate(timeout=150)
        far.wait(timeout=30)
        near.communicate(timeout=30)
    finally:
        far.kill()
        far.wait()
    (folder,) = runs.iterdir()
    told = json.loads((folder / "verdict.json").read_text())
    assert (master.returncode, told["outcome"]) == (0, "passed"), said
    journal = (folder / "journal.jsonl").read_text().splitlines()
    (accounted,) = [json.loads(record) for record in journal if '"load.accounted"' in record]
    assert [worker["told"] for worker in accounted["facts"]["workers"].values()] == [8, 8]
    assert told["metrics"]["sessions_completed"] == 16
