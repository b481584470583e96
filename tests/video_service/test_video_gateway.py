"""The SMS by an HTTP gateway: what it answers, what it does not, and its signed receipts."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from vs_rig import NUMBER, Lab, lab, until

from stand_alone import listening
from video_service import gateway_route, outbox
from video_service.gateway_route import Gateway, answer
from video_service.receipts_api import Forged, verify
from video_service.sms_route import Said

GATEWAY_KEY = "the-gateways-key"


class StubGateway:
    """Answers a POST by the next of `answers`: a response, or a coroutine that makes one; else 202."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.taken: list[dict[str, Any]] = []
        self.asked = 0
        self.key = GATEWAY_KEY
        self.http = httpx.AsyncClient(timeout=10, verify=False)
        self.app = FastAPI()
        self._more = asyncio.Event()

        @self.app.post("/gateway/messages")
        async def submit(request: Request) -> Any:
            if request.headers["authorization"] != f"Bearer {self.key}":
                return Response(status_code=401)
            self.taken.append({**await request.json(), "id": f"g-{len(self.taken)}"})
            number = len(self.taken) - 1
            self._more.set()
            self._more = asyncio.Event()
            found = self.answers.pop(0) if self.answers else self.yes(number)
            return found if isinstance(found, Response) else await found(number)

        @self.app.get("/gateway/messages/{name}")
        async def look(request: Request, name: str) -> Response:
            self.asked += 1
            right = request.headers["authorization"] == f"Bearer {self.key}"
            return Response(status_code=404 if right else 401)

    def yes(self, number: int) -> Response:
        told = {**self.taken[number], "parts": 1, "encoding": "GSM7", "state": "ENROUTE"}
        return Response(json.dumps(told), 202, media_type="application/json")

    async def message(self, n: int) -> dict[str, Any]:
        while len(self.taken) <= n:
            await self._more.wait()
        return self.taken[n]

    async def receipt(self, number: int, state: str = "DELIVRD", **changed: Any) -> httpx.Response:
        sms = self.taken[number]
        told = {
            "id": sms["id"],
            "reference": sms["reference"],
            "to": sms["to"],
            "state": state,
            "done_at": "now",
        }
        return await self.post(sms["receipt_url"], json.dumps({**told, **changed}).encode())

    async def post(self, url: str, body: bytes, **headers: str) -> httpx.Response:
        return await self.http.post(url, content=body, headers={**signed(body, time.time()), **headers})


def signed(body: bytes, at: float, key: str = GATEWAY_KEY) -> dict[str, str]:
    wanted = hmac.new(key.encode(), f"{int(at)}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Lab113-Timestamp": str(int(at)), "X-Lab113-Signature": f"sha256={wanted}"}


@contextlib.asynccontextmanager
async def sending(folder: Path, **more: Any) -> AsyncIterator[tuple[Lab, StubGateway]]:
    """A service that sends by a gateway, and the gateway."""
    stub = StubGateway()
    async with contextlib.AsyncExitStack() as stack:
        url = await stack.enter_async_context(listening(stub.app, "127.0.0.1", 0))
        await stack.enter_async_context(stub.http)
        gateway = Gateway(url, GATEWAY_KEY, "LAB113")
        yield await stack.enter_async_context(lab(folder, gateway=gateway, **more)), stub


def run(body: Callable[[Lab, StubGateway], Any], folder: Path, **more: Any) -> None:
    async def all_of_it() -> None:
        async with sending(folder, **more) as (it, stub):
            await body(it, stub)

    asyncio.run(all_of_it())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BACK_OFF_S", (0.1,))


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "ANSWER_WITHIN_S", (0.3, 20.0, 60.0))
    monkeypatch.setattr(gateway_route, "BODY_S", 0.2)


def test_sent_accepted_delivered_also_when_the_receipt_comes_before_the_response(tmp_path: Path) -> None:
    async def body(it: Lab, stub: StubGateway) -> None:
        session = await it.request()
        sms = await stub.message(0)
        assert (sms["to"], sms["from"]) == (NUMBER, "LAB113")
        assert sms["receipt_url"] == f"{it.url}/sms/receipts"
        assert f"{it.url}/v/" in sms["text"]
        accepted = await it.event("sms.accepted")
        assert accepted["carrier_ids"] == ["g-0"]
        for state in ("ENROUTE", "DELIVRD", "DELIVRD"):  # at least once, says the gateway
            assert (await stub.receipt(0, state)).status_code == 204
        await it.event("sms.delivered")
        assert (await it.state(session))["sms"] == "delivered"
        assert it.names(session["session"])[1:] == ["sms.submitted", "sms.accepted", "sms.delivered"]
        health = (await it.http.get("/health")).json()
        assert (health["status"], health["sms"][0]["state"]) == ("ok", "up")

        async def receipt_first(number: int) -> Response:
            assert (await stub.receipt(number, reference=None)).status_code == 204
            return stub.yes(number)

        stub.answers = [receipt_first]
        session = await it.request(call="c2")
        await it.event("sms.delivered", session["session"])
        assert it.names(session["session"])[1:] == ["sms.submitted", "sms.accepted", "sms.delivered"]

    run(body, tmp_path)


