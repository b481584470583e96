"""Road times between the nodes of an area: its matrix, or speed and distance."""

from math import dist

from sim.planning.ambulance.area import Area

RoadTimes = list[list[float]]  # seconds, by the order of `Area.nodes`


def road_times(area: Area) -> RoadTimes:
    """Seconds from each node to each other, at the speed without lights."""
    roads, nodes = area.roads, area.nodes
    if roads.minutes:
        return [[roads.minutes[here][there] * 60 for there in nodes] for here in nodes]
    places = [(each.km, roads.speed_km_h[each.kind]) for each in area.places]
    stations = [(each.km, roads.speed_km_h["rural"]) for each in area.stations]
    hospitals = [(each.km, roads.speed_km_h["rural"]) for each in area.hospitals]
    ends = [*places, *stations, *hospitals]
    return [
        [dist(here, there) * roads.detour * 3600 * (1 / v + 1 / w) / 2 for there, w in ends]
        for here, v in ends
    ]
