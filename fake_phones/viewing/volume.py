"""`python -m fake_phones.viewing.volume URL --viewers 300`: so many at a WHEP endpoint, in one process.

Each asks for a session of its own (`?stamp=`; see `stage`). Prints one JSON object: what was received and
looked at, and what a second of one viewer's picture cost this process.
"""

import argparse
import asyncio
import gc
import secrets
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from fake_phones import commands, load_program
from fake_phones.gallery import Gallery
from fake_phones.load_program import Tell
from fake_phones.stamp.register import Register
from fake_phones.viewing.stock import StockViewer
from fake_phones.witness import Filmed
from stand_alone import Feed

AT_ONCE = 8  # connections that are made together
CONNECT_LIMIT_S = 120.0
SETTLE_S = 2.0
TELL_EVERY_S = 5.0
EVENTS_KEPT = 1000
COUNTED = ("received", "checked", "read", "coded", "decoded", "contradicted", "stray", "suspicious")


class AnyViewer(Protocol):
    """Somebody who looks."""

    async def watch(self, url: str, token: str, limit_s: float) -> None: ...

    async def leave(self) -> dict[str, Any]: ...

    def facts(self) -> dict[str, Any]: ...


class Audience:
    """So many viewers, from the first connection to the last."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._known = Register()
        self._feed = Feed(EVENTS_KEPT)
        self.gallery = Gallery(self._feed, self._known, Filmed())
        self.viewers: list[AnyViewer] = []

    async def join(self, tell: Tell) -> None:
        """Connect them all, a few at a time. Raises Failed, TimeoutError."""
        doors = asyncio.Semaphore(AT_ONCE)

        async def join(n: int) -> None:
            async with doors:
                await self._join(n)

        joining = [asyncio.create_task(join(n)) for n in range(self._options.viewers)]
        while not all(task.done() for task in joining):
            tell(f"{len(self.viewers)} of {len(joining)} viewers")
            await asyncio.wait(joining, timeout=TELL_EVERY_S)
        await asyncio.gather(*joining)

    def totals(self) -> "Counter[str]":
        total: Counter[str] = Counter()
        for viewer in self.viewers:
            facts = viewer.facts()
            total.update({name: facts.get(name, 0) for name in COUNTED})
        return total

    def latency_ms(self) -> "Counter[int]":
        """From a picture's capture to when it could be shown: how many frames took how long."""
        total: Counter[int] = Counter()
        for viewer in self.viewers:
            told = viewer.facts().get("latency_ms") or {}
            total.update({int(ms): count for ms, count in told.items()})
        return total

    async def leave(self) -> None:
        leaving: Sequence[Coroutine[Any, Any, Any]] = [viewer.leave() for viewer in self.viewers]
        await asyncio.gather(*leaving)
        await self.gallery.close()

    async def _join(self, n: int) -> None:
        session = secrets.randbits(64)
        self._known.add(session)
        url = f"{self._options.url}?stamp={session:016x}&loss={self._options.loss}"
        viewer = self._viewer(f"viewer {n}", session, url)
        self.viewers.append(viewer)
        await viewer.watch(url, "nobody asks", CONNECT_LIMIT_S)

    def _viewer(self, name: str, session: int, url: str) -> AnyViewer:
        if self._options.decode == "stock":
            return StockViewer()
        return self.gallery.viewer(
            commands.ViewerWatch(
                id=name,
                do="viewer.watch",
                viewer=name,
                stamp=f"{session:016x}",
                whep_url=url,
                whep_token="",
                decode=self._options.decode,
            )
        )


async def measured(audience: Audience, options: argparse.Namespace, tell: Tell) -> dict[str, Any]:
    """Let them look for so long, and say what a second of one viewer's picture cost this process."""
    await asyncio.sleep(SETTLE_S)
    gc.collect()
    gc.freeze()  # what the connections are made of stays: a full collection need not look at it
    gc.set_threshold(50_000, 20, 100)
    before, before_ms = audience.totals(), audience.latency_ms()
    cpu_s, began_s = time.process_time(), time.monotonic()
    while (took_s := time.monotonic() - began_s) < options.seconds:
        await asyncio.sleep(min(TELL_EVERY_S, options.seconds - took_s))
        tell(f"{(audience.totals() - before)['received']} frames in {time.monotonic() - began_s:.0f} s")
    cpu_s, took_s = time.process_time() - cpu_s, time.monotonic() - began_s
    after = audience.totals()
    seen = {name: after[name] - before[name] for name in COUNTED}
    media_s = seen["received"] / options.fps
    late_ms = sorted((audience.latency_ms() - before_ms).elements())
    return {
        "decode": options.decode,
        "viewers": len(audience.viewers),
        "seconds": round(took_s, 2),
        "fps": round(seen["received"] / took_s / len(audience.viewers), 2),
        "cpu_s": round(cpu_s, 3),
        "cpu_share": round(cpu_s / took_s, 3),
        "cpu_ms_per_media_s": round(1000 * cpu_s / media_s, 4) if media_s else None,
        "latency_ms_p50": late_ms[len(late_ms) // 2] if late_ms else None,
        "latency_ms_p99": late_ms[len(late_ms) * 99 // 100] if late_ms else None,
        "decoding_late_s_max": round(audience.gallery.late_s_max(), 3),
        **seen,
    }


async def watched(options: argparse.Namespace, tell: Tell) -> dict[str, Any]:
    """Connect, look, measure, leave. Raises Failed."""
    audience = Audience(options)
    try:
        await audience.join(tell)
        return await measured(audience, options, tell)
    finally:
        await audience.leave()


def main() -> None:
    options = _parser().parse_args()
    load_program.run("fake_phones.viewing.volume", options.core, lambda tell: watched(options, tell))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("fake_phones.viewing.volume", description=__doc__)
    parser.add_argument("url", help="a WHEP endpoint")
    parser.add_argument("--decode", choices=("budget", "all", "stock"), default="budget")
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--loss", type=float, default=0.0, help="share of packets that the stage loses")
    parser.add_argument("--fps", type=float, default=15.0, help="of what is shown")
    parser.add_argument("--core", type=int, help="stay on this core")
    return parser


if __name__ == "__main__":
    main()
