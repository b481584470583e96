"""A planner's questions to an ambulance area, one function each; effects are B minus A, 95 % intervals."""

from sim.nation import Nation
from sim.planning.ambulance.area import Area, Kind
from sim.planning.ambulance.comparison import Design, Effect, compare, effects
from sim.planning.ambulance.demand import Demand
from sim.planning.ambulance.policies import HomeStation, policies_of
from sim.planning.ambulance.telling import tell_area


def more_video(
    area: Area, nation: Nation, a: float, b: float, seed: int, replications: int = 10, days: int = 365
) -> list[Effect]:
    """What if video is asked for in share b of the calls and not in share a? Who got it at a gets it at b."""
    designs = [
        Design(f"video {share:.1%}", area, Demand.of(nation, video_share=share), HomeStation())
        for share in (a, b)
    ]
    return compare(designs[0], designs[1], seed, replications, days)


def dynamic_allocation(
    area: Area, nation: Nation, seed: int, replications: int = 10, days: int = 365
) -> dict[str, list[Effect]]:
    """What if free ambulances stood elsewhere? Each policy by name against the home station."""
    demand = Demand.of(nation)
    told = {
        name: [
            tell_area(area, demand, policy, seed, replication, days) for replication in range(replications)
        ]
        for name, policy in policies_of(area).items()
    }
    home, *others = told
    return {name: effects(told[home], told[name]) for name in others}


def more_vehicles(
    area: Area,
    nation: Nation,
    station: str,
    kind: Kind,
    shift: str,
    number: int,
    seed: int,
    replications: int = 10,
    days: int = 365,
) -> list[Effect]:
    """What if a station had so many more vehicles? Raises ValueError for an unknown station or shift."""
    demand = Demand.of(nation)
    larger = area.with_crews(station, kind, shift, number)
    before, after = (Design(each.title, each, demand, HomeStation()) for each in (area, larger))
    return compare(before, after, seed, replications, days)


def growth(
    area: Area, nation: Nation, factor: float, seed: int, replications: int = 10, days: int = 365
) -> list[Effect]:
    """What if all calls and booked transports were `factor` times as many? 6 % a year to 2030: 1.06**6."""
    designs = [
        Design(f"growth {each:g}", area, Demand.of(nation, growth=each), HomeStation())
        for each in (1.0, factor)
    ]
    return compare(designs[0], designs[1], seed, replications, days)
