"""The web side: one application of all routes, and the WebSockets of phones and of followers of events."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from fake_carriers.country import Country
from fake_carriers.gateway import Gateway
from fake_carriers.handsets import Arrival, Handset
from fake_carriers.listener import Lines
from fake_carriers.metrics import metrics_api
from fake_carriers.page import page_api
from fake_carriers.rest_carriers import carriers_api
from fake_carriers.rest_messages import handsets_api, messages_api
from fake_carriers.rest_moods import moods_api
from stand_alone import Feed

# WebSocket close codes of our own (4000 to 4999 are free for applications)
CLOSED_BAD_MESSAGE, CLOSED_UNKNOWN_NUMBER, CLOSED_REPLACED = 4400, 4404, 4409
_REASON_OCTETS_MAX = 123  # RFC 6455, 5.5: a control frame has 125, and the code takes two


def web_app(
    country: Country,
    facts: Mapping[str, Any],
    feed: Feed,
    lines: Mapping[str, Lines],
    gateway: Gateway,
    aml_url: str | None,
) -> FastAPI:
    """The application; `facts` hold the SMPP addresses. Errors are `{"detail": "..."}`."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        title="fake_carriers",
        description="SMS carriers of a country that does not exist (docs/carriers.md).",
    )
    app.include_router(page_api())
    app.include_router(carriers_api(country, facts, lines))
    app.include_router(moods_api(country))
    app.include_router(messages_api(country))
    app.include_router(handsets_api(country, aml_url))
    app.include_router(gateway.api())
    app.include_router(metrics_api(country, gateway))
    app.include_router(_sockets(country, feed))
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"detail": "; ".join(map(_said, error.errors()))}, 422)


def _said(problem: dict[str, Any]) -> str:
    match problem["type"]:
        case "json_invalid":
            return f"the body is not JSON at character {problem['loc'][-1]}: {problem['ctx']['error']}"
        case "model_attributes_type" | "dict_type" if len(problem["loc"]) == 1:
            return "the body is no JSON object; send one, with Content-Type: application/json"
        case _:
            return f"{'.'.join(map(str, problem['loc'][1:]))}: {problem['msg']}"


def _sockets(country: Country, feed: Feed) -> APIRouter:
    api = APIRouter()

    @api.websocket("/events")
    async def events(socket: WebSocket, since: int = 0) -> None:
        await socket.accept()

        async def tell() -> None:
            async for event in feed.follow(since):
                await socket.send_json(event)

        await _until_one_ends(tell(), _hear_nothing(socket))

    @api.websocket("/handsets/{number}")
    async def handset(socket: WebSocket, number: str) -> None:
        await socket.accept()
        try:
            phone = country.network.handset(number)
        except ValueError as error:
            await socket.close(CLOSED_UNKNOWN_NUMBER, _reason(str(error)))
            return
        await _serve_phone(socket, phone, country)

    return api


async def _serve_phone(socket: WebSocket, phone: Handset, country: Country) -> None:
    arrivals: asyncio.Queue[Arrival | None] = asyncio.Queue()
    line = arrivals.put_nowait

    async def tell() -> None:
        while arrival := await arrivals.get():
            await socket.send_json(
                {
                    "message_id": arrival.arrival_id,
                    "from": arrival.sender,
                    "text": arrival.text,
                    "monotonic_s": time.monotonic(),
                }
            )
        await socket.close(CLOSED_REPLACED, "another phone has connected with this number")

    async def hear() -> None:
        while True:
            told = await _json(socket)
            if not isinstance(told, dict) or not isinstance(told.get("got"), str):
                await socket.close(CLOSED_BAD_MESSAGE, 'a phone says {"got": message_id} and nothing else')
                return
            phone.got(told["got"], country.clock())

    phone.connect(line, country.clock())
    try:
        await _until_one_ends(tell(), hear())
    finally:
        phone.disconnect(line)


def _reason(text: str) -> str:
    """As much of it as a close frame holds."""
    return text.encode()[:_REASON_OCTETS_MAX].decode(errors="ignore")


async def _json(socket: WebSocket) -> Any:
    try:
        return await socket.receive_json()
    except (ValueError, KeyError, RecursionError):  # no JSON, or no text frame at all
        return None


async def _hear_nothing(socket: WebSocket) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return


async def _until_one_ends(*parts: Coroutine[Any, Any, None]) -> None:
    """Run both until one ends, be it because the other side is gone."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError, asyncio.CancelledError):
                await task
