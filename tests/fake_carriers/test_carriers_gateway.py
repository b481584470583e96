"""The HTTP gateway: what it answers in each mood of the carrier behind it, and its receipts.

On a clock turned by hand and without sockets.
"""

# ruff: noqa: ASYNC110 - to look until something holds, bounded by a time-out, is what these tests do

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from carriers_lab import NOW, NUMBER, OTHER, QUICK, TELIA_NUMBER, Bench, End, Phone, quick_with
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from fake_carriers import gateway as gateway_module
from fake_carriers import webhook as webhook_module
from fake_carriers.durable import Durable
from fake_carriers.fate import Carrier
from fake_carriers.gateway import Gateway
from fake_carriers.smpp import Cancel, Command, Status
from fake_carriers.web import _invalid
from fake_carriers.webhook import Webhook

KEY, HOOK = "the-key", "http://127.0.0.1:9/receipts"


class Desk:
    """A gateway before a bench, and the service that sends by it and takes its receipts."""

    def __init__(self, bench: Bench, http: httpx.AsyncClient) -> None:
        self.bench, self.http = bench, http
        self.receipts: list[dict[str, Any]] = []
        self.answers: list[int] = []  # what the service says to the next receipts; then 204

    def take(self, request: httpx.Request) -> httpx.Response:
        self.receipts.append(json.loads(request.content))
        return httpx.Response(self.answers.pop(0) if self.answers else 204)

    async def post(self, **wish: Any) -> httpx.Response:
        asked = {"to": NUMBER, "from": "113", "text": "hei", **wish}
        return await self.http.post("/gateway/messages", json=asked)

    async def sent(self, **wish: Any) -> dict[str, Any]:
        answer = await self.post(**wish)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def look(self, message_id: str) -> dict[str, Any]:
        answer = await self.http.get(f"/gateway/messages/{message_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def told(self, n: int) -> list[dict[str, Any]]:
        """The receipts, once there are so many."""
        while len(self.receipts) < n:
            await asyncio.sleep(0.001)
        return self.receipts


@contextlib.asynccontextmanager
async def opened(
    carriers: Sequence[Carrier] = QUICK,
    store: Durable | None = None,
    anywhere: bool = False,
    **bench_options: Any,
) -> AsyncIterator[Desk]:
    bench = Bench(carriers, begins_at=NOW, store=store, **{"simulated": True, **bench_options})
    app = FastAPI(exception_handlers={RequestValidationError: _invalid})
    transport = httpx.ASGITransport(app=app)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as http:
        desk = Desk(bench, http)
        async with httpx.AsyncClient(transport=httpx.MockTransport(desk.take)) as out:
            hook = Webhook(KEY, out)
            app.include_router(Gateway(bench.country, KEY, hook, anywhere).api())
            if store is not None:
                bench.network.take_up(store.load(), bench.now)
            yield desk
            for task in hook._tasks:
                task.cancel()
            await asyncio.gather(*hook._tasks, return_exceptions=True)


def at_desk(body: Callable[[Desk], Any], carriers: Sequence[Carrier] = QUICK, **options: Any) -> None:
    async def run() -> None:
        async with asyncio.timeout(20), opened(carriers, **options) as desk:
            await body(desk)

    asyncio.run(run())


# ---- sending


def test_a_message_is_sent_and_asked_after() -> None:
    async def body(desk: Desk) -> None:
        told = await desk.sent(text="Blåbær 5 €", reference="session 17")
        expected = {
            "id": told["id"],
            "reference": "session 17",
            "to": NUMBER,
            "parts": 1,
            "encoding": "GSM7",
            "state": "ENROUTE",
        }
        assert told == expected
        assert await desk.look(told["id"]) == expected
        desk.bench.advance(1)
        assert desk.bench.screen() == ["Blåbær 5 €"]
        assert await desk.look(told["id"]) == {**expected, "state": "DELIVRD"}

    at_desk(body)


@pytest.mark.parametrize(
    ("sender", "shown"), [("113", "113"), ("+4710000009", "+4710000009"), ("Hjelp 113", "Hjelp 113")]
)
def test_the_sender_shows_as_it_was_given(sender: str, shown: str) -> None:
    async def body(desk: Desk) -> None:
        await desk.sent(**{"from": sender})
        desk.bench.advance(1)
        assert desk.bench.network.handset(NUMBER).screen[0]["from"] == shown

    at_desk(body)


@pytest.mark.parametrize(
    ("text", "parts", "encoding"),
    [("x" * 161, 2, "GSM7"), ("😀" * 40, 2, "UCS2"), ("ø" * 500, 4, "GSM7")],
)
def test_a_long_text_is_one_message_with_one_receipt(text: str, parts: int, encoding: str) -> None:
    async def body(desk: Desk) -> None:
        told = await desk.sent(text=text, receipt_url=HOOK)
        assert (told["parts"], told["encoding"]) == (parts, encoding)
        desk.bench.advance(1)
        assert desk.bench.screen() == [text]
        assert [each["state"] for each in await desk.told(1)] == ["DELIVRD"]
        assert len(desk.bench.events("sms.delivered")) == parts
        assert desk.bench.network.under_way["telenor"] == 0
        await asyncio.sleep(0.01)
        assert len(desk.receipts) == 1

    at_desk(body)


def test_the_destination_s_carrier_answers() -> None:
    async def body(desk: Desk) -> None:
        desk.bench.mood("queue_full")
        assert (await desk.post()).status_code == 503
        assert (await desk.post(to=TELIA_NUMBER)).status_code == 202
        assert (await desk.post(to=OTHER)).status_code == 503

    at_desk(body)


def test_without_the_key_nothing() -> None:
    async def body(desk: Desk) -> None:
        for headers in (
            {"Authorization": ""},
            {"Authorization": "Bearer"},
            {"Authorization": f"Bearer {KEY}x"},
            {"Authorization": KEY},
            {"Authorization": "Bearer æøå".encode()},
        ):
            for method, path in (("POST", "/gateway/messages"), ("GET", "/gateway/messages/1")):
                answer = await desk.http.request(method, path, headers=headers, json={})
                assert answer.status_code == 401
                assert KEY not in answer.text
        assert list(desk.bench.network.parts) == []

    at_desk(body)


@pytest.mark.parametrize(
    "wish",
    [
        {"to": "4710000001"},
        {"to": "+47"},
        {"to": "+4719000000"},
        {"to": None},
        {"from": ""},
        {"from": "much too long a name"},
        {"from": "æ"},
        {"text": ""},
        {"text": "x" * 10_001},
        {"text": "😀" * 10_000},  # more than 255 parts
        {"text": "\ud800"},
        {"validity_s": 0},
        {"validity_s": 901},
        {"validity_s": "soon"},
        {"receipt_url": "receipts"},
        {"receipt_url": "ftp://service.test/"},
        {"reference": "x" * 201},
        {"colour": "red"},
        {"\ud800": "half a character"},
    ],
)
def test_what_cannot_be_sent_is_told(wish: dict[str, Any]) -> None:
    async def body(desk: Desk) -> None:
        asked = {"to": NUMBER, "from": "113", "text": "hei", **wish}
        octets = json.dumps(asked).encode()
        answer = await desk.http.post(
            "/gateway/messages", content=octets, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 422
        assert answer.json()["detail"]
        assert list(desk.bench.network.parts) == []

    at_desk(body)


def test_an_unknown_message_and_one_that_came_by_smpp_are_not_found() -> None:
    async def body(desk: Desk) -> None:
        by_smpp = End(desk.bench).submitted()
        for message_id in ("17", by_smpp):
            assert (await desk.http.get(f"/gateway/messages/{message_id}")).status_code == 404

    at_desk(body)


def test_a_validity_is_kept() -> None:
    async def body(desk: Desk) -> None:
        told = await desk.sent(validity_s=61.2, receipt_url=HOOK)
        desk.bench.advance(60)
        assert (await desk.look(told["id"]))["state"] == "ENROUTE"
        desk.bench.advance(1)
        assert (await desk.told(1))[0]["state"] == "EXPIRED"

    at_desk(body, simulated=False)


# ---- moods


def test_a_throttled_carrier_says_when_to_come_again() -> None:
    async def body(desk: Desk) -> None:
        desk.bench.mood("throttled", rate_per_s=2.0)
        answers = [await desk.post() for _ in range(4)]
        assert [answer.status_code for answer in answers] == [202, 202, 429, 429]
        assert answers[2].headers["Retry-After"] == "1"
        desk.bench.advance(1)
        assert (await desk.post()).status_code == 202

    at_desk(body)


def test_a_long_text_passes_a_low_rate() -> None:
    async def body(desk: Desk) -> None:
        desk.bench.mood("throttled", rate_per_s=1.0)
        assert (await desk.post(text="x" * 500)).status_code == 202
        assert (await desk.post(text="x" * 500)).status_code == 429
        desk.bench.advance(1)
        assert (await desk.post(text="x" * 500)).status_code == 202

    at_desk(body)


@pytest.mark.parametrize("how", ["refuse", "drop"])
def test_a_carrier_that_refuses_or_drops(how: str) -> None:
    async def body(desk: Desk) -> None:
        desk.bench.mood("outage", how=how)
        answer = await desk.post()
        assert (answer.status_code, answer.json()) == (503, {"detail": "telenor does not take messages now"})
        desk.bench.calm()
        assert (await desk.post()).status_code == 202

    at_desk(body)


@pytest.mark.parametrize(("swallowed", "status", "shown"), [("lost", 503, []), ("later", 202, ["hei"])])
def test_a_silent_carrier_has_no_answer_until_it_speaks(
    monkeypatch: pytest.MonkeyPatch, swallowed: str, status: int, shown: list[str]
) -> None:
    monkeypatch.setattr(gateway_module, "_LISTENS_EVERY_S", 0.001)

    async def body(desk: Desk) -> None:
        desk.bench.mood("outage", how="silent", swallowed=swallowed)
        asked = asyncio.create_task(desk.post())
        done, _ = await asyncio.wait({asked}, timeout=0.05)
        assert not done
        desk.bench.calm()
        assert (await asked).status_code == status
        desk.bench.advance(1)
        assert desk.bench.screen() == shown

    at_desk(body)


def test_a_slow_carrier_answers_late_and_delivers_at_once() -> None:
    async def body(desk: Desk) -> None:
        desk.bench.mood("slow", response_s=0.05)
        asked = asyncio.create_task(desk.post())
        while not list(desk.bench.network.parts):
            await asyncio.sleep(0)
        desk.bench.advance(1)
        assert desk.bench.screen() == ["hei"]
        assert not asked.done()
        assert (await asked).status_code == 202

    at_desk(body)


@pytest.mark.parametrize(("magic", "status"), [(10, 429), (11, 503), (12, 503), (13, 422)])
def test_a_magic_number_has_its_answer(magic: int, status: int) -> None:
    async def body(desk: Desk) -> None:
        assert (await desk.post(to=f"+47109900{magic}")).status_code == status
        assert list(desk.bench.network.parts) == []

    at_desk(body)


def test_a_magic_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_module, "_UNANSWERED_S", 0.02)

    async def body(desk: Desk) -> None:
        assert (await desk.post(to="+4710990014")).status_code == 503

    at_desk(body)


# ---- what is told and counted


def test_what_the_gateway_refuses_is_told_and_counted() -> None:
    async def body(desk: Desk) -> None:
        await desk.post(to="+4719000000")
        await desk.post(text="😀" * 10_000)
        for n in (10, 12, 13):
            await desk.post(to=f"+47109900{n}")
        desk.bench.mood("outage", how="drop", carrier="telia")
        await desk.post(to=TELIA_NUMBER)
        told = [
            (facts["number"], facts["carrier"], facts["status"]) for facts in desk.bench.events("sms.refused")
        ]
        assert told == [
            ("+4719000000", None, "RINVDSTADR"),
            (NUMBER, "telenor", "RINVMSGLEN"),
            ("+4710990010", "telenor", "RTHROTTLED"),
            ("+4710990012", "telenor", "RSYSERR"),
            ("+4710990013", "telenor", "RINVDSTADR"),
            (TELIA_NUMBER, "telia", "RSYSERR"),
        ]
        assert {facts["door"] for facts in desk.bench.events("sms.refused")} == {"gateway"}
        counts = desk.bench.network.counts
        assert [counts[name]["sms.refused"] for name in ("", "telenor", "telia")] == [1, 4, 1]

    at_desk(body)


def test_throttling_tells_of_itself_and_the_gateway_is_the_door() -> None:
    async def body(desk: Desk) -> None:
        desk.bench.mood("queue_full")
        assert (await desk.post()).status_code == 503
        facts = {"number": NUMBER, "carrier": "telenor", "door": "gateway", "reason": "queue full"}
        assert (desk.bench.events("sms.throttled"), desk.bench.events("sms.refused")) == ([facts], [])
        assert desk.bench.network.counts["telenor"]["sms.throttled"] == 1

    at_desk(body)


@pytest.mark.parametrize("swallowed", ["lost", "later"])
def test_what_a_silent_carrier_swallows_is_told_when_it_comes_in(
    monkeypatch: pytest.MonkeyPatch, swallowed: str
) -> None:
    monkeypatch.setattr(gateway_module, "_LISTENS_EVERY_S", 0.001)

    async def body(desk: Desk) -> None:
        desk.bench.mood("outage", how="silent", swallowed=swallowed)
        asked = asyncio.create_task(desk.post())
        while not desk.bench.events("sms.swallowed"):
            await asyncio.sleep(0.001)
        facts = {"number": NUMBER, "carrier": "telenor", "door": "gateway", "kept": swallowed == "later"}
        assert desk.bench.events("sms.swallowed") == [facts]
        desk.bench.calm()
        await asked
        assert desk.bench.events("sms.refused") == []

    at_desk(body)


def test_a_magic_silence_is_told_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_module, "_UNANSWERED_S", 0.0)

    async def body(desk: Desk) -> None:
        await desk.post(to="+4710990014")
        facts = {"number": "+4710990014", "carrier": "telenor", "door": "gateway", "kept": False}
        assert desk.bench.events("sms.swallowed") == [facts]
        assert desk.bench.network.counts["telenor"]["sms.swallowed"] == 1
        assert desk.bench.events("sms.refused") == []

    at_desk(body)


