"""A run folder as reports read it: whole, or as far as it came before the run was killed."""

import json
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from sim.checks.metrics import metrics
from sim.journal import Record, read_journal
from sim.sessions import UNSEEN, CallRow, call_table

NOT_JUDGED = "not judged"
LOG_LINES = 12
ONE_BY_ONE_MAX = 40  # calls; as in sim.checks.judge
_LOG_BYTES = 16_384
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NAME = re.compile(r"(?P<time>\d{8}T\d{6})-(?P<stem>.+)-\d+(-\d{1,3})?$")
T = TypeVar("T")


@dataclass(frozen=True)
class RunFolder:
    """Everything in a run folder. `notes` tell what could not be read."""

    path: Path
    resolved: dict[str, Any]
    resolved_text: str
    verdict: dict[str, Any]  # empty: the run was not judged
    records: list[Record]
    plan: list[Record]  # empty unless the run was live
    stills: tuple[Path, ...]
    screenshots: tuple[Path, ...]
    logs: dict[str, str]  # part -> the last lines of its log
    notes: tuple[str, ...]

    @cached_property
    def rows(self) -> list[CallRow]:
        return call_table(self.records, self._unseen)

    @cached_property
    def planned_rows(self) -> list[CallRow]:
        return call_table(self.plan, self._unseen)

    @property
    def _unseen(self) -> set[str]:
        calls = self.resolved.get("calls") or []
        return {str(call.get("name")) for call in calls if call.get("ordained") in UNSEEN}

    @cached_property
    def found(self) -> dict[str, float | None]:
        return metrics(self.rows)

    @cached_property
    def planned_found(self) -> dict[str, float | None]:
        return metrics(self.planned_rows)

    @cached_property
    def wanted(self) -> dict[str, str | None]:
        """How each call was to end: as the scenario says, or where it is silent as its plan."""
        told = [*(self.resolved.get("calls") or []), *(self.resolved.get("ambulances") or [])]
        ordained = {str(each.get("name")): each.get("outcome") for each in told}
        planned = {row.name: row.outcome for row in self.planned_rows}
        return {row.name: ordained.get(row.name) or planned.get(row.name) for row in self.rows}

    @property
    def at_volume(self) -> bool:
        """More calls than a page can tell one by one, or a run that measured how it drove load."""
        return len(self.rows) > ONE_BY_ONE_MAX or any(r.event == "load.accounted" for r in self.records)

    @property
    def outcome(self) -> str:
        return str(self.verdict.get("outcome") or NOT_JUDGED)

    @property
    def title(self) -> str:
        return str(self.verdict.get("title") or self.resolved.get("title") or self.path.name)

    @property
    def scenario(self) -> str:
        """The scenario's file as it was given; only its name when the run was not judged."""
        named = _NAME.match(self.path.name)
        return str(self.verdict.get("scenario") or (f"{named['stem']}.toml" if named else self.path.name))

    @property
    def seed(self) -> object:
        return self.verdict.get("seed", self.resolved.get("seed"))

    @property
    def mode(self) -> str:
        begun = next((r.facts.get("mode") for r in self.records if r.event == "run.begun"), None)
        return str(self.verdict.get("mode") or begun or ("live" if self.plan else "unknown"))

    @property
    def farm_workers(self) -> int | None:
        """How many processes phones and viewers were spread over; None: a plan."""
        return next((r.facts.get("farm_workers") for r in self.records if r.event == "run.begun"), None)

    @property
    def farm(self) -> dict[str, Any]:
        """What the farm's processes came to; empty when they could not be asked."""
        return next((r.facts for r in reversed(self.records) if r.event == "lab.measured"), {})

    @property
    def begun(self) -> datetime | None:
        """When the run began, as the folder's name tells it."""
        named = _NAME.match(self.path.name)
        try:
            return named and datetime.strptime(named["time"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return None

    @property
    def told_s(self) -> float:
        """The scenario time of the last record."""
        return max((record.t_s for record in self.records), default=0.0)

    @property
    def checks(self) -> list[dict[str, Any]]:
        return list(self.verdict.get("checks") or [])

    @property
    def gates(self) -> list[dict[str, Any]]:
        return list(self.verdict.get("gates") or [])


def read_run(folder: Path) -> RunFolder:
    """Read what there is; what is missing or torn is left out and noted. Raises NotADirectoryError."""
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: no run folder; a run makes one, see `lab113 run --report DIR`")
    folder = folder.resolve()
    notes: list[str] = []
    resolved_text = _text(folder / "resolved.toml")
    return RunFolder(
        path=folder,
        resolved=_parsed(folder / "resolved.toml", tomllib.loads, notes),
        resolved_text=resolved_text,
        verdict=_parsed(folder / "verdict.json", json.loads, notes),
        records=_records(folder / "journal.jsonl", notes),
        plan=_records(folder / "plan.jsonl", notes) if (folder / "plan.jsonl").exists() else [],
        stills=tuple(sorted((folder / "stills").rglob("*.jpg"))),
        screenshots=tuple(sorted((folder / "screenshots").rglob("*.png"))),
        logs={path.stem: told for path in sorted((folder / "parts").glob("*.log")) if (told := _tail(path))},
        notes=tuple(notes),
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _parsed(path: Path, parse: Callable[[str], Any], notes: list[str]) -> dict[str, Any]:
    if not path.exists():
        notes.append(f"{path.name} is missing.")
        return {}
    try:
        return dict(parse(_text(path)))
    except (ValueError, TypeError):
        notes.append(f"{path.name} cannot be read: it is torn or was edited.")
        return {}


def _records(path: Path, notes: list[str]) -> list[Record]:
    if not path.exists():
        notes.append(f"{path.name} is missing.")
        return []
    try:
        return read_journal(path)
    except (ValueError, TypeError):
        return _salvaged(path, notes)


def _salvaged(path: Path, notes: list[str]) -> list[Record]:
    """The records of the lines that can be read, when not only the last one is torn (a full disk)."""
    records, lost = [], 0
    for line in path.read_bytes().splitlines():
        try:
            records.append(Record(**json.loads(line)))
        except (ValueError, TypeError):
            lost += 1
    notes.append(f"{path.name}: {lost} line(s) cannot be read and are left out.")
    return sorted(records, key=lambda record: record.t_s)


def _tail(path: Path) -> str:
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _LOG_BYTES))
        lines: Sequence[str] = log.read().decode("utf-8", "replace").splitlines()
    return "\n".join(_ANSI.sub("", line) for line in lines[-LOG_LINES:]).strip("\n")
