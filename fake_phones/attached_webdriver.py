"""A browser somewhere else, driven over W3C WebDriver: chromedriver, safaridriver, Appium."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx

from fake_phones.failed import Failed, reaching

ANSWER_LIMIT_S = 60.0  # a phone that has to start its browser first is slow
LOOKS_EVERY_S = 0.2
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element's id, by the standard
PHONES = ("android", "ios")


class WebDriver:
    """One session of a WebDriver at `url`, from `begin` to `close`. Every method raises Failed."""

    def __init__(self, url: str, capabilities: dict[str, Any]) -> None:
        self._url = url.rstrip("/")
        self._capabilities = capabilities
        self._client = httpx.AsyncClient(timeout=ANSWER_LIMIT_S, trust_env=False)
        self._session = ""
        self.platform = ""
        """The system that the browser runs on, as it says itself: `linux`, `android`, `ios`, …"""

    @property
    def is_a_handset(self) -> bool:
        return self.platform in PHONES

    async def begin(self) -> None:
        wanted = {"capabilities": {"alwaysMatch": self._capabilities}}
        began = await self._send("POST", "/session", wanted)
        try:
            self._session = f"/session/{began['sessionId']}"
            self.platform = str(began["capabilities"].get("platformName", "")).lower()
        except (KeyError, TypeError, AttributeError):
            raise Failed(f"{self._url} is no WebDriver: it answered {began!r:.100}", "broken") from None

    async def open(self, link: str) -> None:
        """Load the page, its camera permitted where the driver can do that."""
        await self._send("POST", f"{self._session}/url", {"url": link})
        allowed = {"descriptor": {"name": "camera"}, "state": "granted"}
        with suppress(Failed):  # an extension that not every driver has; a person may have to press
            await self._send("POST", f"{self._session}/permissions", allowed)

    async def press(self, selector: str) -> None:
        """Press the element when it is shown."""
        await self.until(f"return !!document.querySelector({selector!r})?.offsetParent", selector)
        found = await self._send(
            "POST", f"{self._session}/element", {"using": "css selector", "value": selector}
        )
        await self._send("POST", f"{self._session}/element/{found[ELEMENT]}/click", {})

    async def until(self, script: str, what: str, limit_s: float = 15.0) -> Any:
        """Wait until the script returns something true; that."""
        try:
            async with asyncio.timeout(limit_s):
                found = await self._run(script)
                while not found:
                    await asyncio.sleep(LOOKS_EVERY_S)
                    found = await self._run(script)
                return found
        except TimeoutError:
            raise Failed(f"no {what} on the page within {limit_s:.0f} s", "limit") from None

    async def close(self) -> None:
        """End the session and with it the browser; raises nothing."""
        session, self._session = self._session, ""
        if session:
            with suppress(Failed):
                await self._send("DELETE", session)
        await self._client.aclose()

    async def _run(self, script: str) -> Any:
        return await self._send("POST", f"{self._session}/execute/sync", {"script": script, "args": []})

    async def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        with reaching(self._url):
            answer = await self._client.request(method, self._url + path, json=body)
        try:
            value = answer.json()["value"]
        except (ValueError, KeyError, TypeError):
            raise Failed(f"{self._url}{path} is no WebDriver: {answer.text[:100]!r}", "broken") from None
        if answer.is_error:
            said = value.get("message", value) if isinstance(value, dict) else value
            raise Failed(f"WebDriver {method} {path}: {str(said).splitlines()[0][:200]}", "broken")
        return value
