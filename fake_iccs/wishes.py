"""What the clients of the control room ask for, as JSON."""

from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, FiniteFloat, StringConstraints

from fake_iccs.centre import Priority

Number = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{3,14}$")]
CallId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Role = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,32}$")]


class Ringing(BaseModel):
    """A new call. `number` is E.164; `call` is an id of the client's own; urgent calls are offered first."""

    number: Number
    line: Literal["113", "116117"]
    centre: str
    call: CallId | None = None
    priority: Priority = "normal"


class AtSeat(BaseModel):
    """The seat that answers, as "AMK Bergen/1"."""

    seat: str


class HangUp(BaseModel):
    """Who hangs up."""

    by: Literal["caller", "operator"]


class ToCentre(BaseModel):
    """The centre that a call goes to."""

    centre: str


class RoutedTo(BaseModel):
    """The centre that takes another one's calls."""

    to: str


class SpokenStep(BaseModel):
    """A step of the spoken exchange: the operator asks aloud, the caller answers."""

    step: Literal["asked", "given", "refused"]
    because: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,63}$")] | None = None
    """Why the answer is no, such as no_smartphone; told on."""


class Guidance(BaseModel):
    """What the operator tells the caller to do; what the words mean, the caller knows."""

    parameter: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    value: FiniteFloat | Annotated[str, StringConstraints(max_length=64)] | bool


class CameraWanted(BaseModel):
    """The phone's camera that the operator wants."""

    camera: Literal["back", "front"]


class SignedAs(BaseModel):
    """What the operator of a seat is."""

    state: Literal["free", "away"]
