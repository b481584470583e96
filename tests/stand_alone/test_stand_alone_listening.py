"""Serving an application for as long as a block runs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from stand_alone.listening import PortTaken, bound, listening

Receive, Send = Callable[[], Awaitable[dict[str, Any]]], Callable[[dict[str, Any]], Awaitable[None]]


async def here(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        return await send({"type": "lifespan.shutdown.complete"})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    return await send({"type": "http.response.body", "body": b"here"})


async def broken(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no data"})


def test_two_blocks_get_two_ports_and_give_them_back() -> None:
    async def body() -> None:
        async with asyncio.timeout(20), httpx.AsyncClient() as http:
            async with listening(here, "127.0.0.1", 0) as one, listening(here, "127.0.0.1", 0) as two:
                assert one != two
                assert [(await http.get(url)).text for url in (one, two)] == ["here", "here"]
            port = int(one.rsplit(":", 1)[1])
            async with listening(here, "127.0.0.1", port) as again:
                assert again == one

    asyncio.run(body())


def test_a_taken_port_is_said_with_its_address() -> None:
    async def body() -> None:
        async with listening(here, "127.0.0.1", 0) as url:
            port = int(url.rsplit(":", 1)[1])
            with pytest.raises(PortTaken, match=f"127.0.0.1:{port}: Address already in use; choose another"):
                async with listening(here, "127.0.0.1", port):
                    raise AssertionError("two listen on one port")

    asyncio.run(body())


def test_an_address_of_another_machine_cannot_be_bound() -> None:
    with pytest.raises(PortTaken, match=r"203\.0\.113\.1"):
        bound("203.0.113.1", 0)


def test_an_application_that_does_not_start_ends_the_block() -> None:
    async def body() -> None:
        with pytest.raises(RuntimeError, match="did not start"):
            async with asyncio.timeout(20), listening(broken, "127.0.0.1", 0):
                raise AssertionError("it did start")

    asyncio.run(body())


def test_a_block_that_raises_ends_the_server_too() -> None:
    async def body() -> None:
        async with asyncio.timeout(20):
            with pytest.raises(KeyError):
                async with listening(here, "127.0.0.1", 0) as url:
                    raise KeyError
            with pytest.raises(httpx.ConnectError):
                await httpx.AsyncClient().get(url)

    asyncio.run(body())
