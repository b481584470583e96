"""One filming: from camera on to camera off, with the connection that carries it."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from fake_phones.camera import FACINGS
from fake_phones.failed import Failed
from fake_phones.film import AnyFilm
from fake_phones.orders import Orders
from fake_phones.page import Approval, Page
from fake_phones.publication import Publication, on_air
from fake_phones.radio.air import Air
from fake_phones.radio.exchange import CONNECT_LIMIT_S, ORDER

LAST_ORDER_S = 0.5  # an orderly end is said on the control socket, perhaps after the transport's end is seen

Tell = Callable[..., Any]

log = logging.getLogger(__name__)


class Filming:
    """Camera, control socket and WHIP of one phone. `ended` is called once, with the reason."""

    def __init__(
        self,
        page: Page,
        approval: Approval,
        film: AnyFilm,
        tell: Tell,
        ended: Callable[[str], None],
        air: Air | None = None,
    ) -> None:
        self._film = film
        self._tell = tell
        self._ended = ended
        self._over = asyncio.Event()
        self._tell_service = True
        self._orders = Orders(approval.control_url, page.cookies_for(approval.control_url), self._obey)
        self._air = air
        self._publication = Publication(page, approval, film.send_on, tell, air)
        self._connected = False
        self._closed = asyncio.Event()

    @property
    def over(self) -> bool:
        return self._over.is_set()

    async def begin(self) -> None:
        """Connect; returns when ICE and DTLS stand. Raises Failed, with everything closed."""
        connecting = asyncio.create_task(self._connect())
        over = asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait(
                {connecting, over}, timeout=CONNECT_LIMIT_S, return_when=asyncio.FIRST_COMPLETED
            )
            if self.over:
                raise Failed("it was over before the picture connection stood", "gone")
            if not connecting.done():
                raise Failed(f"no picture connection within {CONNECT_LIMIT_S:.0f} s", "limit")
            connecting.result()
        except BaseException:
            self._film.stop()
            self._over.set()
            connecting.cancel()
            self._closing = asyncio.create_task(self._close_after(connecting), name="giving up")
            await asyncio.shield(self._closing)  # whoever asked may be gone before it is closed
            raise
        finally:
            over.cancel()
        self._connected = True
        self._tell("media.connected")
        self._closing = asyncio.create_task(self._until_over(), name="filming")

    def stop(self, because: str, *, event: str = "media.stopped", tell_service: bool = False) -> None:
        """Camera off, at once; the rest is closed in the background. Again: nothing more."""
        if self.over:
            return
        self._film.stop()
        self._over.set()
        if self._connected:
            self._tell_service = tell_service
            self._tell(event, because=because, **self._film.facts())
        self._ended(because)

    async def closed(self) -> None:
        """Wait until nothing is left of a filming that was stopped."""
        await self._closed.wait()

    def facts(self) -> dict[str, Any]:
        return self._film.facts()

    async def _connect(self) -> None:
        await self._orders.begin()
        await self._publication.connect()

    async def _until_over(self) -> None:
        keeping = asyncio.create_task(self._keep_up(), name="keeping the picture up")
        over = asyncio.create_task(self._over.wait())
        await asyncio.wait({keeping, over}, return_when=asyncio.FIRST_COMPLETED)
        if keeping.done() and not self.over:
            log.info("the picture is lost: %s", keeping.exception())
            self.stop("lost", event="media.lost")
        keeping.cancel()
        over.cancel()
        await asyncio.wait({keeping, over})
        await self._close()

    async def _keep_up(self) -> None:
        """Get the picture back whenever it is lost. Raises Failed when it stays lost."""
        while True:
            await self._publication.gone()
            if self._publication.is_closed:
                await asyncio.sleep(LAST_ORDER_S)
            await self._publication.recover()

    async def _close_after(self, connecting: asyncio.Task[None]) -> None:
        await asyncio.wait({connecting})
        await self._close()

    async def _close(self) -> None:
        await self._orders.end()
        await self._publication.close(tell=self._tell_service)
        self._closed.set()

    async def _obey(self, order: dict[str, Any]) -> dict[str, Any] | None:
        if self._air:
            await on_air(self._air, ORDER)
        match order:
            case {"do": "camera", "camera": camera} if camera in FACINGS:
                if not await self._film.switch(camera):
                    return {"failed": "camera", "detail": "overtaken by another order, or the camera is off"}
                self._tell("camera.switched", camera=camera)
                return {"did": "camera", "camera": camera}
            case {"do": "end"}:
                self.stop(str(order.get("because") or "told to end"))
                return None
            case _:
                return {"failed": str(order.get("do")), "detail": f"this phone does not understand {order}"}
