"""Every number that an ambulance plan rests on, with its source; "A" marks what nobody has published."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sim.nation import Nation
from sim.planning.ambulance.area import Area
from sim.planning.ambulance.demand import GOALS, Demand
from sim.planning.ambulance.question import AmbulancePlanning
from sim.planning.ambulance.triage import TriageTable
from sim.planning.assumptions import Assumption, spanned, walked

_OF_AREA = (
    *("contacts_per_1000", "planned_per_1000", "planned_week", "places.days", "places.hours"),
    *("places.inhabitants", "places.kind", "places.km", "places.local_s", "stations.km"),
    *("stations.crews.number", "shifts", "hospitals.km", "drive_sigma", "warm_up_days"),
    *("when_none_is_free", "first_responder_within_s"),
)
_TABLES = ("roads", "responses", "chute", "care", "handover", "allocation")
_OF_NATION = ("hours_weekday", "hours_weekend", "days", "day_cv", "video_share")
_ASKED = "A the scenario asks it so"
_NO_SOURCE = "A no source is given"


def assumptions_of(
    area: Area, demand: Demand, nation: Nation, planning: AmbulancePlanning
) -> list[Assumption]:
    """Of the area, then of the nation, then of triage; what the scenario asks for says so."""
    found = [*_of_area(area), *_of_nation(demand, nation, planning)]
    if isinstance(demand.triage, TriageTable):
        found += _of_triage(demand.triage)
    return found


def _of_area(area: Area) -> Iterator[Assumption]:
    tables = area.model_dump(exclude_none=True)
    for key in _OF_AREA:
        if value := _spoken(list(_reached(tables, key.split(".")))):
            yield Assumption(key, value, area.sources.get(key, _NO_SOURCE))
    for name in _TABLES:
        yield from walked(name, _short(tables[name]))


def _short(table: dict[str, Any]) -> dict[str, Any]:
    """A matrix of road times by the number of its rows; it knows no detour."""
    n = len(table.get("minutes", ()))
    return {"minutes": f"between {n}", "source": table["source"]} if n else table


def _reached(there: Any, keys: list[str]) -> Iterator[Any]:
    """Every number or word under the keys, through lists."""
    if isinstance(there, list | tuple):
        for each in there:
            yield from _reached(each, keys)
    elif isinstance(there, dict):
        yield from _reached(there[keys[0]], keys[1:]) if keys else there
    else:
        yield there


def _spoken(found: list[Any]) -> str:
    """Words by how often, numbers by how many and between which."""
    if len(found) == 1:
        return found[0] if isinstance(found[0], str) else f"{found[0]:g}"
    if found and isinstance(found[0], str):
        return ", ".join(word if n == 1 else f"{n} {word}" for word, n in Counter(found).items())
    return spanned(found) if found else ""


def _of_nation(demand: Demand, nation: Nation, planning: AmbulancePlanning) -> Iterator[Assumption]:
    for key in _OF_NATION:
        if key == "video_share" and planning.video_share is not None:
            yield Assumption("demand.113.video_share", f"{planning.video_share:g}", _ASKED)
        else:
            yield from walked(f"demand.113.{key}", nation.demand["113"][key])
    for kind in GOALS:
        target = nation.targets[f"ambulance_{kind}"]
        if kind in planning.goals_s:
            told = f"share {target['share']:g}, within_s {demand.goals_s[kind]:g}"
            yield Assumption(f"targets.ambulance_{kind}", told, _ASKED)
        else:
            yield from walked(f"targets.ambulance_{kind}", target)


def _of_triage(table: TriageTable) -> Iterator[Assumption]:
    yield Assumption(
        "triage.told",
        ", ".join(f"{name} {share:g}" for name, share in table.told.items()),
        table.sources.get("told", _NO_SOURCE),
    )
    rows = (
        f"{told}: {' '.join(f'{share:g}' for share in needed.values())}"
        for told, needed in table.needed.items()
    )
    yield Assumption("triage.needed", "; ".join(rows), table.sources.get("needed", _NO_SOURCE))
    for key in ("video_succeeds", "response_follows", "in_time"):
        yield from walked(f"triage.{key}", getattr(table, key))
