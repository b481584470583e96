"""What a handset's browser does with a link: get the page, agree, refuse, take the consent back."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urljoin

import httpx

from fake_phones.failed import Failed, reaching, refused
from fake_phones.trust import trusted

USER_AGENT = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Mobile Safari/537.36"
)
ANSWER_LIMIT_S = 10.0


@dataclass(frozen=True)
class Approval:
    """What the service tells a browser that consented: absolute addresses and the camera to begin with."""

    whip_url: str
    control_url: str
    camera: str | None

    @classmethod
    def read(cls, response: httpx.Response, link: str) -> Self:
        """Raises Failed (`broken`) when the answer is not the contract's."""
        try:
            body = response.json()
            whip_url, control_url = urljoin(link, body["whip_url"]), urljoin(link, body["control_url"])
            return cls(whip_url, control_url, body.get("camera"))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Failed(f"no whip_url and control_url in the answer to {link}/consent", "broken") from None


class Page:
    """One link in one browser, with a cookie jar of its own."""

    def __init__(self, link: str) -> None:
        self.link = link.rstrip("/")
        headers = {"User-Agent": USER_AGENT, "Accept-Language": "nb-NO,nb;q=0.9"}
        self.client = httpx.AsyncClient(
            headers=headers,
            timeout=ANSWER_LIMIT_S,
            follow_redirects=True,
            trust_env=False,
            verify=trusted(),
        )

    async def open(self) -> None:
        """Get the page and run it. Raises Failed (`refused` with the status, `limit`, `broken`)."""
        with reaching(self.link):
            got = await self.client.get(self.link, headers={"Accept": "text/html"})
        if got.status_code != 200:
            raise refused(got)
        await self._post("opened")

    async def consent(self) -> Approval:
        return Approval.read(await self._post("consent"), self.link)

    async def refuse(self) -> None:
        await self._post("refusal")

    async def withdraw(self) -> None:
        await self._post("withdrawal")

    def cookies_for(self, url: str) -> dict[str, str]:
        """The Cookie header that this browser sends with a WebSocket handshake to `url`, if any."""
        asked = self.client.build_request("GET", re.sub("^ws", "http", url))
        cookie = asked.headers.get("Cookie")
        return {"Cookie": cookie} if cookie else {}

    async def close(self) -> None:
        await self.client.aclose()

    async def _post(self, what: str) -> httpx.Response:
        url = f"{self.link}/{what}"
        with reaching(url):
            answer = await self.client.post(url)
        if not answer.is_success:
            raise refused(answer)
        return answer
