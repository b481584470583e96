"""The contract's section 1, for the control room."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException, Query, WebSocket
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.websockets import WebSocketDisconnect

from video_service.ambulance import Ambulances
from video_service.control_room import ControlRoom
from video_service.link import same
from video_service.session import Session
from video_service.sessions import Sessions
from video_service.store import Viewer

Line = Annotated[str, Field(min_length=1, max_length=100)]
Centre = Annotated[str | None, Query(description="who asks; needed for an ambulance's stream")]


class Wish(BaseModel):
    """A request for a caller's camera."""

    model_config = ConfigDict(coerce_numbers_to_str=True)
    centre: Line
    seat: Line
    call: Line
    number: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164")]
    language: Annotated[str, Field(max_length=35)] | None = None


class Camera(BaseModel):
    camera: Literal["back", "front"]


class Invitation(BaseModel):
    role: Line


def bearer(authorization: str | None) -> str:
    """The token of an `Authorization: Bearer` header, or an empty string."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def key_needed(key: str, whose: str = "operator") -> Callable[..., None]:
    """A dependency that answers 401 without that key."""

    def check(authorization: Annotated[str | None, Header()] = None) -> None:
        if not same(bearer(authorization), key):
            detail = f"the {whose}'s key is missing or wrong; send Authorization: Bearer KEY"
            raise HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})

    return check


def whep_url(base: str, viewer: Viewer) -> str:
    return f"{base}/whep/{viewer.id}"


def operator_api(room: ControlRoom, sessions: Sessions, ambulances: Ambulances, key: str) -> APIRouter:
    """Routes below /api, all of which need the key."""
    api = APIRouter(prefix="/api", tags=["control room"], dependencies=[Depends(key_needed(key))])

    @api.get("/ambulances")
    async def streams(centre: str) -> list[dict[str, Any]]:
        sessions.end_what_is_due()
        return [_stream(session) for session in ambulances.seen_by(centre)]

    @api.post("/sessions", status_code=201)
    async def request(wish: Wish) -> dict[str, Any]:
        session, viewer, token = room.request(wish.centre, wish.seat, wish.call, wish.number, wish.language)
        return {
            "session": session.id,
            "state": session.state,
            "whep_url": whep_url(room.public_url, viewer),
            "whep_token": token,
            "expires_in_s": sessions.times.link_expires_s,
        }

    api.include_router(_session_api(room, sessions, ambulances))
    return api


def _session_api(room: ControlRoom, sessions: Sessions, ambulances: Ambulances) -> APIRouter:
    """What can be done with one session, by who may know of it."""

    def may_know(session: str, centre: Centre = None) -> None:
        ambulances.check(session, centre)

    api = APIRouter(prefix="/sessions/{session}", dependencies=[Depends(may_know)])

    @api.get("")
    async def look(session: str) -> dict[str, Any]:
        sessions.end_what_is_due()
        found = sessions.store.session(session)
        viewers = sessions.store.viewers(session)
        return {
            "session": found.id,
            "state": found.state,
            "ended_because": found.ended_because,
            "camera": found.camera,
            "sms": found.sms,
            "viewers": [viewer.told() for viewer in viewers],
            **(found.ambulance.told() if found.ambulance else {}),
        }

    @api.post("/link", status_code=202)
    async def send_again(session: str) -> dict[str, Any]:
        room.send_again(session)
        return {"session": session}

    @api.put("/camera", status_code=202)
    async def switch_camera(session: str, wish: Camera, centre: Centre = None) -> dict[str, Any]:
        room.switch_camera(session, wish.camera, centre)
        return {"session": session, "camera": wish.camera}

    @api.post("/viewers", status_code=201)
    async def invite(session: str, invitation: Invitation, centre: Centre = None) -> dict[str, Any]:
        viewer, token = room.invite(session, invitation.role, centre)
        return {
            "viewer": viewer.id,
            "role": viewer.role,
            "whep_url": whep_url(room.public_url, viewer),
            "whep_token": token,
            "page_url": f"{room.public_url}/w#{viewer.id}.{token}",
        }

    @api.delete("/viewers/{viewer}", status_code=204)
    async def show_out(session: str, viewer: str, centre: Centre = None) -> Response:
        room.show_out(session, viewer, centre)
        return Response(status_code=204)

    @api.delete("", status_code=204)
    async def end(session: str, centre: Centre = None) -> Response:
        room.end(session, centre)
        return Response(status_code=204)

    @api.get("/audit")
    async def audit(session: str) -> list[dict[str, Any]]:
        return sessions.store.audit(sessions.store.session(session).id)

    return api


def _stream(session: Session) -> dict[str, Any]:
    told = session.ambulance.told() if session.ambulance else {}
    return {"session": session.id, "state": session.state, "camera": session.camera, **told}


def events_api(sessions: Sessions, key: str) -> APIRouter:
    """The numbered events."""
    api = APIRouter()

    @api.websocket("/api/events")
    async def events(socket: WebSocket, since: int = 0) -> None:
        if not same(bearer(socket.headers.get("authorization")), key):
            await socket.send_denial_response(JSONResponse({"detail": "the operator's key is missing"}, 401))
            return
        await socket.accept()
        newest = sessions.feed.since(0)[-1:]
        restarted = not newest or since > newest[0]["n"]  # numbers begin again with the service
        telling = asyncio.create_task(_tell(socket, sessions, 0 if restarted else since))
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await socket.receive_text()
        telling.cancel()
        await asyncio.wait({telling})

    return api


async def _tell(socket: WebSocket, sessions: Sessions, since: int) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # the follower has gone
        async for event in sessions.feed.follow(since):
            await socket.send_json(event)
