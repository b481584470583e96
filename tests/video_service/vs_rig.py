"""A stub SMSC, a phone and a viewer for the tests of video_service."""

import asyncio
import contextlib
import fractions
import json
import re
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import aioice.ice
import httpx
import numpy as np
from aiortc import RTCPeerConnection, RTCRtpSender, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame
from smpplib.gsm import GSM_CHARACTER_TABLE
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from lean_rtc import peer_connection
from video_service.app import Settings, serving
from video_service.gateway_route import Gateway
from video_service.sessions import Times
from video_service.smpp_link import Account

KEY = "the-operators-key"
NUMBER = "+4710000001"
FPS = 15

# ------------------------------------------------------------------------------------------ the SMSC


@dataclass
class Submitted:
    number: str
    sender: str
    octets: bytes
    esm_class: int
    registered: int
    carrier_id: str

    @property
    def text(self) -> str:
        return "".join(GSM_CHARACTER_TABLE[octet] for octet in self.octets)

    @property
    def link(self) -> str:
        found = re.search(r"http\S+", self.text)
        assert found, self.text
        return found[0]


@dataclass
class StubSmsc:
    """Speaks just enough SMPP 3.4: bind_transceiver, submit_sm, deliver_sm, enquire_link, unbind."""

    answers: list[int | None] = field(default_factory=list)  # command_status per submit; None: see `late`
    password: str = "lab113"
    port: int = 0
    silent: bool = False  # it reads, and answers nothing at all
    tokens: float = float("inf")  # what a throttled carrier takes; each above it is ESME_RTHROTTLED
    prefix: str = "id-"

    def __post_init__(self) -> None:
        self.accepted: list[Submitted] = []
        self.late: list[Callable[[], None]] = []  # each gives one answer that was held back
        self.submitted: list[Submitted] = []
        self.binds = self.enquired = 0
        self.receipts_answered = 0
        self._more = asyncio.Condition()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()

    async def message(self, n: int) -> Submitted:
        """The n-th submit_sm, counted from 0."""
        async with self._more:
            await self._more.wait_for(lambda: len(self.submitted) > n)
        return self.submitted[n]

    def receipt(self, carrier_id: str, state: str, tlv: bool = True) -> None:
        text = f"id:{carrier_id} sub:001 dlvrd:001 stat:{state} err:000 text:".encode()
        body = (
            b"\0\1\1"
            + NUMBER[1:].encode()
            + b"\0\5\0LAB113\0"
            + b"\4\0\0\0\0\0\0\0\0"
            + bytes([len(text)])
            + text
        )
        if tlv:
            number = {"DELIVRD": 2, "UNDELIV": 5, "ENROUTE": 1}[state]
            body += struct.pack(">HH", 0x1E, len(carrier_id) + 1) + carrier_id.encode() + b"\0"
            body += struct.pack(">HHB", 0x427, 1, number)
        self._writers[-1].write(_pdu(0x05, 0, 77, body))

    def write(self, octets: bytes) -> None:
        """Anything at all, on the newest connection."""
        self._writers[-1].write(octets)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length, command, _, sequence = struct.unpack(">4L", await reader.readexactly(16))
                body = await reader.readexactly(length - 16)
                await self._act(writer, command, sequence, body)
        writer.close()

    async def _act(self, writer: asyncio.StreamWriter, command: int, sequence: int, body: bytes) -> None:
        if self.silent:
            return
        if command == 0x09:
            self.binds += 1
            right = body.split(b"\0")[1].decode() == self.password
            writer.write(_pdu(0x80000009, 0 if right else 0x0E, sequence, b"STUB\0" if right else b""))
        elif command == 0x04:
            await self._submit(writer, sequence, body)
        elif command == 0x80000005:
            self.receipts_answered += 1
        elif command in (0x15, 0x06):
            self.enquired += command == 0x15
            writer.write(_pdu(0x80000000 | command, 0, sequence, b""))

    async def _submit(self, writer: asyncio.StreamWriter, sequence: int, body: bytes) -> None:
        status = self.answers.pop(0) if self.answers else 0
        if status == 0 and self.tokens < 1:
            status = 0x58
        self.tokens -= status == 0
        _, rest = body.split(b"\0", 1)
        sender, rest = rest[2:].split(b"\0", 1)
        number, rest = rest[2:].split(b"\0", 1)
        esm_class, registered, length = rest[0], rest[5], rest[9]
        carrier_id = f"{self.prefix}{len(self.submitted)}"
        octets = rest[10 : 10 + length]
        sms = Submitted(number.decode(), sender.decode(), octets, esm_class, registered, carrier_id)
        self.submitted.append(sms)
        async with self._more:
            self._more.notify_all()
        answer = _pdu(0x80000004, status or 0, sequence, b"" if status else carrier_id.encode() + b"\0")
        if not status:
            self.accepted.append(sms)
        if status is None:
            self.late.append(lambda: writer.write(answer))
        else:
            writer.write(answer)


