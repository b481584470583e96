"""The operations held against queueing theory: one station with no roads is M/G/c/c or M/M/c."""

from collections.abc import Callable
from math import exp
from statistics import fmean
from typing import Any, Literal

import numpy as np

from sim.planning.ambulance.area import Area, load_area
from sim.planning.ambulance.demand import YEAR_H, Demand
from sim.planning.ambulance.lasting import Lasting
from sim.planning.ambulance.policies import HomeStation
from sim.planning.ambulance.telling import tell_area
from sim.planning.ambulance.triage import Codes, Draws
from sim.planning.ambulance.urgency import Urgency
from sim.planning.ambulance.year import AreaYear
from sim.planning.intervals import half_width

_SOURCE = "A a queue, no area"
_MISSION_S = 3600.0
_SIGMA = 0.8


def erlang_b(vehicles: int, erlang: float) -> float:
    """The share of calls that find all vehicles busy and are lost; any distribution of service (M/G/c/c)."""
    blocked = 1.0
    for n in range(1, vehicles + 1):
        blocked = erlang * blocked / (n + erlang * blocked)
    return blocked


def erlang_c_wait(vehicles: int, erlang: float) -> float:
    """The mean wait of M/M/c in mean service times. Raises ValueError when the load is too much."""
    if erlang >= vehicles:
        raise ValueError(f"{erlang:g} Erlang is too much for {vehicles} vehicles: the queue grows for ever")
    blocked = erlang_b(vehicles, erlang)
    waits = blocked / (1 - erlang / vehicles * (1 - blocked))
    return waits / (vehicles - erlang)


def queue_cases(
    replications: int = 20, days: int = 250, seed: int = 113, slower: float = 1.0
) -> list[dict[str, Any]]:
    """For `lab113 validate`: measured, theory (`expected`) and the 99 % interval of the measured mean.

    `slower` is a fault: missions so many times as long as the theory knows. 1.02 must fail.
    """
    mission_s = _MISSION_S * slower
    lognormal = Lasting(median_s=mission_s / exp(_SIGMA**2 / 2), sigma=_SIGMA, source=_SOURCE)
    exponential = Lasting(mean_s=mission_s, source=_SOURCE)
    runs = replications, days, seed
    return [
        _case(
            "ambulance: M/G/3/3, share lost",
            erlang_b(3, 2.0),
            (3, 2.0, lognormal, "neighbour"),
            lambda year: year.passed_on / year.calls,
            runs,
        ),
        _case(
            "ambulance: M/M/3, mean wait in missions",
            erlang_c_wait(3, 2.0),
            (3, 2.0, exponential, "wait"),
            lambda year: (year.by_urgency["acute"].mean_s or 0.0) / _MISSION_S,
            runs,
        ),
    ]


Queue = tuple[
    int, float, Lasting, Literal["wait", "neighbour"]
]  # vehicles, Erlang, mission, when none is free


def _case(
    name: str,
    theory: float,
    queue: Queue,
    figure: Callable[[AreaYear], float],
    runs: tuple[int, int, int],
) -> dict[str, Any]:
    replications, days, seed = runs
    area, demand = queue_area(*queue)
    told = [figure(tell_area(area, demand, HomeStation(), seed, r, days)) for r in range(replications)]
    half = half_width(told, 0.99)
    mean = fmean(told)
    return {
        "name": name,
        "outcome": "passed" if abs(mean - theory) <= half else "failed",
        "measured": mean,
        "expected": theory,
        "interval": [mean - half, mean + half],
    }


class _AllAcute:
    """A triage that finds everybody acute, and no video that changes it."""

    def told_and_needed(self, u_told: Draws, u_need: Draws) -> tuple[Codes, Codes]:
        acute = np.full(len(u_told), Urgency.ACUTE, np.int8)
        return acute, acute

    def after_video(self, told: Codes, need: Codes, u: Draws) -> Codes:
        return told


def queue_area(
    vehicles: int, erlang: float, mission: Lasting, when_none_is_free: Literal["wait", "neighbour"]
) -> tuple[Area, Demand]:
    """The shipped area with one station at its only place, with so many vehicles and so much to do; a
    mission takes 3 600 s on average."""
    area = load_area("one-station")
    changed = area.model_copy(
        update={
            "contacts_per_1000": erlang * YEAR_H * 3600 / _MISSION_S * 1000 / area.places[0].inhabitants,
            "when_none_is_free": when_none_is_free,
            "care": {need: care.model_copy(update={"scene": mission}) for need, care in area.care.items()},
        }
    )
    even = (1.0,) * 24
    demand = Demand(
        week=(even, even),
        days=(1.0,) * 7,
        day_cv=0.0,
        triage=_AllAcute(),
        goals_s={"urban": 720.0, "rural": 1500.0},
        video_share=0.0,
    )
    return changed.with_crews("Stasjon", "ambulance", "always", vehicles - 1), demand
