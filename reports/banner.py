"""The verdict in two seconds: passed or not, why, and what to do now."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from reports.figures import as_float, exact, limit
from reports.run_folder import NOT_JUDGED, RunFolder

REASONS_MAX = 5


@dataclass(frozen=True, slots=True)
class Banner:
    """`kind` names the colour; `reasons` are the checks or limits that decided."""

    kind: str
    symbol: str
    word: str
    meaning: str
    to_do: str
    reasons: tuple[str, ...]
    more: int = 0  # reasons that are not listed


_KNOWN = {
    "passed": ("✓", "Every check passed.", "Nothing to do."),
    "failed": (
        "✗",
        "At least one check failed.",
        "Start at the first failed check; the call's timeline shows when.",
    ),
    "unknown": (
        "?",
        "Nothing failed, but some checks found too little to measure.",
        "Give the run what it lacked, see each check's detail, and repeat it.",
    ),
    "invalid": (
        "⊘",
        "The lab itself was too slow, so this run proves nothing about the service.",
        "Repeat it on a quieter or larger machine (lab113 doctor); the service is not to blame.",
    ),
    "crashed": (
        "✖",
        "A part ended that should not have.",
        "Read its last lines here, then its whole log in parts/.",
    ),
    "interrupted": (
        "■",
        "Somebody stopped the run; what was told until then is below.",
        "Repeat it to get a verdict.",
    ),
    NOT_JUDGED: (
        "…",
        "This run was not judged: it was killed first, or is not over. What was told until then is below.",
        "Repeat it to get a verdict.",
    ),
}


def banner(run: RunFolder) -> Banner:
    """What the page opens with."""
    symbol, meaning, to_do = _KNOWN.get(run.outcome, ("?", "This page does not know this outcome.", ""))
    kind = run.outcome.replace(" ", "-") if run.outcome in _KNOWN else "unknown"
    if run.outcome == "failed" and run.resolved.get("expect") == "failed":
        meaning, to_do = "A check failed, and this scenario expects that.", "Nothing to do."
    reasons = _reasons(run)
    listed = tuple(reasons[:REASONS_MAX])
    return Banner(kind, symbol, run.outcome, meaning, to_do, listed, len(reasons) - len(listed))


def repeat(run: RunFolder) -> str:
    """The command that tells the same story again."""
    if run.verdict.get("repeat"):
        return str(run.verdict["repeat"])
    seed = [] if run.seed is None else ["--seed", str(run.seed)]
    mode = ["--mode", "plan"] if run.mode == "plan" else []
    return shlex.join(["lab113", "run", run.scenario, *seed, *mode])


def limit_of(check: Mapping[str, object]) -> float | None:
    """The number in a check's limit ("<= 30"), if it has one."""
    try:
        return float(str(check["limit"]).split()[-1])
    except (ValueError, IndexError):
        return None


def _reasons(run: RunFolder) -> list[str]:
    gates = [
        f"{gate['name']}: {exact(as_float(gate['measured']), as_float(gate['limit']))} {gate['unit']}, "
        f"limit {limit(gate['limit'])} {gate['unit']}"
        for gate in run.gates
        if not gate["held"]
    ]
    if run.outcome == "invalid":
        return gates
    told = [] if run.outcome != "crashed" else str(run.verdict.get("reason") or "").splitlines()[:1]
    return [*told, *_not_passed(run, "failed"), *_not_passed(run, "unknown"), *gates]


def _not_passed(run: RunFolder, outcome: str) -> list[str]:
    return [
        f"{check['name']}: {_found(check)}, wanted {check['limit']} {check['unit']}".strip()
        for check in run.checks
        if check["outcome"] == outcome
    ]


def _found(check: Mapping[str, object]) -> str:
    measured = as_float(check["measured"])
    if measured is None:
        return str(check["detail"] or "not measured")
    return exact(measured, limit_of(check))
