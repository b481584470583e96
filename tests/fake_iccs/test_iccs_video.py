"""The video desk: a session per call after a spoken yes, and the service's events with the call added."""

import asyncio
from collections.abc import Callable
from typing import Any

from fake_iccs import video_desk
from fake_iccs.distribution import Centre
from fake_iccs.server import application
from stand_alone import listening


def count(events: list[dict[str, Any]], name: str) -> int:
    return sum(event["event"] == name for event in events)


async def live(room: Any, call: str = "c1") -> str:
    """A call with a session that a phone films for."""
    video = await room.ask("PUT", f"/calls/{call}/video", {}, 201)
    session: str = video["session"]
    room.stub.tell("link.opened", session)
    room.stub.tell("consent.given", session, how="page")
    room.stub.sessions[session]["state"] = "live"
    room.stub.tell("media.connected", session)
    await room.events("media.connected")
    return session


def test_a_link_needs_a_spoken_yes(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            call = await room.answered()
            refused = await room.ask("PUT", f"/calls/{call}/video", {}, 409)
            assert "ask the caller aloud first" in refused["detail"]
            await room.ask("POST", f"/calls/{call}/consent", {"step": "asked"})
            await room.ask("PUT", f"/calls/{call}/video", {}, 409)
            await room.ask("POST", f"/calls/{call}/consent", {"step": "refused"})
            await room.ask("PUT", f"/calls/{call}/video", {}, 409)
            assert room.stub.asked == []
            await room.ask("POST", f"/calls/{call}/consent", {"step": "asked"})
            await room.ask("POST", f"/calls/{call}/consent", {"step": "given"})
            video = await room.ask("PUT", f"/calls/{call}/video", {}, 201)
            assert video["state"] == "requested"
            assert video["whep_url"] == f"{room.stub_url}/whep/{video['session']}"
            assert video["whep_token"] == f"t-{video['session']}"
            assert await room.ask("PUT", f"/calls/{call}/video", {}, 200) == video
            assert await room.ask("GET", f"/calls/{call}/video") == video
            sent = {"centre": "AMK Bergen", "seat": "AMK Bergen/1", "call": call, "number": "+4710000001"}
            assert room.stub.asked == [("POST", "/api/sessions", sent)]

    asyncio.run(body())


def test_each_event_of_the_service_is_told_once_with_its_call(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            call = await room.answered(consent=True)
            room.stub.tell("link.opened", "somebody-else's")
            session = await live(room)
            await room.ask("PUT", f"/calls/{call}/video/camera", {"camera": "front"}, 202)
            await room.ask("DELETE", f"/calls/{call}/video", None, 204)
            await room.ask("DELETE", f"/calls/{call}/video", None, 204)
            told = await room.events("video.ended")
            assert [event["event"] for event in told].count("video.requested") == 1
            about = [event for event in told if "session" in event]
            assert [event["event"] for event in about] == [
                "link.opened",
                "consent.given",
                "media.connected",
                "camera.requested",
                "camera.switched",
                "video.ended",
            ]
            assert {(event["call"], event["session"]) for event in about} == {(call, session)}
            passed_on = [
                event for event in about if event["event"] != "camera.requested"
            ]  # told at the press
            assert all(event["service_monotonic_s"] <= event["monotonic_s"] for event in passed_on)
            assert [event["n"] for event in told] == list(range(1, len(told) + 1))
            video = (await room.ask("GET", f"/calls/{call}"))["video"]
            assert (video["state"], video["because"], video["camera"]) == ("ended", "operator", "front")

    asyncio.run(body())


def test_two_requests_at_once_make_one_session(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            call = await room.answered(consent=True)
            both = await asyncio.gather(*(room.http.put(f"/calls/{call}/video", json={}) for _ in range(2)))
            assert sorted(answer.status_code for answer in both) == [200, 201]
            assert len(room.stub.sessions) == 1

    asyncio.run(body())


def test_viewers_are_invited_once_per_role(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            call = await room.answered(consent=True)
            await room.ask("PUT", f"/calls/{call}/video/viewers/doctor", None, 409)
            await live(room)
            doctor = await room.ask("PUT", f"/calls/{call}/video/viewers/doctor", None, 201)
            assert set(doctor) == {"viewer", "role", "whep_url", "whep_token", "page_url"}
            assert doctor["page_url"].startswith(room.stub_url)
            assert await room.ask("PUT", f"/calls/{call}/video/viewers/doctor", None, 200) == doctor
            assert (await room.ask("GET", f"/calls/{call}/video"))["viewers"] == [doctor]
            for _ in range(2):
                await room.ask("DELETE", f"/calls/{call}/video/viewers/doctor", None, 204)
            told = await room.events("viewer.left")
            assert (count(told, "viewer.invited"), count(told, "viewer.left")) == (1, 1)

    asyncio.run(body())


def test_hanging_up_ends_the_video(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            call = await room.answered(consent=True)
            session = await live(room)
            ended = await room.ask("POST", f"/calls/{call}/hang_up", {"by": "caller"})
            assert ended["video"]["state"] == "ended"
            assert room.stub.sessions[session]["state"] == "ended"
            await room.ask("PUT", f"/calls/{call}/video", {}, 409)

    asyncio.run(body())


def test_hanging_up_while_the_link_is_sent_leaves_no_session(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            call = await room.answered(consent=True)
            room.stub.delay_s = 0.3
            asked = asyncio.create_task(room.ask("PUT", f"/calls/{call}/video", {}, 409))
            await room.until(lambda: room.stub.asked)
            await room.ask("POST", f"/calls/{call}/hang_up", {"by": "caller"})
            assert "ended meanwhile" in (await asked)["detail"]
            assert [session["state"] for session in room.stub.sessions.values()] == ["ended"]

    asyncio.run(body())


def test_a_session_that_cannot_be_ended_is_tried_again(a_room: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(video_desk, "END_AGAIN_S", 0.05)

    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            call = await room.answered(consent=True)
            session = await live(room)
            room.stub.fails = (500, "on fire")
            ended = await room.ask("POST", f"/calls/{call}/hang_up", {"by": "operator"})
            assert ended["state"] == "ended"
            assert "on fire" in ended["video"]["trouble"]
            await room.ask("POST", f"/calls/{call}/hang_up", {"by": "operator"})
            room.stub.fails = None
            told = await room.events("video.ended")
            assert count(told, "video.ended") == 1
            assert room.stub.sessions[session]["state"] == "ended"

    asyncio.run(body())


def test_a_no_on_the_page_needs_a_new_spoken_yes(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            call = await room.answered(consent=True)
            session = await live(room)
            room.stub.tell("consent.withdrawn", session, how="page")
            await room.stub.end(session, "withdrawn")
            await room.events("video.ended")
            assert (await room.ask("GET", f"/calls/{call}"))["consent"] == "refused"
            await room.ask("PUT", f"/calls/{call}/video", {}, 409)
            for step in ("asked", "given"):
                await room.ask("POST", f"/calls/{call}/consent", {"step": step})
            again = await room.ask("PUT", f"/calls/{call}/video", {}, 201)
            assert again["session"] != session

    asyncio.run(body())


def test_trouble_of_the_service_is_told_in_its_words(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            call = await room.answered(consent=True)
            room.stub.fails = (422, "not a number of the lab")
            told = await room.ask("PUT", f"/calls/{call}/video", {}, 502)
            assert told["detail"] == "the video service said 422: not a number of the lab"
            room.stub.fails = None
            await room.ask("PUT", f"/calls/{call}/video", {}, 201)
            told = await room.ask("PUT", f"/calls/{call}/video/camera", {"camera": "front"}, 502)
            assert "no phone is connected" in told["detail"]
            await room.ask("PUT", f"/calls/{call}/video/camera", {"camera": "left"}, 422)
            room.stub.fails = (503, "busy")
            await room.ask("DELETE", f"/calls/{call}/video", None, 502)

    asyncio.run(body())


def test_no_service_no_video_at_the_centre_or_nobody_there(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            await room.answered("lv", "LV Uten/1", consent=True)
            assert "has no video" in (await room.ask("PUT", "/calls/lv/video", {}, 409))["detail"]
        async with asyncio.timeout(20), a_room(video=False) as room:
            call = await room.answered(consent=True)
            told = await room.ask("PUT", f"/calls/{call}/video", {}, 503)
            assert "--video-url" in told["detail"]
            await room.ask("PUT", f"/calls/{call}/video/camera", {"camera": "front"}, 503)
            await room.ask("DELETE", f"/calls/{call}/video", None, 204)
        async with asyncio.timeout(20), a_room(gone=True) as room:
            call = await room.answered(consent=True)
            told = await room.ask("PUT", f"/calls/{call}/video", {}, 502)
            assert f"cannot reach the video service at {room.stub_url}" in told["detail"]
            await room.ask("POST", f"/calls/{call}/hang_up", {"by": "caller"})

    asyncio.run(body())


def test_a_slow_service_is_given_up(a_room: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setattr("fake_iccs.video_client.LIMIT_S", 0.2)

    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            call = await room.answered(consent=True)
            room.stub.delay_s = 1.0
            told = await room.ask("PUT", f"/calls/{call}/video", {}, 502)
            assert "cannot reach the video service" in told["detail"]

    asyncio.run(body())


def test_a_lost_connection_loses_and_doubles_no_event(a_room: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setattr("fake_iccs.video_client.PAUSE_S", 0.02)

    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            await room.answered(consent=True)
            session = await live(room)
            for n in range(4):
                await room.stub.cut_followers()
                room.stub.tell("media.lost", session, k=n)
            room.stub.tell("media.recovered", session)
            told = await room.events("media.recovered")
            assert [event["k"] for event in told if event["event"] == "media.lost"] == [0, 1, 2, 3]
            assert count(told, "media.connected") == 1

    asyncio.run(body())


def test_a_service_started_anew_has_lost_its_sessions(a_room: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setattr("fake_iccs.video_client.REPEAT_LIMIT_S", 0.3)
    monkeypatch.setattr("fake_iccs.video_client.PAUSE_S", 0.02)

    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            call = await room.answered(consent=True)
            old = await live(room)
            room.stub.start_anew()
            await room.stub.cut_followers()
            told = await room.events("video.ended")
            assert (told[-1]["session"], told[-1]["because"]) == (old, "service_lost")
            new = (await room.ask("PUT", f"/calls/{call}/video", {}, 201))["session"]
            room.stub.tell("link.opened", new)
            told = await room.events("link.opened", since=told[-1]["n"])
            assert told[-1]["session"] == new

    asyncio.run(body())


def test_rubbish_from_the_service_is_stood(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            call = await room.answered(consent=True)
            room.stub.rubbish = True
            told = await room.ask("PUT", f"/calls/{call}/video", {}, 502)
            assert "lacks" in told["detail"]
            room.stub.rubbish = False
            await live(room)

    asyncio.run(body())


def test_the_key_is_sent(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            app = application([Centre("AMK Bergen", "AMK", "113", 1)], room.stub_url, "wrong")
            async with listening(app, "127.0.0.1", 0) as url:
                room.http.base_url = url
                call = await room.answered(consent=True)
                told = await room.ask("PUT", f"/calls/{call}/video", {}, 502)
                assert "401" in told["detail"]

    asyncio.run(body())
