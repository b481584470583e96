"""Janus, Debian's package, as a relay: its video room behind a small WHIP and WHEP front.

Viewing in a video room begins with Janus's offer, so the front answers a viewer's with 406 and that one
(WHEP, from draft 3 on); the viewer's answer comes by PATCH.
"""

import asyncio
import itertools
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response

from sim.bench.carriers import BenchError
from stand_alone import listening
from stand_alone.listening import bound

PROGRAM, PLUGIN = "janus", "janus.plugin.videoroom"
READY_S_MAX = 20.0
ANSWER_S_MAX = 20.0
STOP_S_MAX = 5.0
PROFILE = "42e01f"  # what lean phones send
SDP = "application/sdp"


class JanusMissing(BenchError):
    """It is not installed; the text says how to."""

    def __init__(self) -> None:
        super().__init__("Janus is not installed, so there is no figure beside: apt-get install janus")


class Janus:
    """Its HTTP API, over one session: what it tells is fetched by `listen`."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._path = "/janus"
        self._told: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def begin(self) -> None:
        self._path = f"/janus/{(await self._ask('/janus', {'janus': 'create'}))['data']['id']}"

    async def attach(self) -> int:
        """A handle of the video room: one peer connection."""
        told = await self._ask(self._path, {"janus": "attach", "plugin": PLUGIN})
        return int(told["data"]["id"])

    async def detach(self, handle: int) -> None:
        await self._ask(f"{self._path}/{handle}", {"janus": "detach"})

    async def room(
        self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Ask the video room for something; its answer, or the event that follows. Raises BenchError."""
        message: dict[str, Any] = {"janus": "message", "body": body}
        told = await self._ask(f"{self._path}/{handle}", message | ({"jsep": jsep} if jsep else {}))
        said = told.get("plugindata", {}).get("data", {})
        if "error" in said:
            raise BenchError(f"Janus: {body['request']}: {said['error']}")
        return told

    async def listen(self) -> None:
        """Fetch events for ever; without it Janus ends the session after a minute."""
        while True:
            heard = await self._http.get(self._path, params={"maxev": 10}, timeout=60)
            for event in heard.raise_for_status().json():
                waiting = self._told.get(event.get("transaction", ""))
                if waiting and not waiting.done():
                    waiting.set_result(event)

    async def _ask(self, path: str, message: dict[str, Any]) -> dict[str, Any]:
        transaction = secrets.token_hex(8)
        event = self._told[transaction] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                answer = await self._http.post(path, json=message | {"transaction": transaction})
                told: dict[str, Any] = answer.raise_for_status().json()
                if told["janus"] == "ack":
                    told = await event
        except (TimeoutError, httpx.HTTPError) as error:
            raise BenchError(f"Janus does not answer {message['janus']}: {error!r}") from None
        finally:
            del self._told[transaction]
        if told["janus"] == "error":
            raise BenchError(f"Janus: {message['janus']}: {told['error']}")
        return told


class Front:
    """WHIP and WHEP: `/whip/{room}`, `/whep/{room}`."""

    def __init__(self, janus: Janus) -> None:
        self._janus = janus
        self._feeds: dict[int, int] = {}  # by room: its publisher
        self.app = app = FastAPI(docs_url=None, redoc_url=None, title="WHIP and WHEP for Janus")
        app.post("/whip/{room}")(self.publish)
        app.post("/whep/{room}")(self.watch)
        app.patch("/whep/{room}/{handle}")(self.start)
        for end in ("/whip/{room}/{handle}", "/whep/{room}/{handle}"):
            app.delete(end)(self.leave)
        app.add_exception_handler(BenchError, _failed)

    async def publish(self, room: int, request: Request) -> Response:
        handle = await self._janus.attach()
        made = {"request": "create", "room": room, "publishers": 1, "videocodec": "h264"}
        await self._janus.room(handle, made | {"h264_profile": PROFILE})
        joined = await self._janus.room(
            handle,
            {"request": "joinandconfigure", "room": room, "ptype": "publisher"},
            {"type": "offer", "sdp": (await request.body()).decode()},
        )
        self._feeds[room] = joined["plugindata"]["data"]["id"]
        location = {"Location": f"/whip/{room}/{handle}"}
        return Response(joined["jsep"]["sdp"], 201, location, media_type=SDP)

    async def watch(self, room: int) -> Response:
        if room not in self._feeds:
            return Response("nobody publishes yet", 409, {"Retry-After": "1"})
        handle = await self._janus.attach()
        wanted = {"request": "join", "ptype": "subscriber", "room": room}
        offer = await self._janus.room(handle, wanted | {"streams": [{"feed": self._feeds[room]}]})
        location = {"Location": f"/whep/{room}/{handle}"}
        return Response(offer["jsep"]["sdp"], 406, location, media_type=SDP)

    async def start(self, handle: int, request: Request) -> Response:
        answer = {"type": "answer", "sdp": (await request.body()).decode()}
        await self._janus.room(handle, {"request": "start"}, answer)
        return Response(status_code=204)

    async def leave(self, handle: int) -> Response:
        await self._janus.detach(handle)
        return Response(status_code=200)