def test_an_answer_that_was_held_back_is_told() -> None:
    async def body(desk: Desk) -> None:
        await desk.sent()
        desk.bench.mood("slow", response_s=0.05)
        asked = asyncio.create_task(desk.sent(text="x" * 400))
        await asyncio.sleep(0.01)
        desk.bench.advance(4)
        assert desk.bench.events("sms.answered") == []
        told = await asked
        facts = {"number": NUMBER, "carrier": "telenor", "door": "gateway"}
        expected = {**facts, "message_id": told["id"], "after_s": 4.0}
        assert desk.bench.events("sms.answered") == [expected]

    at_desk(body)


def test_what_cannot_be_kept_is_told_as_refused_once(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        store._db.execute("PRAGMA query_only = ON")
        asked = asyncio.create_task(desk.post(text="x" * 400))
        while len(list(desk.bench.network.parts)) < 3:
            await asyncio.sleep(0)
        store.commit()
        assert (await asked).status_code == 503
        facts = {"number": NUMBER, "carrier": "telenor", "door": "gateway", "status": "RSYSERR"}
        assert desk.bench.events("sms.refused") == [facts]

    store = Durable(tmp_path / "queue.db")
    at_desk(body, store=store)
    store.close()


# ---- receipts


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("http://127.0.0.1:9/receipts", True),
        ("https://localhost/receipts", True),
        ("http://[::1]:9/", True),
        ("http://127.8.8.8/", True),
        ("http://2130706433/", True),  # 127.0.0.1 as a number
        ("http://service.test/receipts", False),
        ("http://localhost.test/", False),
        ("http://127.0.0.1.test/", False),
        ("http://127.0.0.1@service.test/", False),
        ("http://10.0.0.1/", False),
        ("http://0.0.0.0/", False),
        ("http://[::ffff:10.0.0.1]/", False),
    ],
)
def test_receipts_stay_on_this_machine_unless_they_may_leave_it(url: str, taken: bool) -> None:
    async def body(desk: Desk) -> None:
        answer = await desk.post(receipt_url=url)
        assert answer.status_code == (202 if taken else 422)
        if not taken:
            remedy = "give a URL on 127.0.0.1, or start fake_carriers with --receipts-anywhere"
            assert answer.json()["detail"].endswith(f" is not this machine; {remedy}")
            assert list(desk.bench.network.parts) == []

    async def anywhere(desk: Desk) -> None:
        assert (await desk.post(receipt_url=url)).status_code == 202
        desk.bench.advance(1)
        assert len(await desk.told(1)) == 1

    at_desk(body)
    at_desk(anywhere, anywhere=True)


