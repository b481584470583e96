"""A small carrier and a small video service to test the farm against, and a controller for the farm."""

import asyncio
import itertools
import json
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse
from websockets.asyncio.client import ClientConnection, connect

import lean_rtc
from fake_phones.__main__ import serving
from stand_alone import listening

sys.path.insert(0, str(Path(__file__).parent))  # for phones_rig

PAGE = """<!doctype html><meta name=viewport content="width=device-width">
<button id=yes>yes</button><button id=no>no</button><button id=stop>stop</button>
<video id=preview muted></video>
<script>
const post = (what, more) => fetch(location.pathname + "/" + what, { method: "POST", ...more });
const on = (id, act) => document.getElementById(id).addEventListener("click", act);
let pc, stream, sender;
async function film(facing) {
  stream?.getTracks().forEach((track) => track.stop());
  stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: facing, width: 320 } });
  const [track] = stream.getVideoTracks();
  if (track.getSettings().facingMode !== facing) throw new Error("another camera");
  document.getElementById("preview").srcObject = stream;
  if (sender) await sender.replaceTrack(track);
  else sender = pc.addTrack(track, stream);
}
function obey(socket, order) {
  if (order.do === "end") { stream.getTracks().forEach((track) => track.stop()); pc.close(); }
  else film(order.camera === "front" ? "user" : "environment").then(
    () => socket.send(JSON.stringify({ did: "camera", camera: order.camera })));
}
async function agree() {
  sessionStorage.agreed = 1;
  const { whip_url, control_url } = await (await post("consent")).json();
  pc = new RTCPeerConnection();
  await film("environment");
  const socket = new WebSocket("ws://" + location.host + control_url);
  socket.onmessage = (message) => obey(socket, JSON.parse(message.data));
  await pc.setLocalDescription(await pc.createOffer());
  while (pc.iceGatheringState !== "complete") await new Promise((go) => setTimeout(go, 20));
  const answer = await fetch(whip_url, { method: "POST", body: pc.localDescription.sdp,
    headers: { "Content-Type": "application/sdp" } });
  await pc.setRemoteDescription({ type: "answer", sdp: await answer.text() });
}
on("yes", agree);
on("no", () => post("refusal"));
on("stop", () => post("withdrawal"));
post("opened").then(() => sessionStorage.agreed && agree());
</script>"""


class StubCarrier:
    """Delivers what a test says; `got` holds the receipts."""

    def __init__(self) -> None:
        self.got: asyncio.Queue[str] = asyncio.Queue()
        self.sockets: dict[str, WebSocket] = {}

    async def deliver(self, number: str, text: str, message_id: str = "") -> None:
        message_id = message_id or secrets.token_hex(4)
        sms = {"message_id": message_id, "from": "113", "text": text, "monotonic_s": 1.5}
        await self.sockets[number].send_json(sms)

    async def handset(self, socket: WebSocket, number: str) -> None:
        await socket.accept()
        if number.endswith("9999"):
            await socket.close(4404, "unknown number")
            return
        self.sockets[number] = socket
        try:
            while True:
                self.got.put_nowait((await socket.receive_json())["got"])
        except (WebSocketDisconnect, RuntimeError):  # the other end, or this one, has closed
            if self.sockets.get(number) is socket:
                del self.sockets[number]


