"""Road times between the nodes of an area: its matrix, or speed and distance."""

from math import dist

import numpy as np
import numpy.typing as npt

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


def reach_s(area: Area, roads: RoadTimes) -> npt.NDArray[np.float64]:
    """Station x place: from an acute call to an ambulance from there at the patient, all at the median."""
    driven = [
        [roads[station][p] + place.local_s for p, place in enumerate(area.places)]
        for station in range(len(area.places), len(area.places) + len(area.stations))
    ]
    return standing_s(area) + area.responses["acute"].drive_factor * np.array(driven)


def standing_s(area: Area) -> float:
    """From an acute call until wheels turn: alarm and chute, at their medians."""
    return (area.responses["acute"].alarm.median_s or 0.0) + (area.chute["at_station"].median_s or 0.0)
