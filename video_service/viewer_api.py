"""The contract's section 4, for whoever watches: WHEP, and the page of an invited viewer."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from video_service import pages
from video_service.control_room import ControlRoom
from video_service.link import language_of
from video_service.operator_api import bearer
from video_service.sdp_http import preferred_wait_s, sdp_answer, sdp_offer
from video_service.viewers import Viewers

Authorization = Annotated[str | None, Header()]
Prefer = Annotated[str | None, Header()]


def viewer_api(viewers: Viewers, room: ControlRoom) -> APIRouter:
    """Routes below /whep and /w."""
    api = APIRouter(tags=["viewers"])

    def path() -> str:
        return urlsplit(room.public_url).path

    @api.post("/whep/{viewer}", status_code=201)
    async def watch(
        viewer: str,
        request: Request,
        authorization: Authorization = None,
        prefer: Prefer = None,
    ) -> Response:
        token = bearer(authorization)
        viewers.place(viewer, token)  # before the offer is even read
        leg, answer = await viewers.watch(viewer, token, await sdp_offer(request), preferred_wait_s(prefer))
        return sdp_answer(answer, f"{path()}/whep/{viewer}/{leg}")

    @api.delete("/whep/{viewer}/{leg}")
    async def leave(viewer: str, leg: str, authorization: Authorization = None) -> Response:
        viewers.leave(viewer, bearer(authorization), leg)
        return Response(status_code=200)

    @api.get("/w", include_in_schema=False)
    async def page(accept_language: Annotated[str | None, Header()] = None) -> Response:
        return pages.viewer(path(), language_of(accept_language))

    @api.get("/w/{viewer}")
    async def place(viewer: str, authorization: Authorization = None) -> dict[str, Any]:
        session, found = viewers.place(viewer, bearer(authorization))
        unit = session.ambulance.unit if session.ambulance else None
        return {"role": found.role, "centre": session.centre, "unit": unit, "state": session.state}

    @api.get("/pages/{name}", include_in_schema=False)
    async def asset(name: str) -> Response:
        return pages.asset(name)

    return api
