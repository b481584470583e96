"""What `lab113 plan` does with a scenario that asks of an ambulance area.

A plan holds policies against each other, `--compare` two scenarios, `--sweep` the values of a key: always
designs on common draws, the first of them told in full.
"""

from pathlib import Path
from typing import Any

from rich.console import Console

from sim.planning.ambulance.answer import in_full
from sim.planning.ambulance.comparison import Design, Tell, enough, figures, replicated
from sim.planning.ambulance.designs import TABLE, designs_of
from sim.planning.ambulance.folder import write_folder
from sim.planning.ambulance.goals import goals_of
from sim.planning.ambulance.question import AmbulancePlanning
from sim.planning.ambulance.shown import show_designs, show_first
from sim.planning.ambulance.year import AreaYear
from sim.planning.intervals import half_width, known
from sim.planning.question import NoAnswer
from sim.planning.sweep import Sweep
from sim.reading import BadFile
from sim.scenario import load_scenario


class Asked:
    """One scenario with its question of an ambulance area."""

    def __init__(self, path: Path, seed: int | None) -> None:
        """Raises BadFile and NoAnswer."""
        self.path = path
        self.scenario, self.nation = load_scenario(path)
        if self.scenario.ambulance_planning is None:
            raise NoAnswer(f"{path}: has no [{TABLE}] table; give both scenarios one")
        self.planning = self.scenario.ambulance_planning
        self.seed = self.scenario.seed if seed is None else seed

    def designs(self, planning: AmbulancePlanning | None = None) -> list[Design]:
        """Raises BadFile and NoAnswer."""
        return designs_of(planning or self.planning, self.nation, self.path)

    def first(self, name: str, planning: AmbulancePlanning | None = None) -> Design:
        """The design of the first policy, under a name of its own."""
        design = self.designs(planning)[0]
        return Design(name, design.area, design.demand, design.policy)


def is_asked(path: Path, otherwise: bool) -> bool:
    """Whether the scenario asks of ambulances; not `otherwise` than by a plan, --compare or --sweep. Raises
    BadFile and NoAnswer."""
    scenario, _ = load_scenario(path)
    if scenario.ambulance_planning is None:
        return False
    if scenario.planning is not None:
        raise BadFile(f"{path}: has both [planning] and [{TABLE}]; ask one question a scenario")
    if otherwise:
        raise NoAnswer(f"{path}: [{TABLE}] is answered by a plan, --compare and --sweep")
    return True


def answered(
    scenario: Path,
    seed: int | None,
    other: Path | None,
    over: str | None,
    console: Console,
    tell: Tell,
    jobs: int,
    into: Path,
) -> dict[str, Any]:
    """Raises BadFile and NoAnswer."""
    asked = Asked(scenario, seed)
    if other is not None:
        return compare(asked, Asked(other, asked.seed), console, tell, jobs)
    if over is not None:
        return sweep(asked, Sweep.read(over), console, tell, jobs)
    return plan(asked, console, tell, jobs, into)


def plan(asked: Asked, console: Console, tell: Tell, jobs: int, into: Path) -> dict[str, Any]:
    """Each policy against the first. Leaves a folder."""
    designs = asked.designs()
    told = replicated(designs, asked.seed, asked.planning, tell, jobs)
    _head(asked, console, designs[0])
    show_first(
        console, designs[0], told[0], goals_of(designs[0].area, designs[0].demand, asked.nation, told[0])
    )
    show_designs(console, designs, figures(told))
    _tail(asked, console, told)
    answer = _answer(asked, designs, told)
    folder = write_folder(into, asked.path, asked.scenario, asked.nation, designs[0], answer)
    console.print(f"figures  {folder}", highlight=False, soft_wrap=True)
    return {"folder": str(folder), **answer}


def compare(asked: Asked, other: Asked, console: Console, tell: Tell, jobs: int) -> dict[str, Any]:
    """The first policy of each scenario, for as long and as often as the first scenario says."""
    names = [one.scenario.title for one in (asked, other)]
    if names[0] == names[1]:
        names = [str(one.path) for one in (asked, other)]
    designs = [one.first(name) for one, name in zip((asked, other), names, strict=True)]
    return _held_against(asked, designs, console, tell, jobs)


def sweep(asked: Asked, over: Sweep, console: Console, tell: Tell, jobs: int) -> dict[str, Any]:
    """The first policy at each value."""
    keys = [(f"{over.key} = {value}", planning) for value, planning in over.asked(asked.planning)]
    designs = [asked.first(name, planning) for name, planning in keys]
    return {"key": over.key, **_held_against(asked, designs, console, tell, jobs)}


def _held_against(
    asked: Asked, designs: list[Design], console: Console, tell: Tell, jobs: int
) -> dict[str, Any]:
    told = replicated(designs, asked.seed, asked.planning, tell, jobs)
    _head(asked, console, designs[0])
    show_designs(console, designs, figures(told))
    _tail(asked, console, told)
    return _answer(asked, designs, told)


def _head(asked: Asked, console: Console, design: Design) -> None:
    console.print(f"[bold]{asked.scenario.title}[/] · seed {asked.seed} · {design.area.title}")


def _tail(asked: Asked, console: Console, told: list[list[AreaYear]]) -> None:
    n, days, precision = len(told[0]), asked.planning.days, asked.planning.precision
    half = max(half_width([year.within_goal() or 0.0 for year in years]) for years in told)
    sure = known("acute within the goal", half, precision, enough(told, precision))
    console.print(f"{n} replications of {days} days: {sure}", highlight=False)


def _answer(asked: Asked, designs: list[Design], told: list[list[AreaYear]]) -> dict[str, Any]:
    every = figures(told)
    return {
        "scenario": str(asked.path),
        "seed": asked.seed,
        "days": asked.planning.days,
        "replications": len(told[0]),
        "enough": enough(told, asked.planning.precision),
        "precision": asked.planning.precision,
        "designs": [
            {
                "name": design.name,
                "area": design.area.title,
                "policy": design.policy.name,
                "figures": {name: estimate.as_json() for name, estimate in own.items()},
                "less_first": {
                    name: estimate.less(every[0][name]).as_json() for name, estimate in own.items()
                },
                **in_full(asked.nation, design, years, (designs[0], told[0])),
            }
            for design, own, years in zip(designs, every, told, strict=True)
        ],
    }
