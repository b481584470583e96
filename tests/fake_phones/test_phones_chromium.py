"""The phone that is a real browser, on a small page that speaks the contract."""

import asyncio
import os
import shutil
import tomllib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import bounded
import cv2
import pytest

from fake_phones.chromium import PROGRAM

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
A = "1111111111110001"

Lab = Callable[[], AbstractAsyncContextManager[Any]]

installed = pytest.mark.skipif(
    not shutil.which(os.environ.get("LAB113_CHROMIUM", PROGRAM)),
    reason="needs Chromium: apt-get install chromium",
)


run = partial(bounded.run, limit_s=90)


@pytest.mark.browser
@installed
def test_a_browser_films_switches_and_ends(lab: Lab, tmp_path: Path) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            phone = it.phone("p1", A, kind="chromium", screenshots_dir=str(tmp_path))
            assert await control.do("phone.add", **phone) == {"timed": False}
            await control.do("phone.open", phone="p1", link=it.service.link("p1"))
            await control.do("phone.consent", phone="p1")
            await control.do("phone.publish", phone="p1")
            await control.do("viewer.watch", **it.viewer("v1", A, "p1", timed=False))
            seen = await control.do("viewer.wait_for_camera", viewer="v1", camera="back")
            assert seen["captured_monotonic_s"] is None
            await it.service.order("p1", do="camera", camera="front")
            assert await it.service.answers.get() == {"did": "camera", "camera": "front"}
            await control.do("viewer.wait_for_camera", viewer="v1", camera="front")
            await it.service.order("p1", do="end", because="operator")
            assert await control.do("phone.wait_end", phone="p1") == {"because": "operator"}
            left = await control.do("viewer.leave", viewer="v1")
            await control.do("phone.remove", phone="p1")
            assert it.service.heard[:3] == [("p1", "page True"), ("p1", "opened"), ("p1", "consent")]
            assert left["read"] > 0
            assert left["latency_ms"] is None
            told = [e["event"] for e in control.events if e["event"].split(".")[0] not in ("viewer", "frame")]
            story = ["link.opened", "consent.given", "media.connected", "camera.switched", "media.stopped"]
            assert told in (story, [story[0], story[2], story[1], *story[3:]])

    run(body())
    shown = {path.name for path in tmp_path.iterdir()}
    assert shown == {f"phone-p1-{step}.png" for step in ("opened", "consented", "filming")}


@pytest.mark.browser
@installed
def test_a_browser_without_camera_permission_and_one_that_says_no(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await control.do("phone.add", **it.phone("p1", A, kind="chromium", camera_fails=True))
            with pytest.raises(Exception, match="410") as refused:
                await control.do("phone.open", phone="p1", link=it.service.link("expired"))
            assert (refused.value.kind, refused.value.status) == ("refused", 410)
            await control.do("phone.open", phone="p1", link=it.service.link("p1"))
            await control.do("phone.consent", phone="p1")
            with pytest.raises(Exception, match="NotAllowedError") as broken:
                await control.do("phone.publish", phone="p1")
            assert broken.value.kind == "broken"
            await control.do("phone.open", phone="p1", link=it.service.link("p2"))
            await control.do("phone.refuse", phone="p1")
            assert await control.do("phone.wait_end", phone="p1") == {"because": "refused"}
            assert it.service.publishers == {}

    run(body())


@pytest.mark.browser
@installed
def test_a_browsers_page_is_reloaded_locked_and_closed(lab: Lab, tmp_path: Path) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            phone = it.phone("p1", A, kind="chromium", device="iPhone SE", screenshots_dir=str(tmp_path))
            await control.do("phone.add", **phone)
            await control.do("phone.open", phone="p1", link=it.service.link("p1"))
            await control.do("phone.consent", phone="p1")
            await control.do("phone.publish", phone="p1")
            first, ended = it.service.publishers["p1"], control.start("phone.wait_end", phone="p1")
            await control.do("phone.reload", phone="p1")
            assert it.service.publishers["p1"] is not first
            await control.do("viewer.watch", **it.viewer("v1", A, "p1", timed=False))
            await control.do("viewer.wait_for_camera", viewer="v1")
            await control.do("phone.lock", phone="p1")
            await asyncio.sleep(1.5)
            await control.do("phone.unlock", phone="p1")
            back = await control.event("frame.first", viewer="v1", camera="back")
            while "lost_monotonic_s" not in back:
                await asyncio.sleep(0.05)
                back = [e for e in control.events if e["event"] == "frame.first"][-1]
            assert back["seen_monotonic_s"] - back["lost_monotonic_s"] > 1  # dark: no new frame went out
            assert not ended.done()
            await control.do("phone.close_tab", phone="p1")
            assert await ended == {"because": "tab closed"}
            told = [(e["event"], e.get("because")) for e in control.events if e["event"].startswith("media.")]
            assert [each for each in told if each != ("media.lost", None)] == [
                ("media.connected", None),
                ("media.lost", "page reloaded"),
                ("media.recovered", None),
                ("media.lost", "phone locked"),
                ("media.recovered", None),
                ("media.stopped", "tab closed"),
            ]
            with pytest.raises(Exception, match="no link is open"):
                await control.do("phone.reload", phone="p1")
            assert (await control.do("phone.remove", phone="p1"))["frames_sent"] > 0

    run(body())
    assert cv2.imread(str(tmp_path / "phone-p1-filming.png")).shape[1] == 640  # 320 wide, two pixels each


@pytest.mark.browser
@installed
def test_a_device_that_does_not_exist_is_refused_with_the_nearest(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            with pytest.raises(Exception, match=r"no device 'pixel7'; did you mean .*Pixel 7") as refused:
                await control.do("phone.add", **it.phone("p1", A, kind="chromium", device="pixel7"))
            assert refused.value.kind == "usage"
            assert (await control.do("farm.totals"))["phones"] == 0

    run(body())


@pytest.mark.browser
def test_every_device_of_the_scenarios_is_one_of_playwrights() -> None:
    from playwright.sync_api import sync_playwright

    named = tomllib.loads((SCENARIOS / "data" / "devices.toml").read_text())
    with sync_playwright() as playwright:
        assert [name for name in named if name not in playwright.devices] == []


def test_without_chromium_the_remedy_is_named(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("playwright")
    monkeypatch.setenv("LAB113_CHROMIUM", "/nowhere/chromium")

    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            with pytest.raises(Exception, match="apt-get install chromium") as broken:
                await control.do("phone.add", **it.phone("p1", A, kind="chromium"))
            assert broken.value.kind == "broken"
            assert (await control.do("farm.totals"))["phones"] == 0

    run(body())
