"""REST: the carriers, their fates and moods, their sessions and what crossed the wire."""

from typing import Any

from carriers_desk import FACTS, Desk, at_desk
from carriers_lab import (
    NUMBER,
    TELIA_NUMBER,
    End,
)

from fake_carriers.magic import MAGIC, magic_of
from fake_carriers.ring import KEPT
from fake_carriers.smpp import Command


def test_carriers_are_shown_without_their_passwords() -> None:
    async def body(desk: Desk) -> None:
        End(desk.bench).submitted(destination_addr=TELIA_NUMBER[1:])
        shown = await desk.get("/carriers")
        assert shown["seed"] == 1
        assert {carrier["name"]: carrier["smpp"] for carrier in shown["carriers"]} == FACTS["smpp"]
        telenor, telia, _ = shown["carriers"]
        assert (telenor["prefixes"], telenor["share"], telenor["system_id"]) == (["+4710"], 0.42, "lab113")
        assert "password" not in telenor
        assert (telenor["moods"], telenor["sessions"], telenor["waiting"], telia["waiting"]) == ([], 1, 0, 1)
        assert telia["counts"] == {"sms.submitted": 1, "sms.accepted": 1}

    at_desk(body)


def test_the_fate_can_be_set_and_is_replaced_whole() -> None:
    async def body(desk: Desk) -> None:
        end = End(desk.bench)
        lost = {"seed": 9, "carriers": {"telenor": {"lost_first": 1}}}
        for _again in range(2):  # counting begins again each time
            status, told = await desk.says("PUT", "/fate", lost)
            assert (status, told["seed"], told["carriers"][0]["lost_first"]) == (200, 9, 1)
            end.submitted()
        assert (await desk.says("PUT", "/fate", {"seed": 9}))[1]["carriers"][0]["lost_first"] == 0
        end.submitted()
        messages = await desk.get("/messages")
        assert [(message["state"], message["drawn_s"]) for message in messages] == [
            ("LOST", None),
            ("LOST", None),
            ("ENROUTE", 0.0),
        ]

    at_desk(body)


def test_a_new_run_ends_the_moods_and_may_say_what_time_it_is() -> None:
    async def body(desk: Desk) -> None:
        desk.bench.mood("outage", how="drop")
        trouble = {"days": "tue", "begins": "01:00", "ends": "02:00", "mood": {"kind": "queue_full"}}
        asked = {"seed": 1, "carriers": {"ice": {"troubles": [trouble]}}, "week_s": 86400 + 3600}
        status, told = await desk.says("PUT", "/fate", asked)
        assert (status, [carrier["moods"] for carrier in told["carriers"]]) == (200, [[], [], []])
        assert told["carriers"][2]["troubles"][0]["mood"]["kind"] == "queue_full"
        assert desk.bench.country.smscs["ice"].behaviour.queue_full

    at_desk(body)


WRONG_FATES: list[tuple[Any, str]] = [
    ({"seed": 1, "carriers": {"telnor": {}}}, "no carrier 'telnor': did you mean 'telenor'?"),
    ({"seed": 1, "carriers": {"ice": {"lost": 1}}}, "unknown key 'lost': did you mean 'loss'?"),
    ({"seed": 1, "carriers": {"ice": {"loss": 2}}}, "loss is 2.0"),
    ({"seed": 1, "carriers": {"ice": {"rate_per_s": float("inf")}}}, "rate_per_s is inf"),
    ({"seed": 1, "carriers": {"ice": {"prefixes": []}}}, "prefixes"),
    ({"seed": 1, "carriers": {"ice": {"troubles": [{"days": 1}]}}}, "troubles"),
    ({"seed": 1, "week_s": 7 * 86400}, "week_s"),
    ({"seed": 1, "week_s": -1}, "week_s"),
    ({"carriers": {}}, "seed"),
    ({"seed": "x"}, "seed"),
    ({"seed": 1, "carrier": {}}, "carrier"),
    ([], ""),
]


def test_a_wrong_fate_is_refused_and_changes_nothing() -> None:
    async def body(desk: Desk) -> None:
        before = await desk.get("/carriers")
        for asked, told in WRONG_FATES:
            status, detail = await desk.says("PUT", "/fate", asked)
            assert (status, told in detail) == (422, True), (asked, detail)
        assert await desk.get("/carriers") == before

    at_desk(body)


# ---- moods


