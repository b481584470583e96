"""A phone that publishes straight at a WHIP endpoint: no SMS, no page, and nobody asks for consent."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Executor
from typing import Any

import httpx

import lean_rtc
from fake_phones import commands
from fake_phones.camera import Cameras, Footage
from fake_phones.failed import Failed
from fake_phones.film import AnyFilm, Film
from fake_phones.filming import Tell
from fake_phones.lean.film import LeanFilm
from fake_phones.lean.library import ClipKey
from fake_phones.lean.phone import Studio
from fake_phones.peer import Peer
from fake_phones.radio.exchange import CONNECT_LIMIT_S
from fake_phones.scenes import Facing
from fake_phones.trust import trusted

Broke = Callable[[Exception], None]
Films = Callable[[Broke], AnyFilm]


class CrowdPhone:
    """As `handset.Handset`, without a number. A connection that is lost is told, and not made anew."""

    number = None

    def __init__(self, films: Awaitable[Films], url: str, token: str | None, tell: Tell) -> None:
        self._films = asyncio.ensure_future(films)
        self._films.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may ask
        self._url, self._tell = url, tell
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(timeout=CONNECT_LIMIT_S, trust_env=False, verify=trusted())
        self._film: AnyFilm | None = None
        self._peer: Peer | None = None
        self._watching: asyncio.Task[None] | None = None
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def begin(self) -> dict[str, Any]:
        return {"timed": True}

    async def do(self, command: commands.OnPhone) -> dict[str, Any]:
        match command:
            case commands.PhoneReady():
                await asyncio.shield(self._films)
            case commands.PhonePublish():
                await self.publish()
            case commands.PhoneWaitEnd():
                return {"because": await asyncio.shield(self._ended)}
            case _:
                raise Failed(f"this phone only publishes: {command.do} is for a caller's", "usage")
        return {}

    async def close(self) -> dict[str, Any]:
        """Switch off; every wait ends. Returns the totals."""
        self._end("phone removed", "media.stopped")
        self._films.cancel()
        if self._watching:
            self._watching.cancel()
        if self._peer:
            await self._peer.close()
        await self._client.aclose()
        return self.facts()

    def facts(self) -> dict[str, Any]:
        return self._film.facts() if self._film else {"frames_sent": 0}

    async def publish(self) -> None:
        """Offer the picture; returns when the connection stands. Raises Failed."""
        if self._peer:
            raise Failed("this phone publishes already", "usage")
        film = self._film = (await asyncio.shield(self._films))(self._broke)
        pc = lean_rtc.peer_connection()
        film.send_on(pc)
        peer = self._peer = Peer(pc, self._client, self._url, self._headers)
        try:
            async with asyncio.timeout(CONNECT_LIMIT_S):
                await peer.connect()
        except BaseException as error:
            film.stop()
            await peer.close()
            self._peer = None
            if isinstance(error, TimeoutError):
                raise Failed(f"no picture connection within {CONNECT_LIMIT_S:.0f} s", "limit") from None
            raise
        self._tell("media.connected")
        self._watching = asyncio.create_task(self._watch(peer), name="publishing")

    async def _watch(self, peer: Peer) -> None:
        """A server that is only silent is noticed when ICE's consent runs out, after some 30 s."""
        await peer.gone.wait()
        self._end("lost", "media.lost")

    def _broke(self, error: Exception) -> None:
        self._end(f"the picture could not be drawn: {error!r}", "media.lost")

    def _end(self, because: str, event: str) -> None:
        if self._ended.done():
            return
        self._ended.set_result(because)
        if self._film:
            self._film.stop()
        if self._watching:
            self._tell(event, because=because, **self.facts())


def lean_films(footage: Footage, facing: Facing, fps: float, studio: Studio) -> Coroutine[Any, Any, Films]:
    """Films made of a clip, once there is one."""

    async def ready() -> Films:
        it = footage
        key = ClipKey(it.scene, it.scene_seed, facing, it.width, it.height, fps)
        clip = await asyncio.shield(studio.clip(key))
        return lambda broke: LeanFilm({facing: clip}, facing, footage, studio.pacer, broke)

    return ready()


def live_films(footage: Footage, facing: Facing, fps: float, drawing: Executor) -> Coroutine[Any, Any, Films]:
    """Films of a scene that is drawn as it goes."""

    async def ready() -> Films:
        cameras = await asyncio.get_running_loop().run_in_executor(drawing, Cameras, footage)
        return lambda broke: Film(cameras, facing, fps, drawing, broke)

    return ready()
