"""The web side of a country on a clock turned by hand, without sockets."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from unittest.mock import patch

import httpx
from carriers_lab import NOW, QUICK, Bench
from fastapi import APIRouter

from fake_carriers.fate import Carrier
from fake_carriers.gateway import Gateway
from fake_carriers.listener import Lines
from fake_carriers.web import web_app
from fake_carriers.webhook import Webhook
from stand_alone import Feed

FACTS = {"smpp": {carrier.name: f"127.0.0.1:{n}" for n, carrier in enumerate(QUICK, 2775)}}


class Desk:
    """The web side of a bench."""

    def __init__(self, bench: Bench, http: httpx.AsyncClient) -> None:
        self.bench, self.http = bench, http

    async def get(self, path: str) -> Any:
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def says(self, method: str, path: str, asked: Any = None) -> tuple[int, Any]:
        """The status, and the answer or its `detail`."""
        headers = {"Content-Type": "application/json"}
        octets = None if asked is None else json.dumps(asked).encode()
        answer = await self.http.request(method, path, content=octets, headers=headers)
        told = answer.json() if answer.content else None
        if answer.status_code < 400:
            return answer.status_code, told
        assert isinstance(told, dict)
        assert isinstance(told["detail"], str)
        return answer.status_code, told["detail"]


@contextlib.asynccontextmanager
async def opened(
    carriers: Sequence[Carrier] = QUICK, aml_url: str | None = None, simulated: bool = True
) -> AsyncIterator[Desk]:
    bench = Bench(carriers, begins_at=NOW, simulated=simulated)
    async with httpx.AsyncClient(verify=False) as out:
        gateway = Gateway(bench.country, "key", Webhook("key", out))
        lines = {name: Lines(smsc) for name, smsc in bench.country.smscs.items()}
        with patch("fake_carriers.web.page_api", APIRouter):  # has tests of its own
            app = web_app(bench.country, FACTS, Feed(), lines, gateway, aml_url)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://carriers") as http:
            yield Desk(bench, http)


def at_desk(body: Callable[[Desk], Any], carriers: Sequence[Carrier] = QUICK, **options: Any) -> None:
    async def run() -> None:
        async with asyncio.timeout(20), opened(carriers, **options) as desk:
            await body(desk)

    asyncio.run(run())
