"""Designs compared on common random numbers: the same calls, the same patients, paired."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from sim.planning.ambulance.area import Area
from sim.planning.ambulance.demand import Demand
from sim.planning.ambulance.policies import Policy
from sim.planning.ambulance.telling import tell_area
from sim.planning.ambulance.year import AreaYear
from sim.planning.intervals import half_width


@dataclass(frozen=True)
class Design:
    """What a planner may change."""

    name: str
    area: Area
    demand: Demand
    policy: Policy


@dataclass(frozen=True)
class Effect:
    """B minus A of one figure: the mean of the paired differences and the half width of its interval."""

    figure: str
    a: float
    b: float
    difference: float
    half_width: float
    replications: int

    @property
    def is_certain(self) -> bool:
        """Zero lies outside the interval."""
        return abs(self.difference) > self.half_width


def compare(
    a: Design, b: Design, seed: int, replications: int = 10, days: int = 365, confidence: float = 0.95
) -> list[Effect]:
    """Every figure of B against A, replication by replication. replications is 2 or more."""
    told = [
        [
            tell_area(d.area, d.demand, d.policy, seed, replication, days)
            for replication in range(replications)
        ]
        for d in (a, b)
    ]
    return effects(told[0], told[1], confidence)


def effects(a: Sequence[AreaYear], b: Sequence[AreaYear], confidence: float = 0.95) -> list[Effect]:
    """Paired t intervals of years told on the same seed and replications. Raises ValueError."""
    if len(a) < 2 or _draws(a) != _draws(b):
        raise ValueError("give two or more replications of each design, of the same seeds in the same order")
    figures_a, figures_b = [year.figures() for year in a], [year.figures() for year in b]
    shared = [name for name in figures_a[0] if all(name in figures for figures in (*figures_a, *figures_b))]
    return [
        _effect(name, [f[name] for f in figures_a], [f[name] for f in figures_b], confidence)
        for name in shared
    ]


def _draws(years: Sequence[AreaYear]) -> list[tuple[int, int]]:
    return [(year.told_of.seed, year.told_of.replication) for year in years]


def _effect(name: str, a: list[float], b: list[float], confidence: float) -> Effect:
    differences = [after - before for before, after in zip(a, b, strict=True)]
    half = half_width(differences, confidence)
    return Effect(name, fmean(a), fmean(b), fmean(differences), half, len(differences))
