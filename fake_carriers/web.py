"""The web side: handsets, the fate of what is to come, and what has happened."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI, HTTPException, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field

from fake_carriers.carriers import CarrierError, overridden
from fake_carriers.fate import Carrier
from fake_carriers.handsets import Arrival, Handset
from fake_carriers.network import Network, Part
from stand_alone import Feed

# WebSocket close codes of our own (4000 to 4999 are free for applications)
CLOSED_BAD_MESSAGE, CLOSED_UNKNOWN_NUMBER, CLOSED_REPLACED = 4400, 4404, 4409
_REASON_LENGTH_MAX = 120


class FateRequest(BaseModel):
    """A seed, and per carrier the fields that differ from the carriers as the program was started with."""

    model_config = ConfigDict(extra="forbid")
    seed: int
    carriers: dict[str, dict[str, Any]] = Field(default_factory=dict)


def web_app(carriers: Sequence[Carrier], network: Network, smpp: Mapping[str, str], feed: Feed) -> FastAPI:
    """The application; `carriers` are those that overrides start from, `smpp` their "host:port"."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        title="fake_carriers",
        description="SMS carriers of a country that does not exist.",
    )

    @app.get("/carriers")
    async def get_carriers() -> dict[str, Any]:
        """The seed and the carriers as they are now."""
        return {"seed": network.seed, "carriers": [_shown(carrier, smpp) for carrier in network.carriers]}

    @app.put("/fate")
    async def put_fate(asked: FateRequest) -> dict[str, Any]:
        """Draw from this seed and count from zero; messages under way keep their fate."""
        try:
            network.set_fate(asked.seed, overridden(carriers, asked.carriers))
        except CarrierError as error:
            raise HTTPException(422, str(error)) from None
        return await get_carriers()

    @app.get("/messages")
    async def get_messages() -> list[dict[str, Any]]:
        """Every submit_sm that was taken (the last 100 000), oldest first."""
        return [_message(part) for part in network.parts]

    @app.websocket("/events")
    async def events(socket: WebSocket, since: int = 0) -> None:
        await socket.accept()

        async def tell() -> None:
            async for event in feed.follow(since):
                await socket.send_json(event)

        await _until_one_ends(tell(), _hear_nothing(socket))

    @app.websocket("/handsets/{number}")
    async def handset(socket: WebSocket, number: str) -> None:
        await socket.accept()
        try:
            phone = network.handset(number)
        except ValueError as error:
            await socket.close(CLOSED_UNKNOWN_NUMBER, str(error)[:_REASON_LENGTH_MAX])
            return
        await _serve_phone(socket, phone)

    return app


def _shown(carrier: Carrier, smpp: Mapping[str, str]) -> dict[str, Any]:
    shown = asdict(carrier)
    del shown["password"]
    return {**shown, "smpp": smpp[carrier.name]}


def _message(part: Part) -> dict[str, Any]:
    submission, message = part.submission, part.message
    return {
        "id": part.message_id,
        "carrier": message.carrier.name,
        "from": submission.sender,
        "to": submission.number,
        "text": submission.text,
        "part": part.part,
        "parts": message.parts_total,
        "state": part.state,
        "drawn_s": message.fate.delay_s,
    }


async def _serve_phone(socket: WebSocket, phone: Handset) -> None:
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
            phone.got(told["got"])

    phone.connect(line)
    try:
        await _until_one_ends(tell(), hear())
    finally:
        phone.disconnect(line)


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
