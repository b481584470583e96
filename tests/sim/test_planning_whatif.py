"""The what-if page's questions over HTTP."""

import asyncio
import calendar
import contextlib
import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars
import pytest
from quiet_chromium import CHROMIUM, QUIET

from sim.arrivals import Trace
from sim.nation import DATA, load_nation
from sim.planning.country import Country
from sim.planning.outcome import Outcome
from sim.planning.outcome import told as told_once
from sim.planning.question import Planning
from sim.planning.whatif import WhatIf, whatif_app
from sim.planning.whatif.sliders import Sliders
from sim.scenario import Scenario
from stand_alone import listening

NORWAY = load_nation("norway", DATA)
A_YEAR = Planning()


class Page:
    def __init__(self) -> None:
        a_year = Scenario(title="a year", planning=A_YEAR)
        self._app = whatif_app(WhatIf(Path("year.toml"), a_year, NORWAY, 7, {}))

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async def got() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://page", timeout=60) as client:
                return await client.get(path, headers=headers)

        return asyncio.run(got())


@pytest.fixture(scope="module")
def page() -> Page:
    return Page()


def test_a_move_changes_the_answer_and_moving_back_gives_it_back(page: Page) -> None:
    before, moved = page.get("/answer").json(), page.get("/answer?volume_113=200").json()
    assert moved["lines"][0]["calls"]["mean"] > 1.9 * before["lines"][0]["calls"]["mean"]
    assert moved["lines"][0]["share_in_time"]["mean"] < before["lines"][0]["share_in_time"]["mean"]
    assert page.get("/answer?volume_113=100").json() == before


def test_the_rough_answer_comes_first_and_the_whole_one_goes_on_from_it(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []

    def counted(country: Country, seed: int, replication: int, *more: float) -> Outcome:
        told.append(replication)
        return told_once(country, seed, replication, *more)

    monkeypatch.setattr("sim.planning.replications.told", counted)
    rough = page.get("/answer/rough?volume_113=150").json()
    assert (told, rough["replications"], rough["lines"][0]["share_in_time"]["half"]) == ([0], 1, None)
    whole = page.get("/answer?volume_113=150").json()
    assert (sorted(told), whole["replications"]) == (list(range(8)), 8)
    assert abs(rough["lines"][0]["share_in_time"]["mean"] - whole["lines"][0]["share_in_time"]["mean"]) < 0.02
    page.get("/answer?volume_113=150")
    assert len(told) == 8  # asked again, it is known
    page.get("/answer/rough?volume_113=160")
    assert len(told) == 9


def test_a_silent_carrier_takes_its_share_of_the_pictures(page: Page) -> None:
    there = page.get("/answer").json()["video"]["sessions_per_week"]["mean"]
    left = page.get("/answer?out=telenor").json()["video"]["sessions_per_week"]["mean"]
    assert left / there == pytest.approx(1 - 0.441, abs=0.03)


def test_the_answer_as_files(page: Page) -> None:
    csv, parquet = page.get("/answer.csv"), page.get("/answer.parquet")
    table = polars.read_parquet(io.BytesIO(parquet.content))
    assert table.height == 112
    assert csv.text.splitlines()[0].split(",")[:3] == table.columns[:3] == ["name", "line", "seats"]


def test_the_report_is_of_the_sliders_and_says_how_to_get_there_again(page: Page) -> None:
    report = page.get("/report.html?volume_113=150&to_year=2030")
    assert "lab113-plan.html" in report.headers["content-disposition"]
    assert "113: 1.5" in report.text  # the question
    assert "All 24 items" in report.text
    assert (
        "lab113 plan year.toml --serve, then its address with /?volume_113=150&amp;to_year=2030"
        in report.text
    )
    answer = page.get("/answer?volume_113=150&to_year=2030").json()
    assert f"{answer['lines'][0]['share_in_time']['mean']:.1%}" in report.text
    assert page.get("/report.html?volume_113=x").status_code == 422


def test_a_month_is_four_weeks_of_its_season_in_every_form(page: Page) -> None:
    def calls(query: str) -> dict[str, float]:
        return {row["line"]: row["calls"]["mean"] for row in page.get(f"/answer?{query}").json()["lines"]}

    july, december, mean = calls("month=7"), calls("month=12"), calls("")
    assert december["113"] / july["113"] == pytest.approx(1.050 / 0.942, rel=0.01)  # on the same draws
    assert december["116117"] / july["116117"] == pytest.approx(1.10 / 0.98, rel=0.01)
    assert july["113"] < mean["113"] < december["113"]
    assert calls("month=0") == mean  # this scenario is of a mean year already
    table = polars.read_parquet(io.BytesIO(page.get("/answer.parquet?month=12").content))
    assert table["calls"][0] == pytest.approx(december["113"], abs=1)
    first, *_ = csv.DictReader(io.StringIO(page.get("/answer.csv?month=7").text))
    assert float(first["calls"]) == pytest.approx(july["113"], abs=1)
    report = page.get("/report.html?month=7").text
    assert "07-01" in report
    assert "with /?month=7" in report


def test_a_scenario_that_begins_in_winter_stays_there_until_a_month_is_chosen() -> None:
    winter = Planning(begins="12-15")
    assert Sliders().asked(winter).first_day == 348
    assert Sliders(month=0).asked(winter).first_day is None
    assert Sliders(month=3).asked(winter).first_day == 59
    assert Sliders().asked(Planning()).first_day is None


def test_seats_come_on_top_of_the_scenarios() -> None:
    more = Planning(seats_more={"113": 2})
    assert Sliders().asked(more).seats_more == {"113": 2, "116117": 0}
    assert Sliders(seats_113=-1, seats_116117=1).asked(more).seats_more == {"113": 1, "116117": 1}


def test_a_scenarios_own_calls_are_the_pages_too() -> None:
    scenario = Scenario(title="a log", planning=Planning())
    log = {("AMK Oslo", "113"): Trace(np.arange(2.0, 20.0) * 86_400.0)}
    whatif = WhatIf(Path("log.toml"), scenario, NORWAY, 7, log)
    oslo = next(row for row in whatif.answer(Sliders(), rough=True).centres if row.name == "AMK Oslo")
    assert oslo.calls.mean == 18


def test_what_comes_after_the_pages_four_weeks_is_not_told_there() -> None:
    crashes = [{"centre": "AMK Oslo", "at_h": at_h} for at_h in (29 * 24 - 1, 29 * 24)]
    a_year = Planning.model_validate({"bursts": crashes})
    whatif = WhatIf(Path("year.toml"), Scenario(title="a year", planning=a_year), NORWAY, 7, {})
    told = [row.name for row in whatif.answer(Sliders(), rough=True).incidents]
    assert told == ["AMK Oslo, incident 1"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("volume_113=-1", 422),
        ("volume_114=1", 422),
        ("out=x;y", 422),
        ("month=13", 422),
        ("out=lycamobile", 422),
        ("seats_113=x", 422),
    ],
)
def test_what_no_slider_says_is_refused(page: Page, query: str, status: int) -> None:
    assert page.get(f"/answer?{query}").status_code == status


