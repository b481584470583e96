"""What a scenario speaks of must be there, and what it asks for must go together."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.call_references import check_calls, check_laid_out
from sim.checks.metrics import DURATIONS, is_metric, known_metrics
from sim.faults import CameraFails, Fault, SmsLost, SmsMood, StampCovered
from sim.guidance import check_guidance
from sim.nation import Carrier, Nation
from sim.phone_choice import check_phone
from sim.reading import BadFile, at, known, nearest, read_toml, validated

if TYPE_CHECKING:
    from sim.ambulance_table import AmbulanceSpec
    from sim.scenario import CheckSpec, Scenario

_OF_THE_NATION = ("name", "prefixes", "sources")  # fields of a carrier that no scenario changes


def check_references(scenario: "Scenario", nation: Nation, path: Path) -> None:
    """Raises BadFile with file, line, key and remedy."""
    scenes = list(read_toml(Path(__file__).parent.parent / "scenarios" / "data" / "scenes.toml"))
    carriers = [carrier.name for carrier in nation.carriers]
    people = list(type(next(iter(nation.people.values()))).model_fields) if nation.people else []
    for i, call in enumerate(scenario.calls):
        check_calls(call, scenario, nation, path, i)
        for n, scene in enumerate(call.caller.filmed):
            key = ("scenes", n) if call.caller.scenes else ("scene",)
            known(scene, scenes, path, ("calls", i, "caller", *key), "scene")
        check_phone(call.caller, path, ("calls", i, "caller"))
        check_guidance(call, path, ("calls", i))
        if call.caller.carrier is not None:
            known(call.caller.carrier, carriers, path, ("calls", i, "caller", "carrier"), "carrier")
        if call.caller.radio is not None:
            _check_radio(call.caller.radio, path, ("calls", i, "caller", "radio"))
    for i, unit in enumerate(scenario.ambulances):
        _check_ambulance(unit, i, scenario, nation, path)
        known(unit.scene, scenes, path, ("ambulances", i, "scene"), "scene")
        if unit.radio is not None:
            _check_radio(unit.radio, path, ("ambulances", i, "radio"))
    for name in scenario.people:
        known(name, people, path, ("people", name), "wait")
    for name, changes in scenario.carriers.items():
        known(name, carriers, path, ("carriers", name), "carrier")
        _check_changes(next(c for c in nation.carriers if c.name == name), changes, path)
    _check_sms(scenario, carriers, path)
    calls_told = check_laid_out(scenario, nation, path)
    for i, fault in enumerate(scenario.faults):
        _check_fault(fault, i, scenario, carriers, calls_told, path)
    for i, check in enumerate(scenario.checks):
        _check_check(check, path, i)


def _check_radio(name: str, path: Path, keys: tuple[str | int, ...]) -> None:
    from sim.models.radio import BadRadio, radio  # the models need scenarios

    try:
        radio(name)
    except BadRadio as error:
        raise BadFile(f"{at(path, keys)}: {error}") from None


def _check_ambulance(unit: "AmbulanceSpec", i: int, scenario: "Scenario", nation: Nation, path: Path) -> None:
    amks = [centre.name for centre in nation.centres if centre.kind == "AMK"]
    known(unit.amk, amks, path, ("ambulances", i, "amk"), "AMK")
    if any(unit.unit == other.unit for other in scenario.ambulances[:i]):
        where = at(path, ("ambulances", i, "unit"))
        raise BadFile(f"{where}: {unit.unit!r} is there twice; a unit has one phone and one stream a run")
    every = [centre.name for centre in nation.centres]
    for key, centres in {
        "centres": unit.centres,
        "watchers": tuple(watcher.centre for watcher in unit.watchers),
        "intruders": unit.intruders,
    }.items():
        for n, centre in enumerate(centres):
            keys: tuple[str | int, ...] = ("ambulances", i, key, n)
            keys += ("centre",) if key == "watchers" else ()
            known(centre, every, path, keys, "centre")
            if centre in centres[:n] or (key == "centres" and centre == unit.amk):
                raise BadFile(f"{at(path, keys)}: {centre!r} is named already; leave it out")
            if key == "watchers" and centre not in unit.may_look:
                hint = "name it in centres, or let it try as one of intruders"
                raise BadFile(f"{at(path, keys)}: {centre!r} may not look; {hint}")
            if key == "intruders" and centre in unit.may_look:
                raise BadFile(f"{at(path, keys)}: {centre!r} may look; an intruder is a centre that may not")
    looking = [unit.amk, *(watcher.centre for watcher in unit.watchers)]
    for n, guest in enumerate(unit.invites):
        if guest.by is not None:
            known(guest.by, looking, path, ("ambulances", i, "invites", n, "by"), "watcher")


def _check_changes(carrier: Carrier, changes: dict[str, Any], path: Path) -> None:
    for key in changes:
        if key in _OF_THE_NATION:
            where = at(path, ("carriers", carrier.name, key))
            raise BadFile(f"{where}: is the nation's and stays; leave it out, or name a nation of your own")
    tables = {**carrier.model_dump(), **changes}
    validated(Carrier, tables, path, under=("carriers", carrier.name))


def _check_sms(scenario: "Scenario", carriers: Sequence[str], path: Path) -> None:
    routes = scenario.sms.routes
    if routes and scenario.sms.way == "http":
        where = at(path, ("sms", "routes"))
        raise BadFile(f'{where}: go with way = "smpp"; the HTTP gateway finds the carrier by the number')
    for n, route in enumerate(routes):
        known(route, carriers, path, ("sms", "routes", n), "carrier")
        if route in routes[:n]:
            raise BadFile(f"{at(path, ('sms', 'routes', n))}: {route!r} is there twice; name each route once")


def _check_fault(
    fault: Fault, i: int, scenario: "Scenario", carriers: Sequence[str], calls_told: int, path: Path
) -> None:
    if isinstance(fault, SmsLost | SmsMood):
        known(fault.carrier, carriers, path, ("faults", i, "carrier"), "carrier")
    if isinstance(fault, SmsLost):
        if any(isinstance(f, SmsLost) and f.carrier == fault.carrier for f in scenario.faults[:i]):
            where = at(path, ("faults", i, "carrier"))
            raise BadFile(f"{where}: {fault.carrier} has an sms.lost fault already; make `first` larger")
    elif isinstance(fault, CameraFails | StampCovered) and (fault.call or 0) > calls_told:
        raise BadFile(f"{at(path, ('faults', i, 'call'))}: there are only {calls_told} calls")


def _check_check(check: "CheckSpec", path: Path, i: int) -> None:
    if check.quantile is None and check.metric in DURATIONS:
        raise BadFile(
            f"{at(path, ('checks', i, 'metric'))}: {check.metric} has many samples; "
            "add a quantile, such as quantile = 0.95 (1 is the longest)"
        )
    if check.quantile is None and check.n_at_least > 1:
        where = at(path, ("checks", i, "n_at_least"))
        raise BadFile(f"{where}: goes with a quantile; for a count check it by at_least")
    if check.quantile is not None and is_metric(check.metric):
        raise BadFile(
            f"{at(path, ('checks', i, 'quantile'))}: {check.metric} is one number; leave the quantile out"
        )
    name = check.metric if check.quantile is None else f"{check.metric}_p50"
    if not is_metric(name):
        hint = nearest(check.metric, known_metrics(durations=check.quantile is not None))
        raise BadFile(f"{at(path, ('checks', i, 'metric'))}: unknown metric {check.metric!r}; {hint}")
    if sum(limit is not None for limit in (check.at_most, check.at_least, check.equals)) != 1:
        raise BadFile(f"{at(path, ('checks', i))}: give exactly one of at_most, at_least, equals")
