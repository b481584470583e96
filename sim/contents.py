"""What a scenario holds, laid out as `lab113 run` and `lab113 plan` would, but not told."""

from pathlib import Path

from sim.planning.question import NoAnswer
from sim.resolve import resolve
from sim.scenario import load_scenario


def contents_of(path: Path) -> str:
    """In words. Raises BadFile and NoAnswer where it cannot be told or planned."""
    scenario, nation = load_scenario(path)
    asks = scenario.planning is not None or scenario.ambulance_planning is not None
    held = [_planned(path)] if asks else []
    if not asks or scenario.calls or scenario.ambulances or scenario.checks:
        held += [f"{len(resolve(scenario, nation).calls)} calls", f"{len(scenario.checks)} checks"]
    return ", ".join(held)


def _planned(path: Path) -> str:
    try:
        from sim.planning import asking
        from sim.planning.ambulance import asking as of_ambulances
    except ModuleNotFoundError as error:
        raise NoAnswer(f"{path}: planning needs {error.name}: pip install 'lab113[plan]'") from None
    if of_ambulances.is_asked(path, otherwise=False):
        designs = of_ambulances.Asked(path, None).designs()
        policies = ", ".join(design.name for design in designs)
        return f"a plan of the ambulances of {designs[0].area.title}: {policies}"
    return f"a plan of {len(asking.Asked(path, None).country().desks)} centres"
