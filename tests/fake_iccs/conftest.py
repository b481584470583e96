"""A stub of the video service (docs/contract.md, sections 1 and 4) and a control room that uses it."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request, Response, WebSocket
from fastapi.middleware.cors import CORSMiddleware
from websockets.asyncio.client import connect

from fake_iccs.distribution import Centre
from fake_iccs.server import application, norwegian_time
from stand_alone import Feed, listening

KEY = "stub-key"
Fact = dict[str, Any]


async def until(holds: Callable[[], Any]) -> None:
    """Wait for something inside this process that tells nobody."""
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


class StubVideo:
    """Sessions, viewers and a feed; `fails` and `delay_s` make it a bad day. No SMS, no phone."""

    def __init__(self) -> None:
        self.feed = Feed()
        self.sessions: dict[str, Fact] = {}
        self.fails: tuple[int, str] | None = None
        self.delay_s = 0.0
        self.asked: list[tuple[str, str, Any]] = []
        self.centres_asking: list[str | None] = []  # beside each of `asked`
        self.camera_source: Callable[[], Any] | None = (
            None  # an aiortc track per viewer; None: nobody publishes
        )
        self.rubbish = False
        self.followers: set[WebSocket] = set()
        self.watched: dict[str, list[Any]] = {}  # session -> peer connections
        self.app = FastAPI()
        self.app.add_middleware(
            CORSMiddleware,
            allow_origins=["*"],
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Location"],
        )
        self._routes()

    def tell(self, event: str, session: str, **facts: Any) -> None:
        self.feed.tell(event, session=session, **facts)

    async def end(self, session: str, because: str) -> None:
        """What the service does when it ends a session."""
        if self.sessions[session]["state"] == "ended":
            return
        self.sessions[session].update(state="ended", ended_because=because)
        for connection in self.watched.pop(session, []):
            await connection.close()
        self.tell("video.ended", session, because=because)

    async def _minded(self, request: Request) -> Any:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise HTTPException(401, "wrong key")
        body = await request.json() if await request.body() else None
        self.asked.append((request.method, request.url.path, body))
        self.centres_asking.append(request.query_params.get("centre"))
        await asyncio.sleep(self.delay_s)
        if self.fails:
            raise HTTPException(*self.fails)
        return body

    def _session(self, session: str, *, ended_too: bool = False) -> Fact:
        if session not in self.sessions:
            raise HTTPException(404, "no such session")
        if self.sessions[session]["state"] == "ended" and not ended_too:
            raise HTTPException(410, "the session has ended")
        return self.sessions[session]

    def _routes(self) -> None:
        app = self.app

        @app.post("/api/sessions", status_code=201)
        async def create(request: Request) -> Fact:
            body = await self._minded(request)
            if self.rubbish:
                return {"session": 17}
            session = secrets.token_hex(4)
            self.sessions[session] = {"session": session, "state": "requested", "ended_because": None}
            self.tell("video.requested", session, **{k: body[k] for k in ("centre", "seat", "call")})
            await asyncio.sleep(0.02)  # the event comes before the answer
            links = {"whep_url": f"/whep/{session}", "whep_token": f"t-{session}", "expires_in_s": 900}
            return {"session": session, "state": "requested", **links}

        @app.get("/api/sessions/{session}")
        async def one(session: str, request: Request) -> Fact:
            await self._minded(request)
            return self._session(session, ended_too=True)

        @app.put("/api/sessions/{session}/camera", status_code=202)
        async def camera(session: str, request: Request) -> None:
            body = await self._minded(request)
            if self._session(session)["state"] != "live":
                raise HTTPException(409, "no phone is connected")
            self.tell("camera.requested", session, camera=body["camera"])
            self.tell("camera.switched", session, camera=body["camera"])

        @app.post("/api/sessions/{session}/viewers", status_code=201)
        async def invite(session: str, request: Request) -> Fact:
            body = await self._minded(request)
            self._session(session)
            viewer = secrets.token_hex(3)
            self.tell("viewer.invited", session, viewer=viewer, role=body["role"])
            links = {
                "whep_url": f"/whep/{session}",
                "whep_token": f"t-{session}",
                "page_url": f"/watch/{viewer}",
            }
            return {"viewer": viewer, "role": body["role"], **links}

        @app.delete("/api/sessions/{session}/viewers/{viewer}", status_code=204)
        async def show_out(session: str, viewer: str, request: Request) -> None:
            await self._minded(request)
            self._session(session)
            self.tell("viewer.left", session, viewer=viewer)

        @app.delete("/api/sessions/{session}", status_code=204)
        async def end(session: str, request: Request) -> None:
            await self._minded(request)
            self._session(session, ended_too=True)
            await self.end(session, "operator")

        @app.websocket("/api/events")
        async def events(socket: WebSocket, since: int = 0) -> None:
            await socket.accept()
            self.followers.add(socket)
            telling = asyncio.create_task(self._follow(socket, since))
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass
            self.followers.discard(socket)
            telling.cancel()

        @app.post("/whep/{session}")
        async def whep(session: str, request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer t-{session}":
                raise HTTPException(401, "bad token")
            self._session(session)
            if self.camera_source is None:
                return Response(status_code=409, headers={"Retry-After": "1"})
            answer = await self._watch(session, (await request.body()).decode(), self.camera_source())
            return Response(answer, 201, {"Location": f"/whep/{session}/1"}, media_type="application/sdp")

        @app.delete("/whep/{session}/1")
        async def leave(session: str) -> None:
            self.tell("viewer.left", session, viewer="operator", role="operator")

    async def cut_followers(self) -> None:
        """Close every connection of those who follow, as a network does."""
        await until(lambda: self.followers)
        for socket in list(self.followers):
            self.followers.discard(socket)
            await socket.close(1011)

    def start_anew(self) -> None:
        """Forget everything, as after a crash."""
        self.feed, self.sessions = Feed(), {}

    async def _follow(self, socket: WebSocket, since: int) -> None:
        async for event in self.feed.follow(since):
            await socket.send_json(event)

    async def _watch(self, session: str, offer: str, track: Any) -> str:
        from aiortc import RTCPeerConnection, RTCSessionDescription

        connection = RTCPeerConnection()
        self.watched.setdefault(session, []).append(connection)
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        connection.addTrack(track)
        await connection.setLocalDescription(await connection.createAnswer())
        return str(connection.localDescription.sdp)

    @staticmethod
    def moving_picture() -> Any:
        """A track whose frames differ, so that a picture can be told from a black one."""
        import numpy as np
        from aiortc import VideoStreamTrack
        from av import VideoFrame

        class Moving(VideoStreamTrack):
            shade = 0

            async def recv(self) -> VideoFrame:
                pts, time_base = await self.next_timestamp()
                self.shade = (self.shade + 5) % 200
                frame = VideoFrame.from_ndarray(
                    np.full((120, 160, 3), 50 + self.shade, np.uint8), format="bgr24"
                )
                frame.pts, frame.time_base = pts, time_base
                return frame

        return Moving()

    async def close(self) -> None:
        for connection in [each for many in self.watched.values() for each in many]:
            await connection.close()


class Room:
    """A control room that listens, its client, and the stub behind it."""

    def __init__(self, url: str, http: httpx.AsyncClient, stub: StubVideo, stub_url: str) -> None:
        self.url, self.http, self.stub, self.stub_url = url, http, stub, stub_url

    async def ask(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = await self.http.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def events(self, until: str | None = None, *, since: int = 0, **query: str) -> list[Fact]:
        """The events told, up to the first one named `until`, or all that are told by now."""
        last = int((await self.http.get("/calls")).headers["Events-N"])
        asked = httpx.QueryParams({"since": since, **query})
        told: list[Fact] = []
        async with connect(f"{self.url.replace('http', 'ws')}/events?{asked}", proxy=None) as socket:
            while until or since < last:
                told.append(json.loads(await socket.recv()))
                since = told[-1]["n"]
                if told[-1]["event"] == until:
                    break
        return told

    async def until(self, holds: Callable[[], Any]) -> None:
        await until(holds)

    async def answered(self, call: str = "c1", seat: str = "AMK Bergen/1", *, consent: bool = False) -> str:
        """An answered call, and with the spoken yes if wanted."""
        centre = seat.rsplit("/", 1)[0]
        ringing = {"call": call, "number": "+4710000001", "line": "113", "centre": centre}
        await self.ask("POST", "/calls", ringing, 201)
        await self.ask("POST", f"/calls/{call}/answer", {"seat": seat})
        for step in ("asked", "given") if consent else ():
            await self.ask("POST", f"/calls/{call}/consent", {"step": step})
        return call


CENTRES = [
    Centre("AMK Bergen", "AMK", "113", 2, overflow=("AMK Stord",), overflow_after_s=0.2),
    Centre("AMK Stord", "AMK", "113", 1),
    Centre("LV Uten", "LV", "116117", 1, video="none"),
]


@asynccontextmanager
async def _room(
    *,
    video: bool = True,
    gone: bool = False,
    centres: Sequence[Centre] = CENTRES,
    clock: Callable[[], datetime] = norwegian_time,
) -> AsyncIterator[Room]:
    """`video`: started with a video service; `gone`: which is not there."""
    stub = StubVideo()
    async with contextlib.AsyncExitStack() as stack:
        if gone:
            async with listening(stub.app, "127.0.0.1", 0) as stub_url:
                pass  # a port that was free a moment ago
        else:
            stub_url = await stack.enter_async_context(listening(stub.app, "127.0.0.1", 0))
        stack.push_async_callback(stub.close)
        app = application(centres, stub_url if video else None, KEY, clock)
        url = await stack.enter_async_context(listening(app, "127.0.0.1", 0))
        client = httpx.AsyncClient(base_url=url, trust_env=False, verify=False, timeout=15)
        http = await stack.enter_async_context(client)
        yield Room(url, http, stub, stub_url)


@pytest.fixture
def a_room() -> Callable[..., AbstractAsyncContextManager[Any]]:
    """Opens a control room with a stub video service: `async with a_room() as room`."""
    return _room
