"""Two minutes of a nation's week, with real parts: what `tox -e week` does with the whole of it."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_two_minutes_of_a_week(command_line: Any, tmp_path: Path) -> None:
    """60 pictures really seen; every request ends as its seed ordains; every arrival is accounted for."""
    week = ROOT / "scenarios" / "load" / "week-minute.toml"
    code, said = command_line.lab113("load", str(week), "--report", str(tmp_path), limit_s=300)
    (folder,) = tmp_path.iterdir()
    told = json.loads((folder / "verdict.json").read_text())
    assert (code, told["outcome"]) == (0, "passed"), said
    assert told["metrics"]["outcome_seen"] == 60
    assert told["metrics"]["stray_frames"] == 0
    assert told["metrics"]["stamp_read_ratio"] >= 0.999
    gates = {gate["name"]: gate for gate in told["gates"]}
    assert gates["arrivals that nobody accounts for"]["measured"] == 0
    assert gates["drawn waits, worst gap to the plan"]["held"]
    assert "At volume" in (folder / "report.html").read_text()
    assert not list((folder / "parts").glob("*/video_service.log"))  # one service, shared by all
