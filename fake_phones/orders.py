"""The service's control socket of one phone: what it is told to do, and what it answers."""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from fake_phones.failed import Failed

RECONNECT_AFTER_S = 0.5
OWN_CODES = 4000  # a service's own close code is final, such as 4001: another tab has taken over

log = logging.getLogger(__name__)

Obey = Callable[[dict[str, Any]], Awaitable[dict[str, Any] | None]]


class Orders:
    """Listens from `begin` to `end`, again after a lost connection; each order has a task of its own."""

    def __init__(self, url: str, headers: dict[str, str], obey: Obey) -> None:
        self._url = re.sub("^http", "ws", url)
        self._headers = headers
        self._obey = obey
        self._listening: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Connect. Raises Failed (`refused` with the status, or `broken`)."""
        try:
            socket = await self._connect()
        except websockets.InvalidStatus as error:
            status = error.response.status_code
            raise Failed(f"{self._url} was answered {status}", "refused", status) from None
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            raise Failed(f"cannot reach {self._url}: {error}", "broken") from None
        self._listening = asyncio.create_task(self._listen(socket), name=f"orders {self._url}")

    async def end(self) -> None:
        if self._listening:
            self._listening.cancel()
            await asyncio.wait({self._listening})

    async def _connect(self) -> ClientConnection:
        return await connect(
            self._url, additional_headers=self._headers, proxy=None, open_timeout=5, close_timeout=1
        )

    async def _listen(self, socket: ClientConnection | None) -> None:
        while True:
            if socket:
                await self._hear(socket)
                if (socket.close_code or 0) >= OWN_CODES:
                    await self._obey({"do": "end", "because": f"control socket closed: {socket.close_code}"})
                    return
            await asyncio.sleep(RECONNECT_AFTER_S)
            socket = await self._reconnected()

    async def _hear(self, socket: ClientConnection) -> None:
        async with socket, asyncio.TaskGroup() as obeying:
            with suppress(websockets.ConnectionClosed):
                async for frame in socket:
                    obeying.create_task(self._take(socket, frame))

    async def _reconnected(self) -> ClientConnection | None:
        try:
            return await self._connect()
        except websockets.InvalidStatus as refused:  # the session ended while nobody listened
            await self._obey({"do": "end", "because": f"answered {refused.response.status_code}"})
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            log.info("control socket %s: %s", self._url, error)
        return None

    async def _take(self, socket: ClientConnection, frame: str | bytes) -> None:
        try:
            order = json.loads(frame)
        except ValueError:
            order = None
        if not isinstance(order, dict):
            log.warning("control socket %s: no order: %r", self._url, frame[:200])
            return
        answer = await self._obey(order)
        if answer is not None:
            try:
                await socket.send(json.dumps(answer))
            except websockets.ConnectionClosed:
                log.info("control socket %s closed before the answer to %s", self._url, order)
