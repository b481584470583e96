"""A carrier, a page and a place for pictures, cheap and in a process of their own: a program."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse

import lean_rtc
from fake_phones.lean.sink import Sink
from stand_alone import listening, run


async def hold(socket: WebSocket) -> None:
    """Nothing to say."""
    await socket.accept()
    with suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()


async def act(token: str, act: str) -> dict[str, Any]:
    return {"whip_url": "/whip", "control_url": f"/v/{token}/control", "camera": "back"}


@asynccontextmanager
async def serving() -> AsyncIterator[dict[str, Any]]:
    lean_rtc.allow_loopback()
    sink = Sink()
    sink.app.websocket("/handsets/{number}")(hold)
    sink.app.websocket("/v/{token}/control")(hold)
    sink.app.get("/v/{token}")(lambda token: HTMLResponse(token))
    sink.app.post("/v/{token}/{act}")(act)
    async with sink.at_work(), listening(sink.app, "127.0.0.1", 0) as url:
        yield {"url": url}


if __name__ == "__main__":
    run("whole_service", serving())
