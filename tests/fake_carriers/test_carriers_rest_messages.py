"""REST: the messages, and the phones that they are for."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from carriers_desk import Desk, at_desk
from carriers_lab import (
    NOW,
    NUMBER,
    OTHER,
    TELIA_NUMBER,
    End,
    Phone,
)

from fake_carriers import rest_messages
from fake_carriers.aml import read_sms
from fake_carriers.smpp import Address, Command, Status, SubmitMulti, SubmitMultiResp

POSITION = {"lat": 60.39299, "lon": 5.32415, "radius_m": 12, "at": "2026-01-31T12:00:00Z"}


def test_messages_tell_their_story() -> None:
    async def body(desk: Desk) -> None:
        message_id = End(desk.bench).submitted(short_message=b"hei \x0c")
        expected = {
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
        (told,) = await desk.get("/messages")
        assert {key: told[key] for key in expected} == expected
        assert await desk.get(f"/messages/{message_id}") == [told]
        desk.bench.advance(0)
        (told,) = await desk.get("/messages")
        assert (told["state"], told["submitted_at"], told["ended_at"]) == ("DELIVRD", NOW, NOW)

    at_desk(body)


def test_messages_are_chosen() -> None:
    async def body(desk: Desk) -> None:
        end = End(desk.bench)
        for n in range(4):
            end.submitted(short_message=str(n).encode(), destination_addr=(NUMBER, TELIA_NUMBER)[n % 2][1:])
        desk.bench.advance(0)
        end.submitted(short_message=b"4", destination_addr=OTHER[1:])

        async def texts(query: str) -> str:
            return "".join(message["text"] for message in await desk.get(f"/messages?{query}"))

        assert await texts("") == "01234"
        assert await texts("limit=2") == "34"
        assert await texts("carrier=telia") == "13"
        assert await texts("number=%2B4710000001") == "02"
        assert await texts("number=+4710000001") == "02"  # a plus that was not escaped
        assert await texts("state=ENROUTE") == "4"
        assert await texts("state=DELIVRD&carrier=telenor&limit=1") == "2"
        status, detail = await desk.says("GET", "/messages?state=GONE")
        assert status == 422
        assert "it must be one of LOST, ENROUTE" in detail
        assert (await desk.says("GET", "/messages?limit=0"))[0] == 422

    at_desk(body)


def test_a_submit_multi_is_one_message_with_an_entry_for_each() -> None:
    async def body(desk: Desk) -> None:
        both = (Address(1, 1, NUMBER[1:]), Address(1, 1, TELIA_NUMBER[1:]))
        answer = End(desk.bench).ask(
            Command.SUBMIT_MULTI, SubmitMulti(dest_address=both, short_message=b"hei")
        )
        assert isinstance(answer.body, SubmitMultiResp)
        told = await desk.get(f"/messages/{answer.body.message_id}")
        assert [(each["to"], each["carrier"]) for each in told] == [
            (NUMBER, "telenor"),
            (TELIA_NUMBER, "telia"),
        ]

    at_desk(body)


def test_everything_is_emptied() -> None:
    async def body(desk: Desk) -> None:
        end = End(desk.bench)
        end.submitted()
        desk.bench.advance(1)
        end.lose()
        transmitter = End(desk.bench, Command.BIND_TRANSMITTER)
        transmitter.submitted()
        desk.bench.advance(1)
        await desk.says("PUT", f"/handsets/{OTHER}", {"power": "off"})
        transmitter.submitted(destination_addr=OTHER[1:])
        await desk.says("POST", f"/handsets/{NUMBER}/messages", {"to": "113", "text": "hallo"})
        assert desk.bench.country.smscs["telenor"].waiting == 3
        assert await desk.says("DELETE", "/messages") == (204, None)
        await desk.says("PUT", f"/handsets/{OTHER}", {"power": "on"})
        desk.bench.advance(2000)
        for path in ("/messages", "/originated", "/pdus"):
            assert await desk.get(path) == []
        for number in (NUMBER, OTHER):
            shown = await desk.get(f"/handsets/{number}")
            assert (shown["screen"], shown["waiting"], shown["shown"]) == ([], 0, 0)
        assert [each["waiting"] for each in (await desk.get("/carriers"))["carriers"]] == [0, 0, 0]
        again = End(desk.bench)
        assert again.heard == []
        assert again.submitted()
        desk.bench.advance(1)
        assert again.states() == ["DELIVRD"]

    at_desk(body)


def test_a_receipt_that_waits_for_room_or_is_put_off_is_emptied_too() -> None:
    async def body(desk: Desk) -> None:
        end = End(desk.bench)
        for _ in range(60):
            end.submitted()
        desk.bench.advance(1)
        assert len(end.receipts()) == 50
        end.confirm(status=Status.RX_T_APPN, n=1)
        heard = len(end.receipts())
        await desk.says("DELETE", "/messages")
        end.confirm()
        desk.bench.advance(100)
        assert (heard, end.receipts()) == (50, [])

    at_desk(body)


# ---- phones


def test_phones_are_shown_and_switched() -> None:
    async def body(desk: Desk) -> None:
        path = f"/handsets/{NUMBER}"
        end = End(desk.bench)
        assert (await desk.says("PUT", path, {"power": "off"}))[1]["power"] == "off"
        message_id = end.submitted(source_addr="Hjelp", source_addr_ton=5)
        desk.bench.advance(10)
        shown = await desk.get(path)
        assert {
            key: shown[key] for key in ("number", "carrier", "power", "coverage", "attached", "waiting")
        } == {
            "number": NUMBER,
            "carrier": "telenor",
            "power": "off",
            "coverage": True,
            "attached": False,
            "waiting": 1,
        }
        assert (shown["shown"], shown["screen"]) == (0, [])
        status, shown = await desk.says("PUT", path, {"power": "on"})
        assert (status, shown["power"], shown["waiting"], shown["shown"]) == (200, "on", 0, 1)
        on_screen = {"message_id": message_id, "from": "Hjelp", "text": "hei", "at": NOW + 10}
        assert shown["screen"] == [on_screen]
        assert (await desk.says("PUT", path, {"coverage": False}))[1]["coverage"] is False
        assert (await desk.says("PUT", path, {}))[1]["coverage"] is False
        wrong: Any
        for wrong in ({"power": "maybe"}, {"coverage": "far"}, {"colour": "red"}, []):
            assert (await desk.says("PUT", path, wrong))[0] == 422

    at_desk(body)


def test_phones_last_heard_of_come_first() -> None:
    async def body(desk: Desk) -> None:
        end = End(desk.bench)
        for number in (NUMBER, OTHER, TELIA_NUMBER, NUMBER):
            end.submitted(destination_addr=number[1:])
            desk.bench.advance(1)
        listed = await desk.get("/handsets")
        assert [each["number"] for each in listed] == [NUMBER, TELIA_NUMBER, OTHER]
        assert "screen" not in listed[0]
        assert [each["number"] for each in await desk.get("/handsets?limit=1")] == [NUMBER]

    at_desk(body)


def test_a_phone_sends() -> None:
    async def body(desk: Desk) -> None:
        end, path = End(desk.bench), f"/handsets/{NUMBER}/messages"
        for asked, parts in (
            ({"text": "hallo"}, 1),
            ({"text": "x" * 400, "long": "udh16"}, 3),
            ({"octets": "00ff", "data_coding": 4}, 1),
        ):
            assert await desk.says("POST", path, {"to": "113", **asked}) == (202, {"parts": parts})
        assert end.receipts()[0] == "hallo"
        assert end.receipts()[-1] == "\x00\xff"
        assert len(end.receipts()) == 5
        await desk.says("PUT", f"/handsets/{NUMBER}", {"power": "off"})
        status, detail = await desk.says("POST", path, {"to": "113", "text": "hallo"})
        assert (status, "is off or out of coverage" in detail) == (409, True)

    at_desk(body)


def test_what_phones_have_sent_is_listed_with_whether_a_client_has_it() -> None:
    async def body(desk: Desk) -> None:
        path = f"/handsets/{NUMBER}/messages"
        await desk.says("POST", path, {"to": "113", "text": "blåbær " * 30})
        await desk.says("POST", f"/handsets/{TELIA_NUMBER}/messages", {"to": "+4710000002", "octets": "00ff"})
        listed = await desk.get("/originated")
        first = {"carrier": "telenor", "from": NUMBER, "to": "113", "part": 1, "parts": 2, "state": "waiting"}
        assert {key: listed[0][key] for key in first} == first
        assert (listed[0]["text"] + listed[1]["text"], listed[0]["sent_at"]) == ("blåbær " * 30, NOW)
        assert (listed[2]["binary"], listed[0]["ended_at"], "binary" in listed[0]) == ("00ff", None, False)
        desk.bench.advance(5)
        end = End(desk.bench)
        end.confirm(n=1)
        end.confirm(status=Status.RINVDSTADR)
        states = [(each["state"], each["ended_at"]) for each in await desk.get("/originated")]
        assert states == [("delivered", NOW + 5), ("refused", NOW + 5), ("waiting", None)]

        async def count(query: str) -> int:
            return len(await desk.get(f"/originated?{query}"))

        assert await count("carrier=telia") == await count("state=waiting") == await count("limit=1") == 1
        assert await count(f"number={NUMBER}") == 2
        for wrong, status in (("state=gone", 422), ("carrier=x", 404), ("number=+4719000000", 404)):
            assert (await desk.says("GET", f"/originated?{wrong}"))[0] == status

    at_desk(body)


UNSENDABLE: list[dict[str, Any]] = [
    {},
    {"to": "113"},
    {"to": "113", "text": "a", "octets": "00"},
    {"to": "lege", "text": "a"},
    {"text": "a"},
    {"to": "113", "octets": "0"},
    {"to": "113", "octets": "zz"},
    {"to": "113", "octets": "00", "data_coding": 256},
    {"to": "113", "text": "a", "long": "smoke"},
    {"to": "113", "text": "x" * 30_001},
    {"to": "113", "text": "😀" * 20_000},
    {"to": "113", "text": "a", "colour": "red"},
]


def test_what_a_phone_cannot_send_is_told() -> None:
    async def body(desk: Desk) -> None:
        end, asked = End(desk.bench), {"to": "113", "text": "a"}
        for wrong in UNSENDABLE:
            assert (await desk.says("POST", f"/handsets/{NUMBER}/messages", wrong))[0] == 422, wrong
        assert (await desk.says("POST", "/handsets/+4719000000/messages", asked))[0] == 404
        assert end.heard == []

    at_desk(body)


def test_a_phone_rings_for_help_and_sends_its_location_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    forms: list[dict[str, list[str]]] = []

    def take(request: httpx.Request) -> httpx.Response:
        forms.append(parse_qs(request.content.decode()))
        return httpx.Response(201)

    client = httpx.AsyncClient

    def mocked(**options: Any) -> httpx.AsyncClient:
        return client(transport=httpx.MockTransport(take))

    async def body(desk: Desk) -> None:
        end = End(desk.bench)
        monkeypatch.setattr(rest_messages.httpx, "AsyncClient", mocked)
        asked = {"to": "113", "position": POSITION}
        status, told = await desk.says("POST", f"/handsets/{NUMBER}/calls", asked)
        monkeypatch.undo()
        assert (status, told["aml"]["https"]) == (202, {"url": "https://aml.test/", "status": 201})
        position = read_sms(told["aml"]["sms"])
        assert (position.lat, position.lon, position.at) == (
            60.39299,
            5.32415,
            datetime(2026, 1, 31, 12, tzinfo=UTC),
        )
        assert len(end.deliveries()) == 1
        assert (forms[0]["location_latitude"], forms[0]["device_number"]) == (["60.3929900"], [NUMBER])

    at_desk(body, aml_url="https://aml.test/")


def test_a_call_without_an_endpoint_for_others_and_from_a_phone_that_is_off() -> None:
    async def body(desk: Desk) -> None:
        end, path = End(desk.bench), f"/handsets/{NUMBER}/calls"
        status, told = await desk.says("POST", path, {"to": "112", "position": POSITION})
        assert (status, told["aml"]["https"]) == (202, None)
        assert await desk.says("POST", path, {"to": "116117", "position": POSITION}) == (202, {"aml": None})
        assert len(end.deliveries()) == 1
        for wrong in (
            {"lat": 91},
            {"radius_m": 0},
            {"at": "yesterday"},
            {"at": "2026-01-31T12:00:00"},
            {"at": "9999-12-31T23:59:59-14:00"},
            {"at": "0001-01-01T00:00:00+14:00"},
            {"at": 1e18},
            {"method": "X"},
        ):
            asked = {"position": {**POSITION, **wrong}}
            assert (await desk.says("POST", path, asked))[0] == 422
        await desk.says("PUT", f"/handsets/{NUMBER}", {"power": "off"})
        assert (await desk.says("POST", path, {"position": POSITION}))[0] == 409
        assert len(end.deliveries()) == 1

    at_desk(body)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://[::1", "gopher://aml.test/"])
def test_an_endpoint_that_cannot_be_reached_is_told(url: str) -> None:
    async def body(desk: Desk) -> None:
        status, told = await desk.says("POST", f"/handsets/{NUMBER}/calls", {"position": POSITION})
        assert (status, told["aml"]["https"]["status"]) == (202, None)
        assert told["aml"]["https"]["detail"]

    at_desk(body, aml_url=url)


def test_a_phone_that_is_not_there_cannot_be_switched_on() -> None:
    async def body(desk: Desk) -> None:
        status, detail = await desk.says("PUT", f"/handsets/{NUMBER}", {"power": "on"})
        assert (status, "no phone is attached" in detail) == (409, True)
        status, detail = await desk.says("POST", f"/handsets/{NUMBER}/messages", {"to": "113", "text": "a"})
        assert (status, "connect a phone to WS" in detail) == (409, True)
        assert (await desk.says("PUT", f"/handsets/{NUMBER}", {"coverage": False}))[0] == 200

    at_desk(body, simulated=False)


def test_a_number_that_has_lost_its_carrier_keeps_its_phone_and_what_it_shows() -> None:
    async def body(desk: Desk) -> None:
        end = End(desk.bench)
        end.submitted()
        desk.bench.advance(1)
        status, _ = await desk.says(
            "PUT", "/fate", {"seed": 1, "carriers": {"telenor": {"prefixes": ["+4719"]}}}
        )
        assert status == 200
        desk.bench.advance(1)
        (shown,) = await desk.get("/handsets")
        assert (shown["number"], shown["carrier"], shown["shown"]) == (NUMBER, None, 1)
        assert end.states() == ["DELIVRD"]
        assert end.submit().status != 0

    at_desk(body)


def test_a_connected_phone_shows_as_attached() -> None:
    async def body(desk: Desk) -> None:
        Phone(desk.bench)
        shown = await desk.get(f"/handsets/{NUMBER}")
        assert (shown["attached"], shown["power"]) == (True, "on")
        assert (await desk.get(f"/handsets/{OTHER}"))["power"] == "off"

    at_desk(body, simulated=False)
