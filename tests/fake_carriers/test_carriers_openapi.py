"""Every REST route by its own description: rubbish is answered, and only with what the description says."""

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from carriers_desk import Desk, at_desk
from carriers_lab import NUMBER, OTHER, End

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, -1e308, 1e308, 5e-324, float("nan"), float("inf")),
    *("", " ", "\0", "\ud800", "😀", "Å" * 200, "x" * 2_000, "1e999", "+", NUMBER, OTHER, "+4719000000"),
    *("127...:1", "127.0.0.1:0", "127.0.0.1:99999", "[::1]:1", "localhost:1", "127.999.1.1:1"),
    *("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-01-31T12:00:00Z", "../..", "%00"),
    *([], {}, [[]], {"": None}, [1e308], "telenor", "silent", "outage", "113", "00ff", "DELIVRD"),
)
POSITION = {"lat": 60.0, "lon": 5.0, "radius_m": 12, "at": "2026-01-31T12:00:00Z"}
GOOD: dict[str, Any] = {  # bodies that are right, of which one field at a time is made wrong
    "FateRequest": {"seed": 1, "carriers": {"ice": {"loss": 0.5, "retry_s": [1.0]}}, "week_s": 5.0},
    "MoodRequest": {"kind": "slow", "response_s": 1.0, "for_s": 1.0},
    "Outbind": {"address": "127.0.0.1:1"},
    "HandsetChange": {"power": "on", "coverage": True},
    "FromPhone": {"to": "113", "text": "hei"},
    "Ringing": {"to": "113", "position": POSITION},
    "Wish": {"to": NUMBER, "from": "113", "text": "hei", "validity_s": 60, "receipt_url": "http://[::1]/"},
}


def routes(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            yield method.upper(), path, route


def schema_of(route: dict[str, Any]) -> str:
    content = route.get("requestBody", {}).get("content", {})
    return str(content.get("application/json", {}).get("schema", {}).get("$ref", "")).rpartition("/")[2]


def spoilt(good: Any, dice: random.Random) -> Any:
    """With one value of it, however deep, made odd; or one too many, or one too few."""
    if not isinstance(good, dict) or not good or dice.random() < 0.05:
        return dice.choice(ODD)
    made, key = dict(good), dice.choice(list(good))
    match dice.randrange(8):
        case 0:
            del made[key]
        case 1:
            made[f"{key}_"] = dice.choice(ODD)
        case _:
            made[key] = spoilt(good[key], dice)
    return made


def asked_for(method: str, path: str, route: dict[str, Any], dice: random.Random) -> tuple[str, bytes | None]:
    """The path with its query, and the body."""
    query = []
    for parameter in route.get("parameters", ()):
        likely = NUMBER if parameter["name"] == "number" else "telenor"
        value = likely if dice.random() < 0.5 else dice.choice(ODD)
        told = quote(str(value).encode("utf-8", "replace"), safe="")
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", told or "x")
        elif parameter["in"] == "query" and dice.random() < 0.7:
            query.append(f"{parameter['name']}={told}")
    name = schema_of(route)
    body = json.dumps(spoilt(GOOD[name], dice)).encode() if name else None
    return f"{path}?{'&'.join(query)}", body


async def rubbish(desk: Desk, seed: int, count: int) -> None:
    described = await desk.get("/openapi.json")
    dice = random.Random(seed)
    headers = {"Content-Type": "application/json", "Authorization": "Bearer key"}
    answered: dict[tuple[str, str], set[int]] = {}
    for _ in range(count):
        for method, path, route in routes(described):
            asked, body = asked_for(method, path, route, dice)
            try:
                async with asyncio.timeout(1):
                    answer = await desk.http.request(method, asked, content=body, headers=headers)
            except (TimeoutError, httpx.ReadTimeout):  # a gateway whose carrier is silent
                continue
            assert str(answer.status_code) in route["responses"], (method, asked, body, answer.text[:300])
            if answer.status_code >= 400:
                assert isinstance(answer.json()["detail"], str), (method, asked, body)
            answered.setdefault((method, path), set()).add(answer.status_code)
        desk.bench.advance(dice.choice((0.0, 1.0)))
        desk.bench.country.tick()
    desk.bench.country.forget_http()
    ways = sum(1 for statuses in answered.values() if min(statuses) < 400)
    assert ways > len(answered) // 2, answered  # it is not only turned away


@pytest.mark.parametrize("seed", range(2))
def test_rubbish_is_answered_as_described(seed: int) -> None:
    async def body(desk: Desk) -> None:
        End(desk.bench).submitted()
        await rubbish(desk, seed, 60)

    at_desk(body)


def test_every_answer_is_described_with_its_shape() -> None:
    async def body(desk: Desk) -> None:
        described = await desk.get("/openapi.json")
        told = {(method, path): set(route["responses"]) for method, path, route in routes(described)}
        for route, statuses in {
            ("POST", "/gateway/messages"): {"202", "401", "422", "429", "503"},
            ("GET", "/gateway/messages/{message_id}"): {"200", "401", "404", "422"},
            ("PUT", "/handsets/{number}"): {"200", "404", "409", "422"},
            ("POST", "/carriers/{name}/outbind"): {"202", "404", "422", "502"},
            ("DELETE", "/carriers/{name}/moods/{mood_id}"): {"204", "404", "422"},
            ("DELETE", "/messages"): {"204"},
            ("GET", "/carriers"): {"200"},
        }.items():
            assert told[route] == statuses
        for method, path, route in routes(described):
            for status, answer in route["responses"].items():
                if status >= "400":
                    schema = answer["content"]["application/json"]["schema"]["$ref"]
                    assert schema == "#/components/schemas/Detail", (method, path, status)

    at_desk(body)


@pytest.mark.parametrize(
    "address", ["127...:1", "127.999.1.1:1", "127.0.0.1:0", "127.0.0.1:65536", "127.1:1"]
)
def test_an_address_that_cannot_be_is_told(address: str) -> None:
    async def body(desk: Desk) -> None:
        status, _ = await desk.says("POST", "/carriers/telenor/outbind", {"address": address})
        assert status == 422

    at_desk(body)
