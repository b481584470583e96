"""One Chromium as one handset: a mobile browser with two cameras that play files."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fake_phones import loop_film
from fake_phones.camera import FACINGS, Cameras, Footage
from fake_phones.failed import Failed
from fake_phones.scenes import Facing

if TYPE_CHECKING:
    from playwright.async_api import Page

PROGRAM = "/usr/bin/chromium"
DEVICE = "Pixel 7"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]
TWO_CAMERAS = Path(__file__).with_name("two_cameras.js")


class Chromium:
    """A browser with a page, from `begin` to `close`. `tells` gets what its connection and camera do."""

    def __init__(
        self, footage: Footage, fps: int, tells: Callable[[dict[str, Any]], None], *, deny: bool
    ) -> None:
        self._footage = footage
        self._fps = fps
        self._tells = tells
        self._deny = deny  # the camera permission
        self._open = AsyncExitStack()
        self._films = Path()
        self._drawn: asyncio.Future[None] | None = None

    async def begin(self, drawing: Executor) -> "Page":
        """Begin to draw the films, start the browser. Raises Failed (`broken`): something is missing."""
        try:
            from playwright.async_api import async_playwright
        except ImportError:
            raise Failed(
                "no playwright for a chromium phone: pip install 'lab113[browser]'", "broken"
            ) from None
        program = os.environ.get("LAB113_CHROMIUM", PROGRAM)
        if not shutil.which(program):
            remedy = "apt-get install chromium, or set LAB113_CHROMIUM"
            raise Failed(f"no {program} for a chromium phone: {remedy}", "broken")
        self._drawn = self._draw(drawing)
        playwright = await self._open.enter_async_context(async_playwright())
        permission = "--use-fake-ui-for-media-stream" + ("=deny" if self._deny else "")
        capture = f"--use-file-for-fake-video-capture={self._held}"
        browser = await playwright.chromium.launch(
            executable_path=program, args=[*FLAGS, permission, capture]
        )
        self._open.push_async_callback(browser.close)
        context = await browser.new_context(**playwright.devices[DEVICE], locale="nb-NO")
        page = await context.new_page()
        await page.expose_function("__phoneHolds", self._hold)
        await page.expose_function("__phoneTells", self._tells)
        await page.add_init_script(path=TWO_CAMERAS)
        return page

    async def films_are_drawn(self) -> None:
        """Wait until the cameras have something to show."""
        if self._drawn:
            await asyncio.shield(self._drawn)

    async def close(self) -> None:
        await self._open.aclose()

    @property
    def _held(self) -> Path:
        return self._films / "camera.y4m"

    def _draw(self, drawing: Executor) -> asyncio.Future[None]:
        folder = tempfile.TemporaryDirectory(prefix="fake-phone-", ignore_cleanup_errors=True)
        self._films = Path(self._open.enter_context(folder))
        footage = self._footage

        def draw() -> None:
            cameras = Cameras(footage)
            for facing in FACINGS:
                path = self._films / f"{facing}.y4m"
                loop_film.write(path, cameras, facing, footage.width, footage.height, self._fps)

        self._hold("back")
        drawn = asyncio.get_running_loop().run_in_executor(drawing, draw)
        drawn.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may ask for it
        return drawn

    def _hold(self, facing: Facing) -> None:
        """Point the camera file at this camera; Chromium opens it anew for each capture."""
        new = self._films / "next.y4m"
        new.symlink_to(self._films / f"{facing}.y4m")
        new.replace(self._held)
