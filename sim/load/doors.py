"""The country's own doors: where conductors join and tell, and where Prometheus looks."""

import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, WebSocket
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.websockets import WebSocketDisconnect

from sim.load.figures import Figures
from sim.load.uplink import boot
from sim.load.welcome import Welcome


@dataclass(slots=True)
class Joined:
    """A conductor. `left` holds its last words; None while it is here, or when it was lost."""

    name: str
    n: int = 0
    here: bool = True
    left: dict[str, Any] | None = None


@dataclass(slots=True)
class Doors:
    """`take` gets what conductors tell, in each one's order; `lost` is called when one breaks off."""

    welcome: Welcome
    figures: Figures
    clock: Callable[[], float]
    take: Callable[[dict[str, Any]], None]
    lost: Callable[[str], None]
    token: str = field(default_factory=secrets.token_urlsafe)
    conductors: dict[str, Joined] = field(default_factory=dict)

    def application(self) -> FastAPI:
        api = FastAPI(title="lab113 load", docs_url=None, redoc_url=None)

        @api.get("/metrics")
        async def metrics() -> Response:
            return Response(self.figures.exposition(), media_type=CONTENT_TYPE_LATEST)

        @api.websocket("/uplink")
        async def uplink(socket: WebSocket) -> None:
            await socket.accept()
            with suppress(WebSocketDisconnect):
                await self._hears(socket)

        return api

    async def _hears(self, socket: WebSocket) -> None:
        asked = await socket.receive_json()
        name, token = str(asked.get("join", "")), str(asked.get("token", ""))
        if not secrets.compare_digest(token, self.token):
            await socket.send_json({"refused": "the token is not this run's; start the worker anew"})
            return
        if name in self.conductors:
            await socket.send_json({"refused": f"there is a conductor {name!r} already"})
            return
        mine = self.conductors[name] = Joined(name)
        try:
            hello = {"welcome": self.welcome.as_json(), "boot": boot()}
            await socket.send_text(json.dumps(hello, ensure_ascii=False))
            while mine.left is None:
                await self._takes(socket, mine, await socket.receive_json())
        finally:
            mine.here = False
            if mine.left is None:
                self.lost(f"the conductor {name} was lost")

    async def _takes(self, socket: WebSocket, mine: Joined, told: dict[str, Any]) -> None:
        if "clock" in told:
            await socket.send_json({"clock": self.clock()})
            return
        mine.n += 1
        if told["n"] != mine.n:
            raise WebSocketDisconnect(1002, f"message {told['n']} came after {mine.n - 1}")
        for each in told.get("told", ()):
            self.take(each)
        if "leaving" in told:
            mine.left = told["leaving"]
            await socket.send_json({"bye": mine.n})
