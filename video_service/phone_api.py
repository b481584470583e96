"""The contract's section 3, for the caller's phone: the page, the consent, WHIP and the control line."""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Cookie, Header, Request, WebSocket
from fastapi.responses import JSONResponse, Response

from video_service import pages
from video_service.caller import Caller
from video_service.control_room import ControlRoom
from video_service.link import language_of, new_token
from video_service.sdp_http import sdp_answer, sdp_offer
from video_service.session import Ended, NotThisBrowser
from video_service.sessions import Sessions
from video_service.store import Unknown

COOKIE = "lab113_browser"
Browser = Annotated[str | None, Cookie(alias=COOKIE)]
Language = Annotated[str | None, Header(alias="accept-language")]


def phone_api(caller: Caller, sessions: Sessions, room: ControlRoom) -> APIRouter:
    """Routes below /v. A link's cookie is bound to its path, so that two links never meet."""
    api = APIRouter(prefix="/v/{token}", tags=["caller's phone"])

    def path(token: str) -> str:
        return f"{urlsplit(room.public_url).path}/v/{token}"

    def bind(answer: Response, token: str, browser: str) -> Response:
        secure = room.public_url.startswith("https:")
        answer.set_cookie(
            COOKIE, browser, path=path(token), httponly=True, samesite="strict", secure=secure, max_age=86_400
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @api.api_route("", methods=["GET", "HEAD"], include_in_schema=False)
    async def page(
        token: str,
        browser: Browser = None,
        accept_language: Language = None,
        user_agent: Annotated[str, Header()] = "",
    ) -> Response:
        base, language = urlsplit(room.public_url).path, language_of(accept_language)
        try:
            session = caller.fetched(token, browser, user_agent)
        except Unknown:
            return pages.sorry(base, language, 404)
        except NotThisBrowser:
            return pages.sorry(base, language, 403)
        except Ended:
            return pages.sorry(base, language, 410)
        return pages.consent(base, language, session.centre, approved=session.browser is not None)

    @api.post("/opened", status_code=204)
    async def opened(token: str, browser: Browser = None) -> Response:
        browser = browser or new_token()
        caller.opened(token, browser)
        return bind(Response(status_code=204), token, browser)

    @api.post("/consent")
    async def consent(token: str, browser: Browser = None) -> Response:
        browser = browser or new_token()
        session = caller.consented(token, browser)
        urls = {"whip_url": f"{path(token)}/whip", "control_url": f"{path(token)}/control"}
        return bind(JSONResponse({**urls, "camera": session.camera}), token, browser)

    @api.post("/refusal", status_code=204)
    async def refusal(token: str, browser: Browser = None) -> Response:
        caller.refused(token, browser)
        return Response(status_code=204)

    @api.post("/withdrawal", status_code=204)
    async def withdrawal(token: str, browser: Browser = None) -> Response:
        caller.withdrew(token, browser)
        return Response(status_code=204)

    _add_media(api, caller, sessions, path)
    return api


def _add_media(api: APIRouter, caller: Caller, sessions: Sessions, path: Callable[[str], str]) -> None:
    @api.post("/whip", status_code=201)
    async def publish(token: str, request: Request, browser: Browser = None) -> Response:
        caller.may_film(token, browser, "media")  # before the offer is even read
        publication, answer = await caller.publish(token, browser, await sdp_offer(request))
        return sdp_answer(answer, f"{path(token)}/whip/{publication}")

    @api.delete("/whip/{publication}")
    async def unpublish(token: str, publication: str, browser: Browser = None) -> Response:
        caller.unpublish(token, browser, publication)
        return Response(status_code=200)

    @api.websocket("/control")
    async def control(socket: WebSocket, token: str, browser: Browser = None) -> None:
        try:
            session = caller.may_film(token, browser, "control")
        except (Unknown, Ended, NotThisBrowser) as refusal:
            status = 404 if isinstance(refusal, Unknown) else 410 if isinstance(refusal, Ended) else 403
            await socket.send_denial_response(JSONResponse({"detail": str(refusal)}, status))
            return
        await sessions.phones.hold(session.id, socket, lambda message: sessions.hear(session, message))
