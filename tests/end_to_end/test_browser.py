"""Debian's Chromium as the caller's phone once, and as the operator's seat once."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from quiet_chromium import CHROMIUM, QUIET

from sim.journal import Record, read_journal

pytestmark = pytest.mark.browser

BROWSER = Path(__file__).resolve().parents[2] / "scenarios" / "browser"


def _verdict(parent: Path) -> tuple[Path, dict[str, Any]]:
    (folder,) = parent.iterdir()
    return folder, json.loads((folder / "verdict.json").read_text())


def test_chromium_is_the_callers_phone(command_line: Any, tmp_path: Path) -> None:
    code, said = command_line.lab113("run", str(BROWSER / "chromium-phone.toml"), "--report", str(tmp_path))
    assert code == 0, said
    folder, verdict = _verdict(tmp_path)
    assert verdict["metrics"]["stray_frames"] == 0
    assert verdict["metrics"]["camera_switch_s_n"] == 1
    assert "a real browser as the caller's phone" not in verdict["not_covered"]
    assert len(list((folder / "screenshots").glob("*.png"))) >= 3
    assert {"call-1-operator-back", "call-1-operator-front"} <= {
        "-".join(still.stem.split("-")[:4]) for still in (folder / "stills").iterdir()
    }


def test_a_page_that_is_reloaded_or_goes_dark_films_again(command_line: Any, tmp_path: Path) -> None:
    code, said = command_line.lab113("run", str(BROWSER / "page-reloaded.toml"), "--report", str(tmp_path))
    assert code == 0, said
    folder, verdict = _verdict(tmp_path)
    assert verdict["metrics"]["recovery_s_n"] >= 2
    assert 3 <= verdict["metrics"]["recovery_s_max"] < 15  # the screen was dark for 3 s
    told = [(r.event, r.facts.get("because")) for r in _of_caller(folder) if r.event.startswith("media.")]
    assert ("media.lost", "page reloaded") in told
    assert ("media.lost", "phone locked") in told
    assert sum(event == "media.recovered" for event, _ in told) == 2


def test_a_refused_camera_is_told_to_the_operator(command_line: Any, tmp_path: Path) -> None:
    scenario = str(BROWSER / "permission-refused.toml")
    code, said = command_line.lab113("run", scenario, "--report", str(tmp_path))
    assert code == 0, said
    folder, _ = _verdict(tmp_path)
    records = read_journal(folder / "journal.jsonl")
    failed = {r.actor: r.facts["detail"] for r in records if r.event == "camera.failed"}
    assert failed["caller"] == "NotAllowedError"
    assert failed["iccs"].startswith("NotAllowedError")
    assert (folder / "screenshots" / "phone-call-1-no-camera.png").exists()


def _of_caller(folder: Path) -> list[Record]:
    return [record for record in read_journal(folder / "journal.jsonl") if record.actor == "caller"]


def test_chromium_is_the_operators_seat(command_line: Any, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    lesson = command_line.start("sim", "train", str(BROWSER / "seat.toml"), "--report", str(tmp_path))
    seat = _seat_page(lesson)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, "--disable-quic"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(30_000)
        page.goto(f"{seat}?lang=en")
        page.click("#answer:not([disabled])")
        page.click("#ask-video:not([disabled])")
        page.click("#send-link:not([disabled])")  # comes alive when the caller has said yes
        _until_picture_runs(page, 640)
        (folder,) = tmp_path.iterdir()
        (folder / "screenshots").mkdir(exist_ok=True)
        page.screenshot(path=str(folder / "screenshots" / "seat-back.png"))
        page.click("#switch-camera:not([disabled])")
        page.wait_for_selector("#timeline >> text=/front camera/i >> nth=-1")
        page.wait_for_timeout(1500)
        page.screenshot(path=str(folder / "screenshots" / "seat-front.png"))
        page.click("#end-video:not([disabled])")
        page.click("#hang-up:not([disabled])")
        said, _ = lesson.communicate(timeout=60)
        browser.close()
    assert lesson.returncode == 0, said
    _, verdict = _verdict(tmp_path)
    assert verdict["mode"] == "train"
    assert verdict["metrics"]["camera_switch_s_n"] == 1
    assert verdict["metrics"]["stray_frames"] == 0


def _until_picture_runs(page: Any, width: int) -> None:
    page.wait_for_function(
        "width => { const v = document.querySelector('video#picture');"
        " return v && v.videoWidth === width && v.currentTime > 1; }",
        arg=width,
    )


def _seat_page(lesson: subprocess.Popen[str]) -> str:
    assert lesson.stdout is not None
    said = ""
    while not (found := re.search(r"http://127\.0\.0\.1:\d+/seat/\S+", said)):
        line = lesson.stdout.readline()
        assert line, said
        said += line
    return found[0]
