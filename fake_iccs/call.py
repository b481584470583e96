"""A call as the control room keeps it: who rings, what was asked aloud, the video session."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Literal

Consent = Literal["asked", "given", "refused"]


@dataclass
class Viewer:
    """Somebody let into the picture, by role: one per role and session."""

    viewer: str
    role: str
    whep_url: str
    whep_token: str
    page_url: str


@dataclass
class Video:
    """A video session of a call. `state` and `because` follow the video service's events.

    `trouble` says in words what the control room could not get done and tries again.
    """

    session: str
    state: str
    whep_url: str
    whep_token: str
    camera: str = "back"
    because: str | None = None
    trouble: str | None = None
    viewers: dict[str, Viewer] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """The session as JSON."""
        return {**vars(self), "viewers": [vars(viewer) for viewer in self.viewers.values()]}


@dataclass
class Call:
    """`consent` is the spoken exchange. `centres` are all that have had the call at hand."""

    call: str
    number: str
    line: str
    placed_n: int
    placed_s: float = field(default_factory=time.monotonic)
    over_s: float | None = None
    consent: Consent | None = None
    video: Video | None = None
    centres: set[str] = field(default_factory=set)
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)  # one video request at a time
