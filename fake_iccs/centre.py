"""The words of a control room: a centre, its seats, a call as it stands, and what can happen."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from fake_iccs.night import Night

Priority = Literal["urgent", "normal"]
PRIORITIES: tuple[Priority, ...] = ("urgent", "normal")  # in the order of their turn
State = Literal["queued", "offered", "answered", "ended", "abandoned"]
OVER = ("ended", "abandoned")


class Refused(Exception):
    """A move that the state of the call or the seat forbids; the text says why and what to do."""


class Unknown(Exception):
    """A call, seat or centre that does not exist; the text names the nearest one that does."""


class Happening(NamedTuple):
    """Something that happened: an event of the journal, its call (None for a seat's own) and facts."""

    event: str
    call: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Centre:
    """A control room. `overflow` names the centres that help, in order. Raises ValueError.

    `night` is when another one takes its calls: a driver with a clock of the day tells the rule.
    """

    name: str
    kind: Literal["AMK", "LV"]
    line: Literal["113", "116117"]
    seats: int
    overflow: tuple[str, ...] = ()
    overflow_after_s: float = 30.0
    video: Literal["hjelp113", "incidentshare", "none"] = "hjelp113"
    night: Night | None = None

    def __post_init__(self) -> None:
        if not self.name or "/" in self.name:
            raise ValueError(
                f"centre {self.name!r}: a name is not empty and has no '/' (it separates the seat)"
            )
        if self.seats < 0 or not self.overflow_after_s >= 0:
            raise ValueError(f"centre {self.name!r}: seats and overflow_after_s are 0 or more")
        if self.name in self.overflow:
            raise ValueError(f"centre {self.name!r}: overflow names the centre itself; leave it out")


@dataclass(slots=True)
class Seat:
    """A seat as it stands. `signed` is what its operator said; `call` is offered or answered here."""

    seat: str
    centre: str
    idle: int  # the lower, the longer idle
    signed: Literal["free", "away"] = "free"
    call: str | None = None


@dataclass(slots=True)
class Standing:
    """A call as it stands. `seat` is where it is offered or answered; `waits_since` is in `now` seconds."""

    call: str
    line: str
    centre: str
    place: int  # the lower, the earlier in the queue
    waits_since: float
    overflow_due: float
    priority: Priority = "normal"
    state: State = "queued"
    seat: str | None = None
    was_answered: bool = False
    routed_from: str | None = None  # the closed centre that it was meant for

    @property
    def turn(self) -> tuple[int, int]:
        """The lower, the sooner: urgent ones first, then by place."""
        return PRIORITIES.index(self.priority), self.place
