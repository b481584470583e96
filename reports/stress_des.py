"""The 24 items of STRESS-DES (Monks et al. 2018, Journal of Simulation 13) for a plan."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

_TEXTS = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class Item:
    number: str
    title: str
    text: str


def stress_des(plan: dict[str, Any], question: dict[str, str]) -> list[Item]:
    """All of them, in the order of the guideline, from a plan.json and its question in words."""
    made = jinja2.Environment(undefined=jinja2.StrictUndefined)
    items = tomllib.loads(_TEXTS.read_text(encoding="utf-8"))["items"]
    facts = {"plan": plan, "question": question}
    return [
        Item(item["number"], item["title"], made.from_string(item["text"]).render(facts)) for item in items
    ]
