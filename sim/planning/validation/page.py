"""Cases as people read them: a table on the console, and docs/validation.md."""

import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from textwrap import wrap

from rich.console import Console
from rich.table import Table

from sim.planning.validation.case import Case, Figures
from sim.telling import sign

_GROUPS = {
    "theory": "The engine against queueing theory. The interval is the 99 % interval of the measured mean "
    "over replications, and the expected value must be inside. Its half width is at most 1 % of the value, "
    "so that an error of 2 % is found 99 times of 100. To show it, each model is run once more with services "
    "that are longer, and an expected value must then be outside.",
    "paths": "The engine against the recursions of Kiefer and Wolfowitz and of Lindley, call by call, on "
    "calls made anew in numpy from the same keyed draws.",
    "facts": "The model against published figures (scenarios/data/validation.toml, where each has its "
    "source). What is fitted, or rests on data that are not published, has no mark; what is predicted has. "
    "The interval is what passes.",
    "ambulance": "Response times of 15 places, in minutes: mean, median, 90th percentile. Reproduced, not "
    "predicted: the mixtures are fitted to these figures. Then an area of one station and no roads, "
    "a queue, against Erlang: the expected value must be inside the 99 % interval of the measured mean.",
    "changes": "What must follow from a change, on common random numbers; that every call ends exactly "
    "once; and that the same seed gives the same bytes, in one process or two.",
}
_MARKS = {"passed": "passed", "failed": "**failed**", "unknown": "**unknown**", "told": "no mark"}


def show(console: Console, cases: Sequence[Case]) -> None:
    table = Table(show_edge=False, pad_edge=False)
    for column in ("", "case", "measured", "expected", "interval", ""):
        right = column in ("measured", "expected")
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    for case in cases:
        told = (figures(case.measured), figures(case.expected), figures(case.interval))
        table.add_row(sign(case.outcome), case.name, *told, case.detail)
    console.print(table, highlight=False)
    console.print(summary(cases), highlight=False)


def summary(cases: Sequence[Case]) -> str:
    outcomes = [case.outcome for case in cases]
    return ", ".join(f"{outcomes.count(one)} {one}" for one in dict.fromkeys(outcomes))


def figures(value: Figures | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, (int, float)):
        return f"{value:.4g}"
    return " … ".join(figures(part) for part in value) if _flat(value) else " / ".join(map(figures, value))


def _flat(value: Sequence[object]) -> bool:
    """An interval, rather than several figures or their intervals."""
    return len(value) == 2 and all(isinstance(part, (int, float)) for part in value)


def write_page(path: Path, cases: Sequence[Case], command: str, cpu_s: float) -> None:
    """Raises OSError."""
    lines = [
        "# Validation: the planner held against theory and against facts",
        "",
        "Made by a command, not by hand; make it again with",
        "",
        f"    {command}",
        "",
        f"{summary(cases)[0].upper()}{summary(cases)[1:]}. {machine()}; {cpu_s:.0f} s of CPU time.",
    ]
    for group, members in groupby(cases, key=lambda case: case.group):
        lines += ["", f"## {group.capitalize()}", "", *wrap(_GROUPS[group], 120), ""]
        lines += ["| case | | measured | expected | interval | |", "|---|---|---:|---:|---|---|"]
        lines += [_row(case) for case in members]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _row(case: Case) -> str:
    cells = (
        case.name.partition(": ")[2],
        _MARKS[case.outcome],
        *(figures(value) for value in (case.measured, case.expected, case.interval)),
        case.detail,
    )
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def machine() -> str:
    """What it was run on."""
    names = ("numpy", "numba", "scipy")
    cores = f"{len(os.sched_getaffinity(0))} cores"
    python = f"Python {platform.python_version()}"
    libraries = (f"{name} {version(name)}" for name in names)
    return ", ".join([f"{platform.system()} {platform.machine()}", cores, python, *libraries])


def as_json(cases: Sequence[Case]) -> str:
    return json.dumps({"cases": [case.as_json() for case in cases]}, indent=1)
