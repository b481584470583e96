"""An attached phone: a browser behind a WebDriver, with Debian's chromedriver as a stand-in."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from quiet_chromium import CHROMIUM, QUIET

pytestmark = [pytest.mark.browser, pytest.mark.long]

SCENARIO = """
title = "A browser behind a WebDriver"
pace = "condensed"
[condensed]
wait_s_median = 0.5
sms_s_median = 0.5
[[calls]]
kind = "single"
at_s = 0
line = "113"
centre = "AMK Bergen"
outcome = "seen"
operator = {{ switches_camera_at_s = [2], holds_video_s = 6 }}
[calls.caller]
carrier = "telia"
phone = "attached"
webdriver = "{url}"
[calls.caller.capabilities]
browserName = "chrome"
"goog:chromeOptions" = {{ binary = "{chromium}", args = {args} }}
[limits]
call_s = 100
"""


@pytest.fixture
def chromedriver() -> Iterator[str]:
    """The address of a WebDriver."""
    if not shutil.which("chromedriver"):
        pytest.skip("needs chromedriver: apt-get install chromium-driver")
    with subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True) as driver:
        try:
            assert driver.stdout is not None
            for line in driver.stdout:
                if found := re.search(r"started successfully on port (\d+)", line):
                    break
            yield f"http://127.0.0.1:{found[1]}"
        finally:
            driver.terminate()


def test_a_browser_behind_a_webdriver_opens_the_link_agrees_and_films(
    command_line: Any, tmp_path: Path, chromedriver: str
) -> None:
    args = ["--headless=new", *QUIET, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    scenario = tmp_path / "attached.toml"
    scenario.write_text(SCENARIO.format(url=chromedriver, chromium=CHROMIUM, args=json.dumps(args)))
    code, said = command_line.lab113("run", str(scenario), "--report", str(tmp_path / "runs"))
    assert code == 0, said
    (folder,) = (tmp_path / "runs").iterdir()
    verdict = json.loads((folder / "verdict.json").read_text())
    assert verdict["metrics"]["sessions_completed"] == 1
    assert verdict["metrics"]["camera_switch_s_n"] == 1
    assert verdict["metrics"]["stamp_read_ratio"] is None
    assert (
        "the pictures of an attached phone: they carry no stamp and are not judged" in verdict["not_covered"]
    )
    assert "a real handset (Safari, a real radio)" in verdict["not_covered"]  # this one runs on this machine
    assert not list((folder / "stills").iterdir())  # a real camera's picture is nobody's to keep
    _is_told(folder)


def test_a_person_scans_the_code_and_presses(command_line: Any, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    scenario = tmp_path / "attached.toml"
    lines = [line for line in SCENARIO.format(url="", chromium="", args="").splitlines() if line]
    by_hand = [
        line for line in lines if not line.startswith(("webdriver", "[calls.caller.cap", "browser", '"'))
    ]
    scenario.write_text("\n".join(by_hand))
    run = command_line.start("sim", "run", str(scenario), "--report", str(tmp_path / "runs"))
    link = _scanned(tmp_path / "runs")
    with sync_playwright() as playwright:
        flags = [*QUIET, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = browser.new_page()
        page.goto(link)
        page.click("#yes")
        said, _ = run.communicate(timeout=60)
        browser.close()
    assert run.returncode == 0, said
    assert "█" in said  # the code, for the terminal
    (folder,) = (tmp_path / "runs").iterdir()
    verdict = json.loads((folder / "verdict.json").read_text())
    assert "a real handset (Safari, a real radio)" not in verdict["not_covered"]
    _is_told(folder)


def _scanned(runs: Path) -> str:
    """The link in the code, as a camera reads it."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        for path in runs.glob("*/screenshots/*link.png"):
            if (picture := cv2.imread(str(path))) is not None:
                return str(cv2.QRCodeDetector().detectAndDecode(picture)[0])
        time.sleep(0.2)
    raise AssertionError("no code was shown")


def _is_told(folder: Path) -> None:
    told = [json.loads(line)["event"] for line in (folder / "journal.jsonl").read_text().splitlines()]
    assert [e for e in told if e in ("link.shown", "link.opened", "media.connected", "frame.first")] == [
        "link.shown",
        "link.opened",
        "media.connected",
        "frame.first",
        "frame.first",
    ]
