"""What happened, as columns: one row per call, one entry per vehicle's job and per spell of stand-by."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.planning.ambulance.area import Area
from sim.planning.ambulance.demand import Calls

Column = npt.NDArray[np.float64]
Job = tuple[int, int, float, float]  # vehicle, call, from the dispatch, until it was free again
Spell = tuple[int, float, float]  # station, from, until


@dataclass(frozen=True)
class Ledger:
    """Times in seconds; nan is never. A call without a response has no vehicle and was not passed on."""

    vehicle: npt.NDArray[np.int64]  # -1 is none
    sent_s: Column
    arrived_s: Column
    helped_s: Column  # the first of ambulance and first responder; inf is never
    free_s: Column
    passed_on: npt.NDArray[np.bool_]
    jobs: list[Job] = field(default_factory=list)
    stood: list[Spell] = field(default_factory=list)
    moves_s: list[float] = field(default_factory=list)  # when a policy moved an ambulance

    @classmethod
    def of(cls, calls: Calls, area: Area) -> "Ledger":
        never = [np.full(len(calls), np.nan) for _ in range(3)]
        return cls(
            vehicle=np.full(len(calls), -1),
            sent_s=never[0],
            arrived_s=never[1],
            helped_s=np.full(len(calls), np.inf),
            free_s=never[2],
            passed_on=np.zeros(len(calls), np.bool_),
        )
