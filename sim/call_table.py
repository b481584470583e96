"""Calls as a scenario's file tells them: the entries under [[calls]], by kind."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from sim.call import Mishap, Priority, Value
from sim.guidance import GuidanceSpec
from sim.invitations import InvitationSpec, a_role_alone_will_do, each_role_once, rising
from sim.moods import week_s
from sim.nation import Line
from sim.table import Positive, Seconds, Table
from sim.week import WEEK_S

Outcome = Literal[
    "abandoned",
    "voice",
    "no_smartphone",
    "refused_aloud",
    "refused_on_page",
    "seen",
    "not_seen",
    "no_link",
    "withdrawn",
]

MOST = 10_000  # calls of one entry, but for a week's
ORDAINED_BY = ("says_yes", "has_smartphone", "approves", "denies_camera", "media_blocked")


class CallerSpec(Table):
    """What is chosen of a caller; what is left out is drawn from the nation's people."""

    carrier: str | None = None
    scene: str = "chest-pain"
    scenes: tuple[str, ...] = ()  # instead: each caller's is drawn from these
    parameters: dict[str, Value] = Field(default_factory=dict)  # of the scene, from its beginning
    phone: Literal["live", "lean", "chromium", "attached"] = "live"
    radio: str | None = None  # a profile of fake_phones.radio, or a file beside the scenario
    says_yes: bool = True
    has_smartphone: bool = True  # without one the answer is no
    approves: bool = True
    patience_s: Seconds | None = None
    replies_after_s: Seconds | None = None
    follows_after_s: Seconds | None = None  # what the operator guides; left out: drawn as a reply is
    opens_link_after_s: Seconds | None = None
    consents_after_s: Seconds | None = None
    device: str | None = None  # of scenarios/data/devices.toml
    denies_camera: bool = False
    media_blocked: bool = False  # the page works, but nothing of the picture's connection passes
    reloads_page_at_s: tuple[Seconds, ...] = ()  # this and the times below: after the camera came on
    closes_tab_at_s: Seconds | None = None
    locks_at_s: Seconds | None = None
    unlocks_after_s: Seconds | None = None  # after locking; left out: never
    webdriver: str | None = None  # a W3C WebDriver or Appium address; else $LAB113_WEBDRIVER, else a person
    capabilities: dict[str, Any] = Field(default_factory=dict)  # what the WebDriver is asked for

    @property
    def filmed(self) -> tuple[str, ...]:
        """The scenes that a caller may film."""
        return self.scenes or (self.scene,)

    @field_validator("scenes")
    @classmethod
    def _instead(cls, scenes: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if scenes and "scene" in info.data and info.data["scene"] != cls.model_fields["scene"].default:
            raise ValueError("goes without scene: name it among these")
        return scenes

    @property
    def mishaps(self) -> tuple[Mishap, ...]:
        """What happens to the page while it films, in order."""
        found = [Mishap(at_s, "reload") for at_s in self.reloads_page_at_s]
        if self.locks_at_s is not None:
            found.append(Mishap(self.locks_at_s, "lock"))
            if self.unlocks_after_s is not None:
                found.append(Mishap(self.locks_at_s + self.unlocks_after_s, "unlock"))
        if self.closes_tab_at_s is not None:
            found.append(Mishap(self.closes_tab_at_s, "close_tab"))
        return tuple(sorted(found, key=lambda mishap: mishap.at_s))


class OperatorSpec(Table):
    """What is chosen of an operator's script; what is left out is drawn."""

    asks_video: bool = True
    picks_up_after_s: Seconds | None = None
    asks_video_after_s: Seconds | None = None
    sends_link_after_s: Seconds | None = None
    gives_up_after_s: Seconds = 90.0
    switches_camera_at_s: tuple[Seconds, ...] = ()
    invites: tuple[InvitationSpec, ...] = ()
    guides: tuple[GuidanceSpec, ...] = ()
    holds_video_s: Seconds | None = None
    talks_s: Seconds | None = None
    talks_on_s: Seconds | None = None

    _a_role_alone_will_do = field_validator("invites", mode="before")(a_role_alone_will_do)
    _each_role_once = field_validator("invites")(each_role_once)
    _in_order = field_validator("switches_camera_at_s")(rising)

    @field_validator("guides")
    @classmethod
    def _one_after_the_other(cls, guides: tuple[GuidanceSpec, ...]) -> tuple[GuidanceSpec, ...]:
        rising([told.at_s for told in guides])
        return guides


class _Calls(Table):
    """What every entry under [[calls]] says."""

    title: str = ""
    caller: CallerSpec = CallerSpec()
    operator: OperatorSpec = OperatorSpec()
    priority: Priority = "normal"  # "urgent" goes before "normal" in a centre's queue
    outcome: Outcome | None = None  # how each call must end; checked when given


class CallSpec(_Calls):
    """One call."""

    kind: Literal["single"]
    at_s: Seconds
    line: Line
    centre: str


class _Spread(_Calls):
    """Many calls alike from `at_s` on; centres are taken in turn. Left out: all that are on video."""

    at_s: Seconds
    line: Line | None = None  # left out: the centre's
    centre: str | Annotated[tuple[str, ...], Field(min_length=1)] = "all"
    spread: Literal["even", "drawn"] = "even"

    @property
    def centres(self) -> tuple[str, ...]:
        """Those that are named; none: all."""
        if self.centre == "all":
            return ()
        return (self.centre,) if isinstance(self.centre, str) else self.centre


class BurstSpec(_Spread):
    """So many, over `over_s`."""

    kind: Literal["burst"]
    count: int = Field(ge=1, le=MOST)
    over_s: Seconds = 0.0

    def after_s(self, share: float) -> float:
        """By when this share of the calls has come."""
        return share * self.over_s


class RampSpec(_Spread):
    """At a rate that goes from one to the other over `over_s`."""

    kind: Literal["ramp"]
    from_per_s: Seconds
    to_per_s: Seconds
    over_s: Positive

    @property
    def count(self) -> int:
        return round((self.from_per_s + self.to_per_s) / 2 * self.over_s)

    def after_s(self, share: float) -> float:
        """The inverse of the cumulated rate: by when this share of the calls has come."""
        begun, risen = self.from_per_s, self.to_per_s - self.from_per_s
        passed = share * (begun + self.to_per_s)  # twice the calls so far, for each second of over_s
        now = max(0.0, begun**2 + risen * passed) ** 0.5  # the rate then
        return self.over_s * passed / (begun + now) if passed else 0.0

    @model_validator(mode="after")
    def _some_but_not_too_many(self) -> Self:
        if not 1 <= self.count <= MOST:
            raise ValueError(f"gives {self.count} calls; set the rates and over_s for 1 to {MOST}")
        return self


class _Compressed(_Calls):
    at_s: Seconds = 0.0
    over_s: Positive | None = None  # when condensed: the arrivals pressed into so many seconds


class WeeklySpec(_Compressed):
    """The calls of a nation's week that turn to video, laid out until `transfers` of them end seen.

    How each ends is drawn by the nation's [funnel]. `from` and `to`: only that part of the week is told, from
    its beginning; the week stays the same.
    """

    kind: Literal["weekly"]
    transfers: int = Field(ge=1, le=20_000)
    from_: str = Field("mon 00:00", alias="from")
    to: str | None = None  # left out: the end of the week

    @property
    def from_s(self) -> float:
        return week_s(self.from_)

    @property
    def to_s(self) -> float:
        return WEEK_S if self.to is None else week_s(self.to)

    @field_validator("from_")
    @classmethod
    def _is_a_moment(cls, moment: str) -> str:
        week_s(moment)
        return moment

    @field_validator("to")
    @classmethod
    def _is_later(cls, to: str | None, info: ValidationInfo) -> str | None:
        if to is not None and "from_" in info.data and week_s(to) <= week_s(info.data["from_"]):
            raise ValueError(f"{to!r} is not after from; for the end of the week leave it out")
        return to

    @field_validator("caller")
    @classmethod
    def _the_seed_ordains(cls, caller: CallerSpec) -> CallerSpec:
        for key in ORDAINED_BY:
            if key in caller.model_fields_set:
                raise ValueError(f"{key} is drawn by the nation's [funnel] here: leave it out")
        return caller

    @model_validator(mode="after")
    def _ends_as_drawn(self) -> Self:
        if self.outcome is not None:
            raise ValueError("outcome is drawn by the nation's [funnel] here: leave it out")
        if not self.operator.asks_video:
            raise ValueError("operator.asks_video: these are the calls that turn to video; leave it out")
        return self


class TraceSpec(_Compressed):
    """The calls of a CSV or Parquet file beside the scenario, with the columns at_s, line and centre."""

    kind: Literal["trace"]
    file: str


AnyCalls = CallSpec | BurstSpec | RampSpec | WeeklySpec | TraceSpec
