"""`python -m fake_phones.lean.volume URL`: many phones straight at a WHIP endpoint, without SMS or page.

Says on standard error how it goes, and at the end prints one JSON object: what was sent, and what it cost.
"""

import argparse
import asyncio
import gc
import secrets
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

import lean_rtc
from fake_phones import load_program
from fake_phones.camera import FACINGS, Footage
from fake_phones.film import AnyFilm
from fake_phones.lean.film import LeanFilm
from fake_phones.lean.library import ClipKey
from fake_phones.lean.phone import Studio
from fake_phones.lean.stock import StockFilm, drawn
from fake_phones.load_program import Tell
from fake_phones.pacing import Lateness
from fake_phones.peer import Peer
from fake_phones.witness import Filmed

AT_ONCE = 8  # connections that are made together
CONNECT_LIMIT_S = 60.0
SETTLE_S = 3.0
TELL_EVERY_S = 2.0
COUNTED = ("frames_sent", "frames_dropped", "packets_sent", "packets_unsent", "packets_nacked")


class Crowd:
    """Phones that film one scene, each in a session of its own."""

    def __init__(self, options: argparse.Namespace, client: httpx.AsyncClient) -> None:
        self.films: list[AnyFilm] = []
        self._options, self._client = options, client
        self._peers: list[Peer] = []
        self._broken: list[Exception] = []
        self._studio = Studio(ThreadPoolExecutor(2))

    async def connect(self, tell: Tell) -> None:
        """Raises Failed."""
        make = self._lean() if self._options.kind == "lean" else self._stock()
        film_of = await make
        few = asyncio.Semaphore(AT_ONCE)

        async def join() -> None:
            async with few:
                await self._join(film_of)

        joining = [asyncio.create_task(join()) for _ in range(self._options.phones)]
        while not all(task.done() for task in joining):
            tell(f"{len(self.films)} of {len(joining)} phones")
            await asyncio.wait(joining, timeout=TELL_EVERY_S)
        for task in joining:
            task.result()

    def totals(self) -> "Counter[str]":
        """What was sent so far. Raises the first error of a film that broke."""
        for error in self._broken:
            raise error
        total: Counter[str] = Counter()
        for film in self.films:
            facts = film.facts()
            total.update({name: facts.get(name, 0) for name in COUNTED})
        return total

    async def close(self) -> None:
        for film in self.films:
            film.stop()
        await asyncio.gather(*(peer.close(tell=False) for peer in self._peers))
        self._studio.pacer.close()

    async def _join(self, film_of: Callable[[int], AnyFilm]) -> None:
        session = secrets.randbits(64)
        film = film_of(session)
        pc = lean_rtc.peer_connection()
        film.send_on(pc)
        stamped = f"?stamp={session:016x}" if isinstance(film, LeanFilm) else ""
        peer = Peer(pc, self._client, self._options.url + stamped)
        self._peers.append(peer)
        async with asyncio.timeout(CONNECT_LIMIT_S):
            await peer.connect()
        self.films.append(film)

    async def _lean(self) -> Callable[[int], AnyFilm]:
        it = self._options
        keys = {f: ClipKey(it.scene, it.scene_seed, f, it.width, it.height, it.fps) for f in FACINGS}
        clips = {facing: await self._studio.clip(key) for facing, key in keys.items()}
        witness = Filmed()  # nobody asks it here, but a phone of the farm has one

        def film(session: int) -> AnyFilm:
            witness.begin(session)
            footage = Footage(it.scene, it.scene_seed, session, it.width, it.height, witness=witness)
            return LeanFilm(clips, "back", footage, self._studio.pacer, self._broken.append)

        return film

    async def _stock(self) -> Callable[[int], AnyFilm]:
        it = self._options

        def film(session: int) -> AnyFilm:
            footage = Footage(it.scene, it.scene_seed, session, it.width, it.height)
            return StockFilm(drawn(footage, it.fps), it.fps)

        return film


async def measured(crowd: Crowd, options: argparse.Namespace, tell: Tell) -> dict[str, Any]:
    """Let them film for so long, and say what a second of one phone's picture cost this process."""
    await asyncio.sleep(SETTLE_S)
    gc.collect()
    gc.freeze()  # what the connections are made of stays: a full collection need not look at it
    gc.set_threshold(50_000, 20, 100)
    await asyncio.sleep(1.0)  # the pause that this was is over
    for film in crowd.films:
        if isinstance(film, LeanFilm):
            film.pacing.lateness = Lateness()  # not of the time when the others connected
    before, cpu_s, began_s = crowd.totals(), time.process_time(), time.monotonic()
    while (took_s := time.monotonic() - began_s) < options.seconds:
        await asyncio.sleep(min(TELL_EVERY_S, options.seconds - took_s))
        tell(f"{(crowd.totals() - before)['frames_sent']} frames in {time.monotonic() - began_s:.0f} s")
    cpu_s, took_s = time.process_time() - cpu_s, time.monotonic() - began_s
    sent = crowd.totals() - before
    media_s = sent["frames_sent"] / options.fps
    late_s = [film.pacing.lateness.quantile_s(0.99) for film in crowd.films if isinstance(film, LeanFilm)]
    return {
        "kind": options.kind,
        "phones": len(crowd.films),
        "seconds": round(took_s, 2),
        "fps": round(sent["frames_sent"] / took_s / len(crowd.films), 2),
        "cpu_s": round(cpu_s, 3),
        "cpu_share": round(cpu_s / took_s, 3),
        "cpu_ms_per_media_s": round(1000 * cpu_s / media_s, 4) if media_s else None,
        "pacing_lateness_s_p99": round(max(late_s, default=0.0), 4),
        **{name: sent[name] for name in COUNTED},
    }


async def filmed(options: argparse.Namespace, tell: Tell) -> dict[str, Any]:
    """Connect, film, measure, close. Raises Failed."""
    async with httpx.AsyncClient(timeout=CONNECT_LIMIT_S, trust_env=False) as client:
        crowd = Crowd(options, client)
        try:
            await crowd.connect(tell)
            return await measured(crowd, options, tell)
        finally:
            await crowd.close()


def main() -> None:
    options = _parser().parse_args()
    load_program.run("fake_phones.lean.volume", options.core, lambda tell: filmed(options, tell))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("fake_phones.lean.volume", description=__doc__)
    parser.add_argument("url", help="a WHIP endpoint")
    parser.add_argument("--kind", choices=("lean", "stock"), default="lean")
    parser.add_argument("--phones", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--scene", default="chest-pain")
    parser.add_argument("--scene-seed", type=int, default=1)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=360)
    parser.add_argument("--fps", type=float, default=15.0)
    parser.add_argument("--core", type=int, help="stay on this core")
    return parser


if __name__ == "__main__":
    main()
