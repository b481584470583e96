"""`python -m fake_phones --whip URL`: so many phones straight at a WHIP endpoint, a line about them a second.

At the end one JSON object on standard output. Exit code: 0 all published to the end · 1 some could not, or
were lost · 2 bad usage · 3 this machine was too slow (see `crowd_report.LIMITS`): it proves nothing.
"""

import argparse
import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fake_phones import commands, crowd_report
from fake_phones.control import AnyFarm
from fake_phones.failed import Failed
from fake_phones.scenes import NAMES
from stand_alone import Feed, is_loopback

AT_ONCE = 8  # connections that are made together, by each worker
REASONS_MOST = 5
PASSED, FAILED, USAGE, INVALID = 0, 1, 2, 3
OUTCOMES = {PASSED: "passed", FAILED: "failed", INVALID: "invalid"}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """A crowd: in `url` and `token`, `{n}` is the phone's number from 1 on and `{stamp}` its stamp."""

    url: str
    token: str | None
    phones: int
    kind: str
    scene: str
    scene_seed: int
    width: int
    height: int
    fps: float
    for_s: float | None
    at_once: int = AT_ONCE

    def phone(self, n: int) -> dict[str, Any]:
        """The arguments of phone.add."""
        stamp = f"{secrets.randbits(64):016x}"

        def filled(text: str) -> str:
            return text.replace("{n}", str(n)).replace("{stamp}", stamp)

        return {
            "phone": f"phone {n}",
            "stamp": stamp,
            "whip_url": filled(self.url),
            **({"whip_token": filled(self.token)} if self.token else {}),
            "kind": self.kind,
            "scene": self.scene,
            "scene_seed": self.scene_seed,
            "width": self.width,
            "height": self.height,
            "fps": self.fps,
        }


class Crowd:
    """The phones of one farm, which `feed` tells of; each publishes once."""

    def __init__(self, farm: AnyFarm, feed: Feed, wanted: Wanted) -> None:
        self._farm, self._feed, self._wanted = farm, feed, wanted
        self._up: set[str] = set()
        self._lost = 0
        self._failed: Counter[str] = Counter()
        self._few = asyncio.Semaphore(wanted.at_once)

    async def film(self, end: asyncio.Event, say: Say) -> dict[str, Any]:
        """Publish until `end`, or `for_s` after all have begun, or nobody is left; what it came to."""
        following = asyncio.create_task(self._follow())
        joining = asyncio.gather(*(self._join(n) for n in range(1, self._wanted.phones + 1)))
        try:
            return await self._watch(joining, end, say)
        finally:
            joining.cancel()
            following.cancel()
            await asyncio.wait({following})
            await asyncio.gather(joining, return_exceptions=True)
            await self._farm.leave(self)

    async def _watch(self, joining: "asyncio.Future[Any]", end: asyncio.Event, say: Say) -> dict[str, Any]:
        began_s = last_s = time.monotonic()
        until_s, before = float("inf"), None
        ending = asyncio.create_task(end.wait())
        try:
            while not ending.done() and last_s < until_s and (self._up or not joining.done()):
                await asyncio.wait({ending}, timeout=min(1.0, until_s - last_s))
                now_s, now = time.monotonic(), await self._ask("farm.totals")
                say(crowd_report.line(now_s - began_s, now_s - last_s, before, now, self._phones()))
                last_s, before = now_s, now
                if joining.done() and until_s == float("inf") and self._wanted.for_s is not None:
                    until_s = now_s + self._wanted.for_s
        finally:
            ending.cancel()
        return self._summary(await self._ask("farm.totals"), time.monotonic() - began_s)

    async def _join(self, n: int) -> None:
        phone = self._wanted.phone(n)
        async with self._few:
            try:
                await self._ask("phone.add", **phone)
                await self._ask("phone.publish", phone=phone["phone"])
            except Failed as failed:
                self._failed[str(failed)] += 1

    async def _follow(self) -> None:
        async for told in self._feed.follow():
            match told["event"]:
                case "media.connected":
                    self._up.add(told["phone"])
                case "media.lost":
                    self._lose(told["phone"])
                case "farm.worker_died":
                    for phone in told["phones"]:
                        self._lose(phone)

    def _lose(self, phone: str) -> None:
        self._lost += phone in self._up
        self._up.discard(phone)

    async def _ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        return await self._farm.do(commands.read({"id": 0, "do": do, **arguments}), self)

    def _phones(self) -> str:
        trouble = {"failed": self._failed.total(), "lost": self._lost}
        told = "".join(f", {count} {what}" for what, count in trouble.items() if count)
        return f"{len(self._up)} of {self._wanted.phones} up{told}"

    def _summary(self, totals: crowd_report.Totals, took_s: float) -> dict[str, Any]:
        overloaded = crowd_report.overload(totals)
        bad = self._lost or self._failed or len(self._up) < self._wanted.phones
        return {
            "outcome": OUTCOMES[INVALID if overloaded else FAILED if bad else PASSED],
            "kind": self._wanted.kind,
            "phones": self._wanted.phones,
            "phones_up": len(self._up),
            "phones_failed": self._failed.total(),
            "phones_lost": self._lost,
            "failures": dict(self._failed.most_common(REASONS_MOST)),
            "seconds": round(took_s, 2),
            "kbit_s": round(totals["octets_sent"] * 8 / took_s / 1000, 1),
            "frames_dropped_ratio": round(crowd_report.dropped_ratio(totals), 5),
            **{key: value for key, value in totals.items() if key not in ("viewers", "frames_received")},
            "limits": crowd_report.LIMITS,
            "overloaded": overloaded,
        }


