"""Receipts by HTTP: signed, and posted until somebody takes them."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from stand_alone import is_loopback

AGAIN_AFTER_S = (1.0, 5.0, 30.0, 120.0, 600.0)
ANSWER_S = 10.0


def is_here(url: str) -> bool:
    """Whether a URL is of this machine's loopback."""
    return is_loopback((urlsplit(url).hostname or "").removesuffix("."))


def signature(key: str, timestamp: str, body: bytes) -> str:
    """What X-Lab113-Signature says of this body at this time (Unix seconds)."""
    signed = hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


class Webhook:
    """Posts what it is given, in the background; `posted` counts the tries, `refused` those that failed."""

    def __init__(self, key: str, http: httpx.AsyncClient) -> None:
        self._key, self._http = key, http
        self._tasks: set[asyncio.Task[None]] = set()
        self.posted = self.refused = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, key: str) -> AsyncIterator["Webhook"]:
        async with httpx.AsyncClient(timeout=ANSWER_S, trust_env=False, follow_redirects=False) as http:
            hook = cls(key, http)
            try:
                yield hook
            finally:
                for task in hook._tasks:
                    task.cancel()
                await asyncio.gather(*hook._tasks, return_exceptions=True)

    def post(self, url: str, receipt: dict[str, Any], done: Callable[[], None]) -> None:
        """Bring the receipt to the URL, now and again; `done` when it was taken."""
        task = asyncio.create_task(self._bring(url, json.dumps(receipt).encode(), done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def forget(self) -> None:
        """Nothing is brought any more."""
        for task in self._tasks:
            task.cancel()

    async def _bring(self, url: str, body: bytes, done: Callable[[], None]) -> None:
        for again_s in (*AGAIN_AFTER_S, None):
            if await self._posted(url, body):
                done()
                return
            if again_s is not None:
                await asyncio.sleep(again_s)

    async def _posted(self, url: str, body: bytes) -> bool:
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Lab113-Timestamp": timestamp,
            "X-Lab113-Signature": signature(self._key, timestamp, body),
        }
        self.posted += 1
        try:
            answer = await self._http.post(url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            taken = False
        else:
            taken = answer.is_success
        self.refused += not taken
        return taken
