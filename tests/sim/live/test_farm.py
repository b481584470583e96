"""The farm's control socket: answers find their request, cancels are told, a lost farm is said."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from sim.clock import PortError
from sim.live.farm import FarmControl, connected

Serving = Callable[[ServerConnection], Awaitable[None]]


def _with_farm(
    farm: Serving, body: Callable[[FarmControl], Awaitable[Any]]
) -> tuple[Any, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []

    async def tell() -> Any:
        async with serve(farm, "127.0.0.1", 0) as server, asyncio.timeout(15):
            control = await connected(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", events.append)
            listening = asyncio.create_task(control.listen())
            try:
                return await body(control)
            finally:
                listening.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await listening

    return asyncio.run(tell()), events


def test_answers_out_of_order_find_their_requests_and_events_go_by() -> None:
    async def farm(socket: ServerConnection) -> None:
        asked = [json.loads(await socket.recv()) for _ in range(2)]
        await socket.send(json.dumps({"n": 1, "event": "media.connected"}))
        for request in reversed(asked):
            await socket.send(json.dumps({"id": request["id"], "ok": {"did": request["do"]}}))

    async def body(control: FarmControl) -> list[str]:
        both = await asyncio.gather(control.ask("a"), control.ask("b"))
        return [answer["did"] for answer in both]

    told, events = _with_farm(farm, body)
    assert told == ["a", "b"]
    assert events == [{"n": 1, "event": "media.connected"}]


def test_a_refusal_is_a_port_error_in_the_farms_words() -> None:
    async def farm(socket: ServerConnection) -> None:
        request = json.loads(await socket.recv())
        await socket.send(json.dumps({"id": request["id"], "failed": "410 expired", "kind": "refused"}))

    with pytest.raises(PortError, match=r"phone\.open: 410 expired"):
        _with_farm(farm, lambda control: control.ask("phone.open"))


def test_a_cancelled_request_is_cancelled_in_the_farm() -> None:
    heard: list[dict[str, Any]] = []
    cancelled = asyncio.Event()

    async def farm(socket: ServerConnection) -> None:
        async for text in socket:
            heard.append(json.loads(text))
            if len(heard) == 2:
                cancelled.set()

    async def body(control: FarmControl) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await control.ask("phone.next_sms")
        async with asyncio.timeout(5):
            await cancelled.wait()

    _with_farm(farm, body)
    assert heard[1] == {"cancel": heard[0]["id"]}


def test_a_farm_that_goes_away_fails_what_was_asked_and_what_will_be() -> None:
    async def farm(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close()

    async def body(control: FarmControl) -> None:
        for _ in range(2):
            with pytest.raises(PortError, match="connection is gone"):
                await control.ask("phone.add")

    _with_farm(farm, body)
