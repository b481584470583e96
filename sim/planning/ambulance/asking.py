"""What `lab113 plan` does with a scenario that asks of an ambulance area.

A plan holds policies against each other, `--compare` two scenarios, `--sweep` the values of a key: always
designs on common draws, the first of them told in full.
"""

import csv
import json
from pathlib import Path
from typing import Any

import tomli_w
from rich.console import Console

from sim.nation import Nation
from sim.new_folder import new_folder
from sim.planning.ambulance.answer import as_json, kind_rows, mean_calls, place_rows, station_rows
from sim.planning.ambulance.comparison import Design, Tell, Years, enough, figures, replicated
from sim.planning.ambulance.designs import TABLE, designs_of
from sim.planning.ambulance.goals import goals_of
from sim.planning.ambulance.question import AmbulancePlanning
from sim.planning.ambulance.shown import show_designs, show_first
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
            seats = self.scenario.planning is not None
            why = "asks about seats, [planning], and" if seats else f"has no [{TABLE}] table and"
            raise NoAnswer(f"{path}: {why} cannot be compared with a plan of ambulances")
        self.planning = self.scenario.ambulance_planning
        self.seed = self.scenario.seed if seed is None else seed

    def designs(self, planning: AmbulancePlanning | None = None) -> list[Design]:
        """Raises BadFile."""
        try:
            return designs_of(planning or self.planning, self.nation, self.path)
        except NoAnswer as error:
            raise BadFile(f"{self.path}: {error}") from None

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
    answer = {**_answer(asked, designs, told), **_in_full(asked.nation, designs[0], told[0])}
    folder = _write(asked, into, designs[0], answer)
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


def _tail(asked: Asked, console: Console, told: list[list[Any]]) -> None:
    n, days, precision = len(told[0]), asked.planning.days, asked.planning.precision
    after = enough(told, precision)
    known = f"reached after {after} and kept" if after else "takes more"
    console.print(
        f"{n} replications of {days} days; acute within goal known to ± {precision:g}: {known}",
        highlight=False,
    )


def _answer(asked: Asked, designs: list[Design], told: list[list[Any]]) -> dict[str, Any]:
    every = figures(told)
    return {
        "scenario": str(asked.path),
        "seed": asked.seed,
        "days": asked.planning.days,
        "replications": len(told[0]),
        "enough": enough(told, asked.planning.precision),
        "designs": [
            {
                "name": design.name,
                "area": design.area.title,
                "policy": design.policy.name,
                "figures": {name: estimate.as_json() for name, estimate in own.items()},
                "less_first": {
                    name: estimate.less(every[0][name]).as_json() for name, estimate in own.items()
                },
            }
            for design, own in zip(designs, every, strict=True)
        ],
    }


def _in_full(nation: Nation, first: Design, years: Years) -> dict[str, Any]:
    goals = goals_of(first.area, first.demand, nation, years)
    return {
        "goals": [{**as_json(goal), "verdict": goal.verdict} for goal in goals],
        "places": [as_json(row) for row in place_rows(first, years)],
        "stations": [as_json(row) for row in station_rows(years)],
        "vehicles": [as_json(row) for row in kind_rows(years)],
        "told": mean_calls([year.told for year in years]),
        "sent": mean_calls([year.sent for year in years]),
    }


def _write(asked: Asked, into: Path, first: Design, answer: dict[str, Any]) -> Path:
    """The question and the area with nothing left open, and every figure. Raises BadFile."""
    folder = new_folder(into, f"plan-{asked.path.stem}-{asked.seed}")
    question = asked.scenario.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    area = first.area.model_dump(mode="json", exclude_none=True)
    resolved = {**question, "seed": asked.seed}
    for name, tables in {"resolved.toml": resolved, "area.toml": area}.items():
        (folder / name).write_text(tomli_w.dumps(tables), encoding="utf-8")
    repeat = f"lab113 plan {asked.path} --seed {asked.seed}"
    told = {"title": asked.scenario.title, "purpose": asked.scenario.purpose, "repeat": repeat, **answer}
    (folder / "plan.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    with (folder / "plan.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("design", "figure", "mean", "half", "less_first", "less_first_half"))
        for design in answer["designs"]:
            for name, estimate in design["figures"].items():
                less = design["less_first"][name]
                writer.writerow((design["name"], name, *estimate.values(), *less.values()))
    return folder
