"""What routes answer besides success, for /openapi.json: every error is `{"detail": "..."}`."""

from typing import Any

from pydantic import BaseModel

_WHY = {
    401: "the key is missing or wrong",
    404: "there is no such thing (any more)",
    409: "the phone is off, out of coverage or not there",
    422: "a value cannot be; `detail` names it and what it must be",
    429: "throttled; Retry-After says when to come again",
    502: "the other side does not answer",
    503: "the carrier does not take it now",
}


class Detail(BaseModel):
    """Why it was not done."""

    detail: str


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route or a router; FastAPI adds nothing of its own to a 422 that is there."""
    return {status: {"model": Detail, "description": _WHY[status]} for status in statuses}
