"""What a scenario breaks on purpose: the kinds of [[faults]]."""

from typing import Annotated, Any, Literal

from pydantic import Field

from sim import moods
from sim.table import Positive, Seconds, Table


class SmsLost(Table):
    """The first messages of a carrier are lost."""

    kind: Literal["sms.lost"]
    carrier: str
    first: int = Field(1, ge=1)


class CameraFails(Table):
    """The camera of a call's phone never comes on. `call` counts from 1; left out: all."""

    kind: Literal["camera.fails"]
    call: int | None = Field(None, ge=1)


class StampCovered(Table):
    """A thumb over the stamp: no frame can be read. `call` counts from 1; left out: all."""

    kind: Literal["camera.stamp_covered"]
    call: int | None = Field(None, ge=1)


class SessionsMixed(Table):
    """Test only: our own relay sends one session's picture to another session's viewers."""

    kind: Literal["service.sessions_mixed"]
    at_s: Seconds = 0.0


class LeakedFrames(Table):
    """Test only: our own relay shows wrong viewers a whole frame of another session now and then.

    The first `at_least` a second apart, then every `every`th frame of all.
    """

    kind: Literal["service.leaked_frames"]
    at_s: Seconds = 0.0
    every: int = Field(10_000, ge=1)
    at_least: int = Field(10, ge=0, le=1000)


class LeakedArea(Table):
    """Test only: so much of every picture's area is another session's, beside the stamp."""

    kind: Literal["service.leaked_area"]
    at_s: Seconds = 0.0
    share: float = Field(0.2, gt=0, lt=1)


class LeakedBlend(Table):
    """Test only: another session's picture shines through, with so much weight."""

    kind: Literal["service.leaked_blend"]
    at_s: Seconds = 0.0
    share: float = Field(0.45, gt=0, lt=1)


Unsafe = SessionsMixed | LeakedFrames | LeakedArea | LeakedBlend


class PartKilled(Table):
    """A part is killed while the story is told."""

    kind: Literal["part.killed"]
    part: Literal["fake_carriers", "video_service", "fake_iccs", "fake_phones"]
    at_s: Seconds


class SmsMood(Table):
    """A carrier is in a mood from `at_s` on, for `for_s` or to the end."""

    kind: str
    carrier: str
    at_s: Seconds = 0.0
    for_s: Positive | None = None

    @property
    def until_s(self) -> float:
        """When it is over, in scenario seconds."""
        return float("inf") if self.for_s is None else self.at_s + self.for_s

    def mood(self) -> dict[str, Any]:
        """The mood as the carriers know it: its kind and its own fields."""
        fields = self.model_dump(exclude={"carrier", "at_s", "for_s"}, exclude_none=True)
        return {**fields, "kind": self.kind.removeprefix("sms.")}


class SmsOutage(SmsMood, moods.Outage):
    kind: Literal["sms.outage"]


class SmsSlow(SmsMood, moods.Slow):
    kind: Literal["sms.slow"]


class SmsThrottled(SmsMood, moods.Throttled):
    kind: Literal["sms.throttled"]


class SmsQueueFull(SmsMood, moods.QueueFull):
    kind: Literal["sms.queue_full"]


class SmsLoss(SmsMood, moods.Loss):
    kind: Literal["sms.loss"]


class SmsDuplicates(SmsMood, moods.Duplicates):
    kind: Literal["sms.duplicates"]


class SmsMalformed(SmsMood, moods.Malformed):
    kind: Literal["sms.malformed"]


OnCarrier = SmsOutage | SmsSlow | SmsThrottled | SmsQueueFull | SmsLoss | SmsDuplicates | SmsMalformed
Fault = Annotated[
    SmsLost | OnCarrier | CameraFails | StampCovered | Unsafe | PartKilled,
    Field(discriminator="kind"),
]
