"""The HTTP gateway in front of the carriers: send, ask after, and hear of a message without SMPP."""

import asyncio
import contextlib
import hmac
import itertools
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from fake_carriers.answers import answers
from fake_carriers.country import GATEWAY, Country
from fake_carriers.intake import Unanswered
from fake_carriers.message import Client, Part
from fake_carriers.notices import Notices
from fake_carriers.smpp import Command, Pdu, ShortMessage, Status
from fake_carriers.smsc import Smsc
from fake_carriers.state import State
from fake_carriers.submission import Refused, submission_of
from fake_carriers.text import encoding_of, parts_of
from fake_carriers.throttle import Throttle
from fake_carriers.webhook import Webhook, is_here

_UNKNOWN, _INTERNATIONAL, _ALPHANUMERIC, _ISDN = 0, 1, 5, 1
NO_CARRIER = ""  # what wishes for numbers that no carrier has are counted as
_LISTENS_EVERY_S = 0.1
_UNANSWERED_S = 120.0
_REMEDY = "give a URL on 127.0.0.1, or start fake_carriers with --receipts-anywhere"


class Wish(BaseModel):
    """A text to send. `reference` comes back in the answer and in the receipt."""

    model_config = ConfigDict(extra="forbid")
    to: str = Field(pattern=r"^\+[1-9][0-9]{7,14}$", description="E.164")
    sender: str = Field(alias="from", pattern=r"^(\+?[0-9]{3,15}|[A-Za-z0-9 ._-]{1,11})$")
    text: str = Field(min_length=1, max_length=10_000)
    reference: str = Field("", max_length=200)
    receipt_url: HttpUrl | None = None
    validity_s: float | None = Field(None, gt=0, le=900)


class _Asker:
    """What the intake of a carrier asks of whoever submits."""

    def __init__(self) -> None:
        self.throttle, self.unanswered, self.door = Throttle(), 0, GATEWAY


