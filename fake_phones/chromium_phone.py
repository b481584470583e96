"""A phone that is a real browser on the real page: Debian's Chromium, driven by playwright."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fake_phones.bell import Bell
from fake_phones.camera import Footage
from fake_phones.chromium import Chromium
from fake_phones.failed import Failed
from fake_phones.filming import CONNECT_LIMIT_S, LAST_ORDER_S, Tell
from fake_phones.page import ANSWER_LIMIT_S

if TYPE_CHECKING:
    from playwright.async_api import Page, Response, WebSocket

RECOVERS_WITHIN_S = 10.0  # a page that has not connected again by then will not


class ChromiumPhone:
    """See `phone.Phone`. The page does what it does in a caller's browser; this taps and follows its traffic.

    The page turns the camera on by itself after the yes, so `publish` only waits for it. The film loops from
    a file, so its stamps carry no true time of capture.
    """

    timed = False

    def __init__(
        self,
        footage: Footage,
        fps: float,
        drawing: Executor,
        tell: Tell,
        *,
        camera_fails: bool,
        screenshot: Callable[[str], Path | None],
    ) -> None:
        self._chromium = Chromium(footage, round(fps), self._hear, deny=camera_fails)
        self._drawing = drawing
        self._tell = tell
        self._screenshot = screenshot  # where to keep the picture of a step, if at all
        self._page: Page | None = None
        self._answered: dict[str, int] = {}  # the status of each POST to the link, by its last word
        self._connected = False  # once at least
        self._lost = False
        self._missing: asyncio.Task[None] | None = None
        self._camera_failed: str | None = None
        self._frames_sent = 0
        self._ended: str | None = None
        self._happened = Bell()

    async def begin(self) -> None:
        page = self._page = await self._chromium.begin(self._drawing)
        page.on("response", self._note)
        page.on("websocket", self._follow)
        page.on("crash", lambda _: self._crash())

    async def ready(self) -> None:
        await self._chromium.films_are_drawn()

    async def open(self, link: str) -> None:
        page = self._begun()
        self._answered.clear()
        self._connected, self._ended, self._camera_failed = False, None, None
        with browsing():
            response = await page.goto(link, timeout=ANSWER_LIMIT_S * 1000)
            status = response.status if response else 0
            text = "" if status == 200 else (await page.inner_text("body"))[:200]
        await self._show("opened")
        if status != 200:
            if event := {403: "link.refused", 410: "link.expired"}.get(status):
                self._tell(event, status=status, detail=text)
            raise Failed(f"GET {link} was answered {status}: {text}", "refused", status)
        await self._post("opened")
        self._tell("link.opened", link=link)

    async def consent(self) -> None:
        await self._chromium.films_are_drawn()
        await self._tap("#yes")
        await self._post("consent")
        self._tell("consent.given", how="page")
        await self._show("consented")

    async def refuse(self) -> None:
        await self._tap("#no")
        await self._post("refusal")
        self._tell("consent.refused", how="page")
        self._end("refused")
        await self._show("refused")

    async def withdraw(self) -> None:
        await self._tap("#stop")
        await self._post("withdrawal")
        self._tell("consent.withdrawn", how="page")
        self._end("withdrawn")
        await self._show("withdrawn")

    async def publish(self) -> None:
        await self._until(lambda: self._connected or bool(self._camera_failed), CONNECT_LIMIT_S)
        if self._camera_failed:
            await self._show("no-camera")
            raise Failed(f"the camera did not start ({self._camera_failed})", "broken")
        if not self._connected:
            raise Failed(f"no picture connection within {CONNECT_LIMIT_S:.0f} s", "limit")
        await self._show("filming")

    async def wait_end(self) -> str:
        while self._ended is None:
            await self._happened.rung()
        return self._ended

    async def close(self) -> None:
        self._end("phone removed")
        await self._chromium.close()

    def facts(self) -> dict[str, Any]:
        return {"frames_sent": self._frames_sent}

    def _begun(self) -> "Page":
        if self._page is None:
            raise Failed("the phone has not begun", "usage")
        return self._page

    async def _tap(self, what: str) -> None:
        with browsing():
            await self._begun().tap(what, timeout=5000)

    async def _post(self, act: str) -> None:
        """Wait until the page has posted this to its link. Raises Failed when the answer was no."""
        await self._until(lambda: act in self._answered, ANSWER_LIMIT_S)
        status = self._answered.pop(act, None)
        if status is None:
            why = f" ({self._camera_failed})" if self._camera_failed else ""
            raise Failed(f"the page did not post its {act} within {ANSWER_LIMIT_S:.0f} s{why}", "limit")
        if not 200 <= status < 300:
            raise Failed(f"POST {act} was answered {status}", "refused", status)

    async def _until(self, happened: Callable[[], bool], limit_s: float) -> None:
        """Wait for it, or for the end, or for the limit."""
        try:
            async with asyncio.timeout(limit_s):
                while not happened():
                    if self._ended is not None:
                        raise Failed(f"it is over: {self._ended}", "gone")
                    await self._happened.rung()
        except TimeoutError:
            return

    async def _show(self, step: str) -> None:
        if path := self._screenshot(step):
            with browsing():
                await self._begun().screenshot(path=path)

    def _note(self, response: "Response") -> None:
        if response.request.method == "POST":
            self._answered[response.url.rstrip("/").rsplit("/", 1)[-1]] = response.status
            self._happened.ring()

    def _hear(self, told: dict[str, Any]) -> None:
        """What two_cameras.js tells from inside the page."""
        match told:
            case {"connection": "connected"}:
                self._connect()
            case {"connection": "disconnected" | "failed" | "closed"} if (
                self._connected and not self._missing
            ):
                self._missing = asyncio.create_task(self._miss())
            case {"camera_failed": name}:
                self._camera_failed = str(name)
            case {"frames_sent": int(frames)}:
                self._frames_sent = max(frames, self._frames_sent)
        self._happened.ring()

    def _connect(self) -> None:
        if not self._connected:
            self._tell("media.connected")
        elif self._missing:
            self._missing.cancel()
            if self._lost:
                self._tell("media.recovered")
        self._connected, self._lost, self._missing = True, False, None

    async def _miss(self) -> None:
        """The connection is gone: an orderly end may be told yet, or the page may connect again."""
        await asyncio.sleep(LAST_ORDER_S)
        self._lost = True
        self._tell("media.lost", because="lost", frames_sent=self._frames_sent)
        await asyncio.sleep(RECOVERS_WITHIN_S)
        self._end("lost")

    def _follow(self, socket: "WebSocket") -> None:
        """The page's control socket: orders come in, and the page says what it did."""
        socket.on("framereceived", lambda frame: self._ordered(_read(frame)))
        socket.on("framesent", lambda frame: self._answer(_read(frame)))

    def _ordered(self, order: Any) -> None:
        if isinstance(order, dict) and order.get("do") == "end":
            self._end(str(order.get("because") or "told to end"))

    def _answer(self, answer: Any) -> None:
        if isinstance(answer, dict) and answer.get("did") == "camera":
            self._tell("camera.switched", camera=answer.get("camera"))

    def _crash(self) -> None:
        self._lost = True
        self._tell("media.lost", because="the browser crashed", frames_sent=self._frames_sent)
        self._end("the browser crashed")

    def _end(self, because: str) -> None:
        if self._missing:
            self._missing.cancel()
        if self._ended is None:
            self._ended = because
            if self._connected and not self._lost:
                self._tell("media.stopped", because=because, frames_sent=self._frames_sent)
        self._happened.ring()


@contextmanager
def browsing() -> Iterator[None]:
    """Turn what goes wrong in the browser into Failed."""
    from playwright.async_api import Error

    try:
        yield
    except Error as error:
        raise Failed(f"the browser: {error.message.splitlines()[0]}", "broken") from None


def _read(frame: str | bytes) -> Any:
    try:
        return json.loads(frame)
    except ValueError:
        return None
