"""The nation as data: centres, carriers, people's waits, machines' waits; every number with its source."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from draws import Lognormal
from sim.call import Step
from sim.moods import Trouble
from sim.reading import nearest, read_toml, validated
from sim.table import Number, Ratio, Seconds, Table
from sim.triage_cards import Triage

DATA = Path(__file__).resolve().parent.parent / "scenarios" / "data"

NO_NATIONS = ("scenes", "devices", "sensitivity")  # other data that stand beside

Line = Literal["113", "116117"]
VideoSystem = Literal["hjelp113", "incidentshare", "none"]
# with six more digits a number of the lab's own: no subscriber's number begins with 1
LabPrefix = Annotated[str, Field(pattern=r"^\+471[0-9]$")]
LabNumber = Annotated[str, Field(pattern=r"^\+471[0-9]{7}$")]


class Wait(Table):
    """A lognormal wait in seconds, by its median and 95th percentile."""

    median: float = Field(gt=0)
    p95: float = Field(gt=0)
    source: str = "scenario"

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.p95 < self.median:
            raise ValueError(
                f"p95 is {self.p95:g}, below the median of {self.median:g}; it must be at least that"
            )
        return self

    def at(self, u: float) -> float:
        return Lognormal.by_p95(self.median, self.p95).at(u)


class Share(Table):
    share: float = Field(ge=0, le=1)
    source: str


class Centre(Table):
    name: str
    kind: Literal["AMK", "LV"]
    line: Line
    region: str = ""
    seats: int = Field(ge=1)
    catchment: int = 0
    calls_per_year: int = 0
    video: VideoSystem = "hjelp113"
    video_full_rollout: VideoSystem = "hjelp113"
    overflow: tuple[str, ...] = ()
    overflow_after_s: float = 30.0
    sources: dict[str, str] = Field(default_factory=dict)


class Carrier(Table):
    """A carrier and how its messages fare; `fake_carriers.fate.Carrier` tells what each field means."""

    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,15}$")
    prefixes: tuple[LabPrefix, ...] = Field(min_length=1)
    share: Ratio
    delay_s_median: float = Field(gt=0)
    delay_s_sigma: Seconds
    tail_share: Ratio
    tail_s_min: float = Field(gt=0)
    tail_alpha: float = Field(gt=0)
    delay_s_max: Seconds
    loss: Ratio
    duplicates: Ratio
    receipt_s_min: Seconds
    receipt_s_max: Seconds
    lost_first: int = Field(0, ge=0)
    undeliverable: Ratio = 0.0
    expired: Ratio = 0.0
    rejected: Ratio = 0.0
    accepted_only: Ratio = 0.0
    unknown: Ratio = 0.0
    duplicate_after_s: Seconds = 30.0
    held_back: Ratio = 0.0
    held_back_s: Seconds = 10.0
    rate_per_s: float = Field(0.0, ge=0)  # 0 is no limit, here and below
    session_rate_per_s: float = Field(0.0, ge=0)
    window: int = Field(0, ge=0)
    queue_max: int = Field(0, ge=0)
    retry_s: tuple[Annotated[float, Field(ge=1, strict=True)], ...] = (30.0, 300.0, 1800.0)
    ported: tuple[LabNumber, ...] = ()
    message_ids: Literal["decimal", "hex", "mixed"] = "decimal"
    receipt_tlvs: bool = True
    strict: bool = True
    troubles: tuple[Trouble, ...] = ()
    system_id: str = Field("lab113", pattern=r"^[!-~]{1,15}$")
    password: str = Field("lab113", pattern=r"^[!-~]{0,8}$", repr=False)
    sources: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        ends = ("loss", "undeliverable", "expired", "rejected", "accepted_only", "unknown")
        if sum(getattr(self, name) for name in ends) > 1 + 1e-9:
            raise ValueError(f"{', '.join(ends)} are together above 1: lower one of them")
        if self.receipt_s_max < self.receipt_s_min:
            raise ValueError(
                f"receipt_s_max is {self.receipt_s_max:g}, below receipt_s_min; it must be at least that"
            )
        return self

    def fields(self) -> dict[str, Any]:
        """As the carriers' REST and file say it."""
        return self.model_dump(mode="json", exclude={"sources"}, exclude_none=True)


class People(Table):
    """How long people take on one line, each drawn per call."""

    picks_up_after_s: Wait
    asks_video_after_s: Wait
    replies_after_s: Wait
    sends_link_after_s: Wait
    opens_link_after_s: Wait
    consents_after_s: Wait
    holds_video_s: Wait
    joins_after_s: Wait
    talks_s: Wait
    talks_on_s: Wait
    patience_s: Wait


