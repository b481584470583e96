"""The contract's section 5, for ambulance phones: enrolment, start, WHIP and the control line."""

import time
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Header, Request, WebSocket
from fastapi.responses import JSONResponse, Response
from pydantic import Base64Bytes, BaseModel, Field

from video_service.ambulance import Ambulances
from video_service.ambulance_challenge import GOOD_FOR_S
from video_service.control_room import ControlRoom
from video_service.operator_api import bearer
from video_service.sdp_http import sdp_answer, sdp_offer
from video_service.session import Ended
from video_service.sessions import Sessions
from video_service.store import Unknown
from video_service.viewers import BadToken

Name = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,100}$")]
Secret = Annotated[str, Field(min_length=1, max_length=200)]
PublicKey = Annotated[Base64Bytes, Field(min_length=32, max_length=32, description="Ed25519, raw, base64")]
Signature = Annotated[Base64Bytes, Field(min_length=64, max_length=64, description="Ed25519, base64")]
Authorization = Annotated[str | None, Header()]


class Enrolment(BaseModel):
    """Signed: `lab113 enrol`, code, name and AMK, a line each."""

    code: Secret
    name: Name
    amk: Name
    public_key: PublicKey
    signature: Signature


class Start(BaseModel):
    """Signed: `lab113 start`, the nonce and the centres, a line each."""

    public_key: PublicKey
    nonce: Secret
    centres: Annotated[list[Name], Field(max_length=20)] = []
    signature: Signature


def ambulance_api(ambulances: Ambulances, sessions: Sessions, room: ControlRoom) -> APIRouter:
    """Routes below /ambulance. A stream's own routes need the token that its start gave, as Bearer."""
    api = APIRouter(prefix="/ambulance", tags=["ambulance phone"])

    def path(session: str) -> str:
        return f"{urlsplit(room.public_url).path}/ambulance/streams/{session}"

    @api.post("/phones", status_code=201)
    async def enrol(wish: Enrolment) -> dict[str, Any]:
        phone = ambulances.enrol(wish.code, wish.name, wish.amk, wish.public_key, wish.signature)
        return {"phone": phone.id, "name": phone.name, "amk": phone.amk, "centres": list(phone.centres)}

    @api.post("/challenges", status_code=201)
    async def challenge() -> dict[str, Any]:
        return {"nonce": ambulances.challenges.make(time.monotonic()), "expires_in_s": GOOD_FOR_S}

    @api.post("/streams", status_code=201)
    async def start(wish: Start) -> dict[str, Any]:
        session, token = ambulances.start(wish.public_key, wish.nonce, wish.centres, wish.signature)
        assert session.ambulance
        at = path(session.id)
        urls = {"stream_url": at, "whip_url": f"{at}/whip", "control_url": f"{at}/control"}
        return {
            "session": session.id,
            "token": token,
            "camera": session.camera,
            **urls,
            **session.ambulance.told(),
        }

    @api.delete("/streams/{session}", status_code=204)
    async def end(session: str, authorization: Authorization = None) -> Response:
        ambulances.end(session, bearer(authorization))
        return Response(status_code=204)

    @api.post("/streams/{session}/whip", status_code=201)
    async def publish(session: str, request: Request, authorization: Authorization = None) -> Response:
        token = bearer(authorization)
        ambulances.may_film(session, token, "media")  # before the offer is even read
        publication, answer = await ambulances.publish(session, token, await sdp_offer(request))
        return sdp_answer(answer, f"{path(session)}/whip/{publication}")

    @api.delete("/streams/{session}/whip/{publication}")
    async def unpublish(session: str, publication: str, authorization: Authorization = None) -> Response:
        ambulances.unpublish(session, bearer(authorization), publication)
        return Response(status_code=200)

    @api.websocket("/streams/{session}/control")
    async def control(socket: WebSocket, session: str) -> None:
        try:
            found = ambulances.may_film(session, bearer(socket.headers.get("authorization")), "control")
        except (Unknown, Ended, BadToken) as refusal:
            status = 404 if isinstance(refusal, Unknown) else 410 if isinstance(refusal, Ended) else 401
            await socket.send_denial_response(JSONResponse({"detail": str(refusal)}, status))
            return
        await sessions.phones.hold(session, socket, lambda message: sessions.hear(found, message))

    return api
