"""The page in a real browser: legible, quiet, and harmless."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from quiet_chromium import CHROMIUM, QUIET

from reports import write_report

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: apt-get install chromium"),
]
OVERLAPS = """() => [...document.querySelectorAll('svg.chart')].flatMap(chart => {
    const words = [...chart.querySelectorAll('.word')].map(
        word => [word.textContent, word.getBoundingClientRect()]);
    const lie = (p, q) => p.left < q.right - 1 && q.left < p.right - 1
        && p.top < q.bottom - 3 && q.top < p.bottom - 3;
    return words.flatMap(([one, p], i) =>
        words.slice(i + 1).filter(([_, q]) => lie(p, q)).map(([other]) => one + ' / ' + other));
})"""


@pytest.fixture
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield chromium
        chromium.close()


def test_nothing_overlaps_nothing_is_fetched_nothing_runs(live_folder: Path, browser: object) -> None:
    verdict = json.loads((live_folder / "verdict.json").read_text(encoding="utf-8"))
    verdict["title"] = "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"
    (live_folder / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    address = write_report(live_folder).as_uri()
    fetched: list[str] = []
    complaints: list[str] = []
    for width in (1280, 420):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.on("request", lambda request: fetched.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(address, timeout=20_000)
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        assert "<script>" in page.title()
        page.close()
    assert {url for url in fetched if not url.startswith("data:")} == {address}
    assert complaints == []
