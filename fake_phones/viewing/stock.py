"""What a viewer is compared with: aiortc as it comes, which decodes every frame, and reads no stamp."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

import lean_rtc
from fake_phones.peer import Peer


class StockViewer:
    """Takes the picture by WHEP and counts its frames."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(trust_env=False)
        self._looking: set[asyncio.Task[None]] = set()
        self._received = 0
        self._peer: Peer | None = None

    async def watch(self, url: str, token: str, limit_s: float) -> None:
        """Connect. Raises Failed, TimeoutError."""
        pc = lean_rtc.peer_connection()
        pc.addTransceiver("video", direction="recvonly")
        pc.on("track", lambda track: self._looking.add(asyncio.create_task(self._look(track))))
        self._peer = Peer(pc, self._client, url, {"Authorization": f"Bearer {token}"})
        async with asyncio.timeout(limit_s):
            await self._peer.connect()

    async def leave(self) -> dict[str, Any]:
        if self._peer:
            await self._peer.close()
        await self._client.aclose()
        if self._looking:
            await asyncio.wait(self._looking)
        return self.facts()

    def facts(self) -> dict[str, Any]:
        return {"received": self._received, "decoded": self._received}

    async def _look(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                await track.recv()
                self._received += 1
