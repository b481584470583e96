"""What a planner asks: the `[planning]` table of a scenario. What it leaves out is as the nation has it."""

from typing import Annotated

from pydantic import Field

from sim.nation import Line
from sim.table import Ratio, Table

NATION_OF = (
    2024  # the year that the nation's volumes are read as: 113 of 2022, 116117 of 2023, people of 2024
)

Factor = Annotated[float, Field(ge=0)]


class NoAnswer(Exception):
    """The question cannot be answered; the text says why and what to change."""


class Merge(Table):
    """Centres that become one: its name, their calls and seats together, no overflow among them."""

    name: str
    centres: tuple[str, ...] = Field(min_length=2)


class BurstOfCalls(Table):
    """An incident: a centre's rate times `factor` at once, which decays with `decay_s` (domain study 9)."""

    centre: str
    at_h: Factor  # hours from the beginning, a Monday 00:00
    factor: float = Field(8.0, gt=1)
    decay_s: float = Field(1200.0, gt=0)
    video_share: Ratio = 0.3  # of its calls; in domain study 9 so many are fit for video


class Planning(Table):
    days: float = Field(365.0, ge=1, le=3660)
    warm_up_days: float = Field(1.0, ge=0)
    replications: int | None = Field(None, ge=2, le=10_000)  # left out: until `precision` is met
    precision: float = Field(0.002, gt=0, lt=1)  # half of the 95 % interval of each line's share in time
    to_year: int = Field(NATION_OF, ge=NATION_OF, le=2100)
    growth_per_year: dict[Line, Annotated[float, Field(gt=-1, le=1)]] = Field(default_factory=dict)
    volume: dict[Line, Factor] = Field(default_factory=dict)  # times the nation's
    video_share: dict[Line, Ratio] = Field(default_factory=dict)
    seats: dict[str, Annotated[int, Field(ge=1, le=500)]] = Field(default_factory=dict)  # by centre
    seats_more: dict[Line, Annotated[int, Field(ge=-100, le=100)]] = Field(
        default_factory=dict
    )  # at each centre
    carriers_out: tuple[str, ...] = ()  # whose subscribers get no SMS, all the time
    merges: tuple[Merge, ...] = ()
    bursts: tuple[BurstOfCalls, ...] = ()
    trace: str | None = None  # a file of calls beside the scenario, in place of its centres' own
    overflow: bool = True
    other_lines: bool = False  # an AMK's telephone load besides 113, on the same seats

    def factor(self, line: Line) -> float:
        """Of the nation's volume on this line."""
        years = self.to_year - NATION_OF
        return self.volume.get(line, 1.0) * (1.0 + self.growth_per_year.get(line, 0.0)) ** years
