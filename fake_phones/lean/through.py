"""`python -m fake_phones.lean.through`: phones at one end of a relay, viewers that only count at the other.

For measuring relays: what this costs is in a process of its own. `POST /rooms` connects all, `GET /totals`
tells what was sent and what came, `POST /looks` decodes a few frames for each room and reads their stamps.
"""

import asyncio
import gc
import os
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import cv2
import httpx
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

import lean_rtc
from fake_phones.camera import Footage
from fake_phones.crowd_phone import CrowdPhone, Films
from fake_phones.failed import Failed
from fake_phones.lean.counting import CountingViewer
from fake_phones.lean.film import LeanFilm
from fake_phones.lean.library import ClipKey
from fake_phones.lean.phone import Studio
from stand_alone import listening, parser, run

CLIP = ClipKey("chest-pain", 1, "back", 640, 360, 15.0)
KBIT_S = 500
AT_ONCE = 8  # rooms that are connected together
POLL_EVERY_S = 0.005
SENT = ("frames_sent", "frames_dropped", "packets_sent", "packets_unsent", "packets_nacked")
CAME = ("frames_received", "packets_received", "packets_lost")


class Door(BaseModel):
    """Where a picture goes in (WHIP) or out (WHEP), and what opens it."""

    url: str
    token: str | None = None


class Place(BaseModel):
    """One phone's door and those of its viewers."""

    phone: Door
    viewers: list[Door] = Field(min_length=1)


class Room:
    """A phone and its viewers."""

    def __init__(self, place: Place, studio: Studio, client: httpx.AsyncClient) -> None:
        self.stamp = secrets.randbits(64)
        films = _steady_films(self.stamp, studio)
        self.broken: list[str] = []
        """What the phone says of its connection's end."""
        self.phone = CrowdPhone(films, place.phone.url, place.phone.token, self._told)
        self.viewers = [CountingViewer(client, door.url, door.token) for door in place.viewers]

    async def connect(self) -> None:
        """Raises Failed."""
        await self.phone.publish()
        await asyncio.gather(*(viewer.connect() for viewer in self.viewers))

    async def looks_right(self) -> bool:
        """Whether a viewer is shown this phone's stamp and no other."""
        look = await secrets.choice(self.viewers).looked()
        return {reading.session for reading in look.readings} == {self.stamp}

    async def close(self) -> None:
        await asyncio.gather(self.phone.close(), *(viewer.close() for viewer in self.viewers))

    def _told(self, event: str, **facts: Any) -> None:
        if event == "media.lost":
            self.broken.append(str(facts.get("because")))


async def _steady_films(stamp: int, studio: Studio) -> Films:
    """One bit rate, whatever the relay allows: the load is to be the same for each."""
    clip = await asyncio.shield(studio.clip(CLIP))
    steady = {CLIP.facing: replace(clip, rungs={KBIT_S: clip.rungs[KBIT_S]})}
    footage = Footage(CLIP.scene, CLIP.seed, stamp, CLIP.width, CLIP.height)
    return lambda broke: LeanFilm(steady, CLIP.facing, footage, studio.pacer, broke)


class Through:
    """All rooms; their viewers' sockets are polled by one task."""

    def __init__(self) -> None:
        self._studio = Studio(ThreadPoolExecutor(2))
        self._client = httpx.AsyncClient(timeout=30, trust_env=False)
        self._rooms: list[Room] = []
        self.app = app = FastAPI(docs_url=None, redoc_url=None, title="through", description=__doc__)
        app.post("/rooms", status_code=201)(self.connect)
        app.get("/totals")(self.totals)
        app.post("/looks")(self.look)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        polling = asyncio.create_task(self._poll())
        try:
            yield
        finally:
            polling.cancel()
            await asyncio.wait({polling})
            await asyncio.gather(*(room.close() for room in self._rooms))
            self._studio.pacer.close()
            await self._client.aclose()

    async def connect(self, places: list[Place]) -> dict[str, Any]:
        """Returns when every phone and every viewer is connected; 502 says what would not."""
        few = asyncio.Semaphore(AT_ONCE)

        async def join(room: Room) -> None:
            async with few:
                await room.connect()

        self._rooms += (rooms := [Room(place, self._studio, self._client) for place in places])
        try:
            await asyncio.gather(*map(join, rooms))
        except Failed as failed:
            raise HTTPException(502, str(failed)) from None
        gc.collect()
        gc.freeze()  # what the connections are made of stays: a full collection need not look at it
        return {"phones": len(rooms), "viewers": sum(len(room.viewers) for room in rooms)}

    async def totals(self) -> dict[str, Any]:
        """What was sent and what came so far. `packets_lost` are those missing between the first and the
        last that a viewer got, `broken` what phones said of connections that broke.
        """
        sent: Counter[str] = Counter()
        came: Counter[str] = Counter()
        for room in self._rooms:
            facts = room.phone.facts()
            sent.update({name: facts.get(name, 0) for name in SENT})
            for viewer in room.viewers:
                came.update(
                    frames_received=viewer.frames, packets_received=viewer.packets, packets_lost=viewer.lost
                )
        broken = {because for room in self._rooms for because in room.broken}
        return {
            **{name: sent[name] for name in SENT},
            **{name: came[name] for name in CAME},
            "broken": [*broken],
        }

    async def look(self) -> dict[str, int]:
        """In how many rooms a viewer sees its own phone's stamp."""
        right = await asyncio.gather(*(room.looks_right() for room in self._rooms))
        return {"looks": len(right), "right": sum(right)}

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_EVERY_S)
            for room in self._rooms:
                for viewer in room.viewers:
                    viewer.poll()


@asynccontextmanager
async def serving(host: str, port: int, *, anywhere: bool) -> AsyncIterator[dict[str, Any]]:
    """Both ends while the block runs; yields the address."""
    cv2.setNumThreads(1)
    lean_rtc.self_test()
    if not anywhere:
        lean_rtc.allow_loopback()
    through = Through()
    async with through.at_work(), listening(through.app, host, port) as url:
        yield {"url": url, "fps": CLIP.fps}


def main() -> None:
    words = parser("fake_phones.lean.through", __doc__.split("\n\n")[0])
    words.add_argument("--core", type=int, help="stay on this core")
    words.add_argument(
        "--anywhere", action="store_true", help="media by this machine's real addresses, not by loopback"
    )
    options = words.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    service = serving(options.host, options.port, anywhere=options.anywhere)
    run("fake_phones.lean.through", service, forever=options.forever)


if __name__ == "__main__":
    main()
