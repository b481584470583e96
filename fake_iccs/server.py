"""The control room's REST, its feed of events and the seat page, as one web application."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from fake_iccs import ambulance_rest, seat_page
from fake_iccs.ambulance_desk import AmbulanceDesk
from fake_iccs.centre import Centre, Refused, Unknown
from fake_iccs.control_room import ControlRoom
from fake_iccs.video_client import VideoClient, VideoTrouble
from fake_iccs.video_desk import NoVideoService, VideoDesk
from fake_iccs.wishes import (
    AtSeat,
    CameraWanted,
    Guidance,
    HangUp,
    Ringing,
    Role,
    RoutedTo,
    SignedAs,
    SpokenStep,
    ToCentre,
)

STATUS = {Unknown: 404, Refused: 409, VideoTrouble: 502, NoVideoService: 503}

log = logging.getLogger(__name__)


def norwegian_time() -> datetime:
    """Now. Raises ZoneInfoNotFoundError on a machine without time zones."""
    return datetime.now(ZoneInfo("Europe/Oslo"))


def application(
    centres: Iterable[Centre],
    video_url: str | None = None,
    video_key: str = "",
    clock: Callable[[], datetime] = norwegian_time,
) -> FastAPI:
    """The web application of a control room; no video without `video_url`. `clock` tells its nights."""
    room = ControlRoom(centres)
    client = VideoClient(video_url, video_key) if video_url else None
    ambulances = AmbulanceDesk(room, client)
    desk = VideoDesk(room, client, ambulances)

    @asynccontextmanager
    async def minded(app: FastAPI) -> AsyncIterator[None]:
        minded_by = (room.mind_overflow(), room.mind_nights(clock), desk.follow())
        minders = [asyncio.create_task(minding) for minding in minded_by]
        for minder in minders:
            minder.add_done_callback(_say_crash)
        yield
        for minder in minders:
            minder.cancel()
        await asyncio.gather(*minders, return_exceptions=True)
        await desk.close()

    app = FastAPI(
        docs_url=None, redoc_url=None, title="fake_iccs: a control room", version="1", lifespan=minded
    )
    for error in STATUS:
        app.add_exception_handler(error, _in_words)
    app.add_exception_handler(RequestValidationError, _what_is_wrong)
    _serve_calls(app, room, desk)
    _serve_video(app, room, desk)
    ambulance_rest.serve(app, ambulances)
    _serve_centres(app, room)
    _serve_events(app, room)
    seat_page.serve(app, room)
    return app


def _serve_calls(app: FastAPI, room: ControlRoom, desk: VideoDesk) -> None:
    @app.post("/calls", status_code=201)
    async def place(ringing: Ringing) -> dict[str, Any]:
        return room.call_json(room.place(**ringing.model_dump()))

    @app.get("/calls")
    async def calls(
        response: Response, centre: str | None = None, live: bool = False
    ) -> list[dict[str, Any]]:
        """The header Events-N is the number of the last event told: this is the state after it."""
        response.headers["Events-N"] = str(room.told_n)
        return room.calls_json(centre, live)

    @app.get("/calls/{call}")
    async def one_call(call: str) -> dict[str, Any]:
        return room.call_json(room.call(call))

    @app.post("/calls/{call}/answer")
    async def answer(call: str, at: AtSeat) -> dict[str, Any]:
        return room.call_json(room.answer(call, at.seat))

    @app.post("/calls/{call}/hang_up")
    async def hang_up(call: str, hang_up: HangUp) -> dict[str, Any]:
        ended = room.hang_up(call, hang_up.by)
        await desk.end_after_call(ended)
        return room.call_json(ended)

    @app.post("/calls/{call}/transfer")
    async def transfer(call: str, to: ToCentre) -> dict[str, Any]:
        return room.call_json(room.transfer(call, to.centre))

    @app.post("/calls/{call}/consent")
    async def consent(call: str, spoken: SpokenStep) -> dict[str, Any]:
        return room.call_json(room.consent(call, spoken.step, spoken.because))

    @app.post("/calls/{call}/guidance")
    async def guidance(call: str, told: Guidance) -> dict[str, Any]:
        return room.call_json(room.guide(call, told.parameter, told.value))


def _serve_video(app: FastAPI, room: ControlRoom, desk: VideoDesk) -> None:
    @app.put("/calls/{call}/video")
    async def request(call: str, response: Response) -> dict[str, Any]:
        video, new = await desk.request(room.call(call))
        response.status_code = 201 if new else 200
        return video.told()

    @app.get("/calls/{call}/video")
    async def video(call: str) -> dict[str, Any]:
        found = room.call(call).video
        if found is None:
            raise Unknown(f"call {call!r} has no video yet")
        return found.told()

    @app.put("/calls/{call}/video/camera", status_code=202)
    async def camera(call: str, wanted: CameraWanted) -> dict[str, Any]:
        await desk.camera(room.call(call), wanted.camera)
        return {"camera": wanted.camera}

    @app.put("/calls/{call}/video/viewers/{role}")
    async def invite(call: str, role: Role, response: Response) -> dict[str, Any]:
        viewer, new = await desk.invite(room.call(call), role)
        response.status_code = 201 if new else 200
        return vars(viewer)

    @app.delete("/calls/{call}/video/viewers/{role}", status_code=204)
    async def show_out(call: str, role: Role) -> None:
        await desk.show_out(room.call(call), role)

    @app.delete("/calls/{call}/video", status_code=204)
    async def end(call: str) -> None:
        await desk.end(room.call(call))


def _serve_centres(app: FastAPI, room: ControlRoom) -> None:
    @app.get("/centres")
    async def centres() -> list[dict[str, Any]]:
        return [room.centre_json(centre) for centre in room.centres.values()]

    @app.put("/centres/{centre}/route")
    async def route(centre: str, routed: RoutedTo) -> dict[str, Any]:
        """The other one takes its new calls, and its seats are closed; who waits there waits on."""
        return room.route(centre, routed.to)

    @app.delete("/centres/{centre}/route", status_code=204)
    async def open_again(centre: str) -> None:
        room.route(centre, None)

    @app.put("/seats/{seat:path}")
    async def sign(seat: str, signed: SignedAs) -> dict[str, Any]:
        return room.sign(seat, signed.state)


def _serve_events(app: FastAPI, room: ControlRoom) -> None:
    @app.websocket("/events")
    async def events(socket: WebSocket, since: int = 0, centre: str | None = None) -> None:
        await socket.accept()
        if centre is not None and centre not in room.centres:
            await socket.close(1008, f"no centre {centre!r}"[:120])
            return
        telling = asyncio.create_task(_tell(socket, room, since, centre))
        try:
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass  # a follower has nothing to say
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)


async def _tell(socket: WebSocket, room: ControlRoom, since: int, centre: str | None) -> None:
    try:
        async for event in room.follow(since, centre):
            await socket.send_json(event)
    except (WebSocketDisconnect, RuntimeError):
        return  # the follower has left


async def _in_words(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, STATUS[type(error)])


async def _what_is_wrong(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    wrong = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    return JSONResponse({"detail": "; ".join(wrong)}, 422)


def _say_crash(minder: asyncio.Task[None]) -> None:
    if not minder.cancelled() and (error := minder.exception()) is not None:
        log.critical("the control room no longer works: restart it", exc_info=error)