def test_no_call_at_all_says_what_to_change(page: Page) -> None:
    refused = page.get("/answer?volume_113=0&volume_116117=0")
    assert (refused.status_code, "a factor above 0" in refused.json()["detail"]) == (422, True)


def test_the_page_speaks_both_languages(page: Page) -> None:
    assert "Hva om?" in page.get("/?lang=nb").text
    assert "What if?" in page.get("/", headers={"Accept-Language": "en"}).text
    for language, asked in (("nb", "Bedt om å gå over til video"), ("en", "Asked to turn to video")):
        assert asked in page.get(f"/?lang={language}").text
    assert page.get("/page/whatif.js").headers["content-type"].startswith("text/javascript")
    assert set(page.get("/facts").json()["map"]["centres"]) == {c.name for c in NORWAY.centres}


# ---- in a browser


@contextlib.asynccontextmanager
async def in_browser(
    path: str = "/?lang=en", asked: Planning = A_YEAR, centres: int = 110
) -> AsyncIterator[tuple[Any, Any]]:
    """The page, with its first whole answer, and playwright's expect; no script on it may have failed."""
    api = pytest.importorskip("playwright.async_api")
    whatif = WhatIf(Path("year.toml"), Scenario(title="a year", planning=asked), NORWAY, 7, {})
    async with listening(whatif_app(whatif), "127.0.0.1", 0) as url, api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page, complaints = await browser.new_page(), []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url + path)
        await api.expect(page.locator("body:not(.waiting) #map circle")).to_have_count(
            centres, timeout=30_000
        )
        yield page, api.expect
        await browser.close()
    assert complaints == []


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: apt-get install chromium")
def test_every_centre_of_the_map_is_reached_by_keys_and_by_pointer_and_says_its_figures() -> None:
    async def body() -> None:
        async with asyncio.timeout(90), in_browser() as (page, expect):
            await expect(page.locator("#key")).to_contain_text("The places of 90 are invented")
            spots, meant = page.locator("#map circle"), page.locator("#meant")
            assert await spots.locator("xpath=self::*[@tabindex='0']").count() == 1  # one stop of the Tab key
            heard = set()
            await spots.first.focus()
            for _ in range(110):
                heard.add(await meant.inner_text())
                await page.keyboard.press("ArrowRight")
            assert len(heard) == 110
            await page.keyboard.press("End")
            last = await page.evaluate("document.activeElement.querySelector('title').textContent")
            assert last == await meant.inner_text()
            assert re.fullmatch(
                r"LV \d+: [\d.]+ % ± [\d.]+ % answered in time, target 80 %, wait p95 \d+ s, seats 1, "
                r"place invented",
                last,
            )
            await expect(page.get_by_role("img", name=last)).to_be_focused()  # what a screen reader reads
            await page.locator("#volume_116117").fill("300")
            await expect(meant).not_to_have_text(last, timeout=30_000)  # the same centre, answered anew
            assert (await meant.inner_text()).split(":")[0] == last.split(":")[0]
            oslo = await spots.filter(has_text="AMK Oslo").bounding_box()
            await page.mouse.move(oslo["x"] + 20, oslo["y"] + 4)  # beside it
            await expect(meant).to_contain_text("AMK Oslo")
            assert "invented" not in await meant.inner_text()
            await expect(page.locator("#last_seat")).to_have_text("")
            await page.locator("#seats_113").fill("-3")
            small = sum(centre.seats <= 3 for centre in NORWAY.centres if centre.line == "113")
            await expect(page.locator("#last_seat")).to_contain_text(f"all but one seat can go: {small}.")

    asyncio.run(body())


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: apt-get install chromium")
def test_a_chosen_month_is_in_the_link_the_files_and_the_answer() -> None:
    async def calls(page: Any) -> str:
        return str(await page.locator("#video dd").nth(1).inner_text())

    async def body() -> None:
        async with asyncio.timeout(90), in_browser() as (page, expect):
            month, settled = page.get_by_label("Four weeks of"), page.locator("body:not(.waiting)")
            assert await month.locator("option").all_inner_texts() == [
                "a mean year",
                *calendar.month_name[1:],
            ]
            paid = page.locator("#video div", has_text="staff")
            assert [re.sub(r"[\d,]{4,}", "N", text) for text in await paid.all_inner_texts()] == [
                "staff-years\nN",
                "kroner a year for the staff\nN",
            ]
            mean = await calls(page)
            await month.select_option("December")
            await expect(page).to_have_url(re.compile(r"/\?month=12&lang=en$"))
            for link in ("#csv", "#parquet", "#report"):
                await expect(page.locator(link)).to_have_attribute("href", re.compile(r"\?month=12$"))
            await expect(page.locator("#video dd").nth(1)).not_to_have_text(mean, timeout=30_000)
            await expect(settled).to_have_count(1, timeout=30_000)
            december = await calls(page)
            await page.reload()  # the link alone
            await expect(month).to_have_value("12")
            await expect(page.locator("#video dd").nth(1)).to_have_text(december, timeout=30_000)
            await page.get_by_role("button", name="As the scenario has it").click()
            await expect(month).to_have_value("0")
            await expect(page.locator("#video dd").nth(1)).to_have_text(mean, timeout=30_000)

    asyncio.run(body())


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: apt-get install chromium")
def test_the_map_shows_centres_only_whatever_else_is_planned() -> None:
    crowded = Planning.model_validate(
        {
            "begins": "12-15",
            "bursts": [{"centre": "AMK Bergen", "at_h": 30}],
            "merges": [{"name": "LV merged", "centres": ["LV 050", "LV 044", "LV 045"]}],
            "triage": {"116117": "arendal"},
            "other_lines": True,
        }
    )

    async def body() -> None:
        async with asyncio.timeout(90), in_browser(asked=crowded, centres=108) as (page, expect):
            await expect(page.locator("#map circle", has_text="LV merged")).to_have_count(1)
            await expect(page.locator("#map circle", has_text="incident")).to_have_count(0)
            await expect(page.locator("#month option").first).to_have_text("as the scenario has it")

    asyncio.run(body())
