"""The line to each phone: what the operator wants of its camera, and that it is over."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

REPLACED = 4001
"""WebSocket close code: another tab of the same browser has taken over; do not connect again."""
_CLOSE_S = 2.0


class NoPhone(Exception):
    """No phone of this session is connected."""


class Phones:
    """At most one control socket per session, the newest; an older one is closed with REPLACED."""

    def __init__(self) -> None:
        self._sockets: dict[str, WebSocket] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def connect(self, session: str, socket: WebSocket) -> None:
        """Take an accepted socket as the session's."""
        older = self._sockets.get(session)
        self._sockets[session] = socket
        if older:
            self._later(_close(older, REPLACED))

    def disconnect(self, session: str, socket: WebSocket) -> None:
        if self._sockets.get(session) is socket:
            del self._sockets[session]

    async def hold(self, session: str, socket: WebSocket, hear: Callable[[dict[str, Any]], None]) -> None:
        """Accept a socket as the session's line and `hear` what it says, until it is closed by either end."""
        await socket.accept()
        self.connect(session, socket)
        try:
            while True:
                hear(_message(await socket.receive_text()))
        except (WebSocketDisconnect, RuntimeError, KeyError):  # gone, or closed from our side, or not text
            pass
        finally:
            self.disconnect(session, socket)

    def order(self, session: str, message: dict[str, Any]) -> None:
        """Send one order to the session's phone. Raises NoPhone."""
        socket = self._sockets.get(session)
        if socket is None:
            raise NoPhone("no phone is connected to this session now")
        self._later(_send(socket, message))

    def end(self, session: str, because: str) -> None:
        """Tell the phone that it is over, and hang up."""
        socket = self._sockets.pop(session, None)
        if socket:
            self._later(_send_and_close(socket, {"do": "end", "because": because}))

    async def stop(self) -> None:
        """Close every line; the pages connect again when the service is back."""
        for socket in self._sockets.values():
            self._later(_close(socket, 1012))
        self._sockets.clear()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSE_S)

    def _later(self, sending: Any) -> None:
        task = asyncio.create_task(sending)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _message(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


async def _send(socket: WebSocket, message: dict[str, Any]) -> None:
    with contextlib.suppress(Exception):  # the phone has gone: its own handler sees that
        async with asyncio.timeout(_CLOSE_S):
            await socket.send_json(message)


async def _close(socket: WebSocket, code: int) -> None:
    if socket.application_state is WebSocketState.CONNECTED:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_CLOSE_S):
                await socket.close(code)


async def _send_and_close(socket: WebSocket, message: dict[str, Any]) -> None:
    await _send(socket, message)
    await _close(socket, 1000)