class JanusRelay:
    """A running Janus behind its front."""

    def __init__(self, pid: int, url: str) -> None:
        self.pid, self._url = pid, url
        self.load_options = [
            "--anywhere"
        ]  # Janus leaves loopback out of its candidates, and cannot be told to
        self._rooms = itertools.count(1)

    async def places(self, phones: int, legs: int) -> list[dict[str, Any]]:
        rooms = itertools.islice(self._rooms, phones)
        return [
            {"phone": {"url": f"{self._url}/whip/{n}"}, "viewers": [{"url": f"{self._url}/whep/{n}"}] * legs}
            for n in rooms
        ]


@asynccontextmanager
async def janus(folder: Path) -> AsyncIterator[JanusRelay]:
    """Janus and its front while the block runs, on loopback. Raises JanusMissing, BenchError."""
    async with _process(folder) as (pid, url), httpx.AsyncClient(base_url=url, trust_env=False) as http:
        core = Janus(http)
        await core.begin()
        listening_to = asyncio.create_task(core.listen())
        try:
            async with listening(Front(core).app, "127.0.0.1", 0) as front:
                yield JanusRelay(pid, front)
        finally:
            listening_to.cancel()
            await asyncio.wait({listening_to})


@asynccontextmanager
async def _process(folder: Path) -> AsyncIterator[tuple[int, str]]:
    if shutil.which(PROGRAM) is None:
        raise JanusMissing
    with bound("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    with (folder / "janus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL"),  # it must not stay when we are killed
            *(PROGRAM, "--config", str(_configured(folder, port)), "--configs-folder", str(folder)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        await _until_ready(process, f"http://127.0.0.1:{port}", folder / "janus.log")
        yield process.pid, f"http://127.0.0.1:{port}"
    finally:
        await _ended(process)


def _configured(folder: Path, port: int) -> Path:
    """Its configuration, with the video room for its only plugin and HTTP for its only transport."""
    installed = next(Path("/usr/lib").glob("**/janus/plugins/libjanus_videoroom.so"), None)
    if installed is None:
        raise JanusMissing
    for kind, name in (("plugins", "libjanus_videoroom.so"), ("transports", "libjanus_http.so")):
        (folder / kind).mkdir()
        (folder / kind / name).symlink_to(installed.parents[1] / kind / name)
    (folder / "janus.jcfg").write_text(
        f"""general: {{
    plugins_folder = "{folder}/plugins"
    transports_folder = "{folder}/transports"
    debug_level = 3
}}
nat: {{
    ice_lite = true
    ignore_mdns = true
}}
"""
    )
    (folder / "janus.transport.http.jcfg").write_text(
        f"""general: {{
    json = "compact"
    http = true
    ip = "127.0.0.1"
    port = {port}
}}
"""
    )
    return folder / "janus.jcfg"


async def _until_ready(process: asyncio.subprocess.Process, url: str, log: Path) -> None:
    async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_S_MAX):
                while process.returncode is None:
                    with suppress(httpx.HTTPError):
                        if (await http.get(f"{url}/janus/info")).is_success:
                            return
                    await asyncio.sleep(0.05)
    raise BenchError(f"Janus did not become ready; it said last: {_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace").strip()[-500:]


async def _ended(process: asyncio.subprocess.Process) -> None:
    for end in (process.terminate, process.kill):
        with suppress(ProcessLookupError):
            end()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_S_MAX)
            return


async def _failed(_: Request, error: Exception) -> Response:
    return Response(str(error), 502)
