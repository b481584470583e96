"""The first call as `make demo` tells it, looked at closely."""

import json
from pathlib import Path
from typing import Any

import cv2
import pytest

from sim.journal import read_journal
from sim.sessions import call_table
from sim.twin import drawn_waits


@pytest.fixture
def told(command_line: Any, first_call: Path, tmp_path: Path) -> dict[str, Any]:
    """The verdict, as `--json` says it on standard output and nothing else there."""
    process = command_line.start("sim", "run", str(first_call), "--report", str(tmp_path), "--json")
    said, _ = process.communicate(timeout=150)
    assert process.returncode == 0, said
    verdict: dict[str, Any] = json.loads(said[said.index("\n{\n") :])
    return verdict


def test_four_calls_end_as_ordained_and_what_was_seen_is_proved(told: dict[str, Any]) -> None:
    folder = Path(told["folder"])
    metrics = told["metrics"]
    assert told["outcome"] == "passed"
    assert metrics["stray_frames"] == 0
    assert metrics["frames_received"] > 200
    assert metrics["stamp_read_ratio"] >= 0.99
    rows = {row.name: row for row in call_table(read_journal(folder / "journal.jsonl"))}
    assert [rows[f"call-{n}"].outcome for n in (1, 2, 3, 4)] == [
        "seen",
        "seen",
        "refused_aloud",
        "refused_on_page",
    ]
    assert rows["call-3"].session is None  # no SMS was sent
    _every_drawn_wait_agrees(folder, told)
    _stills_show_the_scenes(folder)
    assert {"resolved.toml", "plan.jsonl", "verdict.json", "junit.xml", "report.html"} <= _names(folder)


def _every_drawn_wait_agrees(folder: Path, told: dict[str, Any]) -> None:
    plan, live = (read_journal(folder / name) for name in ("plan.jsonl", "journal.jsonl"))
    waits = drawn_waits(plan, live)
    lag_s = next(gate["measured"] for gate in told["gates"] if gate["name"].startswith("clock lag"))
    assert {wait.call for wait in waits} == {"call-1", "call-2", "call-3", "call-4"}
    assert len(waits) == sum(r.event in ("person.waited", "sms.accepted") for r in plan)  # none is missing
    assert [wait for wait in waits if wait.gap_s > lag_s + 0.25] == []


def _stills_show_the_scenes(folder: Path) -> None:
    stills = sorted((folder / "stills").iterdir())
    seen = {"-".join(still.stem.split("-")[:4]) for still in stills}
    assert {
        "call-1-operator-back",
        "call-2-operator-back",
        "call-2-operator-front",
        "call-2-doctor-front",
    } <= seen
    for still in stills:
        picture = cv2.imread(str(still))
        assert picture is not None, still
        scene = picture[: picture.shape[0] * 8 // 10]  # above the stamp
        assert scene.std() > 20, f"{still} shows nothing"


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
