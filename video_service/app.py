"""The service as one web application: what it is made of, and which error is which status."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from stand_alone import listening
from video_service.ambulance import Ambulances
from video_service.ambulance_admin_api import ambulance_admin_api
from video_service.ambulance_api import ambulance_api
from video_service.caller import Caller
from video_service.control import NoPhone
from video_service.control_room import ControlRoom
from video_service.enrolment import CodeOver, NotAllowed, NotAuthentic, Taken
from video_service.gateway_route import Gateway, GatewayRoute
from video_service.negotiation import BadOffer, Unsupported
from video_service.operator_api import events_api, key_needed, operator_api
from video_service.outbox import GIVE_UP_S
from video_service.phone_api import phone_api
from video_service.receipts_api import PATH as RECEIPTS_PATH
from video_service.receipts_api import receipts_api
from video_service.room import Closed, NobodyPublishes
from video_service.route import RouteState
from video_service.session import Ended, NotNow, NotThisBrowser
from video_service.sessions import Sessions, Times
from video_service.smpp_link import Account
from video_service.smpp_route import SmppRoute
from video_service.store import Store, Unknown
from video_service.unsafe_faults import UnsafeFault
from video_service.viewer_api import viewer_api
from video_service.viewers import BadToken, Viewers

log = logging.getLogger("video_service")

_CHECK_EVERY_S = 0.5
_STATUS: dict[type[Exception], tuple[int, dict[str, str]]] = {
    BadOffer: (400, {}),
    BadToken: (401, {"WWW-Authenticate": "Bearer"}),
    NotAuthentic: (401, {"WWW-Authenticate": "Signature"}),
    NotAllowed: (403, {}),
    NotThisBrowser: (403, {}),
    Unknown: (404, {}),
    NoPhone: (409, {}),
    NobodyPublishes: (409, {"Retry-After": "1"}),
    NotNow: (409, {}),
    Taken: (409, {}),
    CodeOver: (410, {}),
    Closed: (410, {}),
    Ended: (410, {}),
    Unsupported: (422, {}),
}


@dataclass(frozen=True)
class Settings:
    """How one service runs. `database` is SQLAlchemy's URL; `public_url` None: the address it listens on.

    SMS go by `sms`: SMSCs in order of preference, or an HTTP gateway. One that nobody takes within
    `sms_give_up_s` has failed.
    """

    host: str
    port: int
    database: str
    sms: Sequence[Account] | Gateway
    key: str
    public_url: str | None = None
    times: Times = field(default_factory=Times)
    sms_give_up_s: float = GIVE_UP_S
    unsafe_faults: bool = False
    admin_key: str = field(default_factory=lambda: secrets.token_urlsafe(18))


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[dict[str, Any]]:
    """Run the service while the block runs; yields the facts of the ready line."""
    sessions = Sessions(Store(settings.database), settings.times)
    gateways, smscs = _routes(settings.sms)
    room = ControlRoom(sessions, [*gateways, *smscs], settings.sms_give_up_s)
    ambulances = Ambulances(sessions)
    app = application(sessions, room, ambulances, settings)
    for gateway in gateways:
        app.include_router(receipts_api(gateway.key, gateway.take))
    async with listening(app, settings.host, settings.port) as url:
        room.public_url = (settings.public_url or url).rstrip("/")
        for gateway in gateways:
            gateway.receipt_url = room.public_url + RECEIPTS_PATH
        room.sms.start()
        sessions.relay.start()
        ambulances.take_up()
        room.take_up()
        ending = asyncio.create_task(_end_what_is_due(sessions))
        try:
            yield {"url": url, "key": settings.key, "admin_key": settings.admin_key}
        finally:
            ending.cancel()
            await asyncio.wait({ending})
            await sessions.phones.stop()
            await sessions.relay.stop()
            await room.sms.stop()
    sessions.store.close()


def _routes(sms: Sequence[Account] | Gateway) -> tuple[list[GatewayRoute], list[SmppRoute]]:
    if isinstance(sms, Gateway):
        return [GatewayRoute(sms)], []
    return [], [SmppRoute(account) for account in sms]


def application(sessions: Sessions, room: ControlRoom, ambulances: Ambulances, settings: Settings) -> FastAPI:
    """All routes. Errors are `{"detail": "..."}`."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        title="video_service",
        description="The lab's reference video service (docs/contract.md).",
    )
    app.add_middleware(_OpenWhep)
    app.include_router(operator_api(room, sessions, ambulances, settings.key))
    app.include_router(events_api(sessions, settings.key))
    app.include_router(phone_api(Caller(sessions), sessions, room))
    app.include_router(viewer_api(Viewers(sessions), room))
    app.include_router(ambulance_api(ambulances, sessions, room))
    app.include_router(ambulance_admin_api(ambulances, sessions.store, settings.admin_key))
    app.include_router(_health_api(sessions, room))
    if settings.unsafe_faults:
        app.include_router(_unsafe_faults_api(sessions, settings.key))
    for kind in _STATUS:
        app.add_exception_handler(kind, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


def _health_api(sessions: Sessions, room: ControlRoom) -> APIRouter:
    api = APIRouter()

    @api.get("/health")
    async def health() -> dict[str, Any]:
        """Whether links can be sent, and what is going on. The media go on without SMS."""
        rooms = sessions.relay.rooms.values()
        routes = room.sms.outbox.routes
        return {
            "status": "ok" if any(route.state is RouteState.UP for route in routes) else "degraded",
            "sms": [{"route": r.name, "state": r.state, "detail": r.detail} for r in routes],
            "publishing": sum(bool(room.publisher and room.publisher.flowing) for room in rooms),
            "watching": sum(len(room.watchers) for room in rooms),
        }

    return api


def _unsafe_faults_api(sessions: Sessions, key: str) -> APIRouter:
    """Only with --unsafe-faults: deliberate wrongs, by which the lab proves that it notices."""
    api = APIRouter(tags=["unsafe faults"], dependencies=[Depends(key_needed(key))])

    @api.post("/unsafe/faults")
    async def fault(fault: UnsafeFault) -> UnsafeFault:
        sessions.relay.wrong = fault.wrong(sessions.relay.rooms)
        return fault

    @api.get("/unsafe/faults")
    async def frames() -> dict[str, int]:
        """How many frames viewers were shown wrongly."""
        return {"frames": sessions.relay.wrong.frames if sessions.relay.wrong else 0}

    return api


class _OpenWhep:
    """Any web page may watch, given a token; no other route is open to other origins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Prefer"],
            expose_headers=["Location", "Retry-After"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whep = scope["type"] == "http" and scope["path"].startswith("/whep/")
        await (self._open if whep else self._app)(scope, receive, send)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    status, headers = _STATUS[type(error)]
    return JSONResponse({"detail": str(error)}, status, headers)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    said = [f"{'.'.join(map(str, problem['loc'][1:]))}: {problem['msg']}" for problem in error.errors()]
    return JSONResponse({"detail": "; ".join(said)}, 422)


async def _end_what_is_due(sessions: Sessions) -> None:
    while True:
        await asyncio.sleep(_CHECK_EVERY_S)
        try:
            sessions.end_what_is_due()
        except Exception:  # a database that is locked just now must not end the watch for ever
            log.exception("could not look for sessions to end; trying again")
