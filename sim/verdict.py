"""The verdict of a run: what `verdict.json` says and what the exit code is."""

import json
import math
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from sim import __version__
from sim.checks.judge import Judged
from sim.checks.metrics import Value

Outcome = Literal["passed", "failed", "unknown", "invalid", "crashed", "interrupted"]

EXIT_CODES: Mapping[Outcome, int] = {
    "passed": 0,
    "failed": 1,
    "unknown": 1,
    "invalid": 3,
    "crashed": 4,
    "interrupted": 130,
}
BAD_USAGE = 2


@dataclass(frozen=True, slots=True)
class Gate:
    """A limit of the lab itself; beyond it the run is invalid and proves nothing."""

    name: str
    measured: float
    limit: float
    unit: str = "s"

    @property
    def held(self) -> bool:
        return self.measured <= self.limit


@dataclass(frozen=True, slots=True)
class Verdict:
    scenario: str
    title: str
    mode: str
    seed: int
    outcome: Outcome
    checks: tuple[Judged, ...]
    gates: tuple[Gate, ...]
    metrics: Mapping[str, Value]
    journal_hash: str | None
    not_covered: tuple[str, ...]
    repeat: str
    reason: str = ""  # why it crashed, was interrupted or is invalid

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.outcome]

    def as_json(self) -> dict[str, Any]:
        """The object of `verdict.json`: no infinities, `null` for what was not measured."""
        told = asdict(self)
        told["gates"] = [{**asdict(gate), "held": gate.held} for gate in self.gates]
        return {"lab113": __version__, "commit": _commit(), **_finite(told)}

    def write(self, folder: Path) -> None:
        text = json.dumps(self.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
        (folder / "verdict.json").write_text(text + "\n", encoding="utf-8")


def outcome_of(judged: Sequence[Judged], gates: Sequence[Gate]) -> Outcome:
    """The worst of all answers; a gate that did not hold outweighs every check."""
    if any(not gate.held for gate in gates):
        return "invalid"
    if any(check.outcome == "failed" for check in judged):
        return "failed"
    return "unknown" if any(check.outcome == "unknown" for check in judged) else "passed"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return "infinite"
        return round(value, 6)
    return value


def _commit() -> str | None:
    try:
        told = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip()
