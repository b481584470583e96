"""What the page's sliders say, in the address too, and the question that it makes."""

from typing import Annotated

from pydantic import Field

from sim.nation import Line
from sim.planning.question import BurstOfCalls, Planning
from sim.table import Table

DAYS, REPLICATIONS = 28.0, 8  # the page's own: quick, and its intervals say how sure that is
CARRIERS = ("telenor", "telia", "ice")


class Sliders(Table):
    """Percentages as people say them; 100 and 0 leave the scenario as it is."""

    volume_113: Annotated[float, Field(ge=0, le=400)] = 100.0
    volume_116117: Annotated[float, Field(ge=0, le=400)] = 100.0
    video_113: Annotated[float, Field(ge=0, le=50)] | None = None
    video_116117: Annotated[float, Field(ge=0, le=50)] | None = None
    seats_113: Annotated[int, Field(ge=-10, le=20)] = 0
    seats_116117: Annotated[int, Field(ge=-10, le=20)] = 0
    to_year: Annotated[int, Field(ge=2024, le=2040)] = 2024
    growth_113: Annotated[float, Field(ge=-10, le=20)] = 0.0
    growth_116117: Annotated[float, Field(ge=-10, le=20)] = 0.0
    month: Annotated[int, Field(ge=0, le=12)] | None = None  # 0: of a mean year
    out: Annotated[str, Field(pattern=r"^([a-z]+(\.[a-z]+)*)?$")] = ""  # carriers, with a point between
    overflow: bool = True

    @property
    def _first_day(self) -> str | None:
        return f"{self.month:02}-01" if self.month else None

    @staticmethod
    def bursts(planning: Planning) -> tuple[BurstOfCalls, ...]:
        """Those of the scenario that begin within the page's days."""
        ends_h = (planning.warm_up_days + DAYS) * 24.0
        return tuple(burst for burst in planning.bursts if burst.at_h < ends_h)

    def asked(self, planning: Planning) -> Planning:
        """The scenario's question, moved."""
        video: dict[Line, float | None] = {"113": self.video_113, "116117": self.video_116117}
        season = {} if self.month is None else {"season": self.month > 0, "begins": self._first_day}
        shares = {line: share / 100.0 for line, share in video.items() if share is not None}
        moved = {
            **season,
            "days": DAYS,
            "bursts": self.bursts(planning),
            "replications": REPLICATIONS,
            "to_year": max(planning.to_year, self.to_year),
            "volume": {
                "113": planning.volume.get("113", 1.0) * self.volume_113 / 100.0,
                "116117": planning.volume.get("116117", 1.0) * self.volume_116117 / 100.0,
            },
            "growth_per_year": {
                "113": planning.growth_per_year.get("113", 0.0) + self.growth_113 / 100.0,
                "116117": planning.growth_per_year.get("116117", 0.0) + self.growth_116117 / 100.0,
            },
            "video_share": {**planning.video_share, **shares},
            "seats_more": {
                "113": planning.seats_more.get("113", 0) + self.seats_113,
                "116117": planning.seats_more.get("116117", 0) + self.seats_116117,
            },
            "carriers_out": tuple(filter(None, self.out.split("."))) or planning.carriers_out,
            "overflow": planning.overflow and self.overflow,
        }
        return Planning.model_validate({**planning.model_dump(), **moved})
