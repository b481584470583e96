"""What a live run leaves behind, besides what its parts did."""

from dataclasses import dataclass, field
from typing import Any

from sim.clock import PortError
from sim.journal import Journal, Record
from sim.live.farm import FarmControl

_OF_A_WORKER = (
    *("worker", "frames_sent", "frames_dropped", "frames_received", "cpu_s", "loop_lag_s_max"),
    *("pacing_lateness_s_p99", "pacing_lateness_s_p99_worst"),
)


@dataclass(slots=True)
class Lived:
    """What a live run leaves: its journal, how late the lab was, what it could not do, why it crashed."""

    records: list[Record] = field(default_factory=list)
    lag_s_max: float = 0.0
    crashed: str = ""
    faults_failed: list[str] = field(default_factory=list)  # what the scenario wanted broken and was not
    farm_lag_s_max: float = 0.0
    farm_workers: list[dict[str, Any]] = field(default_factory=list)  # what each of its processes did
    tracebacks: dict[str, int] = field(default_factory=dict)  # by part: errors that nobody caught
    blinded: bool = False  # the farm, which is the lab's eyes, was not there to the end
    workers_died: list[str] = field(default_factory=list)  # of the farm

    async def look_at_the_farm(self, farm: FarmControl, journal: Journal) -> None:
        """Was it there to the end, and fast enough?"""
        try:
            totals = await farm.ask("farm.totals")
        except PortError:
            self.blinded = True
            return
        self.farm_lag_s_max = totals["loop_lag_s_max"]
        self.workers_died = [f"worker {number} of the farm died" for number in totals.get("workers_died", ())]
        several = totals.get("workers")
        self.farm_workers = [{"worker": 1, **totals}] if several is None else several
        told = [{name: worker[name] for name in _OF_A_WORKER} for worker in self.farm_workers]
        late_s = totals["pacing_lateness_s_p99"]
        journal.record("lab.measured", actor="lab", pacing_lateness_s_p99=late_s, workers=told)
        for died in self.workers_died:
            journal.record("part.died", detail=died)