def test_moods_are_begun_shown_and_ended() -> None:
    async def body(desk: Desk) -> None:
        asked = {"kind": "outage", "how": "silent", "swallowed": "later", "for_s": 75}
        status, first = await desk.says("POST", "/carriers/telenor/moods", asked)
        assert (status, {**first, "id": 0}) == (
            201,
            {"id": 0, "kind": "outage", "how": "silent", "swallowed": "later", "ends_in_s": 75.0},
        )
        _, second = await desk.says("POST", "/carriers/telenor/moods", {"kind": "queue_full"})
        assert second["ends_in_s"] is None
        desk.bench.advance(70)
        shown = (await desk.get("/carriers"))["carriers"][0]["moods"]
        assert shown == [{**first, "ends_in_s": 5.0}, second]
        desk.bench.advance(5)
        assert (await desk.get("/carriers"))["carriers"][0]["moods"] == [second]
        path = f"/carriers/telenor/moods/{second['id']}"
        assert await desk.says("DELETE", path) == (204, None)
        assert await desk.says("DELETE", path) == (404, f"telenor has no mood {second['id']} now")
        assert await desk.says("DELETE", "/carriers/telenor/moods") == (204, None)
        assert (await desk.get("/carriers"))["carriers"][0]["moods"] == []

    at_desk(body)


WRONG_MOODS: list[tuple[Any, str]] = [
    ({}, "kind"),
    ({"kind": "sulking"}, "it must be one of outage, slow"),
    ({"kind": "outage"}, "needs one of refuse, drop, silent"),
    ({"kind": "outage", "how": "drop", "for_s": 0}, "for_s"),
    ({"kind": "outage", "how": "drop", "for_s": float("inf")}, "for_s"),
    ({"kind": "outage", "how": "drop", "for_s": float("nan")}, "for_s"),
    ({"kind": "slow", "response_s": float("inf")}, "response_s"),
    ({"kind": "slow", "response_s": "soon"}, "response_s"),
    ({"kind": "slow", "response_s": 1, "colour": "red"}, "colour"),
    ([], ""),
]


def test_a_wrong_mood_is_refused_and_none_begins() -> None:
    async def body(desk: Desk) -> None:
        for asked, told in WRONG_MOODS:
            status, detail = await desk.says("POST", "/carriers/telenor/moods", asked)
            assert (status, told in detail) == (422, True), (asked, detail)
        assert desk.bench.told == []
        assert (await desk.get("/carriers"))["carriers"][0]["moods"] == []

    at_desk(body)


def test_what_is_not_there_is_not_found() -> None:
    async def body(desk: Desk) -> None:
        for method, path in (
            ("POST", "/carriers/telnor/moods"),
            ("DELETE", "/carriers/telnor/moods"),
            ("DELETE", "/carriers/telnor/moods/1"),
            ("GET", "/pdus?carrier=telnor"),
            ("GET", "/messages/17"),
            ("GET", "/messages?carrier=telnor"),
            ("GET", "/messages?number=%2B4719000000"),
            ("GET", "/handsets/+4719000000"),
            ("GET", "/nowhere"),
        ):
            asked = {"kind": "queue_full"} if method == "POST" else None
            assert (await desk.says(method, path, asked))[0] == 404, path

    at_desk(body)


def test_the_magic_numbers_are_listed() -> None:
    async def body(desk: Desk) -> None:
        listed = await desk.get("/magic")
        assert [each["carrier"] for each in listed[:: len(MAGIC)]] == ["telenor", "telia", "ice"]
        assert [each["what"] for each in listed] == [magic.what for magic in MAGIC.values()] * 3
        assert [magic_of(each["number"]) for each in listed] == list(MAGIC.values()) * 3
        for each in listed:
            assert desk.bench.network.carrier_of(each["number"]).name == each["carrier"]

    at_desk(body)


# ---- sessions and PDUs


def test_sessions_are_shown() -> None:
    async def body(desk: Desk) -> None:
        end, unbound = End(desk.bench), End(desk.bench, None, carrier="ice")
        end.submitted()
        desk.bench.advance(1)
        one, two = await desk.get("/sessions")
        assert one == {
            "id": end.session.number,
            "carrier": "telenor",
            "system_id": "lab113",
            "bind": "bind_transceiver",
            "peer": "",
            "tls": False,
            "unanswered": 1,
            "submitted": 1,
            "delivered": 0,
        }
        assert (two["id"], two["carrier"], two["bind"], two["system_id"]) == (
            unbound.session.number,
            "ice",
            None,
            "",
        )
        end.confirm()
        assert [(each["unanswered"], each["delivered"]) for each in await desk.get("/sessions")] == [
            (0, 1),
            (0, 0),
        ]

    at_desk(body)


