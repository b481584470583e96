"""The incident's day in a plan's report: it plays where scripts run, and is a picture where they do not."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

pytest.importorskip("numba", reason="the planning extra")
import tomli_w
from quiet_chromium import CHROMIUM, QUIET
from typer.testing import CliRunner

from reports import incident
from reports.incident import clock
from sim.cli import app

DATA_KB_MOST = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("plan")
    crash = {"centre": "AMK Bergen", "at_h": 18, "factor": 30}
    short = {"days": 1, "warm_up_days": 0, "replications": 2, "bursts": [crash]}
    (into / "s.toml").write_text(tomli_w.dumps({"title": "</script>", "planning": short}), encoding="utf-8")
    result = CliRunner().invoke(app, ["plan", str(into / "s.toml"), "--report", str(into / "r"), "--json"])
    assert result.exit_code == 0, result.output
    return Path(json.loads(result.stdout)["folder"])


def test_the_page_says_which_telling_it_is_and_tells_the_story(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    film = json.loads((folder / "incident.json").read_text(encoding="utf-8"))
    assert f"replication 0 of the plan with seed {film['seed']}" in page
    words = page[page.index('id="the-incident"') : page.index('id="incident-data"')]
    assert "<b>Mon 18:00</b>" in words
    most = max(film["centres"][_place(film)]["waiting"][1::2])
    assert f"The longest queue: {most} calls waiting for a seat" in words
    assert "ringing: a seat, no answer yet" in words
    for name, calls in film["story"]["helpers"].items():
        assert f"{name} {calls}" in words
    assert words.count('<circle class="spot') == len(film["centres"])
    assert "The places of 90 are invented (A " in words


def test_an_incident_at_an_lv_is_named_on_the_map_and_counted_in_its_mark(folder: Path) -> None:
    film = json.loads((folder / "incident.json").read_text(encoding="utf-8"))
    (folder / "lv").mkdir()
    there = {**film, "centre": "LV 042", "lent": {}}
    (folder / "lv" / "incident.json").write_text(json.dumps(there), encoding="utf-8")
    shown = incident.film(folder / "lv")
    assert shown is not None
    marks = {mark.name: mark for mark in shown["marks"]}
    assert (marks["LV 042"].label, marks["LV 035"].label, marks["AMK Oslo"].label) == ("LV 042", "", "Oslo")
    assert marks["LV 042"].radius > marks["LV 035"].radius
    west = next(one for one in shown["sums_of"] if one["region"] == "Vest")
    assert len(west["those"]) == 20  # its region's sums have it still


def test_of_a_minute_that_all_is_as_usual_again_is_told_last(folder: Path) -> None:
    film = json.loads((folder / "incident.json").read_text(encoding="utf-8"))
    (folder / "minute").mkdir()
    story, at_s = film["story"], 20 * 3600.0
    longest = {**story["longest"], "at_s": at_s + 40, "waited_s": 300.0}
    late = {**film, "story": {**story, "longest": longest, "usual_at_s": at_s + 20}}
    (folder / "minute" / "incident.json").write_text(json.dumps(late), encoding="utf-8")
    shown = incident.film(folder / "minute")
    assert shown is not None
    assert [(when, text.split(" ")[0]) for when, text in shown["story"]][-2:] == [
        ("Mon 20:00", "Who"),
        ("Mon 20:00", "All"),
    ]


def _place(film: dict[str, object]) -> int:
    return [one["name"] for one in film["centres"]].index(film["centre"])  # type: ignore[attr-defined]


def test_the_data_are_small_and_no_other_script_may_run(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    (data,) = re.findall(
        r'<script id="incident-data" type="application/json">(.*?)</script>', page, re.DOTALL
    )
    assert len(data) < DATA_KB_MOST * 1000
    assert json.loads(data)["samples"] > 100
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'\"" in page


def test_the_clock_goes_by_the_week() -> None:
    assert clock(138 * 3600.0 + 67) == "Sat 18:01"
    assert clock(7 * 86400.0 + 59, True) == "Mon 00:00:59"


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: apt-get install chromium")
def test_it_plays_by_keyboard_and_is_still_without_a_script(folder: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    address = (folder / "report.html").as_uri()
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        page, complaints = chromium.new_page(), []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address, timeout=20_000)
        text = "document.querySelector('#incident {}').textContent"
        worst, still = page.evaluate(text.format(".clock")), page.evaluate(text.format(".map"))
        page.focus("#incident .play")
        page.keyboard.press("Enter")
        begun = playwright.expect(page.locator("#incident .clock"))
        begun.to_have_text(re.compile("Mon 17:(0[1-9]|[1-5])"), timeout=20_000)
        page.keyboard.press("Enter")
        assert page.evaluate(text.format(".play")) == "Play"
        page.focus("#incident input")
        page.keyboard.press("Home")
        assert page.evaluate(text.format(".clock")) == "Mon 17:00:00"
        page.keyboard.press("ArrowRight")
        assert page.evaluate(text.format(".clock")) == "Mon 17:00:30"
        page.focus("#incident .spot >> nth=0")
        page.keyboard.press("End")
        last = page.evaluate(text.format(".meant"))
        assert re.fullmatch(
            r"LV .*: \d of 1 seats busy, \d waiting, \d ringing, .* just then \d+ s, place invented", last
        )
        playwright.expect(page.get_by_role("img", name=last)).to_be_focused()
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate(text.format(".clock")) == worst
        assert complaints == []
        quiet = chromium.new_context(java_script_enabled=False).new_page()
        quiet.goto(address, timeout=20_000)
        assert quiet.locator("#incident .controls").is_hidden()
        assert quiet.locator("#incident .meant").is_hidden()
        assert quiet.locator("#incident .clock").inner_text() == worst
        assert quiet.locator("#incident .map").text_content() == still  # the page draws what the script draws
        chromium.close()