def test_a_receipt_of_an_earlier_life_does_not_leave_the_machine_either(tmp_path: Path) -> None:
    async def before(desk: Desk) -> None:
        asked = asyncio.create_task(desk.sent(receipt_url="http://service.test/"))
        while not store._waiting:
            await asyncio.sleep(0)
        store.commit()
        await asked

    async def after(desk: Desk) -> None:
        desk.bench.advance(1)
        await asyncio.sleep(0.01)
        assert (desk.bench.screen(), desk.receipts) == (["hei"], [])

    async def allowed_again(desk: Desk) -> None:
        assert [each["state"] for each in await desk.told(1)] == ["DELIVRD"]

    for body, anywhere in ((before, True), (after, False), (allowed_again, True)):
        store = Durable(tmp_path / "queue.db")
        at_desk(body, store=store, anywhere=anywhere)
        store.close()


@pytest.mark.parametrize(
    ("share", "state"),
    [
        ("undeliverable", "UNDELIV"),
        ("expired", "EXPIRED"),
        ("rejected", "REJECTD"),
        ("accepted_only", "ACCEPTD"),
        ("unknown", "UNKNOWN"),
        ("duplicates", "DELIVRD"),
    ],
)
def test_every_end_has_its_receipt(share: str, state: str) -> None:
    async def body(desk: Desk) -> None:
        told = await desk.sent(receipt_url=HOOK, reference="r")
        desk.bench.advance(100)
        expected = {"id": told["id"], "reference": "r", "to": NUMBER, "state": state}
        assert await desk.told(1) == [{**expected, "done_at": "2026-01-02T03:04:05.000+00:00"}]
        assert (await desk.look(told["id"]))["state"] == state

    at_desk(body, quick_with(**{share: 1.0}))


