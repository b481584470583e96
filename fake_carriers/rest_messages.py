"""REST: the messages, and the phones that they are for."""

from collections import deque
from datetime import UTC, datetime
from heapq import nlargest
from operator import attrgetter
from typing import Annotated, Any, Literal

import httpx
from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from fake_carriers.aml import EMERGENCY_NUMBERS, Position, https_form, subscriber_of
from fake_carriers.answers import answers
from fake_carriers.country import Country
from fake_carriers.handsets import Handset
from fake_carriers.message import Part
from fake_carriers.originated import Originated, Progress
from fake_carriers.phone import SwitchedOff, send_location, send_octets, send_text
from fake_carriers.state import State
from fake_carriers.text import How, is_binary

_HTTPS_S = 10.0
Limit = Annotated[int, Query(ge=1, le=20_000)]


class HandsetChange(BaseModel):
    model_config = ConfigDict(extra="forbid")
    power: Literal["on", "off"] | None = None
    coverage: bool | None = None


class FromPhone(BaseModel):
    """What the phone sends: a text, or octets (hex) with their data_coding."""

    model_config = ConfigDict(extra="forbid")
    to: str = Field(pattern=r"^\+?[0-9]{3,15}$")
    text: str | None = Field(None, max_length=30_000)
    octets: str | None = Field(None, pattern=r"^([0-9a-fA-F]{2})*$")
    data_coding: int = Field(4, ge=0, le=255)
    long: How = "udh8"

    @model_validator(mode="after")
    def _one_of_them(self) -> "FromPhone":
        if (self.text is None) == (self.octets is None):
            raise ValueError("give either text or octets")
        return self


class PositionRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    lat: float
    lon: float
    radius_m: float
    at: AwareDatetime
    confidence: int = 68
    method: str = "G"
    altitude_m: float | None = None


class Ringing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    to: str = "113"
    position: PositionRequest


def _handset_of(country: Country, number: str) -> Handset:
    try:
        return country.network.handset(number)
    except ValueError as error:
        raise HTTPException(404, str(error)) from None


def messages_api(country: Country) -> APIRouter:
    api = APIRouter(tags=["messages"])

    def chosen(number: str | None, carrier: str | None) -> str | None:
        """The number as the messages say it."""
        if carrier not in (None, *country.smscs):
            raise HTTPException(404, f"no carrier {carrier!r}: there are {', '.join(country.smscs)}")
        if number is None:  # a plus that was not escaped arrives as a space
            return None
        return _handset_of(country, number.replace(" ", "+")).number

    @api.get("/messages", responses=answers(404, 422))
    async def get_messages(
        number: str | None = None,
        carrier: str | None = None,
        state: str | None = None,
        limit: Limit = 20_000,
    ) -> list[dict[str, Any]]:
        """The newest submits that were taken, oldest first."""
        if state is not None and state not in State.__members__:
            raise HTTPException(422, f"state is {state!r}: it must be one of {', '.join(State.__members__)}")
        number = chosen(number, carrier)
        found = (
            part
            for part in country.network.parts
            if number in (None, part.submission.number)
            and carrier in (None, part.message.carrier)
            and state in (None, part.state.name)
        )
        return [_message(part) for part in deque(found, maxlen=limit)]

    @api.delete("/messages", status_code=204)
    async def delete_messages() -> Response:
        """Forget all messages, those on their way too, the screens, owed receipts and the PDUs."""
        country.empty()
        return Response(status_code=204)

    @api.get("/originated", responses=answers(404, 422))
    async def get_originated(
        number: str | None = None,
        carrier: str | None = None,
        state: Progress | None = None,
        limit: Limit = 20_000,
    ) -> list[dict[str, Any]]:
        """The newest messages from phones (MO), oldest first, and whether a client has them."""
        number = chosen(number, carrier)
        found = (
            originated
            for originated in country.network.outbox
            if number in (None, originated.sender)
            and carrier in (None, originated.carrier)
            and state in (None, originated.state)
        )
        return [_originated(originated) for originated in deque(found, maxlen=limit)]

    @api.get("/messages/{message_id}", responses=answers(404, 422))
    async def get_message(message_id: str) -> list[dict[str, Any]]:
        """One submit: one entry for each destination."""
        parts = country.network.parts.find(message_id)
        if not parts:
            raise HTTPException(404, f"no message {message_id!r} is known (any more)")
        return [_message(part) for part in parts]

    return api


