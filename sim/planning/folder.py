"""A plan's folder: the question with everything resolved, every figure, and the report."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from reports.plan_report import write_plan_report
from sim.nation import Nation
from sim.new_folder import new_folder
from sim.planning.answer import Answer
from sim.planning.assumptions import assumptions_of
from sim.planning.cost import priced
from sim.planning.places import places_of
from sim.planning.question import Planning
from sim.planning.shown import as_json, write_csv
from sim.planning.software import software
from sim.scenario import Scenario

PACKAGES = ("lab113", "numpy", "numba", "scipy", "joblib")


def write_folder(
    into: Path,
    path: Path,
    scenario: Scenario,
    nation: Nation,
    seed: int,
    answer: Answer,
    more: Mapping[str, Any],
    incident: Mapping[str, Any] | None = None,
) -> Path:
    """The new folder's path; `more` goes into plan.json, `incident` into incident.json. Raises BadFile when
    it cannot be made.
    """
    folder = new_folder(into, f"plan-{path.stem}-{seed}")
    asked = scenario.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    (folder / "resolved.toml").write_text(tomli_w.dumps({**asked, "seed": seed}), encoding="utf-8")
    told: dict[str, Any] = {
        "title": scenario.title,
        "purpose": scenario.purpose,
        "scenario": str(path),
        "seed": seed,
        "nation": nation.title,
        "question": scenario.model_dump(mode="json", exclude_none=True)["planning"],
        **as_json(answer),
        "assumptions": [
            one.as_json() for one in assumptions_of(priced(nation, scenario.planning or Planning()))
        ],
        "software": software(PACKAGES),
        "repeat": f"lab113 plan {path} --seed {seed}",
        **more,
    }
    (folder / "plan.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    write_csv(folder / "plan.csv", answer)
    if incident is not None:
        film = {**incident, **places_of(nation, (scenario.planning or Planning()).merges)}
        (folder / "incident.json").write_text(json.dumps(film, separators=(",", ":")), encoding="utf-8")
    write_plan_report(folder)
    return folder