def test_nobody_hears_of_a_lost_message() -> None:
    async def body(desk: Desk) -> None:
        for text in ("hei", "x" * 400):
            told = await desk.sent(receipt_url=HOOK, text=text)
            desk.bench.advance(2000)
            assert (await desk.look(told["id"]))["state"] == "ENROUTE"
        await asyncio.sleep(0.01)
        assert desk.receipts == []
        assert desk.bench.network.under_way["telenor"] == 0

    at_desk(body, quick_with(loss=1.0))


def test_a_message_that_waits_for_its_phone_has_no_receipt_before_its_end() -> None:
    async def body(desk: Desk) -> None:
        await desk.sent(receipt_url=HOOK)
        desk.bench.advance(60)
        await asyncio.sleep(0.01)
        assert desk.receipts == []
        Phone(desk.bench)
        assert [each["state"] for each in await desk.told(1)] == ["DELIVRD"]

    at_desk(body, simulated=False)


def test_a_message_cannot_be_taken_back_by_an_smpp_client() -> None:
    async def body(desk: Desk) -> None:
        told = await desk.sent()
        answer = End(desk.bench).ask(Command.CANCEL_SM, Cancel(message_id=told["id"]))
        assert answer.status == Status.RINVMSGID

    at_desk(body)


# ---- the durable queue


