"""Runs whose phones and viewers are spread over processes: parts that leak, and a process that dies."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

CI = Path(__file__).resolve().parents[2] / "scenarios" / "ci"


def verdict_and_records(parent: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    (folder,) = parent.iterdir()
    lines = (folder / "journal.jsonl").read_text().splitlines()
    return json.loads((folder / "verdict.json").read_text()), [json.loads(line) for line in lines]


@pytest.mark.slow
def test_a_worker_that_is_killed_makes_the_run_invalid_and_ends_it(
    command_line: Any, first_call: Path, tmp_path: Path
) -> None:
    words = ("run", str(first_call), "--report", str(tmp_path), "--farm-workers", "2")
    process = command_line.start("sim", *words)
    while "frame.first" not in (line := process.stdout.readline()):
        assert line, "the run ended before a picture was seen"
    seen = line.split()[2]
    assert seen.startswith("call-")
    os.kill(worker_of(command_line.mark, "1"), signal.SIGKILL)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 3, said
    assert command_line.left_behind() == []
    verdict, records = verdict_and_records(tmp_path)
    assert (verdict["outcome"], verdict["reason"]) == ("invalid", "worker 2 of the farm died")
    assert verdict["repeat"].endswith("--farm-workers 2")
    (died,) = (record for record in records if record["event"] == "part.died")
    assert died["facts"]["detail"] == "worker 2 of the farm died"
    (measured,) = (record["facts"] for record in records if record["event"] == "lab.measured")
    assert [worker["worker"] for worker in measured["workers"]] == [1]
    assert seen not in {record["call"] for record in records if record["event"] == "call.ended"}  # cut short


@pytest.mark.long
@pytest.mark.parametrize("scenario", ["leak-area-20", "leak-blend-45", "leak-frame-1-in-10000"])
def test_what_leaks_between_lean_phones_of_two_workers_names_both(
    command_line: Any, tmp_path: Path, scenario: str
) -> None:
    """As the scenario of that name, which is told with live phones in one process."""
    told = (CI / f"{scenario}.toml").read_text()
    lean = told.replace("caller = { ", 'caller = { phone = "lean", ')
    assert lean.count('"lean"') == 2
    path = tmp_path / "lean.toml"
    path.write_text(lean)
    runs = tmp_path / "runs"
    words = ("run", str(path), "--report", str(runs), "--farm-workers", "2")
    code, said = command_line.lab113(*words, limit_s=400)  # clips are drawn and coded first
    if code == 3:
        pytest.skip("this machine was too slow for a relay that codes H.264 anew, and the lab said so")
    assert code == 1, said
    verdict, records = verdict_and_records(runs)
    (strays,) = (c for c in verdict["checks"] if c["name"] == "stray_frames" and c["detail"])
    for mine, other in (("call-1", "call-2"), ("call-2", "call-1")):
        assert f"the operator of {mine} saw the picture of {other}" in strays["detail"]
    (measured,) = (record["facts"] for record in records if record["event"] == "lab.measured")
    assert all(worker["frames_sent"] > 0 for worker in measured["workers"])  # one phone in each
    assert not any("lean" in missing for missing in verdict["not_covered"])


def worker_of(mark: str, region: str) -> int:
    """The farm's process that writes this region of the board; its number is one more."""
    for proc in Path("/proc").glob("[0-9]*"):
        try:
            words = (proc / "cmdline").read_bytes().decode().split("\0")
            marked = mark.encode() in (proc / "environ").read_bytes()
        except OSError:
            continue
        if marked and any(word.endswith(f",{region}") for word in words) and "--board" in words:
            return int(proc.name)
    raise AssertionError("the farm has no such worker")
