"""The verdict: the worst answer wins, a lab that was too slow proves nothing, and JSON stays JSON."""

import json
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest

from sim.checks.judge import Judged
from sim.verdict import BAD_USAGE, EXIT_CODES, Gate, Verdict, outcome_of

HELD, NOT_HELD = Gate("clock lag, worst", 0.1, 1.0), Gate("clock lag, worst", 1.1, 1.0)


def answers(*outcomes: Any) -> list[Judged]:
    return [Judged(f"check {n}", outcome, 1.0, "= 1") for n, outcome in enumerate(outcomes)]


def verdict(**changed: Any) -> Verdict:
    told: dict[str, Any] = {
        "scenario": "scenarios/ci/first-call.toml",
        "title": "The first call",
        "mode": "plan",
        "seed": 113,
        "outcome": "passed",
        "checks": tuple(answers("passed")),
        "gates": (HELD,),
        "metrics": {"calls": 4.0, "setup_s_p95": None},
        "journal_hash": "ab",
        "not_covered": ("a real handset (Safari, a real radio)",),
        "repeat": "lab113 run scenarios/ci/first-call.toml --seed 113 --mode plan",
    }
    return Verdict(**{**told, **changed})


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [
        ([], "passed"),
        (["passed", "passed"], "passed"),
        (["passed", "unknown"], "unknown"),
        (["unknown", "failed", "passed"], "failed"),
    ],
)
def test_the_worst_answer_wins_unless_the_lab_was_too_slow(outcomes: list[str], worst: str) -> None:
    assert outcome_of(answers(*outcomes), []) == worst
    assert outcome_of(answers(*outcomes), [HELD]) == worst
    assert outcome_of(answers(*outcomes), [HELD, NOT_HELD]) == "invalid"


def test_a_gate_holds_at_its_limit_and_not_on_what_is_no_number() -> None:
    assert Gate("g", 1.0, 1.0).held
    assert not Gate("g", 1.000001, 1.0).held
    assert not Gate("g", inf, 1.0).held
    assert not Gate("g", nan, 1.0).held


def test_exit_codes_are_the_contract() -> None:
    assert EXIT_CODES == {
        "passed": 0,
        "failed": 1,
        "unknown": 1,
        "invalid": 3,
        "crashed": 4,
        "interrupted": 130,
    }
    assert BAD_USAGE == 2
    assert [verdict(outcome=outcome).exit_code for outcome in EXIT_CODES] == [0, 1, 1, 3, 4, 130]


def test_the_file_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    verdict().write(tmp_path)
    told = json.loads((tmp_path / "verdict.json").read_text())
    contract = "lab113 commit scenario mode seed outcome checks metrics journal_hash not_covered repeat"
    assert set(contract.split()) <= set(told)
    assert set(told["checks"][0]) == {"name", "outcome", "measured", "limit", "unit", "detail"}
    assert told["gates"] == [
        {"name": "clock lag, worst", "measured": 0.1, "limit": 1.0, "unit": "s", "held": True}
    ]
    assert told["metrics"] == {"calls": 4.0, "setup_s_p95": None}


def test_infinities_are_written_in_words(tmp_path: Path) -> None:
    endless = Judged("time_to_video_s max", "failed", inf, "<= 90", "s", "never came")
    verdict(
        checks=(endless,), metrics={"a": inf, "b": nan, "c": 0.1 + 0.2}, gates=(Gate("g", inf, 1),)
    ).write(tmp_path)

    def refuse(word: str) -> float:
        raise AssertionError(f"{word} is not JSON")

    told = json.loads((tmp_path / "verdict.json").read_text(), parse_constant=refuse)
    assert told["checks"][0]["measured"] == "infinite"
    assert told["metrics"] == {"a": "infinite", "b": "infinite", "c": 0.3}
    assert (told["gates"][0]["measured"], told["gates"][0]["held"]) == ("infinite", False)
