"""Designs compared on common random numbers: the same calls, the same patients, paired."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from joblib import Parallel, delayed

from sim.planning.ambulance.area import Area
from sim.planning.ambulance.demand import Demand
from sim.planning.ambulance.policies import Policy
from sim.planning.ambulance.question import AmbulancePlanning
from sim.planning.ambulance.telling import tell_area
from sim.planning.ambulance.year import AreaYear
from sim.planning.estimate import Estimate
from sim.planning.intervals import LOOK_AHEAD, half_width, replications_needed

AT_LEAST, AT_MOST = 3, 100
Years = Sequence[AreaYear]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Design:
    """What a planner may change."""

    name: str
    area: Area
    demand: Demand
    policy: Policy


def replicated(
    designs: Sequence[Design],
    seed: int,
    planning: AmbulancePlanning,
    tell: Tell = lambda line: None,
    jobs: int = 1,
) -> list[list[AreaYear]]:
    """The years of each design, replication by replication: as many as were asked for, or until the share of
    acute missions within their goal is known to `planning.precision` for each, and stays so over a few more.
    """
    wanted = planning.replications or AT_LEAST + LOOK_AHEAD
    told: list[list[AreaYear]] = [[] for _ in designs]
    with Parallel(n_jobs=jobs) as parallel:  # SimPy holds Python's lock: processes, not threads
        while len(told[0]) < wanted:
            batch = range(len(told[0]), wanted)
            years = parallel(
                delayed(tell_area)(d.area, d.demand, d.policy, seed, n, planning.days)
                for d in designs
                for n in batch
            )
            for i, of_design in enumerate(told):
                of_design += years[i * len(batch) : (i + 1) * len(batch)]
            tell(f"{len(told[0])} replications of {planning.days} days, of {len(designs)} designs")
            if planning.replications is None and enough(told, planning.precision) is None:
                wanted = min(AT_MOST, len(told[0]) + jobs)
    return told


def enough(told: Sequence[Years], precision: float) -> int | None:
    """After how many replications all designs were known so well, and stayed so; none: not yet."""
    shares = [[year.within_goal() or 0.0 for year in years] for years in told]
    return replications_needed(
        [
            n >= AT_LEAST and all(half_width(of_design[:n]) <= precision for of_design in shares)
            for n in range(1, len(shares[0]) + 1)
        ]
    )


def figures(told: Sequence[Years]) -> list[dict[str, Estimate]]:
    """The numbers to compare designs by, those that every year of every design has. Estimates of designs told
    together are paired: `Estimate.less` is their difference."""
    every = [[year.figures() for year in years] for years in told]
    shared = [name for name in every[0][0] if all(name in year for years in every for year in years)]
    return [{name: Estimate(tuple(year[name] for year in years)) for name in shared} for years in every]
