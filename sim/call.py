"""A call as the stories know it: everything chosen, everything drawn, nothing left open."""

from dataclasses import dataclass
from typing import Literal

Camera = Literal["back", "front"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who rings, and what he will do. Waits in seconds."""

    number: str
    carrier: str
    scene: str
    scene_seed: int
    phone: Literal["live", "chromium"]
    says_yes: bool  # to the spoken question
    approves: bool  # on the page
    camera_fails: bool
    stamp_covered: bool
    patience_s: float
    replies_after_s: float
    opens_link_after_s: float
    consents_after_s: float


@dataclass(frozen=True, slots=True)
class Invitation:
    """A resource person whom the operator gives a look into the stream. Times in seconds."""

    role: str
    at_s: float  # after the first picture
    joins_after_s: float


@dataclass(frozen=True, slots=True)
class Script:
    """What a scripted operator does with this call. Waits and times in seconds."""

    asks_video: bool
    picks_up_after_s: float
    asks_video_after_s: float
    sends_link_after_s: float
    gives_up_after_s: float  # from the request, when no picture comes
    switches_camera_at_s: tuple[float, ...]  # after the first picture
    invites: tuple[Invitation, ...]
    holds_video_s: float  # from the first picture
    talks_s: float  # of a call that stays voice, from the answer
    talks_on_s: float  # after a video session, or after a no to it


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a resolved scenario."""

    name: str
    at_s: float
    line: str
    centre: str
    caller: Caller
    operator: Script
    title: str = ""
    outcome: str | None = None  # how it must end, when the scenario says so

    @property
    def session(self) -> str:
        """The lab's name of this call's video session, the same on both clocks."""
        return f"{self.name}/video"
