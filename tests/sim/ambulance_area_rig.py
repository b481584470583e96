"""Areas for the tests of the ambulance layer: the shipped one, a day of it, a dense city."""

from functools import cache
from pathlib import Path
from typing import Any

from sim.nation import Nation, load_nation
from sim.planning.ambulance.area import Area, load_area
from sim.planning.ambulance.demand import DAY_S, Calls, Demand, calls_of
from sim.planning.ambulance.ledger import Ledger
from sim.planning.ambulance.operations import Operations
from sim.planning.ambulance.policies import Ground, HomeStation, Policy
from sim.planning.ambulance.roads import road_times

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
def city() -> Area:
    """16 places 6 km apart, 8 stations, ambulances busy 0.44 of the time."""
    spots = [(x, y) for x in range(4) for y in range(4)]
    manned = [(0, 0), (0, 2), (1, 1), (1, 3), (2, 0), (2, 2), (3, 1), (3, 3)]
    crews = [{"kind": "ambulance", "shift": "always"}]
    return changed(
        midt(),
        places=[
            {
                "name": f"p{x}{y}",
                "km": (6.0 * x, 6.0 * y),
                "kind": "urban",
                "inhabitants": 12000,
                "local_s": 60.0,
            }
            for x, y in spots
        ],
        stations=[{"name": f"s{x}{y}", "km": (6.0 * x, 6.0 * y), "crews": crews} for x, y in manned],
        hospitals=[{"name": "h", "km": (9.0, 9.0)}],
    )


def worked(
    area: Area, days: int, policy: Policy | None = None, demand: Demand | None = None, replication: int = 0
) -> tuple[Calls, Ledger]:
    """So many days of an area, without warm-up, as columns."""
    demand = demand or Demand.of(norway())
    calls, roads = calls_of(area, demand, SEED, replication, days), road_times(area)
    operations = Operations(area, calls, policy or HomeStation(), Ground.of(area, demand, roads), roads)
    return calls, operations.run(days * DAY_S)
