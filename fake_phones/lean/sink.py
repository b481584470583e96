"""`python -m fake_phones.lean.sink`: takes any number of pictures by WHIP, counts them, looks at samples.

For measuring phones: it costs little, and what it costs is in a process of its own. Every publication is
decoded for a few frames, one after the other, and their stamps are read. `GET /totals` tells what came.
"""

import asyncio
import gc
import os
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import cv2
from aiortc import RTCSessionDescription
from aiortc.sdp import SessionDescription
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse

import lean_rtc
from fake_phones.lean.look import Look
from stand_alone import listening, parser, run

POLL_EVERY_S = 0.005
LOOKS_AT_ONCE = 4

PAGE = """<!doctype html><script>
async function film() {
  const stream = await navigator.mediaDevices.getUserMedia(
    { video: { width: 640, height: 360, frameRate: 15 } });
  const pc = new RTCPeerConnection();
  const sender = pc.addTrack(stream.getVideoTracks()[0], stream);
  await pc.setLocalDescription(await pc.createOffer());
  while (pc.iceGatheringState !== "complete") await new Promise((go) => setTimeout(go, 20));
  const answer = await fetch("/whip", { method: "POST", body: pc.localDescription.sdp,
    headers: { "Content-Type": "application/sdp" } });
  await pc.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  window.frames_sent = async () => [...(await pc.getStats()).values()]
    .filter((one) => one.type === "outbound-rtp").map((one) => one.framesEncoded)[0] ?? 0;
}
</script>"""


class Publication:
    """One phone's connection."""

    def __init__(self, counts: "Counter[str]", stamp: int | None) -> None:
        self.pc = lean_rtc.peer_connection()
        transceiver = self.pc.addTransceiver("video", direction="recvonly")
        self.receiver = lean_rtc.LeanReceiver(transceiver.receiver, self._take)
        self.connected = False
        self.look: Look | None = None
        """While frames of this publication are looked at."""
        self.stamp = stamp
        self._answer = ""
        self._counts = counts
        self._next: int | None = None

    async def answer(self, offer: str) -> str:
        self.pc.on("connectionstatechange", self._changed)
        await self.pc.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await self.pc.setLocalDescription()
        self._answer = self.pc.localDescription.sdp
        return self._answer

    async def looked_at(self) -> Look:
        """A look at this publication, once it is over."""
        codec = SessionDescription.parse(self._answer).media[0].rtp.codecs[0]
        look = self.look = Look(self.receiver.unprotected, codec)
        await look.over()
        self.look = None
        return look

    def poll(self) -> None:
        if self.connected:
            self.receiver.poll()

    async def close(self) -> None:
        self.connected = False
        self.receiver.close()
        await self.pc.close()

    def _changed(self) -> None:
        if self.pc.connectionState == "connected":
            self.receiver.begin(polled=True)
        self.connected = self.pc.connectionState == "connected"
        if self.look and not self.connected:
            self.look.stop()

    def _take(self, header: lean_rtc.Header, packet: bytes) -> None:
        counts = self._counts
        counts["packets"] += 1
        counts["octets"] += len(packet)
        counts["frames"] += header.marker
        expected, self._next = self._next, (header.sequence_number + 1) & 0xFFFF
        if expected is not None and header.sequence_number != expected:
            counts["gaps"] += 1
        if self.look:
            self.look.take(header, packet, time.monotonic())


class Sink:
    """All publications, polled by one task, looked at by another."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._publications: dict[str, Publication] = {}
        self._latencies_s: list[float] = []
        self._seen: set[int] = set()  # whose stamps were read
        self.app = app = FastAPI(docs_url=None, redoc_url=None, title="sink", description=__doc__)
        app.get("/")(lambda: HTMLResponse(PAGE))
        app.post("/whip")(self._publish)
        app.delete("/whip/{name}")(self._end)
        app.get("/totals")(self.totals)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._poll()), asyncio.create_task(self._look_around())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for publication in self._publications.values():
                await publication.close()

    def totals(self) -> dict[str, Any]:
        """What came so far. `looks_wrong` saw a stamp that was not the publication's own."""
        late = sorted(self._latencies_s)
        return {
            **{name: self.counts[name] for name in ("packets", "octets", "frames", "gaps")},
            **{name: self.counts[name] for name in ("looks", "looks_wrong", "looks_empty")},
            **{name: self.counts[name] for name in ("frames_read", "frames_unread")},
            "publications": len(self._publications),
            "sessions_seen": len(self._seen),
            "latency_s_p50": round(late[len(late) // 2], 4) if late else None,
            "cpu_s": round(time.process_time(), 3),
            "monotonic_s": time.monotonic(),
        }

    async def _publish(self, request: Request, stamp: str | None = None) -> Response:
        """WHIP; `stamp`: what this phone's frames say (hexadecimal), if it is to be checked."""
        name = secrets.token_hex(8)
        publication = Publication(self.counts, None if stamp is None else int(stamp, 16))
        try:
            answer = await publication.answer((await request.body()).decode())
        except Exception as error:  # whatever aiortc trips over is the offer's fault
            await publication.close()
            return Response(f"the offer cannot be used: {error!r}", 400)
        self._publications[name] = publication
        location = {"Location": f"/whip/{name}"}
        return Response(answer, 201, location, media_type="application/sdp")

    async def _end(self, name: str) -> None:
        if publication := self._publications.pop(name, None):
            await publication.close()

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_EVERY_S)
            for publication in list(self._publications.values()):
                publication.poll()

    async def _look_around(self) -> None:
        """A look at each publication that says what its stamp is, a few at a time, again and again."""
        while True:
            await asyncio.sleep(0.05)
            mine = [p for p in self._publications.values() if p.connected and p.stamp is not None]
            for k in range(0, len(mine), LOOKS_AT_ONCE):
                await asyncio.gather(*(self._look_at(p) for p in mine[k : k + LOOKS_AT_ONCE]))

    async def _look_at(self, publication: Publication) -> None:
        assert publication.stamp is not None
        look = await publication.looked_at()
        if not publication.connected and not look.readings:
            return  # it ended before there was anything to see
        self.counts.update(looks=1, frames_read=len(look.readings), frames_unread=look.unread)
        said = {reading.session for reading in look.readings}
        self.counts["looks_empty"] += not said
        self.counts["looks_wrong"] += bool(said - {publication.stamp})
        self._seen |= said
        self._latencies_s += look.latencies_s


@asynccontextmanager
async def serving(host: str, port: int) -> AsyncIterator[dict[str, Any]]:
    """A sink while the block runs; yields its addresses."""
    cv2.setNumThreads(1)
    lean_rtc.self_test()
    lean_rtc.allow_loopback()
    gc.freeze()
    sink = Sink()
    async with sink.at_work(), listening(sink.app, host, port) as url:
        yield {"url": url, "whip": f"{url}/whip"}


def main() -> None:
    words = parser("fake_phones.lean.sink", __doc__.split("\n\n")[0])
    words.add_argument("--core", type=int, help="stay on this core")
    options = words.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    run("fake_phones.lean.sink", serving(options.host, options.port), forever=options.forever)


if __name__ == "__main__":
    main()
