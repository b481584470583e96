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
from fake_phones.ambulance_handset import AmbulanceHandset
from fake_phones.ambulance_phone import AmbulancePhone
from fake_phones.attached_phone import AttachedPhone
from fake_phones.attached_webdriver import WebDriver
from fake_phones.board import Board
from fake_phones.camera import Footage
from fake_phones.chromium import Elsewhere
from fake_phones.chromium_phone import ChromiumPhone
from fake_phones.crowd_phone import CrowdPhone, lean_films, live_films
from fake_phones.failed import Failed
from fake_phones.gallery import Gallery
from fake_phones.handset import Handset
from fake_phones.lean.phone import LeanPhone, Studio
from fake_phones.live_phone import LivePhone
from fake_phones.loop_lag import LoopLag
from fake_phones.pacing import Lateness, merged
from fake_phones.phone import Phone
from fake_phones.radio import BadRadio, named
from fake_phones.radio.air import Air
from fake_phones.radio.radio import Radio, Step
from fake_phones.scenes import check
from fake_phones.stamp.register import Register
from fake_phones.stills import file_name
from fake_phones.viewer import Viewer
from fake_phones.viewing.sparing_sight import FRAMES_PER_S
from fake_phones.witness import Filmed
from stand_alone import Feed

AnyHandset = Handset | AmbulanceHandset | CrowdPhone
FILM_TOTALS = ("frames_sent", "frames_dropped", "octets_sent")
Owner = object  # whoever gives commands; what it made is stopped when it goes
T = TypeVar("T")


