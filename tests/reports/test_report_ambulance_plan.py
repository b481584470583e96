"""The report of an ambulance plan: the answer by design, places and stations, from plan.json alone."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from quiet_chromium import CHROMIUM, QUIET
from typer.testing import CliRunner

from reports.ambulance_figures import points, table_of
from reports.ambulance_places import moved, places_of, reached_by
from reports.ambulance_report import _goal, write_ambulance_report
from sim.cli import app

SCENARIO = """
title = "<b>ours</b>"
[ambulance_planning]
area = "midt-norge"
days = 10
replications = 3
video_share = 0.5
"""
EXTERNAL = re.compile(r"""(?:src|href)\s*=\s*["'](?!#|data:)|url\(|@import|<script""")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("ambulances")
    (made / "ours.toml").write_text(SCENARIO, encoding="utf-8")
    told = CliRunner().invoke(
        app, ["plan", str(made / "ours.toml"), "--report", str(made / "runs"), "--json"]
    )
    assert told.exit_code == 0, told.output
    return Path(json.loads(told.stdout)["folder"])


@pytest.fixture
def plan(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "plan.json").read_text("utf-8"))
    return told


def page_of(folder: Path, plan: dict[str, Any]) -> str:
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    return write_ambulance_report(folder).read_text("utf-8")


def share(mean: float, half: float | None = 0.01) -> dict[str, float | None]:
    return {"mean": mean, "half": half}


def goal(verdict: str, mean: float) -> list[dict[str, Any]]:
    return [{"kind": "urban", "within_s": 720, "share": 0.9, "reached": share(mean), "verdict": verdict}]


def judged(*designs: tuple[str, str, float, float]) -> str:
    """In short, of designs by name, verdict, share, and the difference to the first."""
    told: list[dict[str, Any]] = [
        {"name": name, "goals": goal(verdict, mean), "less_first": {"acute_within_goal_urban": share(less)}}
        for name, verdict, mean, less in designs
    ]
    return str(_goal(told[0]["goals"][0], told)["in_short"])


