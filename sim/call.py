"""A call as the stories know it: everything chosen, everything drawn, nothing left open."""

from dataclasses import dataclass
from typing import Literal, Protocol

Camera = Literal["back", "front"]
Priority = Literal["urgent", "normal"]
PhoneKind = Literal["live", "lean", "chromium", "attached"]
Value = float | str | bool
"""Of a scene's parameter, as `fake_phones.scenes` has them."""
Step = Literal["no_smartphone", "refused_aloud", "sms_lost", "refused_on_page", "camera_failed", "network"]
"""Why a request for video gives no picture: the steps of a nation's funnel, in their order."""
Ordained = Step | Literal["seen"]
FILMS = ("caller", "crew")
"""Who may have the phone in hand, as the journal names them."""


def session_name(name: str) -> str:
    """The lab's name of the video session of a call or of an ambulance, the same on both clocks."""
    return f"{name}/video"


class Filmed(Protocol):
    """Whatever a phone films and others see: a call, or an ambulance's stream."""

    @property
    def name(self) -> str: ...
    @property
    def session(self) -> str:
        """The lab's name of its video session, the same on both clocks."""

    @property
    def films(self) -> str:
        """Who has the phone in hand: one of FILMS."""

    @property
    def phone(self) -> PhoneKind: ...
    @property
    def radio(self) -> str | None:
        """A profile, or the file of one; None: nothing is impaired."""

    @property
    def radio_seed(self) -> int:
        """What the draws of its radio are keyed by."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """What happens to the phone's page while it films, `at_s` after the camera came on."""

    at_s: float
    does: Literal["reload", "close_tab", "lock", "unlock"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who rings, and what he will do. Waits in seconds."""

    number: str
    carrier: str
    scene: str
    scene_seed: int
    phone: PhoneKind
    says_yes: bool  # to the spoken question
    approves: bool  # on the page
    camera_fails: bool
    stamp_covered: bool
    radio: str | None  # a profile, or the file of one; None: nothing is impaired
    patience_s: float
    replies_after_s: float
    opens_link_after_s: float
    consents_after_s: float
    device: str | None = None  # what a chromium phone looks like
    webdriver: str | None = None  # who presses on an attached phone; None: a person
    capabilities: str = "{}"  # what the WebDriver is asked for, in JSON
    mishaps: tuple[Mishap, ...] = ()  # in the order of their time
    parameters: tuple[tuple[str, Value], ...] = ()  # set about the scene from its beginning
    follows_after_s: float = 0.0  # from being told to do something until it is done
    has_smartphone: bool = True  # without one he says no, and why
    radio_seed: int = 0
    media_blocked: bool = False  # HTTP works, but nothing of the picture's connection passes


@dataclass(frozen=True, slots=True)
class Invitation:
    """A resource person whom the operator gives a look into the stream. Times in seconds."""

    role: str
    at_s: float  # after the first picture
    joins_after_s: float


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the caller is told, `at_s` after the first picture: bring this parameter to this value."""

    at_s: float
    parameter: str
    value: Value


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
    guides: tuple[Guidance, ...] = ()  # in the order of their time


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
    ordained: Ordained | None = None  # what its seed has drawn of the nation's funnel
    priority: Priority = "normal"  # whose turn it is in the queue

    @property
    def session(self) -> str:
        """The lab's name of this call's video session, the same on both clocks."""
        return session_name(self.name)

    @property
    def films(self) -> str:
        return "caller"

    @property
    def phone(self) -> PhoneKind:
        return self.caller.phone

    @property
    def radio(self) -> str | None:
        return self.caller.radio

    @property
    def radio_seed(self) -> int:
        return self.caller.radio_seed
