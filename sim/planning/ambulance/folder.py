"""The folder of an ambulance plan: question and area with nothing left open, every figure, the report."""

import csv
import json
from pathlib import Path
from typing import Any

import tomli_w

from reports.ambulance_report import write_ambulance_report
from sim.nation import Nation
from sim.new_folder import new_folder
from sim.planning.ambulance.assumptions import assumptions_of
from sim.planning.ambulance.comparison import Design
from sim.planning.ambulance.question import AmbulancePlanning
from sim.planning.software import software
from sim.scenario import Scenario

PACKAGES = ("lab113", "simpy", "numpy", "scipy", "joblib")


def write_folder(
    into: Path, path: Path, scenario: Scenario, nation: Nation, first: Design, answer: dict[str, Any]
) -> Path:
    """The new folder's path. All designs of a plan have the area and the demand of the first. Raises
    BadFile."""
    seed, asked = answer["seed"], scenario.ambulance_planning or AmbulancePlanning()
    folder = new_folder(into, f"plan-{path.stem}-{seed}")
    question = scenario.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    tables = {
        "resolved.toml": {**question, "seed": seed},
        "area.toml": first.area.model_dump(mode="json", exclude_none=True),
    }
    for name, table in tables.items():
        (folder / name).write_text(tomli_w.dumps(table), encoding="utf-8")
    told: dict[str, Any] = {
        "title": scenario.title,
        "purpose": scenario.purpose,
        "nation": nation.title,
        "question": asked.model_dump(mode="json", exclude_none=True),
        "warm_up_days": first.area.warm_up_days,
        **answer,
        "assumptions": [one.as_json() for one in assumptions_of(first.area, first.demand, nation, asked)],
        "software": software(PACKAGES),
        "repeat": f"lab113 plan {path} --seed {seed}",
    }
    (folder / "plan.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    _write_csv(folder / "plan.csv", answer)
    write_ambulance_report(folder)
    return folder


def _write_csv(path: Path, answer: dict[str, Any]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("design", "figure", "mean", "half", "less_first", "less_first_half"))
        for design in answer["designs"]:
            for name, estimate in design["figures"].items():
                less = design["less_first"][name]
                writer.writerow((design["name"], name, *estimate.values(), *less.values()))
