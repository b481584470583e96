"""A nation's week of requests for video: how many each centre makes, and when."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.nation import Centre, Nation

ON_VIDEO = "hjelp113"  # the service that is planned for
YEAR_S = 365.0 * 86_400.0
HOUR_S = 3600.0
WEEK_S = 168 * HOUR_S
MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def weekly_profile(demand: dict[str, Any]) -> npt.NDArray[np.float64]:
    """168 factors with mean 1, Monday 00:00 first."""
    days, week, end = (demand[key]["values"] for key in ("days", "hours_weekday", "hours_weekend"))
    profile = np.array([days[day] * hour for day in range(7) for hour in (week if day < 5 else end)])
    return np.asarray(profile / profile.mean(), np.float64)


def yearly_profile(demand: dict[str, Any]) -> npt.NDArray[np.float64]:
    """365 factors with mean 1, 1 January first; all 1 where the demand has no `months`."""
    months = demand.get("months", {"values": [1.0] * 12})["values"]
    profile = np.repeat(np.array(months, np.float64), MONTH_DAYS)
    return np.asarray(profile / profile.mean(), np.float64)


@dataclass(frozen=True, slots=True)
class Steps:
    """A density of steps of equal width, to be drawn from by inversion."""

    cumulated: tuple[float, ...]

    @classmethod
    def of(cls, heights: Iterable[float]) -> "Steps":
        return cls((0.0, *accumulate(heights)))

    def at(self, u: float) -> tuple[int, float]:
        """The step that `u` falls on, and how far along it, 0 to 1."""
        wanted = u * self.cumulated[-1]
        step = bisect_right(self.cumulated, wanted, hi=len(self.cumulated) - 1) - 1
        below, above = self.cumulated[step : step + 2]
        return step, (wanted - below) / (above - below)


class Week:
    """The week of a nation with [demand]: full roll-out, or the base case of its data."""

    def __init__(self, nation: Nation, full_rollout: bool) -> None:
        self.centres = on_video(nation, full_rollout)
        self.requests = tuple(_requests(centre, nation) for centre in self.centres)  # of each in a mean week
        self._centres = Steps.of(self.requests)
        self._hours = {
            line: Steps.of(map(float, weekly_profile(nation.demand[line]))) for line in nation.demand
        }

    def centre(self, u: float) -> Centre:
        """Where a request comes from, by this draw."""
        return self.centres[self._centres.at(u)[0]]

    def moment_s(self, line: str, u: float) -> float:
        """When a request on this line comes, by this draw: seconds after Monday 00:00."""
        hour, along = self._hours[line].at(u)
        return (hour + along) * HOUR_S


def on_video(nation: Nation, full_rollout: bool) -> tuple[Centre, ...]:
    """The centres that are on the service."""
    return tuple(
        centre
        for centre in nation.centres
        if (centre.video_full_rollout if full_rollout else centre.video) == ON_VIDEO
    )


def _requests(centre: Centre, nation: Nation) -> float:
    share = float(nation.demand[centre.line]["video_share"]["value"])
    return centre.calls_per_year * share * WEEK_S / YEAR_S
