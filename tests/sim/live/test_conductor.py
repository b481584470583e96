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
from sim.live.conductor import Lived, _fault
from sim.live.lab import Lab


class Carriers:
    """The carriers' REST as far as moods go; `status` is what it answers."""

    def __init__(self, status: int = 201) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self._status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path, json.loads(request.content or "null")))
        return httpx.Response(self._status, json={"id": 1, "detail": "no such carrier"})


def told(carriers: Carriers, fault: Any, until_s: float) -> tuple[list[Record], Lived]:
    async def tell() -> tuple[list[Record], Lived]:
        env, lived = LiveEnvironment(), Lived()
        journal = Journal(lambda: env.now, env.wall)
        async with httpx.AsyncClient(
            transport=httpx.MockTransport(carriers), base_url="http://carriers"
        ) as http:
            ready = SimpleNamespace(env=env, stage=SimpleNamespace(journal=journal), carriers=http, parts={})
            env.process(_fault(cast(Lab, ready), lived, fault))
            async with asyncio.timeout(20):
                await env.run_live(env.timeout(until_s))
            await env.close()
        return journal.records, lived

    return asyncio.run(tell())


def test_a_mood_begins_at_its_time_and_its_end_is_journaled() -> None:
    carriers = Carriers()
    fault = SmsSlow(kind="sms.slow", carrier="telia", at_s=0.1, for_s=0.2, response_s=20)
    records, lived = told(carriers, fault, 0.6)
    assert carriers.asked == [
        ("POST", "/carriers/telia/moods", {"kind": "slow", "response_s": 20, "for_s": 0.2})
    ]
    assert [(r.event, r.facts) for r in records] == [
        ("fault.begun", {"kind": "sms.slow", "carrier": "telia"}),
        ("fault.ended", {"kind": "sms.slow", "carrier": "telia"}),
    ]
    assert [r.t_s for r in records] == pytest.approx([0.1, 0.3], abs=0.2)
    assert lived.faults_failed == []


def test_a_mood_without_an_end_lasts() -> None:
    carriers = Carriers()
    records, _ = told(carriers, SmsOutage(kind="sms.outage", carrier="ice", how="silent"), 0.2)
    assert carriers.asked == [("POST", "/carriers/ice/moods", {"kind": "outage", "how": "silent"})]
    assert [r.event for r in records] == ["fault.begun"]


def test_a_mood_that_could_not_be_set_was_not_done() -> None:
    fault = SmsSlow(kind="sms.slow", carrier="telia", for_s=0.1, response_s=1)
    records, lived = told(Carriers(404), fault, 0.3)
    assert [r.event for r in records] == ["fault.begun", "port.failed"]
    assert lived.faults_failed == ["sms.slow: POST /carriers/telia/moods: 404 no such carrier"]


def test_a_part_that_is_killed_asks_no_carrier() -> None:
    killed: list[bool] = []
    carriers = Carriers()

    async def tell() -> None:
        env = LiveEnvironment()
        ready = SimpleNamespace(
            env=env,
            stage=SimpleNamespace(journal=Journal(lambda: env.now)),
            parts={"fake_iccs": SimpleNamespace(kill=lambda: killed.append(True))},
        )
        fault = PartKilled(kind="part.killed", part="fake_iccs", at_s=0)
        await env.run_live(env.process(_fault(cast(Lab, ready), Lived(), fault)))

    asyncio.run(tell())
    assert (killed, carriers.asked) == ([True], [])
