"""Areas for the tests of the ambulance layer: shipped ones, days of them, and designs told together."""

from functools import cache
from pathlib import Path
from typing import Any

from sim.nation import Nation, load_nation
from sim.planning.ambulance.area import Area, load_area
from sim.planning.ambulance.comparison import Design, figures, replicated
from sim.planning.ambulance.demand import DAY_S, Calls, Demand, calls_of
from sim.planning.ambulance.ledger import Ledger
from sim.planning.ambulance.operations import Operations
from sim.planning.ambulance.policies import Ground, HomeStation, Policy
from sim.planning.ambulance.question import AmbulancePlanning
from sim.planning.ambulance.roads import road_times
from sim.planning.estimate import Estimate

SEED = 113


@cache
def norway() -> Nation:
    return load_nation("norway", Path())


@cache
def midt() -> Area:
    return load_area()


def changed(area: Area, **changes: Any) -> Area:
    return Area.model_validate({**area.model_dump(), **changes})


@cache
def town() -> Area:
    return load_area("town")


def replicated_figures(*designs: Design, replications: int, days: int) -> list[dict[str, Estimate]]:
    """The figures of designs told together."""
    planning = AmbulancePlanning(replications=replications, days=days)
    return figures(replicated(designs, SEED, planning))


def worked(
    area: Area, days: int, policy: Policy | None = None, demand: Demand | None = None, replication: int = 0
) -> tuple[Calls, Ledger]:
    """So many days of an area, without warm-up, as columns."""
    demand = demand or Demand.of(norway())
    calls, roads = calls_of(area, demand, SEED, replication, days), road_times(area)
    operations = Operations(area, calls, policy or HomeStation(), Ground.of(area, demand, roads), roads)
    return calls, operations.run(days * DAY_S)
