"""Calls, seats and centres over REST, and what the feed of events tells."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

AMK1, AMK2 = "AMK Bergen/1", "AMK Bergen/2"


def ringing(
    call: str | None = None, centre: str = "AMK Bergen", number: str = "+4710000001"
) -> dict[str, Any]:
    return {"number": number, "line": "113", "centre": centre} | ({"call": call} if call else {})


def names(events: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(event["event"], event["call"]) for event in events]


def test_a_call_from_its_ring_to_its_end(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            placed = await room.ask("POST", "/calls", ringing(), 201)
            call = placed["call"]
            assert placed["state"] == "offered"
            assert placed["seat"] == AMK1
            assert (placed["consent"], placed["video"]) == (None, None)
            assert placed["waiting_s"] >= 0
            answered = await room.ask("POST", f"/calls/{call}/answer", {"seat": AMK1})
            assert (answered["state"], answered["waiting_s"]) == ("answered", None)
            assert await room.ask("POST", f"/calls/{call}/answer", {"seat": AMK1}) | {
                "age_s": 0
            } == answered | {"age_s": 0}
            ended = await room.ask("POST", f"/calls/{call}/hang_up", {"by": "caller"})
            assert ended["state"] == "ended"
            await room.ask("POST", f"/calls/{call}/hang_up", {"by": "operator"})
            events = await room.events()
            assert names(events) == [
                (f"call.{event}", call) for event in ("placed", "queued", "offered", "answered", "ended")
            ]
            assert [event["n"] for event in events] == [1, 2, 3, 4, 5]
            assert events[0]["number"] == "+4710000001"
            assert events[-1]["by"] == "caller"
            assert await room.ask("GET", "/calls?live=true") == []
            assert [each["call"] for each in await room.ask("GET", "/calls")] == [call]

    asyncio.run(body())


def test_what_the_operator_tells_the_caller_is_told_on(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            faster = {"parameter": "compressions_per_min", "value": 110}
            await room.ask("POST", "/calls", ringing("c1"), 201)
            refused = await room.ask("POST", "/calls/c1/guidance", faster, 409)
            assert "only on an answered call" in refused["detail"]
            await room.ask("POST", "/calls/c1/answer", {"seat": AMK1})
            await room.ask("POST", "/calls/c1/guidance", faster)
            await room.ask("POST", "/calls/c1/guidance", {"parameter": "pressure", "value": True})
            await room.ask("POST", "/calls/c2/guidance", faster, 404)
            for rubbish in ({"parameter": "Rate", "value": 1}, {"parameter": "rate"}, {"value": [1]}):
                assert "body" in (await room.ask("POST", "/calls/c1/guidance", rubbish, 422))["detail"]
            told = [event for event in await room.events() if event["event"] == "call.guided"]
            assert [(e["parameter"], e["value"], e["seat"]) for e in told] == [
                ("compressions_per_min", 110, AMK1),
                ("pressure", True, AMK1),
            ]

    asyncio.run(body())


def test_wrong_moves_have_their_status_and_say_why(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            await room.answered("c1")
            for method, path, sent, status, why in [
                ("POST", "/calls", ringing("c1"), 409, "placed already"),
                ("POST", "/calls", ringing(centre="AMK Bergn"), 404, "the nearest is 'AMK Bergen'"),
                ("GET", "/calls/c2", None, 404, "no call 'c2'"),
                ("POST", "/calls/c2/hang_up", {"by": "caller"}, 404, "no call 'c2'"),
                ("POST", "/calls/c1/answer", {"seat": AMK2}, 409, "answered already"),
                ("POST", "/calls/c1/answer", {"seat": "AMK Bergen/9"}, 404, "no seat"),
                ("POST", "/calls/c1/transfer", {"centre": "AMK Bergen"}, 409, "already"),
                ("PUT", "/seats/AMK Nord/1", {"state": "free"}, 404, "no seat"),
                ("GET", "/calls?centre=Nord", None, 404, "no centre"),
                ("GET", "/calls/c1/video", None, 404, "no video yet"),
            ]:
                assert why in (await room.ask(method, path, sent, status))["detail"]
            for path, rubbish in [
                ("/calls", ringing(number="999")),
                ("/calls", ringing("a/b")),
                ("/calls", ringing() | {"line": "112"}),
                ("/calls", ["rubbish"]),
                ("/calls/c1/hang_up", {"by": "ghost"}),
                ("/calls/c1/consent", {"step": "perhaps"}),
            ]:
                assert "body" in (await room.ask("POST", path, rubbish, 422))["detail"]
            for raw in (b"\xff{", b"{", b""):
                assert (await room.http.post("/calls", content=raw)).status_code in (400, 422)

    asyncio.run(body())


def test_two_seats_answer_at_once_and_one_gets_the_call(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            for n in range(8):
                await room.ask("POST", "/calls", ringing(f"c{n}"), 201)
                tried = [room.http.post(f"/calls/c{n}/answer", json={"seat": seat}) for seat in (AMK1, AMK2)]
                both: list[httpx.Response] = await asyncio.gather(*tried)
                assert sorted(answer.status_code for answer in both) == [200, 409]
                await room.ask("POST", f"/calls/c{n}/hang_up", {"by": "operator"})
            assert [name for name, _ in names(await room.events())].count("call.answered") == 8

    asyncio.run(body())


def test_an_overdue_call_is_offered_elsewhere_at_its_deadline(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            await room.answered("c1", AMK1)
            await room.answered("c2", AMK2)
            await room.ask("POST", "/calls", ringing("c3"), 201)
            before = await room.ask("GET", "/calls/c3")
            assert before["state"] == "queued"
            told = await room.events("call.offered", since=before["placed_n"])
            assert (told[-1]["call"], told[-1]["seat"]) == ("c3", "AMK Stord/1")
            after = await room.ask("GET", "/calls/c3")
            assert after["waiting_s"] >= 0.2
            assert [c["call"] for c in await room.ask("GET", "/calls?centre=AMK Stord")] == ["c3"]

    asyncio.run(body())


def test_a_follower_of_a_centre_hears_the_calls_it_has_had(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            await room.answered("c1", AMK1)
            await room.ask("POST", "/calls", ringing("other", "LV Uten"), 201)
            await room.ask("POST", "/calls/c1/transfer", {"centre": "AMK Stord"})
            await room.ask("PUT", "/seats/AMK Stord/1", {"state": "away"})
            await room.ask("POST", "/calls/c1/hang_up", {"by": "caller"})
            stord = names(await room.events("call.ended", centre="AMK Stord"))
            assert stord[0] == ("call.placed", "c1")  # with its history, for the timeline
            assert ("seat.state", None) in stord
            bergen = names(await room.events("call.ended", centre="AMK Bergen"))
            assert ("call.transferred", "c1") in bergen
            assert ("seat.state", None) not in bergen
            assert "other" not in {call for _, call in stord + bergen}
            after = await room.events("call.ended", since=5)
            assert after[0]["n"] == 6

    asyncio.run(body())


def test_centres_and_seats_say_what_they_are(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            await room.answered("c1", AMK1)
            signed = await room.ask("PUT", f"/seats/{AMK2}", {"state": "away"})
            assert signed == {"seat": AMK2, "state": "away", "signed": "away", "call": None}
            await room.ask("POST", "/calls", ringing("c2"), 201)
            bergen = (await room.ask("GET", "/centres"))[0]
            assert bergen["overflow"] == ["AMK Stord"]
            assert bergen["queued"] == 1
            assert [(seat["state"], seat["call"]) for seat in bergen["seats"]] == [
                ("busy", "c1"),
                ("away", None),
            ]

    asyncio.run(body())


def test_the_spoken_exchange_has_an_order(a_room: Callable[..., Any]) -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            await room.ask("POST", "/calls", ringing("c0"), 201)
            early = await room.ask("POST", "/calls/c0/consent", {"step": "asked"}, 409)
            assert "only on an answered call" in early["detail"]
            await room.answered("c1", AMK2)
            unasked = await room.ask("POST", "/calls/c1/consent", {"step": "given"}, 409)
            assert "ask the caller aloud first" in unasked["detail"]
            for step in ("asked", "asked", "refused", "refused", "asked", "given", "given"):
                assert (await room.ask("POST", "/calls/c1/consent", {"step": step}))["consent"] == step
            await room.ask("POST", "/calls/c1/consent", {"step": "refused"}, 409)
            spoken = [event for event in await room.events() if event["event"].startswith("consent.")]
            assert [event["event"] for event in spoken] == [
                f"consent.{step}" for step in ("asked", "refused", "asked", "given")
            ]
            assert {event["how"] for event in spoken} == {"spoken"}

    asyncio.run(body())


def test_a_follower_that_dies_or_asks_for_an_unknown_centre_harms_nobody(a_room: Callable[..., Any]) -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosedError

    async def body() -> None:
        async with asyncio.timeout(20), a_room() as room:
            url = room.url.replace("http", "ws")
            for _ in range(3):
                killed = await connect(f"{url}/events", proxy=None)
                killed.transport.abort()
            async with connect(f"{url}/events?centre=Nord", proxy=None) as socket:
                with pytest.raises(ConnectionClosedError, match="no centre 'Nord'"):
                    await socket.recv()
            await room.answered("c1")
            assert len(await room.events("call.answered")) == 4

    asyncio.run(body())
