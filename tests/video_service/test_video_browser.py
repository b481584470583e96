"""The pages in a real browser: Debian's Chromium as the caller's phone and as an invited viewer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from quiet_chromium import CHROMIUM, QUIET
from vs_rig import Lab, lab

playwright = pytest.importorskip("playwright.async_api")
PLAYED = "document.getElementById('picture').getVideoPlaybackQuality().totalVideoFrames"
ARGS = [*QUIET, "--use-fake-device-for-media-stream"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium: apt-get install chromium"),
]


@contextlib.asynccontextmanager
async def browser(*, camera: bool = True) -> AsyncIterator[tuple[Any, Any]]:
    """(Chromium, playwright); without `camera` the permission is refused."""
    async with playwright.async_playwright() as driver:
        args = [*ARGS, "--use-fake-ui-for-media-stream"] if camera else ARGS
        chromium = await driver.chromium.launch(executable_path=str(CHROMIUM), args=args)
        yield chromium, driver
        await chromium.close()


async def phone_page(chromium: Any, driver: Any, link: str, **more: Any) -> Any:
    context = await chromium.new_context(**driver.devices["Pixel 7"], locale="nb-NO", **more)
    page = await context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    await page.goto(link)
    await in_state(page, "ask")
    return page


async def in_state(page: Any, state: str) -> None:
    await page.wait_for_selector(f'#state[data-state="{state}"]', timeout=15_000)


def test_the_caller_agrees_films_switches_reloads_and_stops(tmp_path: Path) -> None:
    async def body() -> None:
        async with browser() as (chromium, driver), lab(tmp_path) as it:
            session, phone = await it.called()
            page = await phone_page(chromium, driver, phone.link)
            assert await page.text_content("#yes") == "Ja, vis kameraet mitt"
            assert not await page.is_visible("#stop")
            await page.tap("#yes")
            await in_state(page, "live")
            assert await page.evaluate("document.getElementById('preview').srcObject.active")

            eye = it.eye(session)
            assert (await eye.watch()).status_code == 201
            await _ten_frames(eye)
            doctor = await _viewer_page(chromium, it, session)

            at = f"/api/sessions/{session['session']}/camera"
            assert (await it.http.put(at, json={"camera": "front"})).status_code == 202
            assert (await it.event("camera.switched"))["camera"] == "front"
            await _ten_frames(eye)

            await page.reload()
            await in_state(page, "live")  # without being asked again
            await _ten_frames(eye)

            await page.tap("#stop")
            await in_state(page, "ended")
            assert await page.evaluate("document.getElementById('preview').srcObject") is None
            await in_state(doctor, "ended")
            assert await doctor.evaluate("document.getElementById('picture').srcObject") is None
            assert await eye.quiet()
            assert (await it.state(session))["ended_because"] == "withdrawn"
            assert page.wrong == []

    asyncio.run(body())


async def _ten_frames(eye: Any) -> None:
    while not eye.levels.empty():
        eye.levels.get_nowait()
    for _ in range(10):
        await eye.levels.get()


async def _viewer_page(chromium: Any, it: Lab, session: dict[str, Any]) -> Any:
    answer = await it.http.post(f"/api/sessions/{session['session']}/viewers", json={"role": "lege"})
    page = await (await chromium.new_context(locale="nb-NO")).new_page()
    await page.goto(answer.json()["page_url"])
    await in_state(page, "watching")
    for _ in range(100):
        if await page.evaluate(PLAYED) >= 5:
            break
        await asyncio.sleep(0.1)
    assert await page.evaluate(PLAYED) >= 5
    assert "lege" in await page.text_content("#who")
    return page


def test_a_phone_that_refuses_the_camera_helps_and_may_try_again(tmp_path: Path) -> None:
    async def body() -> None:
        async with browser(camera=False) as (chromium, driver), lab(tmp_path) as it:
            session, phone = await it.called()
            page = await phone_page(chromium, driver, phone.link, permissions=[])
            await page.tap("#yes")
            await in_state(page, "no_camera")
            assert await page.is_visible("#help-denied")
            assert "NotAllowedError" in (await it.event("camera.failed"))["detail"]
            assert await page.is_visible("#steps-android")
            assert not await page.is_visible("#steps-iphone")
            await page.tap("#retry")
            await in_state(page, "no_camera")  # still denied
            await page.context.grant_permissions(["camera"])
            await in_state(page, "live")  # without a press: the browser tells the page
            await it.event("media.connected")
            await it.http.delete(f"/api/sessions/{session['session']}")
            await in_state(page, "ended")

    asyncio.run(body())


def test_the_caller_says_no_and_a_second_browser_is_turned_away(tmp_path: Path) -> None:
    async def body() -> None:
        async with browser() as (chromium, driver), lab(tmp_path) as it:
            session, phone = await it.called()
            page = await phone_page(chromium, driver, phone.link)
            second = await phone_page(chromium, driver, phone.link)
            await page.tap("#yes")
            await in_state(page, "live")
            await second.tap("#yes")
            await in_state(second, "elsewhere")
            await it.http.delete(f"/api/sessions/{session['session']}")

            refused, phone = await it.called(call="c2")
            page = await phone_page(chromium, driver, phone.link)
            await page.tap("#no")
            await in_state(page, "declined")
            await it.event("consent.refused")
            assert (await it.state(refused))["ended_because"] == "refused"

    asyncio.run(body())
