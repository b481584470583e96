"""Follow a part's numbered events over its WebSocket, through broken connections."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

T = TypeVar("T")

AGAIN_S = 0.2
FIRST_S_MAX = 15.0


class FeedBroken(Exception):
    """Events of a part were lost on the way to the journal: it is not whole."""


def ws_url(url: str, path: str) -> str:
    """The WebSocket address of a path of a part."""
    return "ws" + url.removeprefix("http") + path


async def followed(
    stack: AsyncExitStack, url: str, take: Callable[[dict[str, Any]], None]
) -> asyncio.Task[None]:
    """Follow the events of the part at `url` for as long as `stack` lasts; returns once connected."""
    following = asyncio.Event()
    task = await stack.enter_async_context(beside(follow(ws_url(url, "/events"), take, following)))
    await asyncio.wait_for(following.wait(), FIRST_S_MAX)
    return task


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """Run a coroutine beside the block; it is cancelled at the end."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def broke(feed: asyncio.Task[None]) -> str:
    """Wait until a feed fails for a reason of the lab's own; a feed that just ends is the part's affair."""
    await asyncio.wait({feed})
    error = None if feed.cancelled() else feed.exception()
    if error is None:
        await asyncio.Event().wait()
    return f"the lab could not take in a part's events: {error!r}"


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