def test_receipts_that_are_not_the_gateways_are_refused(tmp_path: Path, caplog: Any) -> None:
    async def body(it: Lab, stub: StubGateway) -> None:
        session = await it.request()
        await it.event("sms.accepted")
        url = f"{it.url}/sms/receipts"
        right = json.dumps({"id": "g-0", "to": NUMBER, "state": "DELIVRD"}).encode()
        now = time.time()
        for headers in (
            {},
            signed(right, now, key="another"),
            signed(right + b" ", now),
            {**signed(right, now), "X-Lab113-Timestamp": str(int(now) - 1)},
            signed(right, now - 400),
            signed(right, now + 400),
        ):
            with caplog.at_level(logging.WARNING):
                answered = await stub.http.post(url, content=right, headers=headers)
            assert answered.status_code == 401, headers
            assert "X-Lab113" in answered.json()["detail"]
        assert "was refused" in caplog.text
        assert (await stub.post(url, b"\xff{")).status_code == 422
        assert (await stub.post(url, b"[" * 16_000)).status_code == 422
        assert (await stub.post(url, b'{"id": 7}')).status_code == 422
        assert (await stub.post(url, b"x" * 20_000)).status_code == 413
        assert (await stub.receipt(0, id="nobody's", reference=None)).status_code == 204
        assert "sms.delivered" not in it.names(session["session"])
        assert (await stub.post(url, right)).status_code == 204
        await it.event("sms.delivered")

    run(body, tmp_path)


