"""Ambulances' streams in the control room: who is told, who may watch, and what a seat can do."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from quiet_chromium import CHROMIUM, QUIET

BERGEN, STORD = "AMK Bergen/1", "AMK Stord/1"
NAMED = {"unit": "Ambulanse 3-1", "amk": "AMK Bergen", "centres": ["AMK Bergen", "AMK Stord", "LV Annet"]}


async def begun(room: Any, session: str = "s1", **facts: Any) -> str:
    """A stream that films, for Bergen and Stord and a centre of another control room."""
    room.stub.sessions[session] = {"session": session, "state": "live", "ended_because": None}
    room.stub.tell("ambulance.started", session, **{"call": None, **NAMED, **facts})
    room.stub.tell("media.connected", session)
    await room.events("media.connected")
    return session


def path(session: str, more: str = "", seat: str = BERGEN) -> str:
    return f"/ambulances/{session}{more}?seat={seat}"


def test_only_named_centres_are_told_and_asked(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            session = await begun(room, centres=["AMK Bergen"])
            told = await room.events("media.connected", centre="AMK Bergen")
            assert [event["event"] for event in told] == ["ambulance.started", "media.connected"]
            about = {"unit": "Ambulanse 3-1", "centres": ["AMK Bergen"], "session": session, "call": None}
            assert all(event.items() >= about.items() for event in told)
            last = told[-1]["n"]
            room.stub.tell("viewer.watching", session, role="operator")
            await room.answered("c1", STORD)
            (first, *_) = await room.events("call.answered", centre="AMK Stord")
            assert first["event"] == "call.placed"  # nothing of the stream before it
            assert (first["call"], first["n"] > last) == ("c1", True)

            assert [each["session"] for each in await streams(room, "AMK Bergen")] == [session]
            assert await streams(room, "AMK Stord") == []
            for method, more, sent in NOT_FOR_STRANGERS:
                await room.ask(method, path(session, more, STORD), sent, 404)
                await room.ask(method, path(session, more, "AMK Bergen/9"), sent, 404)
                await room.ask(method, path("none", more), sent, 404)
                await room.ask(method, f"/ambulances/{session}{more}", sent, 422)
            await room.ask("GET", "/ambulances?centre=AMK Nowhere", None, 404)
            await room.ask("GET", "/ambulances", None, 422)
            assert room.stub.asked == []

    asyncio.run(body())


NOT_FOR_STRANGERS: list[tuple[str, str, Any]] = [
    ("PUT", "/watch", None),
    ("DELETE", "/watch", None),
    ("PUT", "/camera", {"camera": "front"}),
    ("PUT", "/viewers/doctor", None),
    ("DELETE", "/viewers/doctor", None),
    ("DELETE", "", None),
]


async def streams(room: Any, centre: str) -> list[dict[str, Any]]:
    return await room.ask("GET", f"/ambulances?centre={centre}")


def test_seats_watch_each_with_a_place_of_its_own(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            session = await begun(room)
            (stream,) = await streams(room, "AMK Stord")
            assert stream == {
                "session": session,
                "state": "live",
                "camera": "back",
                "because": None,
                **NAMED,
                "seats": [],
                "viewers": [],
            }
            places = {}
            for seat in (BERGEN, "AMK Bergen/2", STORD):
                places[seat] = await room.ask("PUT", path(session, "/watch", seat), None, 201)
                assert await room.ask("PUT", path(session, "/watch", seat), None, 200) == places[seat]
            assert len({place["viewer"] for place in places.values()}) == 3
            assert places[STORD]["whep_url"] == f"{room.stub_url}/whep/{session}"
            assert [body for _, _, body in room.stub.asked] == [{"role": "operator"}] * 3
            assert room.stub.centres_asking == ["AMK Bergen", "AMK Bergen", "AMK Stord"]
            (at_bergen,) = await streams(room, "AMK Bergen")
            assert at_bergen["seats"] == [BERGEN, "AMK Bergen/2"]

            for _ in range(2):
                await room.ask("DELETE", path(session, "/watch", STORD), None, 204)
            gone = f"/api/sessions/{session}/viewers/{places[STORD]['viewer']}"
            assert room.stub.asked[3:] == [("DELETE", gone, None)]
            assert (await streams(room, "AMK Stord"))[0]["seats"] == []
            anew = await room.ask("PUT", path(session, "/watch", STORD), None, 201)
            assert anew["viewer"] != places[STORD]["viewer"]

    asyncio.run(body())


def test_two_presses_at_once_make_one_place(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            session = await begun(room)
            room.stub.delay_s = 0.05
            both = await asyncio.gather(*(room.http.put(path(session, "/watch")) for _ in range(3)))
            assert sorted(answer.status_code for answer in both) == [200, 200, 201]
            assert len({answer.json()["viewer"] for answer in both}) == 1

    asyncio.run(body())


def test_a_centre_invites_its_own_doctor_and_switches_the_camera(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            session = await begun(room)
            doctor = await room.ask("PUT", path(session, "/viewers/doctor", STORD), None, 201)
            assert doctor["page_url"].startswith(f"{room.stub_url}/watch/")
            assert await room.ask("PUT", path(session, "/viewers/doctor", STORD), None, 200) == doctor
            assert [(await streams(room, at))[0]["viewers"] for at in ("AMK Stord", "AMK Bergen")] == [
                [doctor],
                [],
            ]
            await room.ask("DELETE", path(session, "/viewers/doctor", BERGEN), None, 204)  # not Bergen's
            assert len((await streams(room, "AMK Stord"))[0]["viewers"]) == 1
            await room.ask("DELETE", path(session, "/viewers/doctor", STORD), None, 204)
            assert (await streams(room, "AMK Stord"))[0]["viewers"] == []

            await room.ask("PUT", path(session, "/camera", STORD), {"camera": "sideways"}, 422)
            await room.ask("PUT", path(session, "/camera", STORD), {"camera": "front"}, 202)
            told = await room.events("camera.switched")
            requested = [event for event in told if event["event"] == "camera.requested"]
            assert [(event["seat"], event["camera"]) for event in requested] == [(STORD, "front")]  # once
            assert (await streams(room, "AMK Bergen"))[0]["camera"] == "front"

    asyncio.run(body())


def test_only_the_units_own_amk_ends_the_stream(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            session = await begun(room)
            refused = await room.ask("DELETE", path(session, seat=STORD), None, 409)
            assert "AMK Bergen ends this stream" in refused["detail"]
            assert room.stub.asked == []
            await room.ask("DELETE", path(session), None, 204)
            room.stub.tell("ambulance.ended", session, because="operator", **NAMED)
            told = await room.events("ambulance.ended", centre="AMK Stord")
            assert told[-1]["because"] == "operator"
            assert await streams(room, "AMK Bergen") == []
            await room.ask("DELETE", path(session), None, 204)
            for method, more, sent in NOT_FOR_STRANGERS[:-1]:
                over = await room.ask(method, path(session, more), sent, 409)
                assert "has ended (operator)" in over["detail"]

    asyncio.run(body())


def test_a_service_in_trouble_is_said_and_nothing_is_kept(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            session = await begun(room)
            room.stub.fails = (500, "on fire")
            for method, more, sent in NOT_FOR_STRANGERS:
                if (method, more) not in (
                    ("DELETE", "/watch"),
                    ("DELETE", "/viewers/doctor"),
                ):  # nothing to undo
                    trouble = await room.ask(method, path(session, more), sent, 502)
                    assert "on fire" in trouble["detail"]
            room.stub.fails = None
            (stream,) = await streams(room, "AMK Bergen")
            assert (stream["seats"], stream["viewers"], stream["state"]) == ([], [], "live")
            await room.ask("PUT", path(session, "/watch"), None, 201)

    asyncio.run(body())


def test_events_of_others_and_rubbish_are_left_alone(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            for n, centres in enumerate((["LV Annet"], [], None, "AMK Bergen", [7], {"a": 1})):
                room.stub.tell("ambulance.started", f"other{n}", unit="X", centres=centres)
                room.stub.tell("media.connected", f"other{n}")
                room.stub.tell("ambulance.ended", f"other{n}", because="crew")
            await begun(room)
            assert [event["event"] for event in await room.events()] == [
                "ambulance.started",
                "media.connected",
            ]

    asyncio.run(body())


def test_a_stream_that_the_service_lost_has_ended(
    a_room: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> None:
        monkeypatch.setattr("fake_iccs.video_client.REPEAT_LIMIT_S", 0.2)
        async with asyncio.timeout(20), a_room() as room:
            await begun(room, "kept")
            await begun(room, "lost")
            await begun(room, "over")
            room.stub.start_anew()
            room.stub.sessions["kept"] = {"state": "live", "ended_because": None}
            room.stub.sessions["over"] = {"state": "ended", "ended_because": "crew"}
            room.stub.tell("ambulance.started", "kept", **NAMED, again=True)
            await room.stub.cut_followers()
            ends: list[Any] = []
            while len(ends) < 2:
                ends = [each for each in await room.events() if each["event"] == "ambulance.ended"]
            assert {(each["session"], each["because"]) for each in ends} == {
                ("lost", "service_lost"),
                ("over", "crew"),
            }
            assert [each["session"] for each in await streams(room, "AMK Bergen")] == ["kept"]
            room.stub.tell("media.lost", "kept", reason="restart")
            told = await room.events("media.lost")
            assert [each["session"] for each in told if each["event"] == "ambulance.started"] == [
                "kept",
                "lost",
                "over",
            ]

    asyncio.run(body())


@pytest.mark.browser
def test_a_seat_watches_switches_invites_and_leaves(a_room: Callable[..., Any]) -> None:
    api = pytest.importorskip("playwright.async_api")

    async def body() -> None:
        async with asyncio.timeout(90), a_room() as room, api.async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = await browser.new_page()
            crashes: list[str] = []
            page.on("pageerror", lambda error: crashes.append(str(error)))
            await page.goto(f"{room.url}/seat/AMK Bergen/1?lang=en")
            await api.expect(page.locator("#seat-state")).to_have_text("Free")
            await api.expect(page.locator("#ambulance-part")).to_be_hidden()
            room.stub.camera_source = room.stub.moving_picture
            session = await begun(room)
            await watch(room, page, session, api.expect)
            assert crashes == []
            await browser.close()

    asyncio.run(body())


async def watch(room: Any, page: Any, session: str, expect: Any) -> None:
    await expect(page.locator("#ambulance-news")).to_have_text("Ambulanse 3-1 has started video")
    row = page.locator("#ambulances li")
    await expect(row).to_contain_text("Sends a picture, back camera · AMK Bergen · AMK Stord")
    await expect(row.locator(".leave")).to_be_hidden()
    await row.locator(".watch").click()
    picture = page.locator("#ambulance-picture")
    await expect(picture).to_have_class("live", timeout=30_000)
    assert await page.evaluate("document.querySelector('#ambulance-picture').videoWidth") == 160
    await row.locator(".switch").click()
    await expect(row).to_contain_text("front camera")
    await row.locator(".invite").click()
    await expect(row.locator(".link")).to_have_value(re.compile(f"^{room.stub_url}/watch/"))

    await page.reload()  # the seat's place is kept
    await expect(picture).to_have_class("live", timeout=30_000)
    await row.locator(".show-out").click()
    await expect(row.locator(".guest")).to_be_hidden()
    await row.locator(".leave").click()
    await expect(row.locator(".watch")).to_be_visible()
    assert await page.evaluate("document.querySelector('#ambulance-picture').srcObject") is None

    await row.locator(".watch").click()
    await expect(picture).to_have_class("live", timeout=30_000)
    room.stub.fails = (500, "on fire")
    await row.locator(".finish").click()
    await expect(page.locator("#error-ambulances")).to_contain_text("on fire")
    room.stub.fails = None
    await row.locator(".finish").click()
    room.stub.tell("ambulance.ended", session, because="operator", **NAMED)
    await expect(row).to_have_count(0)
    await expect(page.locator("#ambulance-news")).to_have_text(
        "The video from Ambulanse 3-1 has ended (operator)"
    )
    await expect(picture).to_be_hidden()
