"""From a question to the designs that answer it: one area and demand, and a design for each policy."""

from pathlib import Path

from sim.nation import Nation
from sim.planning.ambulance.area import Area, load_area
from sim.planning.ambulance.comparison import Design
from sim.planning.ambulance.demand import Demand
from sim.planning.ambulance.goals import check_goals
from sim.planning.ambulance.policies import policies_of
from sim.planning.ambulance.question import AmbulancePlanning
from sim.planning.ambulance.triage import load_triage
from sim.reading import BadFile, at, known, validated

TABLE = "ambulance_planning"


def designs_of(planning: AmbulancePlanning, nation: Nation, path: Path) -> list[Design]:
    """One for each policy asked for; `path` is the scenario's. Raises BadFile and NoAnswer."""
    area, demand = area_of(planning, path), demand_of(planning, nation, path)
    check_goals(planning.goals_s, area, demand)
    policies = policies_of(area)
    for n, name in enumerate(planning.policies):
        known(name, list(policies), path, (TABLE, "policies", n), "policy")
    asked = dict.fromkeys(planning.policies or policies)
    return [Design(name, area, demand, policies[name]) for name in asked]


def area_of(planning: AmbulancePlanning, path: Path) -> Area:
    """Raises BadFile."""
    area = load_area(planning.area, path.parent)
    for n, name in enumerate(planning.stations_closed):
        known(name, [each.name for each in area.stations], path, (TABLE, "stations_closed", n), "station")
    there = [each.name for each in area.stations if each.name not in planning.stations_closed]
    if not there:
        raise BadFile(
            f"{at(path, (TABLE, 'stations_closed'))}: closes all {len(area.stations)}; leave one open"
        )
    for n, crew in enumerate(planning.crews_more):
        known(crew.station, there, path, (TABLE, "crews_more", n, "station"), "station")
        known(crew.shift, list(area.shifts), path, (TABLE, "crews_more", n, "shift"), "shift")
        area = area.with_crews(crew.station, crew.kind, crew.shift, crew.number)
    asked = {"busy": planning.busy, "looks_ahead_h": planning.looks_ahead_h}
    tables = area.model_dump()
    tables["allocation"].update({key: value for key, value in asked.items() if value is not None})
    tables["stations"] = [station for station in tables["stations"] if station["name"] in there]
    return validated(Area, tables, path, (TABLE,))


def demand_of(planning: AmbulancePlanning, nation: Nation, path: Path) -> Demand:
    """Raises BadFile and NoAnswer."""
    triage = None if planning.triage is None else load_triage(path.parent / planning.triage)
    share = {} if planning.video_share is None else {"video_share": planning.video_share}
    return Demand.of(nation, triage, planning.goals_s, growth=planning.growth, **share)
