"""`python -m fake_phones.viewing.stage`: a lean phone's film for every viewer that comes, by WHEP.

For measuring viewers: each is sent a session of its own, over a connection of its own. `POST /whep?stamp=HEX`
says whose; with `&loss=0.03` so much of what is sent is lost. `GET /totals` tells what was sent.
"""

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import cv2
from aiortc import RTCPeerConnection, RTCSessionDescription
from fastapi import FastAPI, Request, Response

import lean_rtc
from fake_phones.camera import FACINGS, Footage
from fake_phones.lean.film import LeanFilm
from fake_phones.lean.library import ClipKey
from fake_phones.lean.phone import Studio
from stand_alone import listening, parser, run

COUNTED = (
    "frames_sent",
    "frames_dropped",
    "packets_sent",
    "octets_sent",
    "packets_nacked",
    "keyframes_asked",
)
SDP = "application/sdp"


class Stage:
    """What is shown, and to whom; enter `ready` before it serves."""

    def __init__(self, scene: str, scene_seed: int, fps: float) -> None:
        self._studio = Studio(ThreadPoolExecutor(1))
        self._scene, self._scene_seed, self._fps = scene, scene_seed, fps
        self._shown: dict[str, tuple[RTCPeerConnection, LeanFilm]] = {}
        self._past: Counter[str] = Counter()
        self.app = app = FastAPI(docs_url=None, redoc_url=None, title="stage", description=__doc__)
        app.post("/whep")(self._show)
        app.delete("/whep/{name}")(self._end)
        app.get("/totals")(self.totals)

    def totals(self) -> dict[str, Any]:
        """What was sent so far."""
        total = self._past + sum((_counts(film) for _, film in self._shown.values()), Counter[str]())
        cpu_s = round(time.process_time(), 3)
        return {**{name: total[name] for name in COUNTED}, "films": len(self._shown), "cpu_s": cpu_s}

    async def close(self) -> None:
        for name in list(self._shown):
            await self._end(name)
        self._studio.pacer.close()
        self._studio.drawing.shutdown()

    async def _show(
        self, request: Request, stamp: str, loss: float = 0.0, width: int = 640, height: int = 360
    ) -> Response:
        footage = Footage(self._scene, self._scene_seed, int(stamp, 16), width, height)
        keys = {f: ClipKey(self._scene, self._scene_seed, f, width, height, self._fps) for f in FACINGS}
        clips = {facing: await self._studio.clip(key) for facing, key in keys.items()}
        film = LeanFilm(clips, "back", footage, self._studio.pacer, lambda error: None)
        pc = lean_rtc.peer_connection()
        film.send_on(pc)
        await pc.setRemoteDescription(RTCSessionDescription((await request.body()).decode(), "offer"))
        await pc.setLocalDescription()
        if loss:
            lean_rtc.impair(pc, _losing(loss, random.Random(footage.session)))
        name = secrets.token_hex(8)
        self._shown[name] = pc, film
        return Response(pc.localDescription.sdp, 201, {"Location": f"/whep/{name}"}, media_type=SDP)

    async def _end(self, name: str) -> None:
        if shown := self._shown.pop(name, None):
            pc, film = shown
            film.stop()
            self._past.update(_counts(film))
            await pc.close()


def _counts(film: LeanFilm) -> "Counter[str]":
    facts = film.facts()
    return Counter({name: facts[name] for name in COUNTED})


def _losing(share: float, chance: random.Random) -> lean_rtc.Carry:
    """Lose so much of what goes up."""

    def carry(way: str, octets: int, arrive: Callable[[], None]) -> None:
        if way == "down" or chance.random() >= share:
            arrive()

    return carry


@asynccontextmanager
async def serving(
    host: str, port: int, scene: str = "chest-pain", fps: float = 15.0
) -> AsyncIterator[dict[str, Any]]:
    """A stage while the block runs; yields its addresses."""
    cv2.setNumThreads(1)
    lean_rtc.self_test()
    lean_rtc.allow_loopback()
    stage = Stage(scene, 1, fps)
    try:
        async with listening(stage.app, host, port) as url:
            yield {"url": url, "whep": f"{url}/whep"}
    finally:
        await stage.close()


def main() -> None:
    words = parser("fake_phones.viewing.stage", __doc__.split("\n\n")[0])
    words.add_argument("--core", type=int, help="stay on this core")
    options = words.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    run("fake_phones.viewing.stage", serving(options.host, options.port), forever=options.forever)


if __name__ == "__main__":
    main()
