"""The viewer that only counts, at a server that answers offers and at one that makes its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aioice.ice
import httpx
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import RtpPacket
from fastapi import FastAPI, Request, Response

import lean_rtc
from fake_phones.failed import Failed
from fake_phones.lean.counting import CountingViewer
from stand_alone import listening


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)  # put back after
    lean_rtc.allow_loopback()


class Server:
    """WHEP with one picture; the offers are its own when it `counters`."""

    def __init__(self, *, counters: bool) -> None:
        self.ready, self.left = asyncio.Event(), asyncio.Event()
        self.app = FastAPI()
        self.app.post("/whep")(self._counter if counters else self._answer)
        self.app.patch("/whep/1")(self._finish)
        self.app.delete("/whep/1")(self._leave)
        self._pc: RTCPeerConnection = lean_rtc.peer_connection()
        transceiver = self._pc.addTransceiver("video", direction="sendonly")
        self.leg = lean_rtc.Leg(transceiver.sender, self.ready.set)

    async def close(self) -> None:
        await self._pc.close()

    async def _answer(self, request: Request) -> Response:
        offer = RTCSessionDescription((await request.body()).decode(), "offer")
        await self._pc.setRemoteDescription(offer)
        await self._pc.setLocalDescription()
        return self._told(201)

    async def _counter(self) -> Response:
        await self._pc.setLocalDescription(await self._pc.createOffer())
        return self._told(406)

    async def _finish(self, request: Request) -> Response:
        answer = RTCSessionDescription((await request.body()).decode(), "answer")
        await self._pc.setRemoteDescription(answer)
        return Response(status_code=204)

    async def _leave(self) -> None:
        self.left.set()

    def _told(self, status: int) -> Response:
        sdp = self._pc.localDescription.sdp
        return Response(sdp, status, {"Location": "/whep/1"}, media_type="application/sdp")


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    async with asyncio.timeout(20), httpx.AsyncClient(trust_env=False) as client:
        async with listening(server.app, "127.0.0.1", 0) as url:
            yield client, f"{url}/whep"
        await server.close()


@pytest.mark.parametrize("counters", [False, True])
def test_every_packet_is_counted_and_every_gap(counters: bool) -> None:
    async def body() -> None:
        server = Server(counters=counters)
        async with serving(server) as (client, url):
            viewer = CountingViewer(client, url, None)
            await viewer.connect()
            await server.ready.wait()
            for n in range(62):
                if n not in (30, 31):
                    key = b"\x10" + bytes(500)  # as a VP8 key frame begins
                    server.leg.forward(RtpPacket(96, n % 3 == 2, n, n // 3 * 6000, 113, key))
                viewer.poll()
            while viewer.packets < 60:
                await asyncio.sleep(0.01)
                viewer.poll()
            assert (viewer.packets, viewer.frames, viewer.lost) == (60, 20, 2)
            await viewer.close()
            assert server.left.is_set()

    asyncio.run(body())


def test_a_refusal_is_told_and_nothing_stays_open() -> None:
    async def body() -> None:
        server = Server(counters=True)
        async with serving(server) as (client, url):
            viewer = CountingViewer(client, url + "/none", "token")
            with pytest.raises(Failed, match="404"):
                await viewer.connect()
            viewer.poll()
            await viewer.close()

    asyncio.run(body())
