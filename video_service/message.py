"""One SMS on its way: its parts, their submits and their copies. Data only: the rules are in `outbox`."""

import math
from collections import Counter
from dataclasses import dataclass, field


@dataclass(eq=False)
class Message:
    """An SMS to `number` (E.164). `id` is its name towards the carriers, `reference` whose it is here.

    `because` says why it is sent, `trouble` why it has not been taken yet. Times are the outbox's clock.
    """

    id: str
    reference: str
    number: str
    text: str
    because: str
    put_at: float
    parts: list["Part"] = field(default_factory=list)
    trouble: str = ""
    tries: int = 0  # failed ones that were told
    submits: int = 0  # tries that were told as submitted
    copies: int = 1  # as many as were told
    delayed: bool = False  # told that it takes longer
    stalled: bool = False  # told that no route is there for it; until the next submit
    over: bool = False  # nothing more is sent: accepted, given up, or not wanted any more
    told: set[str] = field(default_factory=set)  # what is told only once


@dataclass(eq=False)
class Part:
    """What one submit carries: the whole of a short SMS, one piece of a long one. `index` counts from 0.

    It is tried, answered and tried again by itself, so that an accepted part is not sent a second time.
    """

    message: Message
    index: int
    due_at: float  # put forward when a route comes back
    not_before: float = -math.inf  # is not
    tries: int = 0
    tries_at: Counter[int] = field(default_factory=Counter)  # route -> failed tries there
    pending: int | None = None  # the token of the try that is being waited for
    copies: list["Copy"] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Submit:
    """One part put on one route. Its answer comes under `token`."""

    token: int
    route: int
    part: Part
    at: float
    answer_by: float


@dataclass(eq=False)
class Copy:
    """A part that a carrier has taken, under its own id; `state` is what the last receipt said."""

    part: Part
    route: int
    carrier_id: str
    state: str = ""
