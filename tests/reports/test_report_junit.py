"""junit.xml: what a CI server counts."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest

from reports import write_junit


def suite_of(folder: Path) -> xml.Element:
    path = write_junit(folder)
    assert path == folder / "junit.xml"
    suites = xml.fromstring(path.read_bytes())
    assert suites.tag == "testsuites"
    (suite,) = suites
    cases = suite.findall("testcase")
    assert int(suite.attrib["tests"]) == len(cases)
    assert int(suite.attrib["failures"]) == sum(case.find("failure") is not None for case in cases)
    assert int(suite.attrib["errors"]) == sum(case.find("error") is not None for case in cases)
    assert all({"name", "classname", "time"} <= set(case.attrib) for case in cases)
    return suite


def edit(folder: Path, **told: object) -> dict[str, object]:
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    verdict.update(told)
    (folder / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    return dict(verdict)


def test_a_case_for_each_check_and_each_limit_of_the_lab(live_folder: Path) -> None:
    suite = suite_of(live_folder)
    verdict = json.loads((live_folder / "verdict.json").read_text(encoding="utf-8"))
    names = [case.attrib["name"] for case in suite.findall("testcase")]
    assert names == [c["name"] for c in verdict["checks"]] + [f"lab: {g['name']}" for g in verdict["gates"]]
    assert {case.attrib["classname"] for case in suite.findall("testcase")} == {
        "scenarios/ci/first-call.toml"
    }
    assert suite.attrib["failures"] == suite.attrib["errors"] == "0"
    assert float(suite.attrib["time"]) > 20
    assert suite.attrib["timestamp"][10] == "T"
    told = {p.attrib["name"]: p.attrib["value"] for p in suite.iter("property")}
    assert told["repeat"] == "lab113 run scenarios/ci/first-call.toml --seed 113"
    assert told["outcome"] == "passed"


def test_a_check_without_an_answer_fails_as_unknown(plan_folder: Path) -> None:
    check = {"name": "x", "outcome": "unknown", "measured": None, "limit": ">= 0.99", "unit": ""}
    edit(plan_folder, checks=[{**check, "detail": "0 samples, needs 1"}], outcome="unknown")
    failure = suite_of(plan_folder).find("testcase/failure")
    assert failure is not None
    assert failure.attrib == {"type": "unknown", "message": "measured –, wanted >= 0.99"}
    assert "0 samples, needs 1" in (failure.text or "")


def test_a_failed_check_says_what_was_wanted_and_how_to_repeat(live_folder: Path) -> None:
    check = {
        "name": "x",
        "outcome": "failed",
        "measured": "infinite",
        "limit": "<= 30",
        "unit": "s",
        "detail": "why",
    }
    edit(live_folder, checks=[check], outcome="failed")
    failure = suite_of(live_folder).find("testcase/failure")
    assert failure is not None
    assert failure.attrib == {"type": "failed", "message": "measured never, wanted <= 30 s"}
    assert "why" in (failure.text or "")
    assert "--seed 113" in (failure.text or "")


def test_a_slow_lab_is_an_error_and_no_failure(live_folder: Path) -> None:
    gate = {"name": "clock lag, worst", "measured": 1.4, "limit": 1.0, "unit": "s", "held": False}
    edit(live_folder, gates=[gate], outcome="invalid")
    suite = suite_of(live_folder)
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("0", "1")
    error = suite.find("testcase[@name='lab: clock lag, worst']/error")
    assert error is not None
    assert error.attrib["message"] == "the lab was too slow: 1.40 s, limit 1 s"


@pytest.mark.parametrize("outcome", ["crashed", "interrupted"])
def test_a_run_that_broke_off_is_an_error(
    plan_folder: Path, outcome: str, make_live: Callable[..., None]
) -> None:
    make_live(plan_folder, outcome=outcome, reason="fake_iccs ended with code 1\n  | boom")
    error = suite_of(plan_folder).find("testcase[@name='the run came to its end']/error")
    assert error is not None
    assert error.attrib["type"] == outcome
    assert "boom" in (error.text or "")


def test_a_run_that_was_not_judged_is_an_error(live_folder: Path) -> None:
    (live_folder / "verdict.json").unlink()
    (live_folder / "journal.jsonl").write_text("")
    suite = suite_of(live_folder)
    error = suite.find("testcase/error[@type='not judged']")
    assert error is not None
    assert "verdict.json is missing" in (error.text or "")
    assert suite.attrib["tests"] == "1"


def test_what_xml_cannot_carry_is_replaced(live_folder: Path) -> None:
    rubbish = "a\x00b\x1b[31m\ud800\ufffe<&\"'>]]>\n\tæøå 🚑"
    check = {
        "name": rubbish,
        "outcome": "failed",
        "measured": None,
        "limit": "= 0",
        "unit": "",
        "detail": rubbish,
    }
    edit(live_folder, checks=[check], outcome="failed", title=rubbish)
    case = suite_of(live_folder).find("testcase")
    assert case is not None
    assert case.attrib["name"] == "a�b�[31m��<&\"'>]]>\n\tæøå 🚑"


def test_what_is_no_run_folder_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="no run folder"):
        write_junit(tmp_path / "nowhere")
