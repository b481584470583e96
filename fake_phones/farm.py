"""The farm: many handsets and viewers in one process, and the commands that move them."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from fake_phones import commands
from fake_phones.camera import Footage
from fake_phones.chromium_phone import ChromiumPhone
from fake_phones.failed import Failed
from fake_phones.handset import Handset
from fake_phones.live_phone import LivePhone
from fake_phones.loop_lag import LoopLag
from fake_phones.measure import Measure
from fake_phones.phone import Phone
from fake_phones.scenes import NAMES
from fake_phones.stills import Stills, file_name
from fake_phones.viewer import Viewer
from stand_alone import Feed

Owner = object  # whoever gives commands; what it made is stopped when it goes
T = TypeVar("T")


class Farm:
    """Everything that one process films and watches; `feed` tells what happens. Enter it to use it."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._handsets: dict[str, Handset] = {}
        self._viewers: dict[str, Viewer] = {}
        self._owners: dict[Handset | Viewer, Owner] = {}
        self._known: set[int] = set()  # the sessions of this run, as far as they were told
        self._drawing = ThreadPoolExecutor((os.cpu_count() or 1) + 1, thread_name_prefix="drawing")
        self._lag = LoopLag()
        self._stopping: set[asyncio.Task[Any]] = set()
        self._past: Counter[str] = Counter()  # frames of handsets and viewers that are gone

    async def __aenter__(self) -> "Farm":
        self._lagging = asyncio.create_task(self._lag.watch(), name="loop lag")
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(self.leave(owner) for owner in {*self._owners.values()}))
        self._lagging.cancel()
        await asyncio.wait({self._lagging, *self._stopping})
        self._drawing.shutdown(wait=False, cancel_futures=True)

    async def do(self, command: commands.Command, owner: Owner) -> dict[str, Any]:
        """Carry out one command; the answer. Raises Failed."""
        match command:
            case commands.PhoneAdd():
                return await self._add(command, owner)
            case commands.PhoneRemove():
                return await self._remove(command.phone)
            case commands.ViewerWatch():
                return await self._watch(command, owner)
            case commands.ViewerWaitForCamera():
                first = await self._viewer(command.viewer).wait_for_camera(command.camera)
                return {"viewer": command.viewer, **first.facts()}
            case commands.ViewerOver():
                self._viewer(command.viewer).over(command.because)
                return {}
            case commands.ViewerLeave():
                return await self._leave_viewer(command.viewer)
            case commands.StampsRegister():
                self._known.update(int(stamp, 16) for stamp in command.stamps)
                return {"known": len(self._known)}
            case commands.FarmTotals():
                return self._totals()
            case _:
                return await self._handset(command.phone).do(command)

    async def leave(self, owner: Owner) -> None:
        """Stop all that this controller made; goes on when the caller is cancelled."""
        made = {thing for thing, made_by in self._owners.items() if made_by is owner}
        phones = [self._remove(name) for name, handset in self._handsets.items() if handset in made]
        viewers = [self._leave_viewer(name) for name, viewer in self._viewers.items() if viewer in made]
        await self._to_its_end(asyncio.gather(*phones, *viewers, return_exceptions=True))

    async def _add(self, command: commands.PhoneAdd, owner: Owner) -> dict[str, Any]:
        if command.phone in self._handsets:
            raise Failed(f"there is a phone {command.phone} already", "usage")
        if any(command.number == handset.number for handset in self._handsets.values()):
            raise Failed(f"another phone of this farm has the number {command.number}", "usage")
        if command.scene not in NAMES:
            raise Failed(f"there is no scene {command.scene}; there are {', '.join(NAMES)}", "usage")
        handset = Handset(command.number, command.carriers_url, self._phone(command))
        self._known.add(int(command.stamp, 16))
        self._handsets[command.phone] = handset
        self._owners[handset] = owner
        try:
            return await handset.begin()
        except BaseException:
            await self._remove(command.phone)
            raise

    def _phone(self, command: commands.PhoneAdd) -> Phone:
        tell = partial(self._feed.tell, phone=command.phone)
        footage = Footage(
            command.scene,
            command.scene_seed,
            int(command.stamp, 16),
            command.width,
            command.height,
            command.stamp_covered,
        )
        fails = command.camera_fails
        if command.kind == "live":
            return LivePhone(
                *(footage, command.camera, command.fps, self._drawing, tell),
                camera_fails=fails,
                films=command.films,
            )

        def screenshot(step: str) -> Path | None:
            folder = command.screenshots_dir
            return folder / f"phone-{file_name(command.phone)}-{step}.png" if folder else None

        return ChromiumPhone(
            footage, command.fps, self._drawing, tell, camera_fails=fails, screenshot=screenshot
        )

    async def _remove(self, name: str) -> dict[str, Any]:
        if name not in self._handsets:
            return {}  # removed before
        handset = self._handset(name)
        del self._handsets[name], self._owners[handset]
        facts = await self._to_its_end(handset.close())
        self._past.update(frames_sent=facts["frames_sent"])
        return facts

    async def _watch(self, command: commands.ViewerWatch, owner: Owner) -> dict[str, Any]:
        if command.viewer in self._viewers:
            raise Failed(f"there is a viewer {command.viewer} already", "usage")
        viewer = Viewer(
            Measure(int(command.stamp, 16), self._known, timed=command.timed),
            command.width,
            command.height,
            partial(self._feed.tell, viewer=command.viewer),
            Stills(command.stills_dir, command.viewer) if command.stills_dir else None,
        )
        self._viewers[command.viewer] = viewer
        self._owners[viewer] = owner
        try:
            await viewer.watch(command.whep_url, command.whep_token, command.limit_s)
        except BaseException:
            await self._leave_viewer(command.viewer)
            raise
        return {}

    async def _leave_viewer(self, name: str) -> dict[str, Any]:
        if name not in self._viewers:
            return {}  # left before
        viewer = self._viewer(name)
        del self._viewers[name], self._owners[viewer]
        facts = await self._to_its_end(viewer.leave())
        self._past.update(frames_received=facts["received"])
        return facts

    def _handset(self, name: str) -> Handset:
        if handset := self._handsets.get(name):
            return handset
        raise Failed(f"there is no phone {name}; phone.add makes one", "gone")

    def _viewer(self, name: str) -> Viewer:
        if viewer := self._viewers.get(name):
            return viewer
        raise Failed(f"there is no viewer {name}; viewer.watch makes one", "gone")

    def _totals(self) -> dict[str, Any]:
        sent = sum(handset.facts()["frames_sent"] for handset in self._handsets.values())
        received = sum(viewer.facts()["received"] for viewer in self._viewers.values())
        return {
            "cpu_s": round(time.process_time(), 3),
            "loop_lag_s_max": round(self._lag.s_max, 4),
            "phones": len(self._handsets),
            "viewers": len(self._viewers),
            "frames_sent": self._past["frames_sent"] + sent,
            "frames_received": self._past["frames_received"] + received,
        }

    async def _to_its_end(self, closing: Coroutine[Any, Any, T] | asyncio.Future[T]) -> T:
        """What is being closed is closed, even when whoever asked for it is cancelled."""
        task = asyncio.ensure_future(closing)
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
        return await asyncio.shield(task)