class StubService:
    """Speaks sections 3 and 4 of the contract; `show` says whose picture a WHEP token gets."""

    def __init__(self, carrier: StubCarrier) -> None:
        self.url = ""
        self.heard: list[tuple[str, str]] = []  # (token, what the phone's browser did)
        self.answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.controls: dict[str, WebSocket] = {}
        self.pictures: dict[str, MediaStreamTrack] = {}
        self.show: dict[str, str] = {}
        self.publishers: dict[str, RTCPeerConnection] = {}
        self.refuses_offers = False
        self._peers: list[RTCPeerConnection] = []
        self._relay = MediaRelay()
        self.app = app = FastAPI()
        app.get("/v/{token}")(self._page)
        app.post("/v/{token}/whip")(self._whip)
        app.post("/v/{token}/{act}")(self._act)
        app.websocket("/v/{token}/control")(self._control)
        app.post("/whep/{token}")(self._whep)
        app.delete("/{kind}/{token}")(self._delete)
        app.websocket("/handsets/{number}")(carrier.handset)

    def link(self, token: str) -> str:
        return f"{self.url}/v/{token}"

    async def order(self, token: str, **order: Any) -> None:
        await self.controls[token].send_json(order)

    async def close(self) -> None:
        for peer in self._peers:
            await peer.close()
        for picture in self.pictures.values():
            picture.stop()

    async def _page(self, token: str, request: Request) -> Response:
        self.heard.append((token, f"page {'Mobile' in request.headers['user-agent']}"))
        status = {"expired": 410, "taken": 403, "unknown": 404}.get(token, 200)
        return HTMLResponse(PAGE if status == 200 else f"no: {token}", status)

    async def _act(self, token: str, act: str, response: Response) -> dict[str, Any]:
        self.heard.append((token, act))
        response.set_cookie("browser", token, path="/v/")
        return {"whip_url": f"/v/{token}/whip", "control_url": f"/v/{token}/control", "camera": "back"}

    async def _control(self, socket: WebSocket, token: str) -> None:
        if socket.cookies.get("browser") != token:
            await socket.close()
            return
        await socket.accept()
        self.controls[token] = socket
        try:
            while True:
                self.answers.put_nowait(await socket.receive_json())
        except (WebSocketDisconnect, RuntimeError):  # the other end, or this one, has closed
            if self.controls.get(token) is socket:
                del self.controls[token]

    async def _whip(self, token: str, request: Request) -> Response:
        if request.cookies.get("browser") != token:
            return Response(status_code=403)
        if self.refuses_offers:
            return Response(status_code=503)
        peer = self.publishers[token] = self._peer()
        peer.on("track", lambda track: self.pictures.update({token: track}))
        return await self._answer(peer, request, f"/whip/{token}")

    async def _whep(self, token: str, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer key-{token}":
            return Response(status_code=401)
        picture = self.pictures.get(self.show.get(token, token))
        if not picture:
            return Response(status_code=409, headers={"Retry-After": "1"})
        peer = self._peer()
        peer.addTrack(self._relay.subscribe(picture))
        return await self._answer(peer, request, f"/whep/{token}")

    async def _delete(self, kind: str, token: str) -> None:
        self.heard.append((token, f"delete {kind}"))

    def _peer(self) -> RTCPeerConnection:
        self._peers.append(lean_rtc.peer_connection())
        return self._peers[-1]

    async def _answer(self, peer: RTCPeerConnection, request: Request, location: str) -> Response:
        await peer.setRemoteDescription(RTCSessionDescription((await request.body()).decode(), "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        sdp = peer.localDescription.sdp
        return Response(sdp, 201, {"Location": location}, media_type="application/sdp")


class Refused(Exception):
    """The farm answered that it failed."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer)
        self.kind = answer["kind"]
        self.status = answer.get("status")


class Controller:
    """Drives a farm; `events` keeps everything that was told."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []
        self.odd: asyncio.Queue[dict[str, Any]] = asyncio.Queue()  # answers to nothing that was asked
        self._told = asyncio.Condition()
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = itertools.count(1)

    def start(self, do: str, **args: Any) -> "asyncio.Task[dict[str, Any]]":
        """Begin a request without waiting; cancelling the task cancels the request."""
        return asyncio.create_task(self.do(do, **args))

    async def do(self, do: str, **args: Any) -> dict[str, Any]:
        name = next(self._ids)
        self._asked[name] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({"id": name, "do": do, **args}))
        try:
            answer = await asyncio.shield(self._asked[name])
        except asyncio.CancelledError:
            await self.socket.send(json.dumps({"cancel": name}))
            raise
        if "ok" in answer:
            return answer["ok"]
        raise Refused(answer)

    async def event(self, event: str, **facts: Any) -> dict[str, Any]:
        """The first event of this name with these facts, past or to come."""

        def found() -> list[dict[str, Any]]:
            return [e for e in self.events if e["event"] == event and facts.items() <= e.items()]

        async with self._told:
            await self._told.wait_for(found)
            return found()[0]

    async def listen(self) -> None:
        async for text in self.socket:
            told = json.loads(text)
            async with self._told:
                if "event" in told:
                    self.events.append(told)
                    self._told.notify_all()
                elif told["id"] in self._asked:
                    self._asked[told["id"]].set_result(told)
                else:
                    self.odd.put_nowait(told)


@asynccontextmanager
async def controlling(url: str) -> AsyncIterator[Controller]:
    async with connect(url, proxy=None) as socket:
        controller = Controller(socket)
        listening_to_it = asyncio.create_task(controller.listen())
        try:
            yield controller
        finally:
            listening_to_it.cancel()


class Lab:
    """A farm with a stub carrier and a stub service around it."""

    def __init__(self, control_url: str, carrier: StubCarrier, service: StubService) -> None:
        self.control_url = control_url
        self.workers: dict[int, int] = {}  # their processes, when the farm has several
        self.carrier = carrier
        self.service = service

    def controlling(self, query: str = "") -> AbstractAsyncContextManager[Controller]:
        return controlling(self.control_url + query)

    @staticmethod
    async def until(happened: Callable[[], Any]) -> None:
        """Wait, ten seconds at most, until this holds."""
        for _ in range(1000):
            if happened():
                return
            await asyncio.sleep(0.01)
        raise TimeoutError

    def phone(self, name: str, stamp: str, **args: Any) -> dict[str, Any]:
        """The arguments of phone.add for a small and cheap picture."""
        number = f"+471000{int(stamp[-4:], 16) % 10000:04}"
        small = {"width": 320, "height": 180, "fps": 15, "scene": "test-card"}
        return (
            {"phone": name, "number": number, "carriers_url": self.service.url, "stamp": stamp} | small | args
        )

    def viewer(self, name: str, stamp: str, token: str, **args: Any) -> dict[str, Any]:
        """The arguments of viewer.watch."""
        whep = {"whep_url": f"{self.service.url}/whep/{token}", "whep_token": f"key-{token}"}
        return {"viewer": name, "stamp": stamp, "width": 320, "height": 180, "limit_s": 10} | whep | args


@asynccontextmanager
async def make_lab(workers: int = 1) -> AsyncIterator[Lab]:
    carrier = StubCarrier()
    service = StubService(carrier)
    async with (
        listening(service.app, "127.0.0.1", 0) as service.url,
        serving("127.0.0.1", 0, workers) as farm,
    ):
        lab = Lab(farm["control"], carrier, service)
        lab.workers = {worker["worker"]: worker["pid"] for worker in farm.get("workers", [])}
        try:
            yield lab
        finally:
            await service.close()


@pytest.fixture
def lab() -> Callable[[], AbstractAsyncContextManager[Lab]]:
    """Makes a lab inside a running event loop."""
    return make_lab


@pytest.fixture
def controller() -> Callable[[str], AbstractAsyncContextManager[Controller]]:
    """Connects a controller to a farm's control socket."""
    return controlling