class Gateway:
    """Sends for whoever has the key. Receipts stay on this machine, unless they may go `anywhere`."""

    def __init__(self, country: Country, key: str, webhook: Webhook, anywhere: bool = False) -> None:
        self.webhook = webhook
        self._country, self._key, self._anywhere = country, key, anywhere
        self._askers: defaultdict[str, _Asker] = defaultdict(_Asker)
        self._nobodys = Notices(NO_CARRIER, country.network, country.tell)
        self._references = itertools.count(1)
        country.report_http, country.forget_http = self._report, webhook.forget

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, country: Country, key: str, anywhere: bool = False) -> AsyncIterator["Gateway"]:
        async with Webhook.opened(key) as webhook:
            yield cls(country, key, webhook, anywhere)

    def api(self) -> APIRouter:
        """POST and GET /gateway/messages."""
        needed = [Depends(self._key_needed)]
        api = APIRouter(
            prefix="/gateway", tags=["HTTP gateway"], dependencies=needed, responses=answers(401, 422)
        )

        @api.post("/messages", status_code=202, responses=answers(429, 503))
        async def send(wish: Wish, request: Request) -> dict[str, Any]:
            """Send a text. 429: throttled, with Retry-After; 503: the carrier does not take it now."""
            return await self._send(wish, request)

        @api.get("/messages/{message_id}", responses=answers(404))
        async def look(message_id: str) -> dict[str, Any]:
            """What has become of it."""
            parts = [p for p in self._country.network.parts.find(message_id) if p.client.door == GATEWAY]
            if not parts:
                raise HTTPException(404, f"no message {message_id!r} came through this gateway lately")
            return _told(parts)

        return api

    async def _key_needed(self, authorization: Annotated[str, Header()] = "") -> None:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {self._key}".encode()):
            raise HTTPException(401, "the gateway's key is missing or wrong; send Authorization: Bearer KEY")

    async def _send(self, wish: Wish, request: Request) -> dict[str, Any]:
        asked_at = self._country.clock()
        if wish.receipt_url and not self._may_post(str(wish.receipt_url)):
            raise HTTPException(422, f"receipt_url: {wish.receipt_url.host} is not this machine; {_REMEDY}")
        door = self._door_of(wish.to)
        await self._door_opens(door, wish.to)
        try:
            parts, late_s = self._take(door, wish)
        except Refused as refused:
            if not refused.told:
                door.intake.notices.refused(wish.to, refused.status, GATEWAY)
            raise _http(refused) from None
        except ValueError as error:  # more parts than a long SMS has
            door.intake.notices.refused(wish.to, Status.RINVMSGLEN, GATEWAY)
            raise HTTPException(422, str(error)) from None
        except Unanswered:
            await asyncio.sleep(_UNANSWERED_S)
            raise HTTPException(503, "a magic number: never answered") from None
        kept = asyncio.get_running_loop().create_future()
        door.intake.when_kept(parts, lambda is_kept: None if kept.done() else kept.set_result(is_kept))
        if not await kept:
            raise HTTPException(503, "the message cannot be kept: the carrier's store is not writable")
        if late_s := late_s or door.behaviour.response_s:
            await asyncio.sleep(late_s)
            if not await request.is_disconnected():
                door.intake.notices.answered(parts[:1], asked_at, self._country.clock())
        return _told(parts)

    def _may_post(self, url: str) -> bool:
        return self._anywhere or is_here(url)

    def _door_of(self, number: str) -> Smsc:
        try:
            return self._country.smscs[self._country.network.carrier_of(number).name]
        except ValueError as error:
            self._nobodys.refused(number, Status.RINVDSTADR, GATEWAY)
            raise HTTPException(422, str(error)) from None

    async def _door_opens(self, door: Smsc, number: str) -> None:
        """A carrier in an outage: 503, or no answer at all until it is over."""
        if door.behaviour.outage == "silent":
            lost = door.behaviour.swallowed == "lost"
            door.intake.notices.swallowed(number, not lost, GATEWAY)
            while door.behaviour.outage == "silent":  # noqa: ASYNC110 - rare, and the SMSC is sans-IO
                await asyncio.sleep(_LISTENS_EVERY_S)
            if lost:
                raise HTTPException(503, f"{door.name} was silent, the message is lost")
        if door.behaviour.outage:
            door.intake.notices.refused(number, Status.RSYSERR, GATEWAY)
            raise HTTPException(503, f"{door.name} does not take messages now")

    def _take(self, door: Smsc, wish: Wish) -> tuple[list[Part], float]:
        now = self._country.clock()
        asker = self._askers[door.name]
        pieces = parts_of(wish.text, next(self._references), "udh16")
        late_s = door.intake.admit(asker, wish.to, now)  # once: by parts, a low rate would never let it in
        url = str(wish.receipt_url) if wish.receipt_url else ""
        note = json.dumps({"reference": wish.reference, "url": url, "text": wish.text})
        client = Client(GATEWAY, "", 0, note)
        parts: list[Part] = []
        for piece in pieces:
            request = ShortMessage(
                source_addr_ton=_type_of(wish.sender),
                source_addr=wish.sender.removeprefix("+"),
                dest_addr_ton=_INTERNATIONAL,
                dest_addr_npi=_ISDN,
                destination_addr=wish.to.removeprefix("+"),
                esm_class=piece.esm_class,
                validity_period=_relative(wish.validity_s),
                registered_delivery=1,
                data_coding=piece.data_coding,
                short_message=piece.short_message,
            )
            pdu = Pdu(Command.SUBMIT_SM, 0, Status.ROK, request, piece.tlvs)
            submission = submission_of(pdu, now)
            shared = parts[0].message_id if parts else ""
            parts.append(door.intake.take(submission, client, now, shared))
        return parts, late_s

    def _report(self, part: Part, now: float) -> None:
        """The message has ended: tell its sender, once for all its parts."""
        if part.ended_at is None or part.part != max(part.message.parts):
            return
        parts = list(part.message.parts.values())
        told, url = _told(parts), json.loads(part.client.note)["url"]

        def done() -> None:
            for each in parts:
                self._country.network.reported(each)

        if not url:
            done()
            return
        if not self._may_post(url):  # of an earlier life that was told it may: it stays owed
            return
        receipt = {key: told[key] for key in ("id", "reference", "to", "state")}
        done_at = datetime.fromtimestamp(part.ended_at, UTC).isoformat(timespec="milliseconds")
        self.webhook.post(url, {**receipt, "done_at": done_at}, done)


def _told(parts: Sequence[Part]) -> dict[str, Any]:
    note = json.loads(parts[0].client.note)
    states = [part.state for part in parts]
    state = State.ENROUTE if State.ENROUTE in states else states[0]
    return {
        "id": parts[0].message_id,
        "reference": note["reference"],
        "to": parts[0].submission.number,
        "parts": parts[0].message.parts_total,
        "encoding": encoding_of(note["text"]),
        "state": State.ENROUTE.name if state is State.LOST else state.name,  # nobody knows that it is lost
    }


def _type_of(sender: str) -> int:
    """The type of number: 113 is none of a country's, LAB113 is letters."""
    if sender.startswith("+"):
        return _INTERNATIONAL
    return _UNKNOWN if sender.isdigit() else _ALPHANUMERIC


def _relative(validity_s: float | None) -> str:
    """A validity_period in whole seconds (SMPP 3.4, 7.1.1.2)."""
    if validity_s is None:
        return ""
    minutes, seconds = divmod(max(1, round(validity_s)), 60)
    return f"00000000{minutes:02}{seconds:02}000R"


def _http(refused: Refused) -> HTTPException:
    if refused.status is Status.RTHROTTLED:
        return HTTPException(429, "the carrier takes no more messages a second", {"Retry-After": "1"})
    if refused.status is Status.RINVDSTADR:
        return HTTPException(422, "no carrier has this number")
    return HTTPException(503, f"the carrier does not take it now ({refused.status.name})")
