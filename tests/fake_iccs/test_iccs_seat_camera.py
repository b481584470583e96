"""The operator reads at the seat why a phone gives no picture, until it does."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from quiet_chromium import CHROMIUM, QUIET


@pytest.mark.browser
def test_an_operator_is_told_why_there_is_no_picture(a_room: Callable[..., Any]) -> None:
    api = pytest.importorskip("playwright.async_api")

    async def body() -> None:
        async with asyncio.timeout(90), a_room() as room, api.async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = await browser.new_page()
            await page.goto(f"{room.url}/seat/AMK Bergen/1?lang=en")
            await room.answered(consent=True)
            await page.click("#send-link")
            await room.until(lambda: room.stub.sessions)
            (session,) = room.stub.sessions
            room.stub.tell("consent.given", session, how="page")
            state = page.locator("#video-state")
            await api.expect(state).to_have_text("Consent given. Waiting for the camera.")
            for detail, words in (
                ("NotAllowedError: Permission denied", "does not let us use the camera"),
                ("muted: the phone is locked, or another app has the camera", "The phone is locked"),
                ("NotReadableError: Could not start video source", "The phone's camera does not start"),
            ):
                room.stub.tell("camera.failed", session, detail=detail)
                await api.expect(state).to_contain_text(words)
            await api.expect(page.locator("#timeline")).to_contain_text("does not let us use the camera")
            room.stub.tell("camera.switched", session, camera="back")
            await api.expect(state).to_have_text("Consent given. Waiting for the camera.")
            await browser.close()

    asyncio.run(body())
