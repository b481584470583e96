"""The operations held against queueing theory: one station with no roads is M/G/c/c or M/M/c."""

from collections.abc import Callable
from math import sqrt
from statistics import fmean, stdev
from typing import Any, Literal

from scipy.stats import t as student

from sim.planning.ambulance.area import Area
from sim.planning.ambulance.demand import YEAR_H, Demand
from sim.planning.ambulance.lasting import Lasting
from sim.planning.ambulance.policies import HomeStation
from sim.planning.ambulance.telling import tell_area
from sim.planning.ambulance.triage import TriageTable
from sim.planning.ambulance.urgency import TOLD
from sim.planning.ambulance.year import AreaYear

_SOURCE = "A a queue, no area"
_MISSION_S = 3600.0


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


def queue_cases(replications: int = 20, days: int = 1000, seed: int = 113) -> list[dict[str, Any]]:
    """For `lab113 validate`: measured, theory (`expected`) and the 99 % interval of the measured mean."""
    lognormal = Lasting(median_s=_MISSION_S * 0.7261490370736909, sigma=0.8, source=_SOURCE)  # mean 3600 s
    exponential = Lasting(mean_s=_MISSION_S, source=_SOURCE)
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
    half = float(student.ppf(0.995, replications - 1)) * stdev(told) / sqrt(replications)
    mean = fmean(told)
    return {
        "name": name,
        "outcome": "passed" if abs(mean - theory) <= half else "failed",
        "measured": mean,
        "expected": theory,
        "interval": [mean - half, mean + half],
    }


def queue_area(
    vehicles: int, erlang: float, mission: Lasting, when_none_is_free: Literal["wait", "neighbour"]
) -> tuple[Area, Demand]:
    """One station at its only place, so many Erlang of acute calls at missions of 3 600 s on average."""
    at_once = Lasting(median_s=0.0, source=_SOURCE)
    response = {"kinds": ["ambulance"], "alarm": at_once, "drive_factor": 1.0, "source": _SOURCE}
    care = {"scene": mission, "transported": 0.0, "source": _SOURCE}
    area = Area.model_validate(
        {
            "title": f"{vehicles} vehicles, {erlang:g} Erlang",
            "sources": {},
            "contacts_per_1000": erlang * YEAR_H * 3600 / _MISSION_S,
            "planned_per_1000": 0.0,
            "planned_week": [1.0] * 24,
            "drive_sigma": 0.0,
            "warm_up_days": 2,
            "when_none_is_free": when_none_is_free,
            "first_responder_within_s": 0.0,
            "chute": {"at_station": at_once, "on_call": at_once},
            "handover": at_once,
            "roads": {"speed_km_h": {"urban": 50.0, "rural": 50.0}, "source": _SOURCE},
            "shifts": {"always": {"at_station": [[0, 24]]}},
            "responses": {name: response for name in ("acute", "urgent", "ordinary", "planned")},
            "care": {name: care for name in ("acute", "urgent", "ordinary", "planned", "none")},
            "places": [
                {"name": "place", "km": [0.0, 0.0], "kind": "urban", "inhabitants": 1000, "local_s": 0.0}
            ],
            "hospitals": [{"name": "hospital", "km": [0.0, 0.0]}],
            "stations": [
                {
                    "name": "station",
                    "km": [0.0, 0.0],
                    "crews": [{"kind": "ambulance", "shift": "always", "number": vehicles}],
                }
            ],
        }
    )
    all_acute = {name: float(name == "acute") for name in TOLD}
    certain = {"value": 1.0, "source": _SOURCE}
    triage = TriageTable.model_validate(
        {
            "title": "all are acute",
            "sources": {},
            "told": all_acute,
            "needed": {name: all_acute for name in TOLD},
            "video_succeeds": certain,
            "response_follows": certain,
            "in_time": certain,
        }
    )
    even = (1.0,) * 24
    demand = Demand(
        week=(even, even),
        days=(1.0,) * 7,
        day_cv=0.0,
        triage=triage,
        goals_s={"urban": 720.0, "rural": 1500.0},
        video_share=0.0,
    )
    return area, demand