def _message(part: Part) -> dict[str, Any]:
    submission, message = part.submission, part.message
    return {
        "id": part.message_id,
        "carrier": message.carrier,
        "door": part.client.door,
        "from": submission.sender,
        "to": submission.number,
        "text": submission.text,
        "part": part.part,
        "parts": message.parts_total,
        "state": part.state.name,
        "drawn_s": message.fate.delay_s,
        "submitted_at": part.submitted_at,
        "ended_at": part.ended_at,
    }


def _originated(originated: Originated) -> dict[str, Any]:
    place, data_coding = originated.place, originated.request.data_coding
    shown = {
        "carrier": originated.carrier,
        "from": originated.sender,
        "to": originated.request.destination_addr,
        "text": originated.text,
        "part": place.part if place else 1,
        "parts": place.parts if place else 1,
        "state": originated.state,
        "sent_at": originated.sent_at,
        "ended_at": originated.ended_at,
    }
    return {**shown, "binary": originated.octets.hex()} if is_binary(data_coding) else shown


def handsets_api(country: Country, aml_url: str | None) -> APIRouter:
    api = APIRouter(tags=["handsets"])

    def known(number: str) -> Handset:
        return _handset_of(country, number)

    @api.get("/handsets", responses=answers(422))
    async def get_handsets(limit: Limit = 20) -> list[dict[str, Any]]:
        """The phones, those that were last heard of first."""
        heard = nlargest(limit, country.network.handsets.values(), key=attrgetter("heard_at"))
        return [_handset(country, handset) for handset in heard]

    @api.get("/handsets/{number}", responses=answers(404, 422))
    async def get_handset(number: str) -> dict[str, Any]:
        """One phone, and what is on its screen, oldest first."""
        handset = known(number)
        return {**_handset(country, handset), "screen": list(handset.screen)}

    @api.put("/handsets/{number}", responses=answers(404, 409, 422))
    async def put_handset(number: str, change: HandsetChange) -> dict[str, Any]:
        """Switch the phone on or off, move it into or out of coverage."""
        handset = known(number)
        power = None if change.power is None else change.power == "on"
        if power and not handset.can_be_on:
            raise HTTPException(409, f"no phone is attached: connect one to WS /handsets/{number}")
        handset.switch(country.clock(), power, change.coverage)
        return await get_handset(number)

    @api.post("/handsets/{number}/messages", status_code=202, responses=answers(404, 409, 422))
    async def send(number: str, asked: FromPhone) -> dict[str, int]:
        """The phone sends a message (MO); it waits until a receiver is bound. 409: the phone is off."""
        known(number)
        try:
            if asked.text is not None:
                return {"parts": send_text(country, number, asked.to, asked.text, asked.long)}
            octets = bytes.fromhex(asked.octets or "")
            parts = send_octets(country, number, asked.to, octets, asked.data_coding, asked.long)
        except SwitchedOff as off:
            raise HTTPException(409, str(off)) from None
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        return {"parts": parts}

    @api.post("/handsets/{number}/calls", status_code=202, responses=answers(404, 409, 422))
    async def ring(number: str, asked: Ringing) -> dict[str, Any]:
        """The phone rings, and sends its location when the number is one for emergencies (AML)."""
        known(number)
        if asked.to not in EMERGENCY_NUMBERS:
            return {"aml": None}
        try:
            position = Position(**asked.position.model_dump())
            text = send_location(country, number, asked.to, position)
        except SwitchedOff as off:
            raise HTTPException(409, str(off)) from None
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        form = https_form(position, subscriber_of(number), asked.to, datetime.now(UTC))
        return {"aml": {"sms": text, "https": await _post(aml_url, form)}}

    return api


async def _post(url: str | None, form: dict[str, str]) -> dict[str, Any] | None:
    """The location's HTTPS form, and what the endpoint said; None without an endpoint."""
    if url is None:
        return None
    try:  # on this machine only, so nobody but itself has signed its certificate
        async with httpx.AsyncClient(timeout=_HTTPS_S, trust_env=False, verify=False) as http:
            answer = await http.post(url, data=form)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return {"url": url, "status": None, "detail": str(error) or type(error).__name__}
    return {"url": url, "status": answer.status_code}


def _carrier_of(country: Country, number: str) -> str | None:
    """None: its range has been taken from all carriers since."""
    try:
        return country.network.carrier_of(number).name
    except ValueError:
        return None


def _handset(country: Country, handset: Handset) -> dict[str, Any]:
    return {
        "number": handset.number,
        "carrier": _carrier_of(country, handset.number),
        "power": "on" if handset.power else "off",
        "coverage": handset.coverage,
        "attached": handset.attached,
        "waiting": handset.waiting,
        "shown": handset.taken,
        "heard_at": handset.heard_at,
    }
