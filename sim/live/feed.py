"""Follow a part's numbered events over its WebSocket, through broken connections."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

AGAIN_S = 0.2


def ws_url(url: str, path: str) -> str:
    """The WebSocket address of a path of a part."""
    return "ws" + url.removeprefix("http") + path


async def follow(url: str, take: Callable[[dict[str, Any]], None], following: asyncio.Event) -> None:
    """Hand every event of the feed at `url` to `take`, once and in order, until cancelled.

    `following` is set when the feed is first connected.
    """
    since = 0
    while True:
        try:
            async with connect(f"{url}?since={since}", max_size=2**22, open_timeout=10) as feed:
                following.set()
                async for text in feed:
                    event = json.loads(text)
                    since = event["n"]
                    take(event)
        except (OSError, WebSocketException, TimeoutError):
            pass
        await asyncio.sleep(AGAIN_S)