class Farm:
    """Everything that one process films and watches; `feed` tells what happens. Enter it to use it.

    On the `board` is what the other processes of the same farm film.
    """

    def __init__(self, feed: Feed, board: Board | None = None, decoded_per_s: float = FRAMES_PER_S) -> None:
        self._feed, self._decoded_per_s = feed, decoded_per_s
        self._handsets: dict[str, AnyHandset] = {}
        self._viewers: dict[str, Viewer] = {}
        self._owners: dict[AnyHandset | Viewer, Owner] = {}
        self._known = Register()  # the sessions of this run, as far as they were told
        self._witness = Filmed(board)
        self._stamps: dict[str, int] = {}  # of the phones there are
        self._drawing = ThreadPoolExecutor((os.cpu_count() or 1) + 1, thread_name_prefix="drawing")
        self._studio = Studio(self._drawing)
        self._lag = LoopLag()
        self._stopping: set[asyncio.Task[Any]] = set()
        self._past: Counter[str] = Counter()  # frames of handsets and viewers that are gone
        self._late, self._late_s_p99_worst = Lateness(), 0.0  # of the same

    async def __aenter__(self) -> "Farm":
        self._lagging = asyncio.create_task(self._lag.watch(), name="loop lag")
        self._gallery = Gallery(self._feed, self._known, self._witness, self._decoded_per_s)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(self.leave(owner) for owner in {*self._owners.values()}))
        self._lagging.cancel()
        self._studio.pacer.close()
        await self._gallery.close()
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
        if command.number in {handset.number for handset in self._handsets.values() if handset.number}:
            raise Failed(f"another phone of this farm has the number {command.number}", "usage")
        try:
            check(command.scene, command.parameters)
        except ValueError as error:
            raise Failed(str(error), "usage") from None
        handset = self._new_handset(command)
        stamp = self._stamps[command.phone] = int(command.stamp, 16)
        self._known.add(stamp)
        self._witness.begin(stamp)
        self._handsets[command.phone] = handset
        self._owners[handset] = owner
        try:
            return await handset.begin()
        except BaseException:
            await self._remove(command.phone)
            raise

    def _new_handset(self, command: commands.PhoneAdd) -> AnyHandset:
        if command.whip_url:
            return self._crowd_phone(command, command.whip_url)
        phone = self._phone(command)
        if isinstance(phone, AmbulancePhone):
            return AmbulanceHandset(phone)
        assert command.number is not None
        assert command.carriers_url is not None
        return Handset(command.number, command.carriers_url, phone)

    def _crowd_phone(self, command: commands.PhoneAdd, url: str) -> CrowdPhone:
        footage = _footage(command, self._witness)
        filmed = (footage, command.camera, command.fps)
        lean = command.kind == "lean"
        films = lean_films(*filmed, self._studio) if lean else live_films(*filmed, self._drawing)
        return CrowdPhone(films, url, command.whip_token, partial(self._feed.tell, phone=command.phone))

    def _phone(self, command: commands.PhoneAdd) -> Phone:
        tell = partial(self._feed.tell, phone=command.phone)
        footage = _footage(command, self._witness)
        fails = command.camera_fails
        if command.kind == "lean":
            return LeanPhone(
                *(footage, command.camera, command.fps, self._studio, tell),
                camera_fails=fails,
                films=command.films,
                air=_air(command),
            )
        if command.kind in ("live", "ambulance"):
            films_live = LivePhone if command.kind == "live" else AmbulancePhone
            return films_live(
                *(footage, command.camera, command.fps, self._drawing, tell),
                camera_fails=fails,
                films=command.films,
                air=_air(command),
            )

        def screenshot(step: str) -> Path | None:
            folder = command.screenshots_dir
            return folder / f"phone-{file_name(command.phone)}-{step}.png" if folder else None

        if command.kind == "attached":
            if command.radio is not None:
                raise Failed("an attached phone has a radio of its own: leave radio out", "usage")
            driver = WebDriver(command.webdriver, command.capabilities) if command.webdriver else None
            return AttachedPhone(tell, screenshot, driver)
        return ChromiumPhone(
            *(footage, command.fps, self._drawing, tell),
            camera_fails=fails,
            screenshot=screenshot,
            device=command.device,
            elsewhere=_elsewhere(command),
        )

    async def _remove(self, name: str) -> dict[str, Any]:
        if name not in self._handsets:
            return {}  # removed before
        handset = self._handset(name)
        del self._handsets[name], self._owners[handset]
        session = self._stamps.pop(name)
        facts = await self._to_its_end(handset.close())
        self._witness.forget(session)
        self._past.update({name: facts.get(name, 0) for name in FILM_TOTALS})
        self._late.add(facts)
        self._late_s_p99_worst = max(self._late_s_p99_worst, facts.get("pacing_lateness_s_p99", 0.0))
        return facts

    async def _watch(self, command: commands.ViewerWatch, owner: Owner) -> dict[str, Any]:
        if command.viewer in self._viewers:
            raise Failed(f"there is a viewer {command.viewer} already", "usage")
        viewer = self._gallery.viewer(command)
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

    def _handset(self, name: str) -> AnyHandset:
        if handset := self._handsets.get(name):
            return handset
        raise Failed(f"there is no phone {name}; phone.add makes one", "gone")

    def _viewer(self, name: str) -> Viewer:
        if viewer := self._viewers.get(name):
            return viewer
        raise Failed(f"there is no viewer {name}; viewer.watch makes one", "gone")

    def _totals(self) -> dict[str, Any]:
        films = [handset.facts() for handset in self._handsets.values()]
        late_s = [film.get("pacing_lateness_s_p99", 0.0) for film in films]
        late = merged([self._late.facts(), *films])
        received = sum(viewer.facts()["received"] for viewer in self._viewers.values())
        return {
            "cpu_s": round(time.process_time(), 3),
            "loop_lag_s_max": round(self._lag.s_max, 4),
            "decoding_late_s_max": round(self._gallery.late_s_max(), 4),
            "phones": len(self._handsets),
            "viewers": len(self._viewers),
            "tasks": len(asyncio.all_tasks()),
            **late.facts(),
            "pacing_lateness_s_p99_worst": max([self._late_s_p99_worst, *late_s]),
            **{name: self._past[name] + sum(film.get(name, 0) for film in films) for name in FILM_TOTALS},
            "frames_received": self._past["frames_received"] + received,
        }

    async def _to_its_end(self, closing: Coroutine[Any, Any, T] | asyncio.Future[T]) -> T:
        """What is being closed is closed, even when whoever asked for it is cancelled."""
        task = asyncio.ensure_future(closing)
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
        return await asyncio.shield(task)


def _footage(command: commands.PhoneAdd, witness: Filmed) -> Footage:
    return Footage(
        command.scene,
        command.scene_seed,
        int(command.stamp, 16),
        command.width,
        command.height,
        command.stamp_covered,
        command.parameters,
        witness,
    )


def _elsewhere(command: commands.PhoneAdd) -> Elsewhere | None:
    if command.radio is not None:
        raise Failed("a browser's radio is a namespace: python -m fake_phones.radio makes one", "usage")
    if command.namespace is None:
        return None
    if command.origin is None:
        raise Failed("namespace needs origin, the service's address in it: http://HOST:PORT", "usage")
    return Elsewhere(command.namespace, command.origin)


def _air(command: commands.PhoneAdd) -> Air | None:
    if command.radio is None and not command.media_blocked:
        return None
    try:
        radio = named(command.radio) if command.radio else Radio(steps=(Step(),))
    except BadRadio as error:
        raise Failed(str(error), "usage") from None
    seed = command.scene_seed if command.radio_seed is None else command.radio_seed
    return Air(radio, seed, media_blocked=command.media_blocked)
