"""A viewer that counts what comes and decodes nothing, at any WHEP endpoint."""

import asyncio
import time

import httpx
from aiortc import RTCPeerConnection
from aiortc.sdp import SessionDescription

import lean_rtc
from fake_phones.failed import Failed
from fake_phones.lean.look import Look
from fake_phones.peer import CounterOffer, Peer

CONNECT_LIMIT_S = 30.0
AGAIN_AFTER_S = 0.2  # while nobody publishes


class CountingViewer:
    """It sees what has come when it is polled, from `connect` until `close`."""

    def __init__(self, client: httpx.AsyncClient, url: str, token: str | None) -> None:
        self.packets = self.frames = 0
        self._client, self._url = client, url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._pc: RTCPeerConnection | None = None
        self._peer: Peer | None = None
        self._receiver: lean_rtc.LeanReceiver | None = None
        self._connected = False
        self._look: Look | None = None
        self._newest: int | None = None
        self._due = 0  # packets from the first to the newest

    async def connect(self) -> None:
        """Take the picture; from a server that makes the offers, too. Raises Failed."""
        peer = self._with_peer()
        assert self._pc
        self._pc.addTransceiver("video", direction="recvonly")
        try:
            async with asyncio.timeout(CONNECT_LIMIT_S):
                try:
                    await peer.connect(again_after_s=AGAIN_AFTER_S)
                except CounterOffer as offer:
                    await peer.close()
                    await self._with_peer().accept(offer)
        except TimeoutError:
            raise Failed(f"no picture from {self._url} within {CONNECT_LIMIT_S:g} s", "limit") from None

    @property
    def lost(self) -> int:
        """Packets that are missing between the first that came and the newest."""
        return self._due - self.packets

    def poll(self) -> None:
        if self._connected and self._receiver:
            self._receiver.poll()

    async def looked(self) -> Look:
        """A look at the next few pictures, once it is over."""
        assert self._pc
        assert self._receiver
        ours, theirs = self._pc.localDescription, self._pc.remoteDescription
        answer = ours if ours.type == "answer" else theirs
        codec = SessionDescription.parse(answer.sdp).media[0].rtp.codecs[0]
        look = self._look = Look(self._receiver.unprotected, codec)
        await look.over()
        self._look = None
        return look

    async def close(self) -> None:
        self._connected = False
        if self._receiver:
            self._receiver.close()
        if self._peer:
            await self._peer.close()

    def _with_peer(self) -> Peer:
        pc = self._pc = lean_rtc.peer_connection()
        pc.on("track", lambda track: self._attach(pc))
        pc.on("connectionstatechange", lambda: self._changed(pc))
        self._peer = Peer(pc, self._client, self._url, self._headers)
        return self._peer

    def _attach(self, pc: RTCPeerConnection) -> None:
        self._receiver = lean_rtc.LeanReceiver(pc.getTransceivers()[0].receiver, self._take)

    def _changed(self, pc: RTCPeerConnection) -> None:
        if pc is not self._pc:
            return
        self._connected = pc.connectionState == "connected"
        if self._connected and self._receiver:
            self._receiver.begin(polled=True)

    def _take(self, header: lean_rtc.Header, packet: bytes) -> None:
        self.packets += 1
        self.frames += header.marker
        number = header.sequence_number
        if self._newest is None:
            self._newest, self._due = number, 1
        elif (ahead := (number - self._newest) & 0xFFFF) < 0x8000:
            self._newest = number
            self._due += ahead
        if self._look:
            self._look.take(header, packet, time.monotonic())
