"""Runs that are broken from outside: each ends with its exit code, its reason, and nothing left behind."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from stand_alone.listening import bound


def _until(process: subprocess.Popen[str], word: str, limit_s: float = 60) -> str:
    """Read what the command says until a word of it."""
    assert process.stdout is not None
    said, ends = "", time.monotonic() + limit_s
    while word not in said:
        line = process.stdout.readline()
        assert line, f"never said {word!r}: {said}"
        assert time.monotonic() < ends, f"did not say {word!r} in time: {said}"
        said += line
    return said


def _run_folder(parent: Path) -> Path:
    (folder,) = parent.iterdir()
    return folder


def _verdict(parent: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((_run_folder(parent) / "verdict.json").read_text())
    return told


def test_ctrl_c_stops_the_parts_and_leaves_a_readable_folder(
    command_line: Any, first_call: Path, tmp_path: Path
) -> None:
    process = command_line.start("sim", "run", str(first_call), "--report", str(tmp_path))
    _until(process, "call.answered")
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert _verdict(tmp_path)["outcome"] == "interrupted"
    assert "call.answered" in (_run_folder(tmp_path) / "journal.jsonl").read_text()
    assert (_run_folder(tmp_path) / "report.html").stat().st_size > 1000
    assert command_line.left_behind() == []


def test_a_part_that_dies_unasked_is_a_crash_with_its_last_lines(
    command_line: Any, first_call: Path, tmp_path: Path
) -> None:
    process = command_line.start("sim", "run", str(first_call), "--report", str(tmp_path))
    _until(process, "call.answered")
    os.kill(_child(process.pid, "fake_iccs"), signal.SIGKILL)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 4, said
    assert "fake_iccs ended with code -9" in said
    assert _verdict(tmp_path)["outcome"] == "crashed"
    assert command_line.left_behind() == []


def test_the_lab_itself_killed_leaves_no_part(command_line: Any, first_call: Path, tmp_path: Path) -> None:
    process = command_line.start("sim", "run", str(first_call), "--report", str(tmp_path))
    _until(process, "call.answered")
    process.kill()
    process.wait(timeout=10)
    ends = time.monotonic() + 20
    while command_line.left_behind() and time.monotonic() < ends:
        time.sleep(0.2)
    assert command_line.left_behind() == []  # their standard input closed
    code, said = command_line.lab113("report", str(_run_folder(tmp_path)))
    assert code == 0, said


def test_a_port_that_is_taken_is_exit_code_4_and_one_clear_line(
    command_line: Any, first_call: Path, tmp_path: Path
) -> None:
    with bound("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        code, said = command_line.lab113(
            "train", str(first_call), "--port", str(port), "--report", str(tmp_path)
        )
    assert code == 4, said
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("change", "key", "hint"),
    [
        (("at_s = 0\n", "at_ms = 0\n"), "calls[1].at_ms", "durations are in seconds"),
        (('centre = "AMK Bergen"', 'centre = "AMK Bregen"'), "calls[1].centre", "did you mean 'AMK Bergen'?"),
        (('metric = "freeze_ratio"', 'metric = "freeze_ration"'), "metric", "did you mean 'freeze_ratio'?"),
        (('carrier = "telia"', 'carier = "telia"'), "calls[1].caller.carier", "did you mean 'carrier'?"),
    ],
)
def test_a_mistake_in_a_scenario_is_exit_code_2_and_nothing_is_started(
    command_line: Any, first_call: Path, tmp_path: Path, change: tuple[str, str], key: str, hint: str
) -> None:
    scenario = tmp_path / "mistake.toml"
    text = first_call.read_text().replace(*change, 1)
    scenario.write_text(text)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if change[1].strip() in row)
    runs = tmp_path / "runs"
    code, said = command_line.lab113("run", str(scenario), "--report", str(runs))
    assert code == 2, said
    assert said.startswith(f"{scenario}:{line}: ")
    assert key in said
    assert hint in said
    assert len(said.splitlines()) == 1
    assert not runs.exists()


@pytest.mark.parametrize("target", ["http://10.0.0.1:8200", "https://video.example.org", "http://0.0.0.0:1"])
def test_a_target_beyond_loopback_is_refused_with_exit_code_2(
    command_line: Any, first_call: Path, tmp_path: Path, target: str
) -> None:
    words = ["--target", target, "--carriers", "http://127.0.0.1:1", "--report", str(tmp_path)]
    code, said = command_line.lab113("run", str(first_call), *words)
    assert code == 2
    assert "loopback" in said
    assert list(tmp_path.iterdir()) == []


def _child(parent: int, name: str) -> int:
    """The process id of a part of this lab."""
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        for pid in children.read_text().split():
            if name in Path(f"/proc/{pid}/cmdline").read_text():
                return int(pid)
    raise AssertionError(f"no child {name} of {parent}")
