"""From what live runs measured to the machines' waits of the plan: `lab113 calibrate`.

Only machines are fitted. People and carriers of a live run are drawn from the nation's own numbers: a fit
only finds again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log, sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import tomli_w

from sim.checks.metrics import call_durations
from sim.journal import read_journal
from sim.nation import Machines
from sim.reading import BadFile, read_toml, validated
from sim.sessions import CallRow, call_table
from sim.table import Table

_Z95 = 1.6448536269514722
N_AT_LEAST = 5
LEAST_S = 1e-4  # a wait of nothing has no logarithm


class Calibrated(Table):
    """The file that `[nation] calibrated` names."""

    models: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fit:
    """A lognormal by its median and 95th percentile, from `n` samples; `before` is the nation's median."""

    name: str
    n: int
    median: float
    p95: float
    median_low: float
    median_high: float
    before: float


def samples_of(folders: Sequence[Path]) -> dict[str, list[float]]:
    """What the machines took in these runs, by the nation's names of it. Raises BadFile."""
    samples: dict[str, list[float]] = {name: [] for name in Machines.model_fields}
    for folder in folders:
        for row in _rows(folder):
            for name, taken in _machine_waits(row).items():
                samples[name] += [max(LEAST_S, s) for s in taken if isfinite(s)]
    return samples


def fitted(samples: Mapping[str, Sequence[float]], machines: Machines) -> list[Fit]:
    """By maximum likelihood on the logarithms, where there are N_AT_LEAST samples."""
    return [
        _fit(name, taken, getattr(machines, name).median)
        for name, taken in samples.items()
        if len(taken) >= N_AT_LEAST
    ]


def write(path: Path, fits: Sequence[Fit], folders: Sequence[Path]) -> None:
    """Raises OSError."""
    runs = f"{len(folders)} run{'s' if len(folders) > 1 else ''}: {', '.join(f.name for f in folders[:5])}"
    models = {
        fit.name: {
            "median": round(fit.median, 4),
            "p95": round(fit.p95, 4),
            "source": f"M measured, {fit.n} samples in {runs}{', …' if len(folders) > 5 else ''}",
        }
        for fit in fits
    }
    path.write_text(tomli_w.dumps({"models": models}), encoding="utf-8")


def with_calibrated(machines: Machines, path: Path) -> Machines:
    """The machines as this file has them; what it leaves out stays. Raises BadFile."""
    models = validated(Calibrated, read_toml(path), path).models
    return validated(Machines, {**machines.model_dump(), **models}, path, ("models",))


def _rows(folder: Path) -> list[CallRow]:
    journal = folder / "journal.jsonl"
    if not journal.is_file():
        raise BadFile(f"{folder}: not a run folder (no journal.jsonl in it)")
    records = read_journal(journal)
    begun = next((record for record in records if record.event == "run.begun"), None)
    if begun is None or begun.facts.get("mode") == "plan":
        raise BadFile(f"{folder}: not a live run; a plan's own draws would only be found again")
    return call_table(records)


def _machine_waits(row: CallRow) -> dict[str, list[float]]:
    """What the machines took in one call, by the nation's names."""
    durations, session = call_durations(row), row.session
    names = ("setup_s", "camera_switch_s", "viewer_join_s", "glass_to_glass_s")
    found = {name: durations.get(name, []) for name in names}
    if session is not None and session.sms.first_submitted_s is not None and not session.of_ambulance:
        found["request_s"] = [session.sms.first_submitted_s - session.requested_s]
    return found


def _fit(name: str, taken: Sequence[float], before: float) -> Fit:
    logs = [log(s) for s in taken]
    middle, spread = fmean(logs), stdev(logs)
    around = 1.96 * spread / sqrt(len(logs))
    return Fit(
        *(name, len(taken), exp(middle), exp(middle + _Z95 * spread)),
        *(exp(middle - around), exp(middle + around), before),
    )
