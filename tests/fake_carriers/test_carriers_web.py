"""The web side: handsets, fates, messages, events."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from carriers_lab import NUMBER, bound_client, quick_serving
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed


def in_lab(body: Callable[[httpx.AsyncClient, dict[str, Any], str], Any]) -> None:
    async def run() -> None:
        async with (
            asyncio.timeout(20),
            quick_serving() as facts,
            httpx.AsyncClient(base_url=facts["url"]) as http,
        ):
            await body(http, facts, facts["url"].replace("http", "ws"))

    asyncio.run(run())


async def submit(facts: dict[str, Any], text: bytes = b"hei") -> str:
    async with bound_client(facts["smpp"]["telenor"]) as client:
        return await asyncio.to_thread(client.submitted, text)


async def closing(socket: Any) -> tuple[int, str]:
    """The code and the reason with which the other side closes."""
    with pytest.raises(ConnectionClosed):
        await socket.recv()
    return socket.close_code, socket.close_reason


def test_carriers_are_shown_without_their_passwords() -> None:
    async def body(http: httpx.AsyncClient, facts: dict[str, Any], _: str) -> None:
        shown = (await http.get("/carriers")).json()
        assert shown["seed"] == 1
        assert {carrier["name"]: carrier["smpp"] for carrier in shown["carriers"]} == facts["smpp"]
        telenor = shown["carriers"][0]
        assert (telenor["prefixes"], telenor["share"], telenor["system_id"]) == (["+4710"], 0.42, "lab113")
        assert "password" not in telenor

    in_lab(body)


def test_the_fate_can_be_set_and_is_replaced_whole() -> None:
    async def body(http: httpx.AsyncClient, facts: dict[str, Any], _: str) -> None:
        lost = {"seed": 9, "carriers": {"telenor": {"lost_first": 1}}}
        for _again in range(2):  # counting begins again each time
            assert (await http.put("/fate", json=lost)).json()["carriers"][0]["lost_first"] == 1
            await submit(facts)
        assert (await http.put("/fate", json={"seed": 9})).json()["carriers"][0]["lost_first"] == 0
        await submit(facts)
        messages = (await http.get("/messages")).json()
        assert [(message["state"], message["drawn_s"]) for message in messages] == [
            ("LOST", None),
            ("LOST", None),
            ("ENROUTE", 0.0),
        ]

    in_lab(body)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"seed": 1, "carriers": {"telnor": {}}}, "no carrier 'telnor': did you mean 'telenor'?"),
        ({"seed": 1, "carriers": {"ice": {"lost": 1}}}, "unknown key 'lost': did you mean 'loss'?"),
        ({"seed": 1, "carriers": {"ice": {"loss": 2}}}, "loss is 2.0"),
        ({"seed": 1, "carriers": {"ice": {"prefixes": []}}}, "prefixes"),
        ({"carriers": {}}, "seed"),
        ({"seed": 1, "carrier": {}}, "carrier"),
        ([], ""),
    ],
)
def test_a_wrong_fate_is_refused_and_changes_nothing(asked: Any, told: str) -> None:
    async def body(http: httpx.AsyncClient, _: dict[str, Any], __: str) -> None:
        before = (await http.get("/carriers")).json()
        refused = await http.put("/fate", json=asked)
        assert refused.status_code == 422
        assert told in str(refused.json()["detail"])
        assert (await http.get("/carriers")).json() == before

    in_lab(body)


def test_messages_tell_their_story() -> None:
    async def body(http: httpx.AsyncClient, facts: dict[str, Any], _: str) -> None:
        message_id = await submit(facts, b"hei \x0c")
        assert (await http.get("/messages")).json() == [
            {
                "id": message_id,
                "carrier": "telenor",
                "from": "113",
                "to": NUMBER,
                "text": "hei ø",
                "part": 1,
                "parts": 1,
                "state": "ENROUTE",
                "drawn_s": 0.0,
            }
        ]

    in_lab(body)


def test_events_are_numbered_and_can_be_joined_late() -> None:
    async def body(_: httpx.AsyncClient, facts: dict[str, Any], ws: str) -> None:
        async with connect(f"{ws}/events") as early, connect(f"{ws}/handsets/{NUMBER}") as phone:
            message_id = await submit(facts)
            text = json.loads(await phone.recv())
            await phone.send(json.dumps({"got": text["message_id"]}))
            events = [json.loads(await early.recv()) for _ in range(3)]
        assert [event["n"] for event in events] == [1, 2, 3]
        assert [event["event"] for event in events] == ["sms.submitted", "sms.accepted", "sms.delivered"]
        for event in events:
            assert (event["number"], event["message_id"], event["carrier"]) == (NUMBER, message_id, "telenor")
        assert events[1]["drawn_s"] == 0.0
        assert events[0]["monotonic_s"] <= events[1]["monotonic_s"] <= events[2]["monotonic_s"]
        async with connect(f"{ws}/events?since=1") as late:
            assert [json.loads(await late.recv()) for _ in range(2)] == events[1:]

    in_lab(body)


def test_a_phone_that_was_off_gets_its_messages_later() -> None:
    async def body(http: httpx.AsyncClient, facts: dict[str, Any], ws: str) -> None:
        ids = [await submit(facts, text) for text in (b"one", b"two")]
        async with connect(f"{ws}/handsets/{NUMBER}") as phone:  # gets both, acknowledges the second only
            assert [json.loads(await phone.recv())["text"] for _ in range(2)] == ["one", "two"]
            await phone.send(json.dumps({"got": ids[1]}))
            await until_state(http, 1, "DELIVRD")
        async with connect(f"{ws}/handsets/{NUMBER}") as phone:
            assert json.loads(await phone.recv())["message_id"] == ids[0]
            await phone.send(json.dumps({"got": ids[0]}))
            await until_state(http, 0, "DELIVRD")
            with pytest.raises(TimeoutError):  # and nothing twice
                async with asyncio.timeout(0.2):
                    await phone.recv()

    in_lab(body)


async def until_state(http: httpx.AsyncClient, n: int, state: str) -> None:
    """Bounded by the lab's time-out."""
    while (await http.get("/messages")).json()[n]["state"] != state:  # noqa: ASYNC110 - another process's state
        await asyncio.sleep(0.01)


