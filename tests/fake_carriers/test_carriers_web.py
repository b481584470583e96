"""The WebSockets: phones that connect, and followers of events."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from carriers_lab import NUMBER, OTHER, short
from carriers_wire import KEY, Lab, Wire, in_lab, take_text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from fake_carriers.smpp import Command, MessageId

NO_PHONE = 'a phone says {"got": message_id} and nothing else'


async def submit(lab: Lab, text: bytes = b"hei", to: str = NUMBER) -> str:
    async with Wire.opened(lab.telenor, Command.BIND_TRANSMITTER) as wire:
        answer = await wire.ask(Command.SUBMIT_SM, short(short_message=text, destination_addr=to[1:]))
        assert isinstance(answer.body, MessageId)
        return answer.body.message_id


async def closing(socket: Any) -> tuple[int, str]:
    """The code and the reason with which the other side closes."""
    with pytest.raises(ConnectionClosed):
        await socket.recv()
    return socket.close_code, socket.close_reason


def test_events_are_numbered_and_can_be_joined_late() -> None:
    async def body(lab: Lab) -> None:
        async with connect(f"{lab.ws}/events") as early, lab.phone() as phone:
            message_id = await submit(lab)
            await take_text(phone)
            events = [json.loads(await early.recv()) for _ in range(5)]
        assert [event["n"] for event in events] == [1, 2, 3, 4, 5]
        names = {"session.bound", "sms.submitted", "sms.accepted", "session.closed", "sms.delivered"}
        assert {event["event"] for event in events} == names
        of_it = [event for event in events if event["event"].startswith("sms.")]
        assert [event["event"] for event in of_it] == ["sms.submitted", "sms.accepted", "sms.delivered"]
        for event in of_it:
            assert (event["number"], event["message_id"], event["carrier"]) == (NUMBER, message_id, "telenor")
        assert of_it[1]["drawn_s"] == 0.0
        assert events == sorted(events, key=lambda event: float(event["monotonic_s"]))
        async with connect(f"{lab.ws}/events?since=2") as late:
            assert [json.loads(await late.recv()) for _ in range(3)] == events[2:]
        async with connect(f"{lab.ws}/events?since=9999") as of_an_earlier_life:
            assert json.loads(await of_an_earlier_life.recv()) == events[0]
        await lab.mood("queue_full", for_s=0.01)
        async with connect(f"{lab.ws}/events?since=5") as later:
            told = [json.loads(await later.recv()) for _ in range(2)]
        assert [event["event"] for event in told] == ["mood.begun", "mood.ended"]

    in_lab(body)


def test_a_phone_that_was_off_gets_its_messages_later() -> None:
    async def body(lab: Lab) -> None:
        ids = [await submit(lab, text) for text in (b"one", b"two")]
        async with lab.phone() as phone:  # gets both, acknowledges the second only
            assert [json.loads(await phone.recv())["text"] for _ in range(2)] == ["one", "two"]
            await phone.send(json.dumps({"got": ids[1]}))
            await lab.until("/messages", lambda told: told[1]["state"] == "DELIVRD")
        async with lab.phone() as phone:
            assert (await take_text(phone))["message_id"] == ids[0]
            await lab.until("/messages", lambda told: told[0]["state"] == "DELIVRD")
            with pytest.raises(TimeoutError):  # and nothing twice
                async with asyncio.timeout(0.1):
                    await phone.recv()

    in_lab(body)


def test_the_newest_phone_wins_and_others_are_told_why_not() -> None:
    async def body(lab: Lab) -> None:
        async with lab.phone() as old, lab.phone() as new:
            assert await closing(old) == (4409, "another phone has connected with this number")
            await submit(lab)
            assert (await take_text(new))["text"] == "hei"
        for number in ("+4719000000", "abc", "4710000001"):
            async with lab.phone(number) as nobody:
                code, reason = await closing(nobody)
            assert (code, reason.startswith(f"no carrier has '{number}'")) == (4404, True)
        async with lab.phone("Å" * 100) as nobody:  # RFC 6455 has room for 123 octets
            code, reason = await closing(nobody)
        assert (code, reason.startswith("no carrier has 'ÅÅÅ"), len(reason.encode()) <= 123) == (
            4404,
            True,
            True,
        )
        for rubbish in ("{", "[]", "17", '{"got": 17}', b"\x00\xff", "[" * 100_000):
            async with lab.phone() as phone:
                await phone.send(rubbish)
                assert await closing(phone) == (4400, NO_PHONE)
        await submit(lab)
        async with lab.phone() as phone:
            assert (await take_text(phone))["text"] == "hei"

    in_lab(body)


def test_a_phone_is_switched_off_and_on_while_it_is_connected() -> None:
    async def body(lab: Lab) -> None:
        path = f"/handsets/{NUMBER}"
        assert (await lab.get(path))["power"] == "off"
        async with lab.phone() as phone:
            await lab.until(path, lambda told: told["attached"])
            await lab.http.put(path, json={"power": "off"})
            await submit(lab)
            await lab.until(path, lambda told: told["waiting"] == 1)
            await lab.http.put(path, json={"power": "on"})
            assert (await take_text(phone))["text"] == "hei"
            shown = await lab.until(path, lambda told: told["shown"])
            assert [each["text"] for each in shown["screen"]] == ["hei"]
        assert (await lab.until(path, lambda told: not told["attached"]))["power"] == "off"

    in_lab(body)


def test_many_phones_come_and_go_while_messages_come() -> None:
    """Each of 20 phones connects again and again and acknowledges now and then: it gets every text."""
    numbers = [f"+4710{n:06}" for n in range(20)]

    async def live(lab: Lab, number: str, got: dict[str, str]) -> None:
        turn = 0
        while len(got) < 3:
            turn += 1
            async with lab.phone(number) as phone:
                told = json.loads(await phone.recv())
                if turn % 2 == 0:
                    assert got.setdefault(told["message_id"], told["text"]) == told["text"]
                    await phone.send(json.dumps({"got": told["message_id"]}))

    async def body(lab: Lab) -> None:
        got: list[dict[str, str]] = [{} for _ in numbers]
        phones = [asyncio.create_task(live(lab, *each)) for each in zip(numbers, got, strict=True)]
        async with Wire.opened(lab.telenor, Command.BIND_TRANSMITTER) as wire:
            for n in range(3):
                for number in numbers:
                    body = short(short_message=f"{number} {n}".encode(), destination_addr=number[1:])
                    assert (await wire.ask(Command.SUBMIT_SM, body)).status == 0
        await asyncio.gather(*phones)
        for number, texts in zip(numbers, got, strict=True):
            assert sorted(texts.values()) == [f"{number} {n}" for n in range(3)]
        await lab.until("/messages", lambda told: all(each["state"] == "DELIVRD" for each in told))

    in_lab(body)


def test_the_gateway_on_the_wire() -> None:
    async def body(lab: Lab) -> None:
        headers = {"Authorization": f"Bearer {lab.facts['gateway_key']}"}
        assert lab.facts["gateway_key"] == KEY
        async with httpx.AsyncClient(base_url=lab.facts["url"], headers=headers, verify=False) as http:
            asked = {"to": OTHER, "from": "113", "text": "Åpne lenken " * 40}
            answer = await http.post("/gateway/messages", json=asked)
            assert (answer.status_code, answer.json()["parts"]) == (202, 4)
            path = f"/gateway/messages/{answer.json()['id']}"
            while (await http.get(path)).json()["state"] != "DELIVRD":  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            assert (await lab.get(f"/handsets/{OTHER}"))["shown"] == 1
            await lab.mood("outage", how="silent")
            with pytest.raises(httpx.ReadTimeout):
                await http.post("/gateway/messages", json=asked, timeout=0.2)
            await lab.calm()

    in_lab(body, simulated=True)
