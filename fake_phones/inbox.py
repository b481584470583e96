"""The handset's SMS: what the carrier pushes, kept until somebody reads it."""

import asyncio
import json
import logging
import re
from collections import deque
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import websockets
from websockets.asyncio.client import ClientConnection, connect

from fake_phones.failed import Failed

RECONNECT_AFTER_S = 0.2
READY_LIMIT_S = 10.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sms:
    """One message as the handset got it; `monotonic_s` is when the carrier delivered it."""

    message_id: str
    sender: str
    text: str
    monotonic_s: float

    @property
    def link(self) -> str | None:
        """The first http or https address in the text, as a phone underlines it."""
        found = re.search(r"https?://[^\s<>\"]+", self.text)
        return found[0].rstrip(".,;:!?)'") if found else None

    def facts(self) -> dict[str, Any]:
        """The message as the farm's protocol says it."""
        return {"from": self.sender, "text": self.text, "link": self.link, "monotonic_s": self.monotonic_s}

    @classmethod
    def read(cls, frame: str | bytes) -> Self:
        """The message in a carrier's frame. Raises ValueError, KeyError or TypeError for rubbish."""
        told = json.loads(frame)
        return cls(str(told["message_id"]), str(told["from"]), str(told["text"]), float(told["monotonic_s"]))


class Inbox:
    """Messages in the order they came; reading one takes it out. `close` ends every wait."""

    def __init__(self) -> None:
        self._unread: deque[Sms] = deque()
        self._seen: set[str] = set()
        self._came = asyncio.Condition()
        self._closed: Failed | None = None

    @property
    def received(self) -> int:
        return len(self._seen)

    async def put(self, sms: Sms) -> None:
        """Keep a message; one that was delivered before (the carrier did not get our receipt) is dropped."""
        if sms.message_id in self._seen:
            return
        self._seen.add(sms.message_id)
        self._unread.append(sms)
        async with self._came:
            self._came.notify_all()

    async def next(self) -> Sms:
        """Wait for the oldest unread message. A cancelled wait takes nothing out.

        Raises what `close` was told, when nothing is left.
        """
        async with self._came:
            await self._came.wait_for(lambda: bool(self._unread or self._closed))
            if not self._unread and self._closed:
                raise self._closed
            return self._unread.popleft()

    async def close(self, because: Failed) -> None:
        """No more will come: whoever waits for more gets `because`."""
        self._closed = self._closed or because
        async with self._came:
            self._came.notify_all()


class Subscription:
    """A handset that is switched on: registered with its carrier, again whenever the connection is lost."""

    def __init__(self, carriers_url: str, number: str, inbox: Inbox) -> None:
        self._url = handset_url(carriers_url, number)
        self._inbox = inbox
        self._registered = asyncio.Event()
        self._refused: Failed | None = None
        self._listening: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Register. Raises Failed: `limit` when the carrier cannot be reached in 10 s, `refused`."""
        self._listening = asyncio.create_task(self._listen(), name=f"subscription {self._url}")
        try:
            async with asyncio.timeout(READY_LIMIT_S):
                await self._registered.wait()
        except TimeoutError:
            raise Failed(f"no carrier at {self._url} within {READY_LIMIT_S:.0f} s", "limit") from None
        if self._refused:
            raise self._refused

    async def end(self) -> None:
        if self._listening:
            self._listening.cancel()
            await asyncio.wait({self._listening})

    async def _listen(self) -> None:
        while not self._refused:
            try:
                async with connect(self._url, proxy=None, open_timeout=5, close_timeout=1) as socket:
                    await (await socket.ping())  # a carrier that refuses has closed by now
                    self._registered.set()
                    await self._receive(socket)
            except websockets.ConnectionClosed as closed:
                await self._lost(closed)
            except (OSError, TimeoutError, websockets.WebSocketException) as error:
                log.info("carrier %s: %s", self._url, error)
            await asyncio.sleep(RECONNECT_AFTER_S)

    async def _lost(self, closed: websockets.ConnectionClosed) -> None:
        """A close code of the carrier's own (4000 to 4999) is final: to come again would change nothing."""
        if closed.rcvd and closed.rcvd.code >= 4000:
            self._refused = Failed(
                f"{self._url} was closed: {closed.rcvd.reason}", "refused", closed.rcvd.code
            )
            await self._inbox.close(self._refused)
            self._registered.set()

    async def _receive(self, socket: ClientConnection) -> None:
        async for frame in socket:
            try:
                sms = Sms.read(frame)
            except (ValueError, KeyError, TypeError):
                log.warning("carrier %s sent no message: %r", self._url, frame[:200])
                continue
            await self._inbox.put(sms)
            await socket.send(json.dumps({"got": sms.message_id}))


def handset_url(carriers_url: str, number: str) -> str:
    """Where the carrier delivers the messages of `number`: a WebSocket address."""
    base = re.sub("^http", "ws", carriers_url.rstrip("/"))
    return f"{base}/handsets/{quote(number, safe='+')}"
