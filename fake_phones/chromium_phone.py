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
from fake_phones.chromium import DEVICE, Chromium, Elsewhere
from fake_phones.failed import Failed
from fake_phones.filming import LAST_ORDER_S, Tell
from fake_phones.page import ANSWER_LIMIT_S
from fake_phones.publication import RECOVERS_WITHIN_S
from fake_phones.radio.exchange import CONNECT_LIMIT_S

if TYPE_CHECKING:
    from playwright.async_api import Page, Response, WebSocket


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
        device: str | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._chromium = Chromium(
            *(footage, round(fps), device or DEVICE, self._hear), deny=camera_fails, elsewhere=elsewhere
        )
        self._drawing = drawing
        self._tell = tell
        self._screenshot = screenshot  # where to keep the picture of a step, if at all
        self._page: Page | None = None
        self._answered: dict[str, int] = {}  # the status of each POST to the link, by its last word
        self._connected = False  # once at least
        self._lost = False
        self._missing: asyncio.Task[None] | None = None
        self._camera_failed: str | None = None
        self._frames_sent: dict[str, int] = {}  # by connection: a page that is loaded anew counts anew
        self._ended: str | None = None
        self._happened = Bell()

    async def begin(self) -> None:
        await self._chromium.begin(self._drawing)

    async def ready(self) -> None:
        await self._chromium.films_are_drawn()

    async def open(self, link: str) -> None:
        self._answered.clear()
        self._connected, self._lost, self._ended, self._camera_failed = False, False, None, None
        with browsing():
            page = self._page = self._page or await self._new_page()
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

    async def reload(self) -> None:
        page, filmed = self._opened(), self._connected and self._ended is None
        if filmed:
            self._lose("page reloaded")
        self._answered.clear()
        with browsing():
            await page.reload(timeout=ANSWER_LIMIT_S * 1000)
        await self._post("opened")
        if filmed:
            await self._recover()

    async def close_tab(self) -> None:
        page, self._page = self._opened(), None
        self._end("tab closed")
        with browsing():
            await page.close()

    async def lock(self) -> None:
        with browsing():
            await self._opened().evaluate("window.__phoneDark(true)")
        self._lose("phone locked")

    async def unlock(self) -> None:
        sent = self._sent
        with browsing():
            await self._opened().evaluate("window.__phoneDark(false)")
        if self._lost:
            await self._until(lambda: self._sent > sent, CONNECT_LIMIT_S)
            if self._sent > sent:
                self._connect()
            await self._recover()

    async def change(self, parameter: str, value: object) -> dict[str, Any]:
        raise Failed("a chromium phone films a file and cannot react; a live phone can", "usage")

    async def wait_end(self) -> str:
        while self._ended is None:
            await self._happened.rung()
        return self._ended

    async def close(self) -> None:
        self._end("phone removed")
        await self._chromium.close()

    def facts(self) -> dict[str, Any]:
        return {"frames_sent": self._sent}

    @property
    def _sent(self) -> int:
        return sum(self._frames_sent.values())

    async def _new_page(self) -> "Page":
        page = await self._chromium.page()
        page.on("response", self._note)
        page.on("websocket", self._follow)
        page.on("crash", lambda _: self._crash())
        return page

    def _opened(self) -> "Page":
        if self._page is None:
            raise Failed("no link is open on this phone", "usage")
        return self._page

    async def _tap(self, what: str) -> None:
        with browsing():
            await self._opened().tap(what, timeout=5000)

    async def _recover(self) -> None:
        """Wait for the picture to go out again. Raises Failed, and it is over, when it does not."""
        await self._until(lambda: not self._lost or bool(self._camera_failed), CONNECT_LIMIT_S)
        if self._lost:
            self._end("lost")
            why = self._camera_failed or f"not within {CONNECT_LIMIT_S:.0f} s"
            raise Failed(f"the picture did not come back ({why})", "limit")
        await self._show("filming-again")

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
                await self._opened().screenshot(path=path)

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
                self._connected and not self._lost and not self._missing
            ):
                self._missing = asyncio.create_task(self._miss())
            case {"camera_failed": name}:
                self._camera_failed = str(name)
                self._tell("camera.failed", detail=str(name))
            case {"frames_sent": int(frames), "by": str(connection)}:
                self._frames_sent[connection] = frames
        self._happened.ring()

    def _connect(self) -> None:
        if self._missing:
            self._missing.cancel()
        if not self._connected:
            self._tell("media.connected")
        elif self._lost:
            self._tell("media.recovered")
        self._connected, self._lost, self._missing = True, False, None

    def _lose(self, because: str) -> None:
        if self._connected and not self._lost and self._ended is None:
            self._lost = True
            self._tell("media.lost", because=because)

    async def _miss(self) -> None:
        """The connection is gone: an orderly end may be told yet, or the page may connect again."""
        await asyncio.sleep(LAST_ORDER_S)
        self._lose("lost")
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
        self._lose("the browser crashed")
        self._end("the browser crashed")

    def _end(self, because: str) -> None:
        if self._missing:
            self._missing.cancel()
        if self._ended is None:
            self._ended = because
            if self._connected:
                self._tell("media.stopped", because=because, frames_sent=self._sent)
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
