"""The control socket: requests in, answers and events out, all JSON text.

    -> {"id": 7, "do": "phone.open", "phone": "p1", "link": "http://..."}
    <- {"id": 7, "ok": {...}}    or    {"id": 7, "failed": "text", "kind": "refused", "status": 403}
    -> {"cancel": 7}      the request is answered as failed, kind "gone"; nothing if it is answered already
    <- {"n": 12, "event": "link.opened", "monotonic_s": 1.5, "phone": "p1", ...}

Requests run at the same time. An event that was told before an answer is sent before it. Rubbish is
answered with the id null. `/control?since=N` begins with the kept events after number N; without it,
with the next one.
"""

import asyncio
import json
import logging
from collections import deque
from typing import Any, Protocol

from fastapi import FastAPI, WebSocket

from fake_phones import commands
from fake_phones.failed import Failed
from stand_alone import Feed

log = logging.getLogger(__name__)


class AnyFarm(Protocol):
    """A farm in one process or several."""

    async def do(self, command: commands.Command, owner: object) -> dict[str, Any]:
        """Carry out one command of this controller; the answer. Raises Failed."""

    async def leave(self, owner: object) -> None:
        """Stop all that this controller made; goes on when the caller is cancelled."""


def application(farm: AnyFarm, feed: Feed) -> FastAPI:
    """The farm as a web application: `WS /control`."""
    app = FastAPI(docs_url=None, redoc_url=None, title="fake_phones", description=__doc__)

    @app.websocket("/control")
    async def control(socket: WebSocket, since: int | None = None) -> None:
        await socket.accept()
        await Conversation(socket, farm, feed).hold(_last(feed) if since is None else since)

    return app


class Conversation:
    """One controller from its first request to its last; what it made is stopped when it goes."""

    def __init__(self, socket: WebSocket, farm: AnyFarm, feed: Feed) -> None:
        self._socket = socket
        self._farm = farm
        self._feed = feed
        self._running: dict[int | str, asyncio.Task[dict[str, Any]]] = {}
        self._answers: deque[dict[str, Any]] = deque()
        self._something_to_say = asyncio.Event()

    async def hold(self, since: int) -> None:
        """Listen and answer until the controller is gone."""
        writing = asyncio.create_task(self._write(since), name="control: writing")
        following = asyncio.create_task(self._follow(since), name="control: following")
        try:
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                self._hear(message.get("text"))
        finally:
            ending = {writing, following, *self._running.values()}
            for task in ending:
                task.cancel()
            await self._farm.leave(self)
            await asyncio.wait(ending)

    def _hear(self, text: str | None) -> None:
        try:
            request = json.loads(text or "")
        except (ValueError, RecursionError):
            return self._fail(None, Failed("a request is one JSON object in a text frame", "usage"))
        if isinstance(request, dict) and request.keys() == {"cancel"}:
            return self._cancel(request["cancel"])
        name = request.get("id") if isinstance(request, dict) else None
        try:
            command = commands.read(request)
        except Failed as failed:
            return self._fail(name if isinstance(name, int | str) else None, failed)
        if command.id in self._running:
            return self._fail(None, Failed(f"the request {command.id} is still running", "usage"))
        task = asyncio.create_task(self._farm.do(command, self), name=f"{command.do} {command.id}")
        self._running[command.id] = task
        task.add_done_callback(lambda done: self._done(command.id, done))
        return None

    def _cancel(self, name: Any) -> None:
        if isinstance(name, int | str) and (task := self._running.get(name)):
            task.cancel()

    def _done(self, name: int | str, task: asyncio.Task[dict[str, Any]]) -> None:
        del self._running[name]
        if task.cancelled():
            self._fail(name, Failed("cancelled", "gone"))
        elif error := task.exception():
            if not isinstance(error, Failed):
                log.error("%s", task.get_name(), exc_info=error)
                error = Failed(f"{type(error).__name__}: {error}", "broken")
            self._fail(name, error)
        else:
            self._say({"id": name, "ok": task.result()})

    def _fail(self, name: int | str | None, failed: Failed) -> None:
        status = {} if failed.status is None else {"status": failed.status}
        self._say({"id": name, "failed": str(failed), "kind": failed.kind, **status})

    def _say(self, answer: dict[str, Any]) -> None:
        self._answers.append(answer)
        self._something_to_say.set()

    async def _follow(self, since: int) -> None:
        async for _ in self._feed.follow(since):
            self._something_to_say.set()

    async def _write(self, since: int) -> None:
        while True:
            await self._something_to_say.wait()
            self._something_to_say.clear()
            answers = [self._answers.popleft() for _ in range(len(self._answers))]
            for event in self._feed.since(since):
                await self._socket.send_text(json.dumps(event))
                since = event["n"]
            for answer in answers:
                await self._socket.send_text(json.dumps(answer))


def _last(feed: Feed) -> int:
    kept = feed.since(0)
    return int(kept[-1]["n"]) if kept else 0
