"""An ambulance's stream in the report: a row and a timeline of its own, in words for its events."""

import re
from pathlib import Path

import pytest

from reports import write_report
from reports.run_folder import read_run
from reports.run_report import call_parts
from reports.timeline import timelines
from reports.words import label, sentence
from sim.journal import Record
from sim.request import Request
from sim.run import run

SCENARIO = Path(__file__).parents[2] / "scenarios" / "ci" / "ambulance.toml"
UNIT = "Ambulanse 3-1"


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(Request(SCENARIO, mode="plan", report_dir=tmp_path_factory.mktemp("plans")))[1]


def test_it_has_a_part_of_its_own_as_it_was_wanted(folder: Path) -> None:
    [part] = call_parts(read_run(folder))
    assert (part.row.name, part.row.centre, part.wanted, part.as_wanted) == (UNIT, "AMK Oslo", "seen", True)
    assert (part.title, part.sms) == ("AMK, legevakt and a doctor look; Tromsø may not", "")


def test_its_timeline_has_the_crew_and_those_who_look_and_no_carrier(folder: Path) -> None:
    line = timelines(read_run(folder).records)[UNIT]
    lanes = {lane.actor: lane for lane in line.lanes}
    assert list(lanes)[:3] == ["crew", "iccs", "operator"]
    assert set(lanes) == {"crew", "iccs", "operator", "LV Oslo", "LV Tromsø", "doctor"}
    ended = next(r.t_s for r in read_run(folder).records if r.event == "ambulance.ended")
    for who in ("operator", "LV Oslo", "doctor"):
        pictures = [bar for bar in lanes[who].bars if bar.kind in ("back", "front")]
        assert [bar.kind for bar in pictures] == ["back", "front"]
        assert pictures[-1].to_s == ended


def test_the_page_says_what_happened(folder: Path) -> None:
    page = re.sub(r"\s+", " ", write_report(folder).read_text(encoding="utf-8"))
    assert "0 calls, 1 ambulances in" in page
    assert "the crew starts its stream, for AMK Oslo, LV Oslo" in page
    assert "LV Oslo takes a place to look from" in page
    assert "LV Oslo invites the doctor" in page
    assert "tried to look and was refused: the stream does not name this centre" in page


def test_words_for_what_is_not_known() -> None:
    for event in ("ambulance.started", "ambulance.ended", "viewer.refused", "viewer.invited"):
        record = Record(0.0, event, UNIT)
        assert label(record) != event
        assert sentence(record) != event
    assert sentence(Record(0.0, "ambulance.ended", facts={"because": "crew"})).endswith("(because: crew)")
