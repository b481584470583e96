"""Follow a part's feed: every event once and in order, through broken connections."""

import asyncio
import contextlib
import json
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from sim.live.feed import follow, ws_url


def test_events_come_once_and_in_order_through_a_broken_connection() -> None:
    asked: list[str] = []
    taken: list[int] = []

    async def part(socket: ServerConnection) -> None:
        assert socket.request is not None
        asked.append(socket.request.path)
        since = int(socket.request.path.rsplit("=", 1)[1])
        for n in range(since + 1, since + 4):
            await socket.send(json.dumps({"n": n, "event": "x"}))
        if len(asked) > 2:
            await socket.wait_closed()  # the third connection holds

    async def body() -> None:
        done = asyncio.Event()

        def take(event: dict[str, Any]) -> None:
            taken.append(event["n"])
            if event["n"] == 9:
                done.set()

        async with serve(part, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            following = asyncio.Event()
            task = asyncio.create_task(follow(f"ws://127.0.0.1:{port}/events", take, following))
            async with asyncio.timeout(15):
                await done.wait()
            assert following.is_set()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    asyncio.run(body())
    assert taken == list(range(1, 10))
    assert asked == ["/events?since=0", "/events?since=3", "/events?since=6"]


def test_the_address_of_a_feed() -> None:
    assert ws_url("http://127.0.0.1:1", "/events") == "ws://127.0.0.1:1/events"
    assert ws_url("https://127.0.0.1:1", "/events") == "wss://127.0.0.1:1/events"
