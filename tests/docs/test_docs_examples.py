"""What the docs show as a scenario is one, and does what they say."""

import re
from pathlib import Path

import pytest

from sim.request import Request
from sim.run import run

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCENARIOS = [
    (page.name, block)
    for page in sorted(DOCS.glob("*.md"))
    for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
]


def test_there_are_examples() -> None:
    assert SCENARIOS


@pytest.mark.parametrize(("page", "block"), SCENARIOS)
def test_a_scenario_in_the_docs_passes_as_it_stands(page: str, block: str, tmp_path: Path) -> None:
    scenario = tmp_path / "example.toml"
    scenario.write_text(block, encoding="utf-8")
    verdict, _ = run(Request(scenario, mode="plan", report_dir=tmp_path / "runs"))
    assert verdict.outcome == "passed", (page, verdict.checks)
