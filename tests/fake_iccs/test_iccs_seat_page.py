"""The operator's seat page: served in two languages, and clicked through in a real browser."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from quiet_chromium import CHROMIUM, QUIET


def test_the_page_is_served_in_two_languages_and_needs_nothing_from_outside(
    a_room: Callable[..., Any],
) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            norwegian = await room.http.get("/seat/AMK Bergen/1")
            assert "Legg på" in norwegian.text
            english = await room.http.get("/seat/AMK Bergen/1?lang=en")
            assert "TRAINING / LAB, not for real emergencies" in english.text
            assert "://" not in norwegian.text + (await room.http.get("/seat.css")).text
            for script in ("seat.js", "picture.js", "words.js"):
                assert "javascript" in (await room.http.get(f"/{script}")).headers["content-type"]
            unknown = await room.http.get("/seat/AMK Bergen/7")
            assert unknown.status_code == 404
            assert "the nearest is" in unknown.json()["detail"]
            assert (await room.http.get("/seat/AMK Bergen/1?lang=xx")).status_code == 422

    asyncio.run(body())


def test_both_languages_have_the_same_words() -> None:
    from fake_iccs.seat_page import WORDS

    def keys(words: dict[str, Any]) -> list[set[str]]:
        return [set(words), set(words["names"]), set(words["events"])]

    assert keys(WORDS["nb"]) == keys(WORDS["en"])


@pytest.mark.browser
def test_an_operator_is_told_that_no_sms_went_out(a_room: Callable[..., Any]) -> None:
    api = pytest.importorskip("playwright.async_api")

    async def body() -> None:
        async with asyncio.timeout(90), a_room() as room, api.async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = await browser.new_page()
            await page.goto(f"{room.url}/seat/AMK Bergen/1")
            call = await room.answered(consent=True)
            await page.click("#send-link")
            await room.until(lambda: room.stub.sessions)
            (session,) = room.stub.sessions
            room.stub.tell("sms.failed", session, reason="bad number", final=True)
            await room.stub.end(session, "sms_failed")
            words = "Ingen SMS gikk ut. Be innringer om et annet nummer, eller fortsett med tale."
            await api.expect(page.locator("#video-state")).to_have_text(words)
            await api.expect(page.locator("#send-link")).to_be_enabled()
            assert (await room.ask("GET", f"/calls/{call}"))["video"]["because"] == "sms_failed"
            await browser.close()

    asyncio.run(body())


@pytest.mark.browser
def test_an_operator_answers_asks_sees_and_hangs_up(a_room: Callable[..., Any]) -> None:
    api = pytest.importorskip("playwright.async_api")

    async def body() -> None:
        async with asyncio.timeout(90), a_room() as room, api.async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = await browser.new_page()
            crashes: list[str] = []
            page.on("pageerror", lambda error: crashes.append(str(error)))
            await page.goto(f"{room.url}/seat/AMK Bergen/1?lang=en")
            await click_through(room, page, api.expect)
            assert crashes == []
            await browser.close()

    asyncio.run(body())


@pytest.mark.browser
def test_urgent_calls_stand_first_in_the_queue(a_room: Callable[..., Any]) -> None:
    api = pytest.importorskip("playwright.async_api")

    async def body() -> None:
        async with asyncio.timeout(90), a_room() as room, api.async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = await browser.new_page()
            for seat in (1, 2):
                await room.ask("PUT", f"/seats/AMK Bergen/{seat}", {"state": "away"})
            for n, priority in enumerate(("normal", "urgent", "normal", "urgent"), 1):
                ringing = {"number": f"+471000000{n}", "line": "113", "centre": "AMK Bergen"}
                await room.ask("POST", "/calls", {**ringing, "priority": priority}, 201)
            await page.goto(f"{room.url}/seat/AMK Bergen/1")
            await api.expect(page.locator("#queue li")).to_have_count(4)
            numbers = await page.locator("#queue .number").all_inner_texts()
            assert [number[-1] for number in numbers] == ["2", "4", "1", "3"]
            await browser.close()

    asyncio.run(body())


@pytest.mark.browser
def test_a_seat_sees_that_its_centre_is_closed_and_another_whom_the_caller_rang(
    a_room: Callable[..., Any],
) -> None:
    api = pytest.importorskip("playwright.async_api")

    async def body() -> None:
        async with asyncio.timeout(90), a_room() as room, api.async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            closed, taking = await browser.new_page(), await browser.new_page()
            await closed.goto(f"{room.url}/seat/AMK Stord/1?lang=en")
            await taking.goto(f"{room.url}/seat/AMK Bergen/1?lang=en")
            await api.expect(closed.locator("#seat-state")).to_have_text("Free")
            await room.ask("PUT", "/centres/AMK Stord/route", {"to": "AMK Bergen"})
            await api.expect(closed.locator("#seat-state")).to_have_text("Closed, others take the calls")
            ringing = {"number": "+4710000001", "line": "113", "centre": "AMK Stord"}
            await room.ask("POST", "/calls", ringing, 201)
            row = taking.locator("#queue .where")
            await api.expect(row).to_have_text("113 · Rings at your seat · rang AMK Stord")
            await taking.click("#answer")
            timeline = taking.locator("#timeline")
            await api.expect(timeline).to_contain_text("which takes the calls of AMK Stord")
            await browser.close()

    asyncio.run(body())


async def sms_is_delayed(room: Any, session: str, page: Any, expect: Any) -> None:
    """The operator reads what the SMS waits for, each news once."""
    state, timeline = page.locator("#video-state"), page.locator("#timeline li:visible")
    delayed = "SMS delayed: the mobile network has not taken it."

    def fails(then: str) -> None:
        reason = "SMSC at 127.0.0.1:1: no answer within 5 s"
        room.stub.tell("sms.failed", session, reason=reason, final=False, next=then)

    room.stub.tell("sms.submitted", session, **{"try": 1})
    fails("again in 0.5 s")
    await expect(state).to_have_text(f"{delayed} Trying again.")
    room.stub.tell("sms.submitted", session, **{"try": 2})
    fails("again in 1 s")
    fails("route 2 of 2")
    await expect(state).to_have_text(f"{delayed} Trying another way.")
    room.stub.tell("sms.submitted", session, **{"try": 3})
    room.stub.tell("sms.accepted", session)
    await expect(state).to_contain_text("Waiting for the caller to open it")
    texts = [re.sub("^[0-9:]+", "", text) for text in await timeline.all_inner_texts()]
    assert [text.strip() for text in texts if "SMS" in text] == [
        *("SMS sent", f"{delayed} Trying again.", f"{delayed} Trying another way."),
        "SMS accepted by the mobile network",
    ]


async def click_through(room: Any, page: Any, expect: Any) -> None:
    ringing = {"call": "c1", "number": "+4710000001", "line": "113", "centre": "AMK Bergen"}
    await expect(page.locator("#answer")).to_be_disabled()
    await room.ask("POST", "/calls", ringing, 201)
    await page.click("#answer")
    await expect(page.locator("#call-state")).to_have_text("On a call, 113")
    await expect(page.locator("#send-link")).to_be_disabled()
    await page.click("#ask-video")
    await page.click("#said-yes")
    await expect(page.locator("#video-state")).to_have_text("The caller said yes. Send the link.")

    room.stub.fails = (500, "the SMS gateway is down")
    await page.click("#send-link")
    await expect(page.locator("#error-send-link")).to_contain_text("the SMS gateway is down")
    room.stub.fails = None
    await page.click("#send-link")
    await expect(page.locator("#error-send-link")).to_be_empty()
    await expect(page.locator("#video-state")).to_contain_text("Waiting for the caller to open it")

    (session,) = room.stub.sessions
    await sms_is_delayed(room, session, page, expect)
    room.stub.tell("link.opened", session)
    room.stub.tell("consent.given", session, how="page")
    room.stub.sessions[session]["state"] = "live"
    room.stub.camera_source = room.stub.moving_picture
    room.stub.tell("media.connected", session)
    await expect(page.locator("#video-state")).to_have_text("Live picture, back camera", timeout=30_000)
    assert await page.evaluate("document.querySelector('#picture').videoWidth") == 160
    await page.click("#switch-camera")
    await expect(page.locator("#video-state")).to_have_text("Live picture, front camera")
    await page.click("#invite-doctor")
    await expect(page.locator("#doctor-link")).to_have_value(re.compile(f"^{room.stub_url}/watch/"))

    await page.reload()
    await expect(page.locator("#video-state")).to_have_text("Live picture, front camera", timeout=30_000)
    await expect(page.locator("#timeline")).to_contain_text("The caller agreed on the phone")

    await page.click("#end-video")
    await expect(page.locator("#video-state")).to_have_text("Video ended (operator)")
    assert await page.evaluate("document.querySelector('#picture').srcObject") is None
    await page.click("#hang-up")
    await expect(page.locator("#call-state")).to_have_text("The call is over. Hung up by operator")
    await expect(page.locator("#hang-up")).to_be_disabled()
    told = [event["event"] for event in await room.events() if event["call"] == "c1"]
    assert told.count("video.ended") == 1
    assert told.count("call.ended") == 1
