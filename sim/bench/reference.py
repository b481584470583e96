"""The reference video service as a relay: rooms made through its contract, without SMS and callers."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sim.live.parts import Part, start

AMK = "amk-bench"


class Reference:
    """A running service. Each room is an ambulance's stream (docs/contract.md, section 5)."""

    def __init__(self, part: Part, http: httpx.AsyncClient) -> None:
        self.pid = part.pid
        self.load_options: list[str] = []
        self._facts, self._http = part.facts, http

    async def places(self, phones: int, legs: int) -> list[dict[str, Any]]:
        """Doors for so many phones, each with so many viewers. Raises httpx.HTTPError."""
        return [await self._place(f"unit {n}", legs) for n in range(phones)]

    async def _place(self, unit: str, legs: int) -> dict[str, Any]:
        stream = await self._stream(unit)
        path = f"/api/sessions/{stream['session']}/viewers"
        viewers = [
            await self._post(path, {"role": "doctor"}, self._facts["key"], {"centre": AMK})
            for _ in range(legs)
        ]
        return {
            "phone": self._door(stream["whip_url"], stream["token"]),
            "viewers": [self._door(viewer["whep_url"], viewer["whep_token"]) for viewer in viewers],
        }

    async def _stream(self, unit: str) -> dict[str, Any]:
        """Enrol a phone and start its stream."""
        key = Ed25519PrivateKey.generate()
        public_key = b64encode(key.public_key().public_bytes_raw()).decode()

        def signed(*lines: str) -> dict[str, str]:
            signature = key.sign("\n".join(lines).encode())
            return {"public_key": public_key, "signature": b64encode(signature).decode()}

        asked = {"amk": AMK, "centres": []}
        code = (await self._post("/api/admin/phones", asked, self._facts["admin_key"]))["code"]
        who = {"code": code, "name": unit, "amk": AMK}
        await self._post("/ambulance/phones", who | signed("lab113 enrol", code, unit, AMK))
        nonce = (await self._post("/ambulance/challenges", {}))["nonce"]
        begun = {"nonce": nonce, "centres": []} | signed("lab113 start", nonce)
        return await self._post("/ambulance/streams", begun)

    async def _post(
        self, path: str, body: dict[str, Any], key: str = "", query: dict[str, str] | None = None
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer = await self._http.post(path, json=body, headers=headers, params=query)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def _door(self, url: str, token: str) -> dict[str, str]:
        return {"url": urljoin(self._facts["url"], url), "token": token}


@asynccontextmanager
async def reference(folder: Path) -> AsyncIterator[Reference]:
    """The service while the block runs. Raises PartDied."""
    part = await start("video_service", [], folder)
    try:
        async with httpx.AsyncClient(base_url=part.url, timeout=10, trust_env=False) as http:
            yield Reference(part, http)
    finally:
        await part.stop()
