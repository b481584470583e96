"""What a person asks for on the command line, and the folder that it goes to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import tomli_w

from sim.journal import Record
from sim.live.bindings import Bindings
from sim.live.preflight import preflight
from sim.new_folder import new_folder
from sim.pace import pace_of
from sim.reading import BadFile
from sim.resolve import Resolved, resolve
from sim.scenario import load_scenario


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for on the command line."""

    scenario: Path
    mode: str = "live"  # plan | live | train | load
    seed: int | None = None
    report_dir: Path = Path("runs")
    bound: Bindings = field(default_factory=Bindings)
    on_record: Callable[[Record], None] = lambda record: None
    on_begin: Callable[[Resolved, Path], None] = lambda resolved, folder: None

    @property
    def scripted(self) -> bool:
        """Real parts, and nobody but the scenario decides."""
        return self.mode in ("live", "load")

    def resolved(self) -> Resolved:
        """The scenario with nothing left open. Raises BadFile, and NotReady of parts that should be there."""
        scenario, nation = load_scenario(self.scenario)
        if not scenario.calls and not scenario.ambulances:
            raise BadFile(f"{self.scenario}: only asks for a plan: lab113 plan {self.scenario}")
        resolved = resolve(scenario, nation, self.seed)
        if self.bound.target is not None:
            _refuse_own_faults(resolved, self.scenario)
        if self.mode != "plan":
            preflight(self.bound)
        return resolved

    def folder(self, resolved: Resolved) -> Path:
        """A new run folder, with what was resolved. Raises BadFile."""
        folder = new_folder(self.report_dir, f"{self.scenario.stem}-{resolved.seed}")
        tables = {"offered": pace_of(resolved).as_table(), **resolved.as_tables()}
        (folder / "resolved.toml").write_text(tomli_w.dumps(tables), encoding="utf-8")
        return folder


def _refuse_own_faults(resolved: Resolved, path: Path) -> None:
    for fault in resolved.scenario.faults:
        of_part = getattr(fault, "part", "") in ("video_service", "fake_carriers")
        if of_part or fault.kind.startswith("service."):
            raise BadFile(f"{path}: the fault {fault.kind} is done to our own parts; leave out --target")
    if resolved.ambulances:
        raise BadFile(f"{path}: [[ambulances]] need the administrator's key of our own; leave out --target")
