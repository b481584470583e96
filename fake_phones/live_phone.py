"""A phone that plays the browser itself: HTTP, WebSocket and aiortc, with a picture drawn as it goes."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

from fake_phones.camera import FACINGS, Cameras, Footage
from fake_phones.failed import Failed
from fake_phones.film import AnyFilm, Film
from fake_phones.filming import Filming, Tell
from fake_phones.page import Approval, Page
from fake_phones.publication import on_air
from fake_phones.radio.air import Air
from fake_phones.radio.exchange import OPEN, PRESS, Flight
from fake_phones.scenes import Facing


class LivePhone:
    """See `phone.Phone`. `camera_fails`: the camera never comes on, as with a permission that was denied.

    Without `films` nothing is drawn, and nothing can be published. Without an `air` the network is as it is.
    """

    timed = True

    def __init__(
        self,
        footage: Footage,
        facing: Facing,
        fps: float,
        drawing: Executor,
        tell: Tell,
        *,
        camera_fails: bool,
        films: bool = True,
        air: Air | None = None,
    ) -> None:
        self._footage = footage
        self._facing = facing
        self._fps = fps
        self._drawing = drawing
        self._tell = tell
        self._camera_fails = camera_fails
        self._films = films
        self._air = air
        self._cameras: asyncio.Future[Cameras] | None = None
        self._page: Page | None = None
        self._approval: Approval | None = None
        self._filming: Filming | None = None
        self._drawn: Film | None = None  # what it films
        self._left: list[Filming] = []  # of pages that were reloaded or closed
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def begin(self) -> None:
        """Begin to draw the scene, which may take seconds; the camera waits for it."""
        if not self._films:
            return
        loop = asyncio.get_running_loop()
        self._cameras = loop.run_in_executor(self._drawing, Cameras, self._footage)

    async def ready(self) -> None:
        if self._cameras:
            await asyncio.shield(self._cameras)

    async def open(self, link: str) -> None:
        if self._page:
            await self._page.close()
        self._page, self._approval = Page(link), None
        if self._air:
            self._air.begin()
        try:
            await self._takes(OPEN)
            await self._page.open()
        except Failed as failed:
            if event := {403: "link.refused", 410: "link.expired"}.get(failed.status or 0):
                self._tell(event, status=failed.status, detail=str(failed))
            raise
        self._tell("link.opened", link=link)

    async def consent(self) -> None:
        await self._takes(PRESS)
        self._approval = await self._opened().consent()
        self._tell("consent.given", how="page")

    async def refuse(self) -> None:
        await self._takes(PRESS)
        await self._opened().refuse()
        self._tell("consent.refused", how="page")
        self._stop("refused")

    async def withdraw(self) -> None:
        """The camera stops whatever the service answers; until it has answered, the picture goes on."""
        try:
            await self._takes(PRESS)
            await self._opened().withdraw()
            self._tell("consent.withdrawn", how="page")
        finally:
            self._stop("withdrawn")

    async def publish(self, tell: Tell | None = None) -> None:
        page, approval = self._opened(), self._approval
        if approval is None:
            raise Failed("nobody consented on this phone yet", "usage")
        if self._filming and not self._filming.over:
            raise Failed("this phone films already", "usage")
        if self._camera_fails:
            raise Failed("the camera did not start (NotAllowedError)", "broken")
        film = await self._film(approval)
        if self._ended.done():
            self._ended = asyncio.get_running_loop().create_future()
        filming = self._filming = Filming(
            page, approval, film, tell or self._tell, lambda because: self._over(filming, because), self._air
        )
        await filming.begin()

    async def reload(self) -> None:
        page, filmed = self._opened(), self._filming if self._filming and not self._filming.over else None
        self._leaves(filmed, "page reloaded", "media.lost")
        await self._takes(OPEN)
        await page.open()
        if filmed is None:
            return
        try:
            self._approval = await page.consent()  # the page of a link that was approved asks nobody again
            await self.publish(self._tell_recovered)
        except BaseException:
            self._end("lost")
            raise

    async def close_tab(self) -> None:
        self._leaves(self._filming, "tab closed", "media.stopped")
        self._end("tab closed")

    async def change(self, parameter: str, value: object) -> dict[str, Any]:
        cameras = await self._scenery()
        at_s = time.monotonic()
        try:
            cameras.change(parameter, value, at_s)
        except ValueError as error:
            raise Failed(str(error), "usage") from None
        frame = await self._drawn.taken_from(at_s) if self._drawn else None
        self._tell("scene.changed", parameter=parameter, value=value, frame=frame)
        return {"frame": frame}

    async def lock(self) -> None:
        raise Failed("only a chromium phone has a page that can be hidden", "usage")

    async def unlock(self) -> None:
        await self.lock()

    def _leaves(self, filming: Filming | None, because: str, event: str) -> None:
        """The page is gone as it stands: nobody tells the service."""
        self._filming = None
        if filming:
            self._left.append(filming)
            filming.stop(because, event=event)

    def _over(self, filming: Filming, because: str) -> None:
        if filming is self._filming:  # else the page that filmed is gone, and perhaps loaded anew
            self._end(because)

    def _tell_recovered(self, event: str, **facts: Any) -> None:
        self._tell("media.recovered" if event == "media.connected" else event, **facts)

    async def wait_end(self) -> str:
        return await asyncio.shield(self._ended)

    async def close(self) -> None:
        if self._filming:
            self._filming.stop("phone removed", tell_service=True)
        for filming in (*self._left, *([self._filming] if self._filming else [])):
            await filming.closed()
        if self._page:
            await self._page.close()
        if self._air:
            self._air.close()
        self._end("phone removed")

    def facts(self) -> dict[str, Any]:
        filmed = self._filming.facts() if self._filming else {"frames_sent": 0}
        filmed["frames_sent"] += sum(left.facts()["frames_sent"] for left in self._left)
        return filmed | ({"radio": dict(self._air.counts)} if self._air else {})

    async def _takes(self, flights: Sequence[Flight]) -> None:
        if self._air:
            await on_air(self._air, flights)

    async def _film(self, approval: Approval) -> AnyFilm:
        cameras = await self._scenery()
        facing = next((f for f in FACINGS if f == approval.camera), self._facing)
        self._drawn = Film(cameras, facing, self._fps, self._drawing, self._broke)
        return self._drawn

    async def _scenery(self) -> Cameras:
        if self._cameras is None:
            raise Failed("the phone has not begun, or was added with films = false", "usage")
        return await asyncio.shield(self._cameras)

    def _broke(self, error: Exception) -> None:
        if self._filming:
            self._filming.stop(
                f"the picture could not be drawn: {error!r}", event="media.lost", tell_service=True
            )

    def _opened(self) -> Page:
        if self._page is None:
            raise Failed("no link is open on this phone", "usage")
        return self._page

    def _stop(self, because: str) -> None:
        if self._filming:
            self._filming.stop(because)
        self._end(because)

    def _end(self, because: str) -> None:
        if not self._ended.done():
            self._ended.set_result(because)
