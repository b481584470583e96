"""What a planner asks of an ambulance area: the `[ambulance_planning]` table of a scenario."""

from pydantic import Field

from sim.planning.ambulance.kinds import Kind, PlaceKind
from sim.table import Positive, Ratio, Table


class CrewMore(Table):
    """So many more vehicles at a station of the area."""

    station: str
    shift: str  # one of the area's
    kind: Kind = "ambulance"
    number: int = Field(1, ge=1, le=100)


class AmbulancePlanning(Table):
    """What is left out is as the area and the nation have it."""

    area: str = "midt-norge"  # a shipped area, or a file beside the scenario
    policies: tuple[str, ...] = ()  # by name, the others are held against the first; left out: all
    days: int = Field(365, ge=1, le=3660)
    replications: int | None = Field(None, ge=2, le=10_000)  # left out: until `precision` is met
    precision: float = Field(0.01, gt=0, lt=1)  # half of the 95 % interval of the acute within their goal
    growth: float = Field(1.0, ge=0, le=100)  # times the area's calls and booked transports
    video_share: Ratio | None = None  # of the calls, those in which video is asked for
    goals_s: dict[PlaceKind, Positive] = Field(default_factory=dict)
    triage: str | None = None  # a triage table beside the scenario, in place of the shipped one
    busy: Ratio | None = None  # these two: what the policies reckon with, in place of the area's
    looks_ahead_h: int | None = Field(None, ge=1, le=168)
    crews_more: tuple[CrewMore, ...] = ()
    stations_closed: tuple[str, ...] = ()
