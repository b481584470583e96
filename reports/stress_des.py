"""The 24 items of STRESS-DES (Monks et al. 2018, Journal of Simulation 13) for a plan.

`stress_des.toml` says them of a plan of seats; another kind of plan has a file with the texts that differ.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Item:
    number: str
    title: str
    text: str


def stress_des(plan: dict[str, Any], question: dict[str, str], differing: str | None = None) -> list[Item]:
    """All of them, in the order of the guideline, from a plan.json and its question in words. `differing`
    names the file with the texts of another kind of plan."""
    made = jinja2.Environment(undefined=jinja2.StrictUndefined)
    own = _texts(differing)["texts"] if differing else {}
    found = []
    for item in _texts("stress_des")["items"]:
        text = made.from_string(own.get(item["number"], item["text"]))
        found.append(Item(item["number"], item["title"], text.render(plan=plan, question=question)))
    return found


def _texts(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))
