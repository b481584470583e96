"""The gateway's receipts (docs/contract.md, section 2): verified, then handed on."""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, ValidationError

from video_service.sms_route import Receipt

log = logging.getLogger("video_service.receipts_api")

PATH = "/sms/receipts"
OFF_S_MAX = 300.0
"""A receipt signed longer ago is refused: it may be an old one that somebody has recorded."""
OCTETS_MAX = 16_384

_Short = Annotated[str, Field(max_length=200)]


class Forged(Exception):
    """Not from our gateway, or too old. The text says what is wrong."""


class _Body(BaseModel):
    """What is known of a receipt; the rest is left alone."""

    id: Annotated[_Short, Field(min_length=1)]
    state: _Short
    reference: _Short | None = None
    to: _Short = ""


def verify(key: str, timestamp: str, signature: str, body: bytes, now: float) -> None:
    """Check the two X-Lab113 headers; `now` is Unix time. Raises Forged."""
    wanted = hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"sha256={wanted}".encode(), signature.encode()):
        raise Forged("X-Lab113-Signature is missing or wrong")
    is_time = timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 15
    if not is_time or abs(int(timestamp) - now) > OFF_S_MAX:
        raise Forged(f"X-Lab113-Timestamp is no Unix time within {OFF_S_MAX:g} s of ours")


def receipts_api(key: str, take: Callable[[Receipt], None]) -> APIRouter:
    """The one route. A receipt that comes again, or for a message that nobody knows, is 204 and harmless."""
    api = APIRouter(tags=["SMS gateway"])

    @api.post(PATH, status_code=204)
    async def receipt(
        request: Request,
        x_lab113_timestamp: Annotated[str, Header()] = "",
        x_lab113_signature: Annotated[str, Header()] = "",
    ) -> Response:
        body = b""
        async for octets in request.stream():
            body += octets
            if len(body) > OCTETS_MAX:
                return JSONResponse({"detail": f"a receipt has at most {OCTETS_MAX} octets"}, 413)
        try:
            verify(key, x_lab113_timestamp, x_lab113_signature, body, time.time())
            told = _Body.model_validate(json.loads(body))
        except Forged as forged:
            peer = request.client.host if request.client else "?"
            log.warning("a receipt from %s was refused: %s", peer, forged)
            return JSONResponse({"detail": str(forged)}, 401)
        except (ValueError, RecursionError, ValidationError) as error:
            log.warning("the gateway sent a receipt that is none: %s", error)
            return JSONResponse({"detail": "not {id, reference, to, state, done_at}"}, 422)
        take(Receipt(told.id, told.to, told.state.upper(), told.reference or ""))
        return Response(status_code=204)

    return api
