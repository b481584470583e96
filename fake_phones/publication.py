"""A phone's picture on its way to the service (WHIP), and how it comes back when the way is lost.

What a browser's page does, and when: a silent connection counts as lost after 6.5 s, gets 4 s to come back by
itself, and is then made anew in the same session, again and again with growing waits.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiortc import RTCPeerConnection

import lean_rtc
from fake_phones.failed import Failed
from fake_phones.page import Approval, Page
from fake_phones.peer import Peer
from fake_phones.radio.air import Air
from fake_phones.radio.exchange import (
    COMES_BACK_WITHIN_S,
    CONNECT_LIMIT_S,
    SILENT_AFTER_S,
    WHIP,
    Flight,
)

AGAIN_AFTER_S, AGAIN_AFTER_S_MAX = 0.5, 4.0
RECOVERS_WITHIN_S = 60.0
FINAL = (403, 404, 410)


class Publication:
    """The connection of one filming, renewed when it is lost; `send_on` offers the film on a new one."""

    def __init__(
        self,
        page: Page,
        approval: Approval,
        send_on: Callable[[RTCPeerConnection], None],
        tell: Callable[..., Any],
        air: Air | None,
    ) -> None:
        self._page, self._url = page, approval.whip_url
        self._send_on, self._tell, self._air = send_on, tell, air
        self._peer = self._new_peer()

    async def connect(self) -> None:
        """Returns when ICE and DTLS stand. Raises Failed; the caller bounds the time and closes."""
        if self._air:
            await on_air(self._air, WHIP)
        await self._peer.connect()

    async def gone(self) -> None:
        """Wait until the connection is closed, has failed, or is silent."""
        ways = [
            asyncio.create_task(way) for way in (self._peer.gone.wait(), self._peer.silent(SILENT_AFTER_S))
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()

    @property
    def is_closed(self) -> bool:
        """Closed or failed, and not only silent."""
        return self._peer.gone.is_set()

    async def recover(self) -> None:
        """Get the lost picture through again. Raises Failed: `refused` for good, or `limit`."""
        self._tell("media.lost", because="lost")
        try:
            async with asyncio.timeout(RECOVERS_WITHIN_S):
                if not await self._came_back():
                    await self._publish_anew()
        except TimeoutError:
            raise Failed(f"no picture connection for {RECOVERS_WITHIN_S:.0f} s", "limit") from None
        self._tell("media.recovered")

    async def close(self, *, tell: bool) -> None:
        """Bounded, raises nothing; `tell` the service, unless it knows."""
        await self._peer.close(tell=tell)

    async def _came_back(self) -> bool:
        if self._peer.gone.is_set():
            return False
        heard = asyncio.create_task(self._peer.hears())
        gone = asyncio.create_task(self._peer.gone.wait())
        await asyncio.wait({heard, gone}, timeout=COMES_BACK_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        back = heard.done() and not self._peer.gone.is_set()
        heard.cancel()
        gone.cancel()
        return back

    async def _publish_anew(self) -> None:
        wait_s = AGAIN_AFTER_S
        while True:
            await self._peer.close(tell=False)
            self._peer = self._new_peer()
            try:
                async with asyncio.timeout(CONNECT_LIMIT_S):
                    return await self.connect()
            except TimeoutError:
                pass
            except Failed as failed:
                if failed.status in FINAL:
                    raise
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, AGAIN_AFTER_S_MAX)

    def _new_peer(self) -> Peer:
        pc = lean_rtc.peer_connection()
        self._send_on(pc)
        return Peer(pc, self._page.client, self._url, carry=self._air.way() if self._air else None)


async def on_air(air: Air, flights: Sequence[Flight]) -> None:
    """Wait as long as these words take by radio. Raises Failed (`limit`) when they never arrive."""
    try:
        await air.takes(flights)
    except TimeoutError as error:
        raise Failed(str(error), "limit") from None
