"""The lean phone: the live phone's page and consent, with clips from the library for a picture."""

import asyncio
from concurrent.futures import Executor
from typing import Any

from fake_phones.camera import FACINGS, Footage
from fake_phones.failed import Failed
from fake_phones.film import AnyFilm
from fake_phones.filming import Tell
from fake_phones.lean.clip import Clip
from fake_phones.lean.film import LeanFilm
from fake_phones.lean.library import ClipKey, Library
from fake_phones.lean.pacer import Pacer
from fake_phones.live_phone import LivePhone
from fake_phones.page import Approval
from fake_phones.radio.air import Air
from fake_phones.scenes import Facing


class Studio:
    """What all lean phones of a process share: the clips, each loaded once, and the timer."""

    def __init__(self, drawing: Executor, library: Library | None = None) -> None:
        self.drawing = drawing
        self.pacer = Pacer()
        self._library = library or Library()
        self._clips: dict[ClipKey, asyncio.Future[Clip]] = {}

    def clip(self, key: ClipKey) -> asyncio.Future[Clip]:
        """The clip, once it is drawn and coded; after a failure the next who asks tries again."""
        known = self._clips.get(key)
        if known is None or (known.done() and (known.cancelled() or known.exception())):
            loop = asyncio.get_running_loop()
            known = self._clips[key] = loop.run_in_executor(self.drawing, self._library.clip, key)
            known.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may ask
        return known


class LeanPhone(LivePhone):
    """See `phone.Phone`. What it films does not react: everybody with this scene and seed films the same."""

    def __init__(
        self,
        footage: Footage,
        facing: Facing,
        fps: float,
        studio: Studio,
        tell: Tell,
        *,
        camera_fails: bool,
        films: bool = True,
        air: Air | None = None,
    ) -> None:
        super().__init__(
            *(footage, facing, fps, studio.drawing, tell), camera_fails=camera_fails, films=films, air=air
        )
        self._studio = studio
        self._clips: dict[Facing, asyncio.Future[Clip]] = {}

    async def begin(self) -> None:
        """Begin to draw and code what is not in the library yet, which may take many seconds."""
        if not self._films:
            return
        it = self._footage
        for facing in FACINGS:
            key = ClipKey(it.scene, it.scene_seed, facing, it.width, it.height, self._fps)
            self._clips[facing] = self._studio.clip(key)

    async def ready(self) -> None:
        for clip in self._clips.values():
            await asyncio.shield(clip)

    async def change(self, parameter: str, value: object) -> dict[str, Any]:
        raise Failed("a lean phone films a clip and cannot react; a live phone can", "usage")

    async def _film(self, approval: Approval) -> AnyFilm:
        if not self._clips:
            raise Failed("the phone has not begun, or was added with films = false", "usage")
        clips = {facing: await asyncio.shield(clip) for facing, clip in self._clips.items()}
        facing = next((f for f in FACINGS if f == approval.camera), self._facing)
        return LeanFilm(clips, facing, self._footage, self._studio.pacer, self._broke)
