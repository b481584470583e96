"""A run at volume: what its page tells of many calls, and what it leaves to the journal."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest

from reports import junit, write_junit, write_report
from reports.over_time import Line, at_once, counted, over_time, quantiles, stretches
from reports.run_folder import read_run
from reports.run_report import CALLS_MAX
from reports.volume import Volume, volume
from sim.journal import Record, read_journal
from sim.run import Request, run

SCENARIO = """
title = "sixty"
pace = "condensed"
condensed = { hold_s_median = 2.0 }
nation = { centres = "one-centre" }
people = { patience_s = { median = 9000, p95 = 9001 } }
limits = { call_s = 3000 }
[[calls]]
kind = "burst"
at_s = 20
line = "113"
centre = "AMK Eksempel"
count = 60
over_s = 600
caller = { phone = "lean" }
"""
LOST = "call-7"  # in which the operator is refused the picture


@pytest.fixture(scope="session")
def planned_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("volume")
    (folder / "sixty.toml").write_text(SCENARIO, encoding="utf-8")
    return run(Request(folder / "sixty.toml", mode="plan", report_dir=folder / "runs"))[1]


@pytest.fixture
def folder(planned_folder: Path, tmp_path: Path, write_journal: Callable[[Path, list[Record]], None]) -> Path:
    """As load leaves it: the plan, told a second later, with what load adds; one call went wrong."""
    made = Path(shutil.copytree(planned_folder, tmp_path / planned_folder.name))
    (made / "journal.jsonl").rename(made / "plan.jsonl")
    plan = read_journal(made / "plan.jsonl")
    told = [replace(r, t_s=r.t_s + 1) for r in plan if (r.call, r.event) != (LOST, "frame.first")]
    due = [r.t_s for r in plan if r.event == "call.placed"]
    told += [
        Record(t_s, "call.due", f"call-{n}", None, "lab", None, {"lateness_s": 1.0})
        for n, t_s in enumerate(due, 1)
    ]
    over_s = told[-1].t_s + 900
    told.append(Record(over_s, "port.failed", LOST, None, "operator", None, {"detail": "WHEP answered 503"}))
    for worker in (1, 2):
        cost = {"part": "fake_phones", "worker": worker, "cpu_s": 59.0, "wall_s": 900.0, "rss_octets": 2e8}
        told.append(Record(over_s, "part.measured", None, None, "fake_phones", None, cost))
    workers = {f"client-{k}": {"told": 30, "dropped": 0, "error": None} for k in (1, 2)}
    account = {"told": 60, "dropped": 0, "withheld": 0, "calls": 60, "workers": workers}
    told.append(Record(over_s, "load.accounted", None, None, "lab", None, account))
    write_journal(made, sorted(told, key=lambda r: r.t_s))
    return made


def never(found: Volume) -> int:
    """Points in the charts where something never came."""
    return sum(len(line.never) for chart in found.charts for line in chart.lines)


def test_it_tells_how_calls_ended_what_they_cost_and_at_what_pace(folder: Path) -> None:
    told = volume(read_run(folder))
    wrong, right = told.ends[0], told.ends[1]
    assert (wrong.wanted, wrong.ended, wrong.n, wrong.right) == ("seen", "not_seen", 1, False)
    assert wrong.causes == [("operator: WHEP answered 503", 1)]
    assert right.right
    assert sum(end.n for end in told.ends) == 60
    (cost,) = told.costs
    seen = read_run(folder).found["sessions_completed"]
    assert seen is not None
    assert (cost.n, cost.cpu_s, cost.rss_octets) == (2, 118.0, 4e8)
    assert cost.cpu_ms_per_session == pytest.approx(118_000 / seen)
    assert told.pace.offered["calls"] == 60
    assert not told.pace.country  # of one centre's scenario nobody knows it
    assert told.pace.erlangs_mean is not None
    assert 0 < told.pace.erlangs_mean < (told.pace.erlangs_peak or 0)


def test_the_pace_stands_beside_the_real_countrys(tmp_path: Path) -> None:
    told = SCENARIO.replace("one-centre", "norway").replace("AMK Eksempel", "AMK Oslo")
    (tmp_path / "sixty.toml").write_text(told, encoding="utf-8")
    _, made = run(Request(tmp_path / "sixty.toml", mode="plan", report_dir=tmp_path / "runs"))
    pace = volume(read_run(made)).pace
    assert 0.3 < pace.country_erlangs < 1.0
    assert "The real country" in (made / "report.html").read_text(encoding="utf-8")


def test_an_answer_is_late_by_what_the_arrival_was_late(folder: Path) -> None:
    answer = next(each for each in volume(read_run(folder)).durations if each.name == "answer_s")
    gaps = [a - b for a, b in zip(answer.measured, answer.predicted, strict=True) if a and b]
    assert gaps == [0, *(pytest.approx(1.0) for _ in range(4))]


def test_the_page_shows_few_timelines_and_first_those_that_went_wrong(folder: Path) -> None:
    page = write_report(folder).read_text(encoding="utf-8")
    assert page.count('class="chart"') == CALLS_MAX
    assert f'aria-label="timeline of {LOST}"' in page
    assert f"{60 - CALLS_MAX} more calls are in" in page
    assert page.count('class="over-time"') == 5
    assert "client-2" in page
    assert "WHEP answered 503" in page
    assert "<pre>" in page
    assert "[[calls]]\n" not in page
    assert "[[carriers]]" in page


def test_a_run_of_few_calls_has_no_such_part(live_folder: Path) -> None:
    page = write_report(live_folder).read_text(encoding="utf-8")
    assert "At volume" not in page
    assert "[[calls]]\n" in page


def test_a_plan_of_many_calls_has_nothing_beside_it(planned_folder: Path) -> None:
    page = (planned_folder / "report.html").read_text(encoding="utf-8")
    assert "At volume" in page
    assert "Measured beside predicted" not in page


@pytest.mark.parametrize("left", [(), ("plan.jsonl",), ("resolved.toml", "verdict.json")])
def test_any_part_of_the_folder_may_be_missing(folder: Path, left: tuple[str, ...]) -> None:
    for path in folder.iterdir():
        if path.name not in (*left, "journal.jsonl"):
            path.unlink()
    page = write_report(folder).read_text(encoding="utf-8")
    assert "At volume" in page
    assert ("Offered were" in page) == ("resolved.toml" in left)
    assert ("Measured beside predicted" in page) == ("plan.jsonl" in left)


def test_what_its_seed_ordained_stands_beside_the_end(folder: Path) -> None:
    resolved = (folder / "resolved.toml").read_text(encoding="utf-8")
    assert never(volume(read_run(folder))) > 0
    named = f'name = "{LOST}"\n'
    assert named in resolved
    ordained = resolved.replace(named, f'{named}outcome = "not_seen"\nordained = "camera_failed"\n')
    (folder / "resolved.toml").write_text(ordained, encoding="utf-8")
    found = volume(read_run(folder))
    told = [(end.wanted, end.because, end.ended, end.n) for end in found.ends]
    assert ("not_seen", "camera_failed", "not_seen", 1) in told
    assert never(found) == 0  # it was to be so
    assert "camera failed" in write_report(folder).read_text(encoding="utf-8")


def test_junit_has_a_case_for_each_call_that_ended_otherwise_and_not_for_too_many(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    once = {**verdict["checks"][0], "name": "every call ended as ordained", "outcome": "failed"}
    (folder / "verdict.json").write_text(json.dumps({**verdict, "checks": [once]}), encoding="utf-8")
    cases = [case.attrib["name"] for case in xml.parse(write_junit(folder)).iter("testcase")]
    assert cases == ["every call ended as ordained", f"{LOST} ends seen"]
    monkeypatch.setattr(junit, "CALLS_MAX", 0)
    assert len(list(xml.parse(write_junit(folder)).iter("testcase"))) == 1


# ---- charts over time


def test_stretches_are_ten_seconds_until_there_would_be_too_many() -> None:
    assert stretches(23.0, 500.0).step_s == 10.0
    week = stretches(0.0, 604_800.0)
    assert week.step_s > 3600
    assert week.n <= 121
    assert (stretches(23.0, 31.0).from_s, stretches(23.0, 31.0).n) == (20.0, 2)


def test_what_a_stretch_came_to() -> None:
    cut = stretches(0.0, 40.0)
    assert counted(cut, [0.0, 9.9, 10.0, 40.0]) == [2, 1, 0, 1]
    assert at_once(cut, [(1.0, 35.0), (2.0, 5.0), (12.0, 13.0)]) == [2, 2, 1, 1]
    assert quantiles(cut, [(1.0, 3.0), (2.0, 5.0), (11.0, inf)], 0.5) == [3.0, inf, None, None]


def test_a_line_breaks_where_nothing_was_measured_and_tells_what_never_came() -> None:
    cut = stretches(0.0, 50.0)
    chart = over_time("x", cut, [Line("p95", [1.0, 2.0, None, inf, 4.0])])
    (line,) = chart.lines
    assert [len(path.split()) for path in line.paths] == [2]
    assert len(line.lone) == len(line.never) == 1
    assert chart.highest == "4"
    assert over_time("nothing", cut, [Line("p95", [None] * 5)]).lines[0].paths == []