def test_the_newest_phone_wins() -> None:
    async def body(_: httpx.AsyncClient, facts: dict[str, Any], ws: str) -> None:
        async with connect(f"{ws}/handsets/{NUMBER}") as old, connect(f"{ws}/handsets/{NUMBER}") as new:
            assert await closing(old) == (4409, "another phone has connected with this number")
            await submit(facts)
            assert json.loads(await new.recv())["text"] == "hei"

    in_lab(body)


@pytest.mark.parametrize("number", ["+4719000000", "abc", "4710000001"])
def test_a_phone_with_an_unknown_number_is_told_so(number: str) -> None:
    async def body(_: httpx.AsyncClient, __: dict[str, Any], ws: str) -> None:
        async with connect(f"{ws}/handsets/{number}") as phone:
            code, reason = await closing(phone)
        assert code == 4404
        assert reason.startswith(f"no carrier has '{number}'")

    in_lab(body)


@pytest.mark.parametrize("rubbish", ["{", "[]", "17", '{"got": 17}', b"\x00\xff", "[" * 100_000])
def test_a_phone_that_talks_rubbish_is_told_so(rubbish: str | bytes) -> None:
    async def body(_: httpx.AsyncClient, facts: dict[str, Any], ws: str) -> None:
        async with connect(f"{ws}/handsets/{NUMBER}") as phone:
            await phone.send(rubbish)
            code, reason = await closing(phone)
        assert (code, reason) == (4400, 'a phone says {"got": message_id} and nothing else')
        await submit(facts)
        async with connect(f"{ws}/handsets/{NUMBER}") as phone:
            assert json.loads(await phone.recv())["text"] == "hei"

    in_lab(body)
