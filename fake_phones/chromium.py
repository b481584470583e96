"""One Chromium as one handset: a mobile browser with two cameras that play files."""

import asyncio
import difflib
import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fake_phones import loop_film
from fake_phones.camera import FACINGS, Cameras, Footage
from fake_phones.failed import Failed
from fake_phones.scenes import Facing

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

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


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A browser in another network namespace. Pages of `origin` get the camera although it is plain HTTP."""

    namespace: str
    origin: str


class Chromium:
    """A browser, from `begin` to `close`. `tells` gets what a page's connections and camera do.

    A `device` of playwright gives it a size, touch and a user agent; the engine stays Chromium's.
    """

    def __init__(
        self,
        footage: Footage,
        fps: int,
        device: str,
        tells: Callable[[dict[str, Any]], None],
        *,
        deny: bool,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._footage = footage
        self._fps = fps
        self._device = device
        self._tells = tells
        self._deny = deny  # the camera permission
        self._elsewhere = elsewhere
        self._context: BrowserContext | None = None
        self._open = AsyncExitStack()
        self._films = Path()
        self._drawn: asyncio.Future[None] | None = None

    async def begin(self, drawing: Executor) -> None:
        """Begin to draw the films, start the browser. Raises Failed: something is missing (`broken`), or
        there is no such device (`usage`).
        """
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
        looks = playwright.devices.get(self._device)
        if looks is None:
            raise Failed(f"no device {self._device!r}; {_near(self._device, playwright.devices)}", "usage")
        permission = "--use-fake-ui-for-media-stream" + ("=deny" if self._deny else "")
        capture = f"--use-file-for-fake-video-capture={self._held}"
        flags = [*FLAGS, permission, capture]
        if self._elsewhere:
            flags.append(f"--unsafely-treat-insecure-origin-as-secure={self._elsewhere.origin}")
            program = self._in_namespace(program, self._elsewhere.namespace)
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        self._open.push_async_callback(browser.close)
        context = self._context = await browser.new_context(**looks, locale="nb-NO")
        await context.expose_function("__phoneHolds", self._hold)
        await context.expose_function("__phoneTells", self._tells)
        await context.add_init_script(path=TWO_CAMERAS)

    async def page(self) -> "Page":
        """A new tab, with the cookies of those before."""
        if self._context is None:
            raise Failed("the phone has not begun", "usage")
        return await self._context.new_page()

    async def films_are_drawn(self) -> None:
        """Wait until the cameras have something to show."""
        if self._drawn:
            await asyncio.shield(self._drawn)

    async def close(self) -> None:
        self._context = None
        await self._open.aclose()

    def _in_namespace(self, program: str, namespace: str) -> str:
        """A program that starts the browser in that network namespace."""
        wrapper = self._films / "chromium"
        words = ["exec", "ip", "netns", "exec", namespace, program]
        wrapper.write_text(f'#!/bin/sh\n{shlex.join(words)} "$@"\n')
        wrapper.chmod(0o700)
        return str(wrapper)

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


def _near(name: str, devices: Iterable[str]) -> str:
    """The remedy for a name that is not known."""
    lower = {known.lower(): known for known in devices}
    near = difflib.get_close_matches(name.lower(), lower, 3, 0.5)
    return f"did you mean {' or '.join(repr(lower[each]) for each in near) or repr(DEVICE)}?"
