"""How a carrier misbehaves for a while, as a data file says it: the fields of `fake_carriers.moods.Mood`."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from sim.table import Positive, Table

Some = Annotated[float, Field(gt=0, le=1, strict=True)]  # a share of the messages

_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Outage(Table):
    """Nothing is taken: told so, cut off, or left without an answer."""

    how: Literal["refuse", "drop", "silent"]
    swallowed: Literal["lost", "later"] | None = None  # what is asked of a silent one; left out: lost

    @model_validator(mode="after")
    def _only_the_silent_swallow(self) -> Self:
        if self.swallowed is not None and self.how != "silent":
            raise ValueError("swallowed goes with a silent outage only: leave it out")
        return self


class Slow(Table):
    """Responses come late; the messages are on their way all the same."""

    response_s: Positive


class Throttled(Table):
    """More than so many messages in a second are turned away, to come again."""

    rate_per_s: Positive


class QueueFull(Table):
    """Every message is turned away, to come again."""


class Loss(Table):
    """A share is accepted and never delivered."""

    share: Some


class Duplicates(Table):
    """A share is delivered twice."""

    share: Some
    after_s: Positive = 1.0


class Malformed(Table):
    """A share of the responses is broken."""

    share: Some
    how: Literal["length", "command", "sequence", "cut"]


class OutageMood(Outage):
    kind: Literal["outage"]


class SlowMood(Slow):
    kind: Literal["slow"]


class ThrottledMood(Throttled):
    kind: Literal["throttled"]


class QueueFullMood(QueueFull):
    kind: Literal["queue_full"]


class LossMood(Loss):
    kind: Literal["loss"]


class DuplicatesMood(Duplicates):
    kind: Literal["duplicates"]


class MalformedMood(Malformed):
    kind: Literal["malformed"]


Mood = Annotated[
    OutageMood | SlowMood | ThrottledMood | QueueFullMood | LossMood | DuplicatesMood | MalformedMood,
    Field(discriminator="kind"),
]


class Trouble(Table):
    """A mood that comes every week: on `days` ("mon-fri", "sat") from `begins` to `ends` ("07:30")."""

    days: str
    begins: str = Field(pattern=f"^({_TIME})$")
    ends: str = Field(pattern=f"^({_TIME})$")
    mood: Mood

    @field_validator("days")
    @classmethod
    def _are_days(cls, days: str) -> str:
        first, _, last = days.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise ValueError(f'{days!r} are no days: write such as "mon-fri" or "sat"')
        return days

    def fields(self) -> dict[str, Any]:
        """As the carriers' REST and file say it."""
        return self.model_dump(mode="json", exclude_none=True)


def week_s(moment: str) -> float:
    """Seconds after Monday 00:00 at such a moment as "mon 07:30". Raises ValueError."""
    found = re.fullmatch(rf"({'|'.join(_DAYS)}) ([01][0-9]|2[0-3]):([0-5][0-9])", moment)
    if not found:
        raise ValueError(f'{moment!r} is no day and time: write such as "mon 07:30"')
    return _DAYS.index(found[1]) * 86400.0 + int(found[2]) * 3600.0 + int(found[3]) * 60.0