def test_the_page_holds_all_that_a_planner_asks_and_fetches_nothing(folder: Path) -> None:
    page = (folder / "report.html").read_text("utf-8")
    for words in (
        *(
            "numbers are assumed",
            "&lt;b&gt;ours&lt;/b&gt;",
            "The answer",
            "within 12 minutes",
            "within 25 minutes",
        ),
        *("Too far for it even when every ambulance is free", "Bratsberg*", "few missions suspected"),
        *("DMEXCLP ahead", "Who gains, who loses", "Stasjon 8", "patient transport", "needs ordinary"),
        *("spared: nobody sent", "responses.acute.alarm", "All 24 items", "3 × 10 days", "video_share"),
        *("lab113 plan", "compliance table by greedy MEXCLP"),
    ):
        assert words in page
    assert not EXTERNAL.search(page)
    assert "<b>ours" not in page


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: apt-get install chromium")
def test_it_is_no_wider_than_the_window_nor_than_paper(folder: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    complaints: list[str] = []
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        page = chromium.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.goto((folder / "report.html").as_uri(), timeout=20_000)
        for width, media in ((1280, "screen"), (400, "screen"), (700, "print")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(media=media)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        chromium.close()
    assert complaints == []


def test_the_answer_says_who_holds_the_goal_and_who_is_surely_better() -> None:
    assert judged(("home", "not held", 0.5, 0)) == "Not held."
    assert judged(("home", "held", 0.95, 0)) == "Held by home."
    two = judged(("home", "not held", 0.5, 0), ("table", "not held", 0.505, 0.005))
    assert two == "No design holds it. None surely gains on home."
    two = judged(("home", "too close to say", 0.9, 0), ("table", "held", 0.95, 0.05))
    assert two == ("Held by table. Too close to say of home. table gains most on home: +5.0 ± 1.0 points.")
    assert "surely" in judged(("home", "held", 0.95, 0), ("table", "held", 0.92, -0.03))


def test_a_difference_is_better_worse_not_sure_or_none(plan: dict[str, Any]) -> None:
    first, other = plan["designs"][:2]
    own = {
        "acute_s_mean": share(600, 60),
        "missions": share(7),
        "moves": share(0),
        "acute_within_goal": share(0.5),
    }
    first["figures"] = other["figures"] = {
        **own,
        "acute_within_goal_urban": share(0.5),
        "passed_on": share(0),
    }
    other["less_first"] = {
        "acute_s_mean": share(-60, 30),
        "acute_within_goal": share(-0.02),
        "missions": share(0, 0),
    }
    rows = {row["title"]: row for group in table_of([first, other]) for row in group["rows"]}
    assert set(rows) == {
        "acute, mean",
        "acute missions, all places",
        "missions",
    }  # no row says another's again
    assert rows["acute, mean"]["first"] == "10.00 ± 1.00"
    assert rows["acute, mean"]["others"][0]["by"] == "−1.00 ± 0.50"
    levels = [row["others"][0]["level"] for row in rows.values()]
    assert levels == ["better", "worse", "same"]
    other["less_first"]["acute_s_mean"] = share(-60, 61)
    assert table_of([first, other])[0]["rows"][0]["others"][0]["word"] == "not sure"
    assert points(share(-0.012, None)) == "−1.2"


def test_places_stand_the_furthest_from_their_goal_first_beside_what_was_published(
    plan: dict[str, Any],
) -> None:
    told = places_of(plan["designs"])
    shares = [row["within"]["mean"] for row in told["rows"]]
    assert shares == sorted(shares)
    aure = next(row for row in told["rows"] if row["name"] == "Aure")
    assert aure["seed"][1:] == ["6.5", "46.7"]
    assert aure["own_at"][0] < aure["own_at"][1] <= 100
    at, minutes = told["ticks"][1]
    assert aure["goal_at"] / 25 == pytest.approx(at / minutes, rel=1e-3)
    assert told["longer"]["p90"] > 1
    for place in plan["designs"][0]["places"]:
        place["published"] = place["published_within_goal"] = None
    assert not places_of(plan["designs"])["published"]
    assert places_of(plan["designs"])["longer"]["p90"] == 1


def test_who_gains_and_who_loses_is_said_of_sure_differences_only(plan: dict[str, Any]) -> None:
    less = {"Aure": share(0.05), "Aukra": share(-0.3), "Askjem": share(-0.1), "Berkåk": share(0.009)}
    (told,) = moved([plan["designs"][0], {"name": "ours", "places_less_first": less}])
    assert (
        told["words"]
        == "better at 1 (most Aure, +5.0 ± 1.0 points), worse at 2 (most Aukra, −30.0 ± 1.0 points)"
    )


def test_a_curve_is_drawn_until_nearly_all_are_reached_and_holds_the_goal(plan: dict[str, Any]) -> None:
    urban, rural = reached_by(plan["designs"])
    assert (urban["goal_min"], rural["goal_min"], urban["wanted_at"]) == (12, 25, 10)
    assert len(urban["lines"]) == len(plan["designs"])
    for chart in (urban, rural):
        assert 0 < chart["goal_at"] < 100
        last = chart["lines"][0]["points"].split()[-1]
        assert last.startswith("100.00,")
    del plan["designs"][1]["within_min"]["urban"]  # it had no acute mission there
    assert [line["dash"] for line in reached_by(plan["designs"])[0]["lines"]] == [0, 2, 3]
    for design in plan["designs"]:
        design["within_min"]["urban"] = [0.0] * 8 + [1.0] * 53
    assert reached_by(plan["designs"])[0]["ticks"][-1][1] < 15


def test_one_design_has_nothing_beside_it(folder: Path, plan: dict[str, Any], tmp_path: Path) -> None:
    page = page_of(tmp_path, {**plan, "designs": plan["designs"][:1], "purpose": "", "enough": None})
    assert "Who gains" not in page
    assert "against" not in page
    assert "too few to say so" in page


def test_the_confusion_matrix_says_what_video_made_of_it(plan: dict[str, Any], tmp_path: Path) -> None:
    needs = ("acute", "urgent", "ordinary", "none")
    for name, spared in (("told", 0.0), ("sent", 4.5)):
        table = {row: dict.fromkeys(needs, 10.0) for row in needs}
        table["acute"]["none"] -= spared
        table["none"]["none"] += spared
        plan["designs"][0][name] = table
    page = re.sub(r"\s+", " ", page_of(tmp_path, plan))
    assert '14 ✓<span class="by">+4.5</span>' in page
    assert '6 ↑<span class="by">−4.5</span>' in page
    assert "needed in 27.8 % of them; by telephone alone it would be 25.0 %" in page
