"""Faults when live: moods are begun through the carriers' REST, and one that is refused is not done."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from sim.clock import LiveEnvironment
from sim.faults import PartKilled, SmsOutage, SmsSlow
from sim.journal import Journal, Record
from sim.live.faults import Breaking
from sim.live.parts import Part


class Carriers:
    """The carriers' REST as far as moods go; `status` is what it answers."""

    def __init__(self, status: int = 201) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self._status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path, json.loads(request.content or "null")))
        return httpx.Response(self._status, json={"id": 1, "detail": "no such carrier"})


def told(carriers: Carriers, fault: Any, until_s: float) -> tuple[list[Record], list[str]]:
    async def tell() -> tuple[list[Record], list[str]]:
        env = LiveEnvironment()
        journal = Journal(lambda: env.now, env.wall)
        async with httpx.AsyncClient(
            transport=httpx.MockTransport(carriers), base_url="http://carriers"
        ) as http:
            breaking = Breaking(env, journal, {}, http)
            breaking.begin([fault])
            async with asyncio.timeout(20):
                await env.run_live(env.timeout(until_s))
            await env.close()
        return journal.records, breaking.failed

    return asyncio.run(tell())


def test_a_mood_begins_at_its_time_and_its_end_is_journaled() -> None:
    carriers = Carriers()
    fault = SmsSlow(kind="sms.slow", carrier="telia", at_s=0.1, for_s=0.2, response_s=20)
    records, failed = told(carriers, fault, 0.6)
    assert carriers.asked == [
        ("POST", "/carriers/telia/moods", {"kind": "slow", "response_s": 20, "for_s": 0.2})
    ]
    assert [(r.event, r.facts) for r in records] == [
        ("fault.begun", {"kind": "sms.slow", "carrier": "telia"}),
        ("fault.ended", {"kind": "sms.slow", "carrier": "telia"}),
    ]
    assert [r.t_s for r in records] == pytest.approx([0.1, 0.3], abs=0.2)
    assert failed == []


def test_a_mood_without_an_end_lasts() -> None:
    carriers = Carriers()
    records, _ = told(carriers, SmsOutage(kind="sms.outage", carrier="ice", how="silent"), 0.2)
    assert carriers.asked == [("POST", "/carriers/ice/moods", {"kind": "outage", "how": "silent"})]
    assert [r.event for r in records] == ["fault.begun"]


def test_a_mood_that_could_not_be_set_was_not_done() -> None:
    fault = SmsSlow(kind="sms.slow", carrier="telia", for_s=0.1, response_s=1)
    records, failed = told(Carriers(404), fault, 0.3)
    assert [r.event for r in records] == ["fault.begun", "port.failed"]
    assert failed == ["sms.slow: POST /carriers/telia/moods: 404 no such carrier"]


def test_a_part_that_is_killed_asks_no_carrier() -> None:
    killed: list[bool] = []
    carriers = Carriers()

    async def tell() -> None:
        env = LiveEnvironment()
        iccs = cast(Part, SimpleNamespace(kill=lambda: killed.append(True)))
        async with httpx.AsyncClient(transport=httpx.MockTransport(carriers)) as http:
            breaking = Breaking(env, Journal(lambda: env.now), {"fake_iccs": iccs}, http)
            await env.run_live(
                env.process(breaking.tell(PartKilled(kind="part.killed", part="fake_iccs", at_s=0)))
            )

    asyncio.run(tell())
    assert (killed, carriers.asked) == ([True], [])
