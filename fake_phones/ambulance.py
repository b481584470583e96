"""What an ambulance phone says to the video service: enrolment, start and end, signed with its own key.

docs/contract.md, section 5. The key pair never leaves this object: the service gets the public half, once.
"""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fake_phones.failed import Failed, reaching, refused
from fake_phones.page import ANSWER_LIMIT_S, Approval, Page
from fake_phones.trust import trusted


class AmbulanceStream(Page):
    """A started stream, where a caller's phone has a page; a token takes the place of the cookie."""

    def __init__(self, started: dict[str, Any], service_url: str) -> None:
        """Raises KeyError, TypeError or ValueError when `started` is not the contract's."""
        self.session: str = started["session"]
        self.centres: list[str] = started["centres"]
        self._bearer = {"Authorization": f"Bearer {started['token']}"}
        link, whip_url, control_url = (
            urljoin(service_url, started[url]) for url in ("stream_url", "whip_url", "control_url")
        )
        self.approval = Approval(whip_url, control_url, started.get("camera"))
        super().__init__(link)
        self.client.headers.update(self._bearer)

    def cookies_for(self, url: str) -> dict[str, str]:
        return self._bearer

    async def end(self) -> None:
        """The crew ends the stream. Raises Failed."""
        with reaching(self.link):
            answer = await self.client.delete(self.link)
        if not answer.is_success:
            raise refused(answer)


class Enrolment:
    """One phone's key, and the service that it is enrolled with."""

    def __init__(self, service_url: str) -> None:
        self._url = service_url.rstrip("/") + "/"
        self._key = Ed25519PrivateKey.generate()
        self._client = httpx.AsyncClient(timeout=ANSWER_LIMIT_S, trust_env=False, verify=trusted())

    async def enrol(self, code: str, name: str, amk: str) -> dict[str, Any]:
        """Spend the code: {phone, name, amk, centres (allowed)}. Raises Failed."""
        body = {"code": code, "name": name, "amk": amk, "public_key": self._public_key}
        return await self._post("phones", body | {"signature": self._sign("lab113 enrol", code, name, amk)})

    async def start(self, centres: Sequence[str]) -> AmbulanceStream:
        """A new stream to the phone's AMK and these centres. Raises Failed."""
        nonce = str((await self._post("challenges", {})).get("nonce"))
        signature = self._sign("lab113 start", nonce, *centres)
        body = {"public_key": self._public_key, "nonce": nonce, "centres": list(centres)}
        started = await self._post("streams", body | {"signature": signature})
        try:
            return AmbulanceStream(started, self._url)
        except (KeyError, TypeError, ValueError):
            raise Failed(f"{self._url}ambulance/streams answered with no stream", "broken") from None

    async def close(self) -> None:
        await self._client.aclose()

    @property
    def _public_key(self) -> str:
        return _base64(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def _sign(self, *lines: str) -> str:
        return _base64(self._key.sign("\n".join(lines).encode()))

    async def _post(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._url}ambulance/{what}"
        with reaching(url):
            answer = await self._client.post(url, json=body)
        if not answer.is_success:
            raise refused(answer)
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise Failed(f"{url} answered with something else than an object", "broken")
        return told


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode()
