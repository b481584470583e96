"""What an operator can do, and what she knows when she decides."""

from dataclasses import dataclass, field

from sim.call import Camera, Value


@dataclass(frozen=True, slots=True)
class Act:
    """Something an operator does. `done` = a person did it at the seat already; only tell what follows."""

    done: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Answer(Act):
    """Take the call that is offered to the seat."""


@dataclass(frozen=True, slots=True)
class AskForVideo(Act):
    """Ask the caller aloud for consent."""


@dataclass(frozen=True, slots=True)
class SendLink(Act):
    """Ask the video service for a session: the caller gets the link by SMS."""


@dataclass(frozen=True, slots=True)
class SwitchCamera(Act):
    """Have the phone show its other camera."""

    camera: Camera = "front"


@dataclass(frozen=True, slots=True)
class Invite(Act):
    """Give a resource person a look into the stream."""

    role: str = "doctor"


@dataclass(frozen=True, slots=True)
class Guide(Act):
    """Tell the caller aloud to do something: to bring this parameter of his scene to this value."""

    parameter: str
    value: Value


@dataclass(frozen=True, slots=True)
class EndVideo(Act):
    """End the video session; the call goes on."""


@dataclass(frozen=True, slots=True)
class HangUp(Act):
    """End the call."""


@dataclass(slots=True)
class Moment:
    """What the operator of one call knows now. Times in scenario seconds; None = not yet."""

    offered_s: float | None = None
    answered_s: float | None = None
    asked_s: float | None = None
    reply: bool | None = None
    reply_s: float | None = None
    requested_s: float | None = None
    seen_s: float | None = None
    switches: int = 0
    guided: int = 0
    invited: tuple[str, ...] = ()
    video_over_s: float | None = None
    call_over: bool = False
    seat: str | None = None
    heard_n: int = 0  # how far this call's events have been taken in by a person's Operator port
