"""The front that makes Janus's video room a WHIP and WHEP server, and the bench itself (long)."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from sim.bench.carriers import BenchError
from sim.bench.janus import Front, Janus, JanusMissing, janus
from sim.bench.relay import Load

SDP = {"Content-Type": "application/sdp"}


class VideoRoom:
    """Janus's HTTP API as far as the front uses it: answers that take time are told as events."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._handles = iter(range(70, 90))
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=[await self._events.get()])
        message = json.loads(request.content)
        self.asked.append((request.url.path, message))
        said = self._said(message)
        if said["janus"] == "event":
            self._events.put_nowait(said | {"transaction": message["transaction"]})
            said = {"janus": "ack"}
        return httpx.Response(200, json=said)

    def _said(self, message: dict[str, Any]) -> dict[str, Any]:
        match message["janus"], message.get("body", {}).get("request"):
            case ("create", _):
                return {"janus": "success", "data": {"id": 5}}
            case ("attach", _):
                return {"janus": "success", "data": {"id": next(self._handles)}}
            case ("detach", _):
                return {"janus": "error", "error": {"code": 458, "reason": "no such handle"}}
            case ("message", "create"):
                return {"janus": "success", "plugindata": {"data": {"room": 1}}}
            case ("message", "joinandconfigure"):
                return _event({"id": 113}, {"type": "answer", "sdp": "v=0 answer"})
            case ("message", "join"):
                return _event({}, {"type": "offer", "sdp": "v=0 offer"})
            case _:
                return _event({"error": "no such room", "error_code": 426})


def _event(data: dict[str, Any], jsep: dict[str, str] | None = None) -> dict[str, Any]:
    return {"janus": "event", "plugindata": {"data": data}, **({"jsep": jsep} if jsep else {})}


def test_the_front_publishes_with_the_phones_offer_and_counters_a_viewers() -> None:
    async def body() -> None:
        room = VideoRoom()
        told = httpx.MockTransport(room.answer)
        async with asyncio.timeout(10), httpx.AsyncClient(transport=told, base_url="http://janus") as api:
            core = Janus(api)
            await core.begin()
            events = asyncio.create_task(core.listen())
            web = httpx.ASGITransport(Front(core).app)
            async with httpx.AsyncClient(transport=web, base_url="http://front", headers=SDP) as front:
                await through(front, room)
            events.cancel()
            await asyncio.wait({events})

    async def through(front: httpx.AsyncClient, room: VideoRoom) -> None:
        early = await front.post("/whep/1", content="v=0 mine")
        assert (early.status_code, early.headers["Retry-After"]) == (409, "1")

        published = await front.post("/whip/1", content="v=0 phone")
        assert (published.status_code, published.text) == (201, "v=0 answer")
        assert published.headers["Location"] == "/whip/1/70"
        assert room.asked[-1][0] == "/janus/5/70"
        assert room.asked[-1][1]["jsep"] == {"type": "offer", "sdp": "v=0 phone"}

        watching = await front.post("/whep/1", content="v=0 mine")
        assert (watching.status_code, watching.text) == (406, "v=0 offer")
        assert room.asked[-1][1]["body"]["streams"] == [{"feed": 113}]

        # what Janus will not have is told as it says it
        refused = await front.patch(watching.headers["Location"], content="v=0 mine")
        assert refused.status_code == 502
        assert "no such room" in refused.text
        assert "no such handle" in (await front.delete(watching.headers["Location"])).text

    asyncio.run(body())


def test_a_janus_that_is_gone_is_told() -> None:
    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async def body() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(gone), base_url="http://janus") as api:
            with pytest.raises(BenchError, match="does not answer create"):
                await Janus(api).begin()

    asyncio.run(body())


def test_without_janus_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    async def body() -> None:
        async with janus(tmp_path):
            pass

    with pytest.raises(JanusMissing, match="apt-get install janus"):
        asyncio.run(body())


@pytest.mark.parametrize("text", ["30", "x", "0x1", "3x0", "3x-1", "3x1x1", "²x1"])
def test_a_load_that_is_none_is_refused(text: str) -> None:
    assert (Load.read("30x2").phones, Load.read("30x2").legs) == (30, 2)
    with pytest.raises(ValueError, match="such as 30x1"):
        Load.read(text)


@pytest.mark.long
def test_the_bench_tells_what_a_leg_costs_beside_janus() -> None:
    command = ["bench", "relay", "--load", "3x2", "--load", "6x1", "--seconds", "4", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "sim", *command],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    told = json.loads(done.stdout)
    assert told["relay_ms_per_leg_s"] > 0
    assert told["nothing_lost"]
    assert told["stamps_right"]
    assert [load["load"] for load in told["loads"]] == ["3x2", "6x1"]
    for load in told["loads"]:
        relay = load["relay"]
        assert relay["looks_right"] == relay["looks"] > 0
        assert relay["packets_received"] == pytest.approx(
            relay["packets_sent"] * int(load["load"][-1]), rel=0.05
        )
    if shutil.which("janus"):
        assert told["relay_to_janus"] == pytest.approx(
            told["relay_ms_per_leg_s"] / told["janus_ms_per_leg_s"], abs=0.01
        )
    else:
        assert told["janus_ms_per_leg_s"] is None
        assert b"apt-get install janus" in done.stderr
