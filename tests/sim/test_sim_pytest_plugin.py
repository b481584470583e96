"""Scenarios as pytest items: collected, told, judged, and failing in words that a person can read."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sim_rig import ROOT

SCENARIO = """\
title = "a test"
{more}
[nation]
centres = "one-centre"
[[calls]]
kind = "single"
at_s = 0
line = "113"
centre = "AMK Eksempel"
caller = {{ patience_s = 60 }}
operator = {{ asks_video = false, picks_up_after_s = 1, talks_s = 5 }}
outcome = "{outcome}"
"""
FILES = {
    "good.toml": SCENARIO.format(more="", outcome="voice"),
    "bad_end.toml": SCENARIO.format(more="", outcome="seen"),
    "meant_to_fail.toml": SCENARIO.format(more='expect = "failed"', outcome="seen"),
    "fails_to_fail.toml": SCENARIO.format(more='expect = "failed"', outcome="voice"),
    "mistake.toml": SCENARIO.format(more="sed = 3", outcome="voice"),
    "not_toml.toml": SCENARIO.format(more="title", outcome="voice"),
    "pyproject.toml": '[project]\nname = "none"\n# [[calls]] would make a scenario\n',
    "indented.toml": SCENARIO.format(more="", outcome="voice").replace("[[calls]]", "  [[ calls ]]"),
    "data.toml": "[[centres]]\n",
    "notes.txt": SCENARIO.format(more="", outcome="voice"),
}


@cache
def told() -> tuple[int, str, list[str]]:
    """What pytest says of these files: its exit code, its words, and the run folders it left."""
    with TemporaryDirectory() as folder:
        for name, text in FILES.items():
            (Path(folder) / name).write_text(text)
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "--lab113-mode", "plan", "."],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return (
            ended.returncode,
            ended.stdout + ended.stderr,
            sorted(p.name for p in Path(folder, "runs").iterdir()),
        )


def result(name: str) -> str:
    found = re.search(rf"^(PASSED|FAILED|ERROR) {name}", told()[1], re.MULTILINE)
    return found[1] if found else "not collected"


def section(name: str) -> str:
    """What is said of a failing item, between its heading and the next."""
    found = re.search(
        rf"^_+ scenario: {name} _+\n(.*?)\n(?=_{{3}}|={{3}})", told()[1], re.MULTILINE | re.DOTALL
    )
    assert found, told()[1]
    return found[1]


def test_each_scenario_is_an_item_and_nothing_else_is() -> None:
    code, words, runs = told()
    assert code == 1
    assert {name: result(name) for name in FILES} == {
        "good.toml": "PASSED",
        "indented.toml": "PASSED",
        "meant_to_fail.toml": "PASSED",
        "bad_end.toml": "FAILED",
        "fails_to_fail.toml": "FAILED",
        "mistake.toml": "FAILED",
        "not_toml.toml": "FAILED",
        "pyproject.toml": "not collected",
        "data.toml": "not collected",
        "notes.txt": "not collected",
    }, words
    assert len(runs) == 5  # where --lab113-report says; a bad file starts nothing


def test_a_failure_says_which_check_failed_and_where_the_report_is() -> None:
    lines = section("bad_end").splitlines()
    assert lines[0] == "failed, expected passed"
    assert "call-1 ends seen: failed" in lines[1]
    assert lines[-1].startswith("report: runs/")
    assert "Traceback" not in section("bad_end")


def test_a_scenario_that_was_to_fail_and_did_not_is_said() -> None:
    assert section("fails_to_fail").startswith("passed, expected failed")


def test_a_bad_file_is_one_readable_line() -> None:
    said = section("mistake").strip()
    assert re.fullmatch(r"\S*mistake\.toml:2: sed: unknown key; did you mean 'seed'\?", said), said
    assert re.fullmatch(r"\S*not_toml\.toml:2: not valid TOML: .*", section("not_toml").strip())
