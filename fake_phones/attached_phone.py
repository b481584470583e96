"""A phone that is not the lab's: a real handset, or a browser behind a WebDriver, gets the link."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fake_phones import attached_qr
from fake_phones.attached_webdriver import WebDriver
from fake_phones.failed import Failed
from fake_phones.filming import Tell

_STATE = "const s = document.querySelector('#state')?.dataset.state; return {0}.includes(s) && s"
_CAMERA_LIMIT_S = 60.0  # somebody may have to allow it on the phone first


class AttachedPhone:
    """See `phone.Phone`. Without a `webdriver` a person scans the code and presses: what the page does there
    only the service knows, so `consent`, `publish` and the like return at once. Its pictures carry no stamp.
    """

    timed = False

    def __init__(
        self, tell: Tell, shown_at: Callable[[str], Path | None], webdriver: WebDriver | None
    ) -> None:
        self._tell = tell
        self._shown_at = shown_at  # where to keep the code, if at all
        self._driver = webdriver
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def begin(self) -> None:
        if self._driver:
            await self._driver.begin()

    async def ready(self) -> None:
        """A handset is as ready as its owner."""

    async def open(self, link: str) -> None:
        if self._driver:
            self._tell("link.shown", link=link, handset=self._driver.is_a_handset, on=self._driver.platform)
            return await self._driver.open(link)
        place = self._shown_at("link")
        files = attached_qr.write(link, place.with_suffix("")) if place else []
        self._tell("link.shown", link=link, handset=True, files=[str(file) for file in files])
        return None

    async def consent(self) -> None:
        await self._press("#yes")

    async def refuse(self) -> None:
        await self._press("#no")

    async def withdraw(self) -> None:
        await self._press("#stop")

    async def publish(self) -> None:
        if self._driver is None:
            return
        states = ["live", "no_camera", "ended", "expired", "elsewhere"]
        state = await self._driver.until(_STATE.format(states), "picture", _CAMERA_LIMIT_S)
        if state != "live":
            raise Failed(f"the page says {state}", "broken")

    async def reload(self) -> None:
        raise Failed("whoever holds an attached phone reloads, closes and locks it", "usage")

    close_tab = lock = unlock = reload

    async def change(self, parameter: str, value: object) -> dict[str, Any]:
        raise Failed("an attached phone films what is there", "usage")

    async def wait_end(self) -> str:
        return await asyncio.shield(self._ended)

    async def close(self) -> None:
        if self._driver:
            await self._driver.close()
        if not self._ended.done():
            self._ended.set_result("phone removed")

    def facts(self) -> dict[str, Any]:
        return {"frames_sent": 0}

    async def _press(self, what: str) -> None:
        if self._driver:
            await self._driver.press(what)