def _pdu(command: int, status: int, sequence: int, body: bytes) -> bytes:
    return struct.pack(">4L", 16 + len(body), command, status, sequence) + body


# ------------------------------------------------------------------------------------------ the phone


class Picture(VideoStreamTrack):
    """Frames of one grey level, so that a viewer can tell whose they are."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self._level, self._n, self._start = level, 0, time.monotonic()
        self._noise = np.random.default_rng(1).integers(-6, 6, (180, 320, 3))

    async def recv(self) -> VideoFrame:
        await asyncio.sleep(max(0.0, self._start + self._n / FPS - time.monotonic()))
        picture = (np.roll(self._noise, self._n, axis=1) + self._level).astype(np.uint8)
        frame = VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts, frame.time_base = self._n * 90_000 // FPS, fractions.Fraction(1, 90_000)
        self._n += 1
        return frame


def only(pc: RTCPeerConnection, codec: str) -> None:
    codecs = RTCRtpSender.getCapabilities("video").codecs
    pc.getTransceivers()[0].setCodecPreferences([c for c in codecs if c.name in (codec, "rtx")])


async def offer_of(pc: RTCPeerConnection) -> str:
    await pc.setLocalDescription(await pc.createOffer())
    return pc.localDescription.sdp


class Phone:
    """A browser with its own cookies, and a camera."""

    def __init__(self, link: str) -> None:
        self.link = link
        self.http = httpx.AsyncClient(timeout=10, verify=False)
        self.pcs: list[RTCPeerConnection] = []
        self.urls: dict[str, str] = {}
        self.location = ""

    async def post(self, what: str) -> httpx.Response:
        return await self.http.post(self.link + what)

    async def consent(self) -> httpx.Response:
        answer = await self.post("/consent")
        if answer.status_code == 200:
            self.urls = answer.json()
        return answer

    async def publish(self, level: int = 90, codec: str = "VP8") -> httpx.Response:
        """WHIP, as after a (re)load of the page: the connection before is not said goodbye to."""
        pc = peer_connection()
        self.pcs.append(pc)
        pc.addTransceiver(Picture(level), direction="sendonly")
        only(pc, codec)
        answer = await self.send_offer(await offer_of(pc))
        if answer.status_code == 201:
            self.location = urljoin(self.link, answer.headers["location"])
            await pc.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        return answer

    async def send_offer(self, offer: str) -> httpx.Response:
        whip = urljoin(self.link, self.urls.get("whip_url", self.link + "/whip"))
        return await self.http.post(whip, content=offer, headers={"Content-Type": "application/sdp"})

    def control(self) -> Any:
        address = urljoin(self.link, self.urls["control_url"]).replace("http", "ws", 1)
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        return connect(address, additional_headers={"Cookie": cookies})

    @property
    def pc(self) -> RTCPeerConnection:
        """The newest connection."""
        return self.pcs[-1]

    async def close(self) -> None:
        for pc in self.pcs:
            await pc.close()
        await self.http.aclose()


# ----------------------------------------------------------------------------------------- the viewer


class Eye:
    """A viewer: decodes, and keeps the grey level and the time of every frame."""

    def __init__(self, whep_url: str, token: str) -> None:
        self.url, self.token = whep_url, token
        self.viewer = whep_url.rsplit("/", 1)[1]
        self.http = httpx.AsyncClient(timeout=10, verify=False)
        self.levels: asyncio.Queue[float] = asyncio.Queue()
        self.last_at = 0.0
        self._pcs: list[RTCPeerConnection] = []
        self.location = ""
        self._tasks: list[asyncio.Task[None]] = []

    async def watch(self, codec: str = "VP8", wait_s: int | None = None) -> httpx.Response:
        pc = peer_connection()
        self._pcs.append(pc)
        pc.addTransceiver("video", direction="recvonly")
        only(pc, codec)
        pc.on("track", lambda track: self._tasks.append(asyncio.create_task(self._see(track))))
        answer = await self.send_offer(await offer_of(pc), wait_s=wait_s)
        if answer.status_code == 201:
            self.location = urljoin(self.url, answer.headers["location"])
            await pc.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        return answer

    async def send_offer(
        self, offer: str, token: str | None = None, wait_s: int | None = None
    ) -> httpx.Response:
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token or self.token}"}
        if wait_s is not None:
            headers["Prefer"] = f"respond-async, wait={wait_s}"
        return await self.http.post(self.url, content=offer, headers=headers)

    async def until_level(self, level: int) -> None:
        while abs(await self.levels.get() - level) > 20:
            pass

    async def quiet(self) -> bool:
        """Whether no frame arrives any more: what was under way is let through first."""
        await asyncio.sleep(0.2)
        seen = self.last_at
        await asyncio.sleep(0.4)
        return self.last_at == seen

    async def close(self) -> None:
        for pc in self._pcs:
            await pc.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        await self.http.aclose()

    async def _see(self, track: Any) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                self.last_at = time.monotonic()
                self.levels.put_nowait(float(frame.to_ndarray(format="gray").mean()))


# ----------------------------------------------------------------------------------------- all of it


class Lab:
    """A running service, its SMSC, and an operator."""

    def __init__(self, url: str, smsc: StubSmsc, stack: contextlib.AsyncExitStack) -> None:
        self.url, self.smsc, self._stack = url, smsc, stack
        self.http = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=10, verify=False
        )
        stack.push_async_callback(self.http.aclose)
        self.events: list[dict[str, Any]] = []
        self._more = asyncio.Condition()
        self._sms = 0

    async def follow(self) -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        address = self.url.replace("http", "ws", 1) + "/api/events?since=0"
        with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
            async with connect(address, additional_headers=headers) as socket:
                async for text in socket:
                    self.events.append(json.loads(text))
                    async with self._more:
                        self._more.notify_all()

    async def event(self, name: str, session: str | None = None, nth: int = 1) -> dict[str, Any]:
        """The nth event of that name, once it has been told."""

        def found() -> list[dict[str, Any]]:
            return [e for e in self.events if e["event"] == name and session in (None, e["session"])]

        async with self._more:
            await self._more.wait_for(lambda: len(found()) >= nth)
        return found()[nth - 1]

    def names(self, session: str) -> list[str]:
        return [e["event"] for e in self.events if e["session"] == session]

    async def request(self, **facts: Any) -> dict[str, Any]:
        wish = {"centre": "AMK Testby", "seat": "1", "call": "c1", "number": NUMBER, **facts}
        answer = await self.http.post("/api/sessions", json=wish)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def called(self, **facts: Any) -> tuple[dict[str, Any], Phone]:
        """A session whose SMS has arrived: (the answer, the caller's phone)."""
        session = await self.request(**facts)
        sms = await self.smsc.message(self._sms)
        self._sms += 1
        return session, self.phone(sms.link)

    def phone(self, link: str) -> Phone:
        phone = Phone(link)
        self._stack.push_async_callback(phone.close)
        return phone

    def eye(self, place: dict[str, Any]) -> Eye:
        eye = Eye(place["whep_url"], place["whep_token"])
        self._stack.push_async_callback(eye.close)
        return eye

    async def live(
        self, level: int = 90, codec: str = "VP8", **facts: Any
    ) -> tuple[dict[str, Any], Phone, Eye]:
        """A session that the operator sees."""
        session, phone = await self.called(**facts)
        assert (await phone.post("/opened")).status_code == 204
        assert (await phone.consent()).status_code == 200
        assert (await phone.publish(level, codec)).status_code == 201
        await self.event("media.connected", session["session"])
        eye = self.eye(session)
        assert (await eye.watch(codec)).status_code == 201
        await eye.until_level(level)
        return session, phone, eye

    async def state(self, session: dict[str, Any]) -> dict[str, Any]:
        return (await self.http.get(f"/api/sessions/{session['session']}")).json()

    async def audit(self, session: dict[str, Any]) -> list[dict[str, Any]]:
        return (await self.http.get(f"/api/sessions/{session['session']}/audit")).json()


@contextlib.asynccontextmanager
async def lab(
    folder: Any,
    *,
    smscs: Sequence[StubSmsc] = (),
    gateway: Gateway | None = None,
    times: Times | None = None,
    **more: Any,
) -> AsyncIterator[Lab]:
    """Everything, on loopback, bounded to 40 s; afterwards no task and no thread may be left.

    `smscs` are the caller's to start.
    """
    stock = aioice.ice.get_host_addresses
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    before, threads = asyncio.all_tasks(), set(threading.enumerate())
    try:
        async with asyncio.timeout(40), contextlib.AsyncExitStack() as stack:
            if not smscs:
                smscs = [StubSmsc()]
                await smscs[0].start()
                stack.push_async_callback(smscs[0].stop)
            settings = Settings(
                host="127.0.0.1",
                port=0,
                database=f"sqlite:///{folder}/video.db",
                sms=gateway or [account(smsc) for smsc in smscs],
                key=KEY,
                times=times or Times(),
                **more,
            )
            facts = await stack.enter_async_context(serving(settings))
            made = Lab(facts["url"], smscs[0], stack)
            following = asyncio.create_task(made.follow())
            yield made
            following.cancel()
            await asyncio.wait({following})
    finally:
        aioice.ice.get_host_addresses = stock
    await _none_left(before, threads)


def account(smsc: StubSmsc) -> Account:
    return Account("127.0.0.1", smsc.port, "lab113", "lab113", "LAB113")


async def _none_left(tasks: set[asyncio.Task[Any]], threads: set[threading.Thread]) -> None:
    await asyncio.sleep(0.1)
    left = asyncio.all_tasks() - tasks
    assert left == set(), left
    extra = {t for t in set(threading.enumerate()) - threads if not t.name.startswith(("asyncio_", "AnyIO"))}
    assert extra == set(), extra


async def until(holds: Callable[[], Any]) -> None:
    while not holds():  # noqa: ASYNC110  the surrounding timeout bounds it
        await asyncio.sleep(0.02)
