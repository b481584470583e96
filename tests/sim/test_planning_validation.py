"""`lab113 validate`: what it says, and that it can fail."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.planning.intervals import Interval
from sim.planning.validation.case import Case, agrees, told, within
from sim.planning.validation.models import Model, textbook
from sim.planning.validation.page import figures
from sim.planning.validation.theory_cases import FAULT, fault_found, held

MODELS = textbook()
PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation.md"


def run(*words: str) -> tuple[int, str, str]:
    told = CliRunner().invoke(app, ["validate", *words])
    return told.exit_code, told.stdout, told.stderr


def test_quick_passes_and_is_told_in_full(tmp_path: Path) -> None:
    page = tmp_path / "validation.md"
    code, out, err = run("--quick", "--json", "--write", str(page))
    cases = json.loads(out)["cases"]
    assert code == 0, [case for case in cases if case["outcome"] not in ("passed", "told")]
    assert {"name", "outcome", "measured", "expected", "interval"} <= set(cases[0])
    assert {case["name"].partition(":")[0] for case in cases} == {
        *("theory", "paths", "facts", "ambulance", "changes")
    }
    assert len({case["name"] for case in cases}) == len(cases) > 60
    assert "passed" in err
    text = page.read_text(encoding="utf-8")
    assert f"lab113 validate --quick --write {page}" in text
    assert "numba" in text
    assert text.count("\n| ") == len(cases) + 5
    shipped = PAGE.read_text(encoding="utf-8")
    stale = [case["name"] for case in cases if f"| {case['name'].partition(': ')[2]} |" not in shipped]
    assert not stale, f"lab113 validate --write docs/validation.md; it lacks {stale}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_fault_fails_the_model(model: Model) -> None:
    """As great, by a tenth of the calls, as 2 % are by all of them."""
    factor = 1 + (FAULT - 1) * 10**0.5
    assert any(case.outcome == "failed" for case in held(model, 113, quick=True, factor=factor))


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_fault_of_two_per_cent_fails_the_model(model: Model) -> None:
    assert any(case.outcome == "failed" for case in held(model, 113, factor=FAULT))


@pytest.mark.slow
def test_all_passes() -> None:
    """As a program: joblib's processes live as long as the one that asked for them."""
    words = [sys.executable, "-m", "sim", "validate", "--json"]
    told = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)
    cases = json.loads(told.stdout)["cases"]
    assert told.returncode == 0, [case for case in cases if case["outcome"] not in ("passed", "told")]


@pytest.mark.long
def test_theory_is_inside_as_often_as_the_interval_says() -> None:
    cases = [case for seed in range(30) for model in MODELS for case in held(model, seed, quick=True)]
    inside = sum(case.outcome != "failed" for case in cases) / len(cases)
    assert 0.975 < inside <= 1, inside


@pytest.mark.long
def test_the_fault_is_found_with_any_seed() -> None:
    found = [fault_found(model, seed) for seed in range(10) for model in MODELS]
    assert [case for case in found if case.outcome != "passed"] == []


def test_a_wide_interval_proves_nothing() -> None:
    assert agrees("theory: a", 1.0, Interval(1.001, 0.005), 0.01).outcome == "passed"
    assert agrees("theory: a", 1.0, Interval(1.001, 0.05), 0.01).outcome == "unknown"
    assert agrees("theory: a", 1.0, Interval(1.02, 0.005), 0.01).outcome == "failed"


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (within("facts: a", 1.0, 1.0, 0.9, 1.1), 0),
        (within("facts: a", 2.0, 1.0, 0.9, 1.1), 1),
        (agrees("theory: a", 1.0, Interval(1.0, 0.5), 0.01), 1),
        (told("facts: a", 2.0, 1.0, "no mark"), 0),
    ],
    ids=lambda value: getattr(value, "outcome", ""),
)
def test_the_worst_case_is_the_exit_code(case: Case, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def one(seed: int, quick: bool) -> Iterator[Case]:
        yield case

    monkeypatch.setattr("sim.planning.validation.suite.suite", one)
    assert run()[0] == code


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    code, _, err = run("--write", str(tmp_path / "none" / "page.md"))
    assert code == 2
    assert "no such folder; make it first" in err


def test_figures_of_all_kinds() -> None:
    assert figures(None) == "–"
    assert figures(0.123456) == "0.1235"
    assert figures((1.0, 2.0)) == "1 … 2"
    assert figures([1, 2, 3]) == "1 / 2 / 3"
    assert figures([[1, 2], [3, 4]]) == "1 … 2 / 3 … 4"