class Workload(Table):
    """What keeps a seat busy besides the talk, for planning; of one line."""

    wrap_s: Number
    patience_s: Number  # mean of an exponential
    other_work: Number  # share of calls that find the operator at other work, which must be put down first
    other_work_s: Number  # mean of what is left of it, exponential
    other_calls: Number | None = None  # calls on the centre's other lines, for each call on this one
    other_talk_s: Wait | None = None


class ShiftTimes(Table):
    """From each of `begins` on, this part of a centre's seats has an operator."""

    begins: tuple[Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):00$")], ...] = Field(min_length=1)
    of_seats: tuple[Ratio, ...]
    source: str

    @model_validator(mode="after")
    def _one_part_for_each(self) -> Self:
        if len(self.begins) != len(self.of_seats) or list(self.begins) != sorted(set(self.begins)):
            raise ValueError("begins are whole hours, rising, and of_seats has one part for each")
        return self


class Shifts(Table):
    """Who sits at a line's seats."""

    times: ShiftTimes
    at_least: Number
    break_h: Number  # of each shift and operator; the seat is empty then, if others are there
    break_after_h: Number


class Within(Table):
    """A share within a time."""

    share: Ratio
    within_s: Seconds
    source: str


class Payer(Table):
    payer: str
    source: str


class Inhabitants(Table):
    """Of three ages in some years, in millions."""

    years: tuple[int, ...] = Field(min_length=2)
    under_65: tuple[float, ...]
    from_65_to_79: tuple[float, ...]
    from_80: tuple[float, ...]
    source: str

    @model_validator(mode="after")
    def _one_for_each_year(self) -> Self:
        if {len(self.under_65), len(self.from_65_to_79), len(self.from_80)} != {len(self.years)}:
            raise ValueError("each age has one number for each of `years`")
        return self


class CallsByAge(Table):
    under_65: Ratio
    from_65_to_79: Ratio
    from_80: Ratio
    source: str


class Demography(Table):
    inhabitants: Inhabitants
    calls: dict[Line, CallsByAge]  # shares of a line's


class Incident(Table):
    """A burst of calls, where a scenario does not say otherwise."""

    factor: Number
    decay_s: Number
    video_share: Number  # of the calls that are no repeats
    duplicates: Number  # share of the calls after the first
    duplicate_talk_s: Wait


class ResourcePersons(Table):
    """Doctors and others who are asked into the picture."""

    asked: dict[Line, Number]  # of the sessions, so many
    looks_s: Wait
    target: Within


class Media(Table):
    """Servers that relay pictures, and the lines to them."""

    mbit_per_s: Number  # of one session, incoming
    viewers: Number  # of a session
    sessions_per_server: Number
    spare_servers: Number
    of_all_time: Number  # that the servers suffice


class Machines(Table):
    """What the machines take, for the plan."""

    request_s: Wait
    setup_s: Wait
    camera_switch_s: Wait
    viewer_join_s: Wait
    glass_to_glass_s: Wait


class Nation(Table):
    title: str
    sources: dict[str, str]
    centres: tuple[Centre, ...] = Field(min_length=1)
    carriers: tuple[Carrier, ...] = Field(min_length=1)
    people: dict[Line, People]
    models: Machines
    funnel: dict[Step, Share] = Field(default_factory=dict)
    demand: dict[str, Any] = Field(default_factory=dict)
    cost: dict[str, Any] = Field(default_factory=dict)
    seat_fee_paid_by: dict[Line, Payer] = Field(default_factory=dict)  # the video service's, a seat and year
    workload: dict[Line, Workload] = Field(default_factory=dict)
    shifts: dict[Line, Shifts] = Field(default_factory=dict)
    triage: dict[Line, Triage] = Field(default_factory=dict)
    time_to_video: Within | None = None
    demography: Demography | None = None
    incident: Incident | None = None
    resource_persons: ResourcePersons | None = None
    media: Media | None = None
    targets: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_hold(self) -> Self:
        names = [centre.name for centre in self.centres]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise ValueError(f"the centre {twice[0]!r} is there twice")
        if sum(step.share for step in self.funnel.values()) >= 1:
            raise ValueError("the shares of [funnel] are together 1 or more: nobody would be seen")
        for centre in self.centres:
            for other in centre.overflow:
                if other not in names:
                    raise ValueError(f"{centre.name}: overflow to {other!r}, {nearest(other, names)}")
        return self


def shipped() -> list[str]:
    """The names of the nations that come with the lab."""
    return sorted(path.stem for path in DATA.glob("*.toml") if path.stem not in NO_NATIONS)


def load_nation(name: str, beside: Path) -> Nation:
    """The shipped nation of this name, or the one in a TOML file (relative to `beside`). Raises BadFile."""
    path = DATA / f"{name}.toml" if name in shipped() else beside / name
    return validated(Nation, read_toml(path), path)