def test_a_message_is_answered_when_it_is_kept(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        asked = asyncio.create_task(desk.post(text="x" * 400))
        done, _ = await asyncio.wait({asked}, timeout=0.05)
        assert not done
        store.commit()
        assert (await asked).status_code == 202
        desk.bench.advance(1)
        assert desk.bench.screen() == ["x" * 400]
        store._db.execute("PRAGMA query_only = ON")
        asked = asyncio.create_task(desk.post(text="x" * 400))
        while len(list(desk.bench.network.parts)) < 6:
            await asyncio.sleep(0)
        store.commit()
        assert (await asked).status_code == 503
        assert desk.bench.network.under_way["telenor"] == 0
        assert len(list(desk.bench.network.parts)) == 3

    store = Durable(tmp_path / "queue.db")
    at_desk(body, store=store)
    store.close()


def test_one_who_has_gone_before_the_answer_disturbs_nobody(tmp_path: Path) -> None:
    async def body(desk: Desk) -> None:
        gone = asyncio.create_task(desk.post())
        stays = asyncio.create_task(desk.post(to=OTHER))
        while len(list(desk.bench.network.parts)) < 2:
            await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait({gone})
        store.commit()
        assert (await stays).status_code == 202
        desk.bench.advance(1)
        assert (desk.bench.screen(NUMBER), desk.bench.screen(OTHER)) == (["hei"], ["hei"])

    store = Durable(tmp_path / "queue.db")
    at_desk(body, store=store)
    store.close()


def test_a_receipt_is_owed_over_a_restart_until_it_was_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service says no, the program dies, the next one posts it again with the same id; then no more."""
    monkeypatch.setattr(webhook_module, "AGAIN_AFTER_S", (3600.0,))
    path = tmp_path / "queue.db"

    async def first() -> str:
        store = Durable(path)
        async with asyncio.timeout(10), opened(store=store) as desk:
            asked = asyncio.create_task(desk.sent(text="x" * 400, receipt_url=HOOK, reference="r 1"))
            while not store._waiting:
                await asyncio.sleep(0)
            store.commit()
            desk.answers = [500]
            desk.bench.advance(1)
            store.commit()
            await desk.told(1)
            told = await asked
        store._db.close()
        return str(told["id"])

    async def second(n: int) -> list[dict[str, Any]]:
        store = Durable(path)
        async with asyncio.timeout(10), opened(store=store) as desk:
            receipts = list(await desk.told(n))
            await asyncio.sleep(0.01)
            assert desk.receipts == receipts
            assert (desk.bench.screen(), store.load().messages == ()) == (["x" * 400], not n)
            for receipt in receipts:
                assert (await desk.look(receipt["id"]))["state"] == "DELIVRD"
        store.close()
        return receipts

    message_id = asyncio.run(first())
    (receipt,) = asyncio.run(second(1))
    assert (receipt["id"], receipt["reference"], receipt["state"]) == (message_id, "r 1", "DELIVRD")
    assert asyncio.run(second(0)) == []
