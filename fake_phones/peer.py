"""One WebRTC connection that is made by an SDP offer over HTTP: WHIP to publish, WHEP to watch."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urljoin

import httpx
from aiortc import RTCPeerConnection, RTCSessionDescription

import lean_rtc
from fake_phones.failed import Failed, reaching, refused
from fake_phones.radio.air import Carry

LEAVE_LIMIT_S = 2.0
CLOSE_LIMIT_S = 5.0
LISTENS_EVERY_S = 0.5
SDP = "application/sdp"


class CounterOffer(Failed):
    """The server does not answer offers but makes its own (WHEP, from draft 3 on: 406 with an offer)."""

    def __init__(self, answer: httpx.Response, resource: str) -> None:
        super().__init__(f"{answer.request.url} answered the offer with its own", "refused", 406)
        self.sdp, self.resource = answer.text, resource


class Peer:
    """A peer connection and the resource that the server made for it.

    `gone` is set when the transport is lost or closed, by whichever end. With `carry`, what it sends and
    receives goes through that: a radio.
    """

    def __init__(
        self,
        pc: RTCPeerConnection,
        client: httpx.AsyncClient,
        url: str,
        headers: Mapping[str, str] | None = None,
        carry: Carry | None = None,
    ) -> None:
        self.gone = asyncio.Event()
        self.status: int | None = None  # of the last answer to the offer
        self._connected = asyncio.Event()
        self._pc = pc
        self._client = client
        self._url = url
        self._headers = dict(headers or {})
        self._carry = carry
        self._resource: str | None = None
        pc.on("connectionstatechange", self._changed)

    async def connect(self, *, again_after_s: float | None = None) -> None:
        """Offer, take the answer, wait for ICE and DTLS.

        `again_after_s`: ask again after so long while the server answers 409 (nobody publishes yet).
        Raises Failed (`refused`, `broken`, `limit`), CounterOffer among them; the caller bounds the time and
        closes the peer.
        """
        await self._pc.setLocalDescription(await self._pc.createOffer())
        if self._carry:
            lean_rtc.impair(self._pc, self._carry)
        answer = await self._send("POST", self._url, self._pc.localDescription.sdp)
        while answer.status_code == 409 and again_after_s is not None:
            await asyncio.sleep(again_after_s)
            answer = await self._send("POST", self._url, self._pc.localDescription.sdp)
        location = answer.headers.get("Location")
        if answer.status_code == 406 and location and answer.headers.get("Content-Type", "").startswith(SDP):
            raise CounterOffer(answer, urljoin(self._url, location))
        if answer.status_code != 201:
            raise refused(answer)
        if location:
            self._resource = urljoin(self._url, location)
        await self._accept(answer.text, "answer")
        await self._until_connected()

    async def accept(self, offer: CounterOffer) -> None:
        """Instead of `connect`, with a fresh peer connection: answer a server's offer. Raises Failed."""
        self._resource = offer.resource
        await self._accept(offer.sdp, "offer")
        await self._pc.setLocalDescription()
        answer = await self._send("PATCH", offer.resource, self._pc.localDescription.sdp)
        if not answer.is_success:
            raise refused(answer)
        await self._until_connected()

    async def silent(self, for_s: float) -> None:
        """Wait until nothing has come in for so long. A service's reports come about once a second."""
        while True:
            try:
                async with asyncio.timeout(for_s):
                    await self.hears()
            except TimeoutError:
                return

    async def hears(self) -> None:
        """Wait until something comes in."""
        before = self._heard()
        while True:
            await asyncio.sleep(LISTENS_EVERY_S)
            if self._heard() != before:
                return

    async def close(self, *, tell: bool = True) -> None:
        """Delete the resource (unless not `tell`) and close; bounded, raises nothing."""
        resource, self._resource = self._resource, None
        if tell and resource:
            with suppress(httpx.HTTPError):
                await self._client.delete(resource, headers=self._headers, timeout=LEAVE_LIMIT_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await asyncio.shield(self._pc.close())
        self.gone.set()

    def _heard(self) -> int:
        """Packets received so far."""
        return lean_rtc.packets_received(self._pc)

    async def _send(self, method: str, url: str, sdp: str) -> httpx.Response:
        headers = {**self._headers, "Content-Type": SDP}
        with reaching(url):
            answer = await self._client.request(method, url, content=sdp, headers=headers)
        self.status = answer.status_code
        return answer

    async def _accept(self, sdp: str, kind: str) -> None:
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp, kind))
        except Exception as error:  # aiortc raises what it likes for one that it cannot use
            raise Failed(f"the SDP {kind} of {self._url} cannot be used: {error}", "broken") from error

    async def _until_connected(self) -> None:
        ways = [asyncio.create_task(event.wait()) for event in (self._connected, self.gone)]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
        if not self._connected.is_set():
            raise Failed(f"ICE or DTLS with {self._url} failed", "broken")

    def _changed(self) -> None:
        if self._pc.connectionState == "connected":
            self._connected.set()
        elif self._pc.connectionState in ("failed", "closed"):
            self.gone.set()