def wanted(options: argparse.Namespace) -> Wanted:
    """From the command line. Raises ValueError."""
    it = options
    crowd = Wanted(
        url=it.whip,
        token=it.token,
        phones=it.phones,
        kind=it.kind,
        scene=it.scene,
        scene_seed=it.scene_seed,
        width=it.size[0],
        height=it.size[1],
        fps=it.fps,
        for_s=it.for_s,
        at_once=AT_ONCE * it.workers,
    )
    if not options.anywhere and not is_loopback(_host(crowd.phone(1)["whip_url"])):
        raise ValueError(
            f"--whip {it.whip}: not a loopback address. These phones talk to this machine only, so that "
            "they can never reach a live emergency service; --anywhere lifts that, for a server of your own"
        )
    try:
        commands.read({"id": 0, "do": "phone.add", **crowd.phone(1)})
    except Failed as failed:
        raise ValueError(str(failed)) from None
    return crowd


def add_options(parser: argparse.ArgumentParser) -> None:
    crowd = parser.add_argument_group(
        "a crowd instead of a farm",
        "Phones that publish straight at a WHIP endpoint. A line a second goes to standard error, at the end "
        "one JSON object to standard output; exit code 3 says that this machine was too slow.",
    )
    crowd.add_argument("--whip", metavar="URL", help="of the endpoint; {n} is the phone's number")
    crowd.add_argument("--token", help="Bearer token for it; {n} as in the URL")
    crowd.add_argument("--phones", type=_count, default=1)
    crowd.add_argument("--kind", choices=("lean", "live"), default="lean")
    crowd.add_argument("--scene", choices=NAMES, default="chest-pain", metavar="SCENE", help=", ".join(NAMES))
    crowd.add_argument("--scene-seed", type=int, default=1)
    crowd.add_argument("--size", type=_size, default=(640, 360), metavar="WxH", help="of the picture")
    crowd.add_argument("--fps", type=float, default=15.0)
    crowd.add_argument(
        "--for", type=float, dest="for_s", metavar="S", help="seconds to film once all have begun"
    )


def _host(url: str) -> str:
    """Empty where there is none to be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 10000")
    return int(text)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 640x360")
    return int(width), int(height)
