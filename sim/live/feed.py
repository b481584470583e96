"""Follow a part's numbered events over its WebSocket, through broken connections."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

AGAIN_S = 0.2


class FeedBroken(Exception):
    """Events of a part were lost on the way to the journal: it is not whole."""


def ws_url(url: str, path: str) -> str:
    """The WebSocket address of a path of a part."""
    return "ws" + url.removeprefix("http") + path


async def follow(url: str, take: Callable[[dict[str, Any]], None], following: asyncio.Event) -> None:
    """Hand every event of the feed at `url` to `take`, once and in order, until cancelled.

    `following` is set when the feed is first connected. Raises FeedBroken when an event is missing.
    """
    since = 0
    while True:
        with suppress(OSError, WebSocketException, TimeoutError):
            feed = await connect(f"{url}?since={since}", max_size=2**22, open_timeout=10)
            following.set()
            try:
                async for event in _events(feed):
                    if since and event["n"] != since + 1:
                        raise FeedBroken(f"{url}: event {event['n']} came after {since}")
                    since = event["n"]
                    _taken(take, event)
            finally:
                await feed.close()
        await asyncio.sleep(AGAIN_S)


async def _events(feed: ClientConnection) -> AsyncIterator[dict[str, Any]]:
    async for text in feed:
        yield json.loads(text)


def _taken(take: Callable[[dict[str, Any]], None], event: dict[str, Any]) -> None:
    try:
        take(event)
    except OSError as error:  # a full disk under the journal, not a broken connection
        raise FeedBroken(f"event {event['n']} was not taken: {error}") from error