def test_a_service_that_sends_by_smpp_takes_no_receipts(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            assert (await it.http.post("/sms/receipts", content=b"{}")).status_code == 404

    asyncio.run(body())


@pytest.mark.usefixtures("hurried")
def test_a_late_answer_counts_and_so_does_a_receipt_for_a_request_without_one(tmp_path: Path) -> None:
    async def body(it: Lab, stub: StubGateway) -> None:
        late = asyncio.Event()

        async def answer_late(number: int) -> Response:
            await late.wait()
            return stub.yes(number)

        stub.answers = [answer_late, answer_late]
        session = await it.request()
        failed = await it.event("sms.failed")
        assert (failed["final"], failed["next"]) == (False, "again in 0.1 s")
        assert (await stub.message(1))["reference"] == stub.taken[0]["reference"]
        late.set()
        await it.event("sms.accepted")
        assert (await it.event("sms.duplicated"))["copies"] == 2

        never = asyncio.Event()

        async def no_answer(number: int) -> Response:
            await never.wait()
            return stub.yes(number)

        stub.answers = [no_answer]
        another = await it.request(call="c2")
        await it.event("sms.failed", another["session"])
        await stub.receipt(2)
        await it.event("sms.delivered", another["session"])
        await asyncio.sleep(0.3)
        assert len(stub.taken) == 3
        assert "sms.accepted" in it.names(another["session"])
        never.set()
        assert it.names(session["session"]).count("sms.submitted") == 2

    run(body, tmp_path)


def test_what_a_gateway_may_answer_before_it_takes_a_message_or_never_does(tmp_path: Path) -> None:
    async def body(it: Lab, stub: StubGateway) -> None:
        stub.answers = [
            Response(status_code=429, headers={"Retry-After": "0"}),
            Response("<html>who are you?</html>", 200),
            Response(status_code=307, headers={"Location": f"{it.url}/elsewhere"}),
        ]
        session = await it.request()
        await it.event("sms.accepted")
        reasons = [event["reason"] for event in it.events if event["event"] == "sms.failed"]
        assert [reason.rsplit(" ", 1)[1] for reason in reasons] == ["200", "307"]
        assert len(stub.taken) == 4
        assert (await it.state(session))["state"] == "requested"

        stub.answers = [Response(json.dumps({"detail": "no such number"}), 422)]
        session = await it.request(call="c2")
        failed = await it.event("sms.failed", session["session"])
        assert failed["final"] is True
        assert "no such number" in failed["reason"]
        await it.event("video.ended", session["session"])
        assert (await it.state(session))["ended_because"] == "sms_failed"

    run(body, tmp_path)


@pytest.mark.usefixtures("hurried")
def test_a_yes_whose_rest_is_rubbish_or_never_ends_is_not_sent_again(tmp_path: Path) -> None:
    async def body(it: Lab, stub: StubGateway) -> None:
        async def endless(number: int) -> Response:
            async def drops() -> AsyncIterator[bytes]:
                yield b"{"
                await asyncio.sleep(1.0)

            return StreamingResponse(drops(), 202)

        stub.answers = [Response("{rubbish", 202), endless]
        for n, call in enumerate(("c1", "c2")):
            session = await it.request(call=call)
            accepted = await it.event("sms.accepted", session["session"])
            assert accepted["carrier_ids"] == [""]
            await stub.receipt(n)  # is known by its reference
            await it.event("sms.delivered", session["session"])
        assert len(stub.taken) == 2

    run(body, tmp_path)


def test_a_gateway_that_is_gone_or_has_another_key_is_told_and_gets_it_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_route, "LOOK_AGAIN_S", 0.1)

    async def body(it: Lab, stub: StubGateway) -> None:
        stub.key = "changed"
        await until(lambda: stub.asked >= 1)
        monkeypatch.setattr(gateway_route, "LOOK_EVERY_S", 0.1)
        session = await it.request()
        assert "401" in (await it.event("sms.failed"))["reason"]
        stub.key = GATEWAY_KEY
        await it.event("sms.accepted", session["session"])

    run(body, tmp_path)

    async def gone() -> None:
        nobody = Gateway("http://127.0.0.1:1", GATEWAY_KEY, "LAB113")
        async with lab(tmp_path, gateway=nobody, sms_give_up_s=0.4) as it:
            await it.request()
            assert (await it.event("sms.failed"))["final"] is False
            [route] = (await it.http.get("/health")).json()["sms"]
            assert route["state"] == "refusing"
            assert route["detail"]
            await it.event("video.ended")

    asyncio.run(gone())


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (202, b'{"id": "x"}', Said.ACCEPTED),
        (202, b"[" * 60_000, Said.ACCEPTED),
        (202, b'{"id": 7}', Said.ACCEPTED),
        (200, b'{"id": "x"}', Said.REFUSED),
        (302, b"", Said.REFUSED),
        (400, b"", Said.NEVER),
        (401, b"", Said.REFUSED),
        (404, b"", Said.REFUSED),
        (422, b'{"detail": [1]}', Said.NEVER),
        (429, b"", Said.SLOWER),
        (500, b"\xff", Said.REFUSED),
        (503, b'"queue full"', Said.REFUSED),
    ],
)
def test_what_an_answer_means(status: int, body: bytes, said: Said) -> None:
    assert answer(status, httpx.Headers(), body).said is said


@pytest.mark.parametrize(("asked", "pause_s"), [("3", 3.0), ("", None), ("soon", None), ("9" * 5000, None)])
def test_how_long_a_gateway_asks_for(asked: str, pause_s: float | None) -> None:
    assert answer(429, httpx.Headers({"Retry-After": asked}), b"").pause_s == pause_s


def test_a_signature_is_of_the_time_and_the_very_octets() -> None:
    body = b'{"id": "x"}'
    headers = signed(body, 1000)
    right = (headers["X-Lab113-Timestamp"], headers["X-Lab113-Signature"])
    for now in (700.0, 1000.0, 1300.0):
        verify(GATEWAY_KEY, *right, body, now)
    for now in (699.0, 1301.0):
        with pytest.raises(Forged, match="Timestamp"):
            verify(GATEWAY_KEY, *right, body, now)
    for timestamp, signature in (
        ("1000", ""),
        ("1001", right[1]),
        ("1000", right[1][7:]),
        ("1000", "sha256=é"),
    ):
        with pytest.raises(Forged, match="Signature"):
            verify(GATEWAY_KEY, timestamp, signature, body, 1000.0)
    for timestamp in ("", "1e3", "-1", "9" * 5000):
        wanted = hmac.new(GATEWAY_KEY.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        with pytest.raises(Forged, match="Timestamp"):
            verify(GATEWAY_KEY, timestamp, f"sha256={wanted}", body, 1000.0)
