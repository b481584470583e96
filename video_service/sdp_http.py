"""SDP over HTTP, as WHIP (RFC 9725) and WHEP have it."""

import re

from fastapi import HTTPException, Request
from fastapi.responses import Response

SDP = "application/sdp"
_WAIT = re.compile(r"(?:^|,)\s*wait\s*=\s*(\d{1,6})\s*(?:$|[,;])", re.IGNORECASE)
_OFFER_OCTETS_MAX = 64 * 1024


async def sdp_offer(request: Request) -> str:
    """The body of an offer. Answers 415 for another type, 413 for a body that no browser sends."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != SDP:
        raise HTTPException(415, f"send the SDP offer as {SDP}")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _OFFER_OCTETS_MAX:
            raise HTTPException(413, "the SDP offer is too long")
    return body.decode("utf-8", errors="replace")


def preferred_wait_s(prefer: str | None) -> float:
    """Seconds that the client would rather wait than be refused: `Prefer: wait=10` (RFC 7240, 4.3)."""
    found = _WAIT.search(prefer or "")
    return float(found[1]) if found else 0.0


def sdp_answer(answer: str, location: str) -> Response:
    """201 with the answer and where to DELETE it."""
    return Response(answer, 201, headers={"Location": location}, media_type=SDP)
