"""An administrator, an ambulance's phone and a centre for the tests of video_service."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

import httpx
from aiortc import RTCPeerConnection, RTCSessionDescription
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from vs_rig import Eye, Lab, Picture, offer_of, only
from websockets.asyncio.client import connect

from lean_rtc import peer_connection

ADMIN_KEY = "the-administrators-key"
AMK, LV, OTHER_LV, STRANGER = "AMK Testby", "LV Testby", "LV Nabo", "LV Fremmed"


class Administrator:
    def __init__(self, lab: Lab) -> None:
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        self.http = httpx.AsyncClient(base_url=lab.url, headers=headers, timeout=10, verify=False)
        lab._stack.push_async_callback(self.http.aclose)

    async def code(self, **wish: Any) -> dict[str, Any]:
        answer = await self.http.post(
            "/api/admin/phones", json={"amk": AMK, "centres": [LV, OTHER_LV], **wish}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def phones(self) -> list[dict[str, Any]]:
        return (await self.http.get("/api/admin/phones")).json()

    async def revoke(self, phone: str) -> int:
        return (await self.http.delete(f"/api/admin/phones/{phone}")).status_code

    async def audit(self, phone: str) -> list[dict[str, Any]]:
        return (await self.http.get(f"/api/admin/phones/{phone}/audit")).json()

    async def refusals(self, phone: str) -> list[str]:
        return [line["reason"] for line in await self.audit(phone) if line["event"] == "ambulance.refused"]


class Crew:
    """A phone with a key of its own."""

    def __init__(self, lab: Lab, key: Ed25519PrivateKey | None = None) -> None:
        self.url = lab.url
        self.key = key or Ed25519PrivateKey.generate()
        self.http = httpx.AsyncClient(base_url=lab.url, timeout=10, verify=False)
        self.stream: dict[str, Any] = {}
        self.location = ""
        self.pcs: list[RTCPeerConnection] = []
        lab._stack.push_async_callback(self.close)

    @property
    def public_key(self) -> str:
        return b64encode(self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def sign(self, *lines: str) -> str:
        return b64encode(self.key.sign("\n".join(lines).encode())).decode()

    async def enrol(self, code: str, name: str = "Ambulanse 3-1", amk: str = AMK) -> httpx.Response:
        signature = self.sign("lab113 enrol", code, name, amk)
        body = {"code": code, "name": name, "amk": amk}
        return await self.http.post(
            "/ambulance/phones", json={**body, "public_key": self.public_key, "signature": signature}
        )

    async def nonce(self) -> str:
        answer = await self.http.post("/ambulance/challenges")
        assert answer.status_code == 201
        return str(answer.json()["nonce"])

    def signed_start(self, nonce: str, centres: Sequence[str]) -> dict[str, Any]:
        signature = self.sign("lab113 start", nonce, *centres)
        return {
            "public_key": self.public_key,
            "nonce": nonce,
            "centres": list(centres),
            "signature": signature,
        }

    async def start(self, *centres: str) -> httpx.Response:
        answer = await self.http.post(
            "/ambulance/streams", json=self.signed_start(await self.nonce(), centres)
        )
        if answer.status_code == 201:
            self.stream = answer.json()
        return answer

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.stream['token']}"}

    async def publish(self, level: int = 90) -> httpx.Response:
        pc = peer_connection()
        self.pcs.append(pc)
        pc.addTransceiver(Picture(level), direction="sendonly")
        only(pc, "VP8")
        headers = {**self.bearer, "Content-Type": "application/sdp"}
        answer = await self.http.post(self.stream["whip_url"], content=await offer_of(pc), headers=headers)
        if answer.status_code == 201:
            self.location = urljoin(self.url, answer.headers["location"])
            await pc.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        return answer

    async def end(self) -> int:
        return (await self.http.delete(self.stream["stream_url"], headers=self.bearer)).status_code

    def control(self) -> Any:
        address = urljoin(self.url, self.stream["control_url"]).replace("http", "ws", 1)
        return connect(address, additional_headers=self.bearer)

    async def close(self) -> None:
        for pc in self.pcs:
            await pc.close()
        await self.http.aclose()


class Centre:
    """One centre's side of the control room, at one stream."""

    def __init__(self, lab: Lab, name: str, session: str = "") -> None:
        self.lab, self.name, self.session = lab, name, session

    async def ask(self, method: str, path: str = "", body: Any = None) -> httpx.Response:
        at = f"/api/sessions/{self.session}{path}"
        return await self.lab.http.request(method, at, json=body, params={"centre": self.name})

    async def streams(self) -> list[dict[str, Any]]:
        return (await self.lab.http.get("/api/ambulances", params={"centre": self.name})).json()

    async def place(self, role: str = "operator") -> dict[str, Any]:
        answer = await self.ask("POST", "/viewers", {"role": role})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def watches(self, level: int, role: str = "operator") -> Eye:
        eye = self.lab.eye(await self.place(role))
        assert (await eye.watch()).status_code == 201
        await eye.until_level(level)
        return eye


async def enrolled(lab: Lab, name: str = "Ambulanse 3-1", **wish: Any) -> tuple[Administrator, Crew, str]:
    """An enrolled phone: (the administrator, the phone, its id)."""
    administrator, crew = Administrator(lab), Crew(lab)
    answer = await crew.enrol((await administrator.code(**wish))["code"], name)
    assert answer.status_code == 201, answer.text
    return administrator, crew, answer.json()["phone"]


async def filming(lab: Lab, *centres: str, level: int = 90) -> tuple[Administrator, Crew, str, str]:
    """A stream whose picture arrives: (the administrator, the phone, its id, the session)."""
    administrator, crew, phone = await enrolled(lab)
    assert (await crew.start(*centres)).status_code == 201
    assert (await crew.publish(level)).status_code == 201
    session = crew.stream["session"]
    await lab.event("media.connected", session)
    return administrator, crew, phone, session