def test_what_crossed_the_wire_can_be_read() -> None:
    async def body(desk: Desk) -> None:
        end = End(desk.bench)
        end.submitted()
        End(desk.bench, carrier="ice")
        end.session.receive(b"\0\0\0\x10\0\0\0\x99" + bytes(8), desk.bench.now)
        told = await desk.get("/pdus")
        assert [(each["direction"], each["command"], each["status"], each["sequence"]) for each in told] == [
            ("in", "bind_transceiver", "ROK", 1),
            ("out", "bind_transceiver_resp", "ROK", 1),
            ("in", "submit_sm", "ROK", 2),
            ("out", "submit_sm_resp", "ROK", 2),
            ("in", "bind_transceiver", "ROK", 1),
            ("out", "bind_transceiver_resp", "ROK", 1),
            ("in", "malformed: command_id 0x00000099 is unknown here", "RINVCMDID", 0),
            ("out", "generic_nack", "RINVCMDID", 0),
        ]
        assert [each["n"] for each in told] == list(range(1, 9))
        assert bytes.fromhex(told[2]["octets"])[4:8] == Command.SUBMIT_SM.to_bytes(4, "big")
        assert {each["session"] for each in told if each["carrier"] == "telenor"} == {end.session.number}
        assert await desk.get("/pdus?carrier=ice") == told[4:6]
        assert await desk.get("/pdus?limit=2") == told[6:]
        assert await desk.get("/pdus?since=2&limit=3") == told[2:5]
        assert await desk.get("/pdus?since=8") == []
        for wrong in ("limit=0", "limit=2001", "since=-1", "since=x"):
            assert (await desk.says("GET", f"/pdus?{wrong}"))[0] == 422

    at_desk(body)


def test_the_last_pdus_are_kept_and_a_gap_shows_in_their_numbers() -> None:
    async def body(desk: Desk) -> None:
        end = End(desk.bench)
        for _ in range(KEPT // 2):
            end.ask(Command.ENQUIRE_LINK)
        told = await desk.get("/pdus?since=1&limit=2000")
        assert (len(told), told[0]["n"], told[-1]["n"]) == (KEPT, 3, KEPT + 2)

    at_desk(body)


def test_broken_answers_are_told_as_such() -> None:
    async def body(desk: Desk) -> None:
        end = End(desk.bench)
        end.session._write = lambda octets: None
        for how in ("length", "command", "sequence", "cut"):
            desk.bench.mood("malformed", how=how, share=1.0)
            end.put(Command.ENQUIRE_LINK)
        told = [each["command"] for each in (await desk.get("/pdus"))[3::2]]
        assert [command.partition(":")[0] for command in told] == [
            "malformed",
            "malformed",
            "enquire_link_resp",
            "malformed",
        ]

    at_desk(body)


# ---- the rest


def test_the_interface_describes_itself() -> None:
    async def body(desk: Desk) -> None:
        paths = (await desk.get("/openapi.json"))["paths"]
        assert {
            "/carriers",
            "/fate",
            "/carriers/{name}/moods",
            "/carriers/{name}/moods/{mood_id}",
            "/carriers/{name}/outbind",
            "/sessions",
            "/messages",
            "/messages/{message_id}",
            "/pdus",
            "/handsets",
            "/handsets/{number}",
            "/handsets/{number}/messages",
            "/handsets/{number}/calls",
            "/magic",
            "/metrics",
            "/gateway/messages",
            "/gateway/messages/{message_id}",
        } <= set(paths)

    at_desk(body)


RUBBISH = (
    *(b"", b"{", b"\xff", b'"x"', b"[" * 100_000),
    *(b'{"\\ud800": 1}', b'{"seed": 1e400}', b'{"seed": ' + b"9" * 5000 + b"}"),
)


def test_rubbish_is_refused() -> None:
    async def body(desk: Desk) -> None:
        headers = {"Content-Type": "application/json"}
        for method, path in (
            ("PUT", "/fate"),
            ("POST", "/carriers/telenor/moods"),
            ("PUT", f"/handsets/{NUMBER}"),
            ("POST", f"/handsets/{NUMBER}/messages"),
        ):
            for octets in RUBBISH:
                answer = await desk.http.request(method, path, content=octets, headers=headers)
                assert answer.status_code in (400, 422), (path, octets[:20], answer.text)
                assert answer.json()["detail"]

    at_desk(body)
