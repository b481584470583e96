"""An area's days told: demand, operations and year in one pure function."""

from sim.planning.ambulance.area import Area
from sim.planning.ambulance.demand import DAY_S, Demand, calls_of
from sim.planning.ambulance.operations import Operations
from sim.planning.ambulance.policies import Ground, Policy
from sim.planning.ambulance.roads import road_times
from sim.planning.ambulance.year import AreaYear, Told, Window, year_of


def tell_area(
    area: Area, demand: Demand, policy: Policy, seed: int, replication: int = 0, days: int = 365
) -> AreaYear:
    """So many days of an area after its warm-up. A pure function: the same arguments, the same answer."""
    calls = calls_of(area, demand, seed, replication, area.warm_up_days + days)
    window = Window(area.warm_up_days * DAY_S, (area.warm_up_days + days) * DAY_S)
    roads = road_times(area)
    ledger = Operations(area, calls, policy, Ground.of(area, demand, roads), roads).run(window.end_s)
    return year_of(area, demand, calls, ledger, window, Told(policy.name, seed, replication))
