"""Receipts by HTTP: signed, posted again until somebody takes them, given up in the end."""

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fake_carriers import webhook
from fake_carriers.webhook import AGAIN_AFTER_S, Webhook, signature

KEY, URL = "the-key", "http://service.test/receipts"
RECEIPT = {"id": "17", "reference": "ø", "to": "+4710000001", "state": "DELIVRD"}


def posted(answer: Callable[[int], httpx.Response], receipts: int = 1, url: str = URL) -> "Service":
    """Post receipts to a service that answers its n-th request so, until all are taken or given up."""

    async def body() -> Service:
        service = Service(answer)
        async with (
            asyncio.timeout(10),
            httpx.AsyncClient(transport=httpx.MockTransport(service.take)) as http,
        ):
            service.hook = Webhook(KEY, http)
            for n in range(receipts):
                service.hook.post(url, {**RECEIPT, "id": str(n)}, lambda n=n: service.done.append(n))  # type: ignore[misc]
            await asyncio.gather(*service.hook._tasks)
        return service

    return asyncio.run(body())


class Service:
    hook: Webhook

    def __init__(self, answer: Callable[[int], httpx.Response]) -> None:
        self._answer = answer
        self.requests: list[httpx.Request] = []
        self.done: list[int] = []

    def take(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(len(self.requests) - 1)

    def ids(self) -> list[str]:
        return [json.loads(request.content)["id"] for request in self.requests]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "AGAIN_AFTER_S", (0.001,) * len(AGAIN_AFTER_S))


def test_the_waits_are_those_of_the_contract() -> None:
    assert AGAIN_AFTER_S == (1.0, 5.0, 30.0, 120.0, 600.0)


def test_a_receipt_is_signed_as_the_contract_says() -> None:
    service = posted(lambda n: httpx.Response(204))
    (request,) = service.requests
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.content) == {**RECEIPT, "id": "0"}
    timestamp = request.headers["X-Lab113-Timestamp"]
    assert abs(int(timestamp) - time.time()) < 60
    by_hand = hmac.new(KEY.encode(), f"{timestamp}.".encode() + request.content, hashlib.sha256).hexdigest()
    assert request.headers["X-Lab113-Signature"] == f"sha256={by_hand}"
    assert (service.done, service.hook.posted, service.hook.refused) == ([0], 1, 0)


def test_a_signature_is_of_key_time_and_body() -> None:
    given = (("k", "1", b"b"), ("l", "1", b"b"), ("k", "2", b"b"), ("k", "1", b"c"))
    signed = {signature(*each) for each in given}
    assert len(signed) == 4
    assert all(re.fullmatch("sha256=[0-9a-f]{64}", one) for one in signed)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("status", [300, 301, 400, 404, 410, 429, 500, 503])
def test_anything_but_success_and_it_comes_again_with_the_same_id(status: int) -> None:
    service = posted(lambda n: httpx.Response(status if n < 2 else 200))
    assert service.ids() == ["0", "0", "0"]
    assert (service.done, service.hook.posted, service.hook.refused) == ([0], 3, 2)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "error", [httpx.ConnectError("nobody"), httpx.ReadTimeout("silent"), httpx.RemoteProtocolError("rubbish")]
)
def test_no_answer_and_it_comes_again(error: Exception) -> None:
    def answer(n: int) -> httpx.Response:
        if n == 0:
            raise error
        return httpx.Response(202)

    service = posted(answer)
    assert (len(service.requests), service.done) == (2, [0])


@pytest.mark.usefixtures("hurried")
def test_after_the_last_wait_it_is_given_up_and_still_owed() -> None:
    service = posted(lambda n: httpx.Response(500))
    assert len(service.requests) == 1 + len(AGAIN_AFTER_S)
    assert (service.done, service.hook.refused) == ([], 6)


@pytest.mark.usefixtures("hurried")
def test_an_address_that_is_none_is_given_up_too() -> None:
    service = posted(lambda n: httpx.Response(500), url="http://[::1/receipts")
    assert (service.requests, service.done, service.hook.refused) == ([], [], 6)


@pytest.mark.usefixtures("hurried")
def test_many_receipts_do_not_wait_for_each_other() -> None:
    service = posted(lambda n: httpx.Response(500 if n == 0 else 204), receipts=50)
    assert sorted(service.done) == list(range(50))
    assert sorted(service.ids()) == sorted([str(n) for n in range(50)] + ["0"])


def test_what_was_not_taken_is_cancelled_at_the_end() -> None:
    async def body() -> list[Any]:
        done: list[Any] = []
        async with asyncio.timeout(10), Webhook.opened(KEY) as hook:
            hook.post("http://127.0.0.1:9/", RECEIPT, lambda: done.append(1))
            while not hook.refused:  # noqa: ASYNC110 - bounded by the time-out
                await asyncio.sleep(0.001)
        return done

    assert asyncio.run(body()) == []
