"""The video service as its contract shows it to a control room: REST, and the numbered events."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urljoin

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

LIMIT_S = 10.0  # for one request
REPEAT_LIMIT_S = 5.0  # for the repeated last event after a reconnect
PAUSE_S = 0.5  # between two attempts to follow

log = logging.getLogger(__name__)


class VideoTrouble(Exception):
    """The video service did not do it; the text has what it said, or that it cannot be reached."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class VideoClient:
    """Requests to one video service. Each raises VideoTrouble, and ends within LIMIT_S."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/") + "/"
        self._bearer = {"Authorization": f"Bearer {key}"}
        self._http = httpx.AsyncClient(headers=self._bearer, timeout=LIMIT_S, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def create(self, *, centre: str, seat: str, call: str, number: str) -> dict[str, Any]:
        """A new session; the service sends the link to `number`."""
        body = {"centre": centre, "seat": seat, "call": call, "number": number}
        return self._absolute(await self._ask("POST", "api/sessions", body))

    # `centre`: who asks, which an ambulance's stream needs

    async def session(self, session: str, centre: str | None = None) -> dict[str, Any]:
        """The session as the service has it."""
        return await self._ask("GET", _path(session, "", centre))

    async def camera(self, session: str, camera: str, centre: str | None = None) -> None:
        """Have the phone use its other camera."""
        await self._ask("PUT", _path(session, "/camera", centre), {"camera": camera})

    async def invite(self, session: str, role: str, centre: str | None = None) -> dict[str, Any]:
        """Let one more in."""
        return self._absolute(await self._ask("POST", _path(session, "/viewers", centre), {"role": role}))

    async def show_out(self, session: str, viewer: str, centre: str | None = None) -> None:
        """Show a viewer out; one who is gone already is no trouble."""
        await self._delete(_path(session, f"/viewers/{quote(viewer, '')}", centre))

    async def end(self, session: str, centre: str | None = None) -> None:
        """End the session; one that the service does not have is no trouble."""
        await self._delete(_path(session, "", centre))

    async def _delete(self, path: str) -> None:
        try:
            await self._ask("DELETE", path)
        except VideoTrouble as trouble:
            if trouble.status not in (404, 410):
                raise

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            async with asyncio.timeout(LIMIT_S):
                answer = await self._http.request(method, self.url + path, json=body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            why = str(error) or f"no answer within {LIMIT_S:.0f} s"
            raise VideoTrouble(f"cannot reach the video service at {self.url}: {why}") from None
        if not answer.is_success:
            raise VideoTrouble(
                f"the video service said {answer.status_code}: {_detail(answer)}", answer.status_code
            )
        told = _json(answer)
        if method in ("GET", "POST") and not isinstance(told, dict):
            raise VideoTrouble(
                f"the video service answered {method} {path} with something else than an object"
            )
        return told if isinstance(told, dict) else {}

    def _absolute(self, answer: dict[str, Any]) -> dict[str, Any]:
        urls = {key: urljoin(self.url, answer[key]) for key in ("whep_url", "page_url") if answer.get(key)}
        return answer | urls

    async def events(self) -> AsyncIterator[dict[str, Any] | None]:
        """Every event of the service, for ever, through lost connections.

        A None says that the service is another than before (it was started anew): what it knew may
        be gone and its numbers begin again. Told by this: it does not repeat the last event heard.
        """
        last: dict[str, Any] | None = None
        said = False  # one warning per outage
        while True:
            since = last["n"] - 1 if last else 0
            try:
                address = f"{self.url.replace('http', 'ws', 1)}api/events?since={since}"
                async with connect(
                    address, additional_headers=self._bearer, proxy=None, open_timeout=LIMIT_S
                ) as socket:
                    said = False
                    if last and not await _repeats(socket, last):
                        last = None
                        yield None
                        continue
                    async for text in socket:
                        if (event := _event(text)) is not None:
                            last = event
                            yield event
            except (OSError, WebSocketException, TimeoutError) as error:
                if not said:
                    log.warning("cannot follow the video service at %s: %s; trying again", self.url, error)
                said = True
            await asyncio.sleep(PAUSE_S)


def taken(told: dict[str, Any], *fields: str) -> list[str]:
    """These texts of an answer. Raises VideoTrouble when one is missing."""
    missing = [field for field in fields if not isinstance(told.get(field), str)]
    if missing:
        raise VideoTrouble(f"the video service's answer lacks {', '.join(missing)}")
    return [told[field] for field in fields]


def _path(session: str, more: str, centre: str | None) -> str:
    asking = f"?centre={quote(centre, '')}" if centre else ""
    return f"api/sessions/{quote(session, '')}{more}{asking}"


async def _repeats(socket: Any, last: dict[str, Any]) -> bool:
    try:
        async with asyncio.timeout(REPEAT_LIMIT_S):
            return _event(await socket.recv()) == last
    except TimeoutError:
        return False


def _event(text: str | bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(text)
    except ValueError:
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("n"), int) or "event" not in event:
        log.warning("the video service told something that is not an event: %.100r", text)
        return None
    return event


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _detail(answer: httpx.Response) -> str:
    told = _json(answer)
    detail = told.get("detail") if isinstance(told, dict) else None
    return str(detail or answer.text[:200] or answer.reason_phrase)
