"""Tell a scenario once on the virtual clock."""

from pathlib import Path

import simpy

from sim.journal import Journal, Record
from sim.modes import modelled_ports
from sim.resolve import Resolved
from sim.stories import Stage, told_all


def tell_plan(resolved: Resolved, path: Path | None = None) -> list[Record]:
    """All calls of the scenario against models; returns the journal (also written to `path`)."""
    env = simpy.Environment()
    with Journal(lambda: env.now, path=path) as journal:
        stage = Stage(env, modelled_ports(env, journal, resolved), journal, resolved.waits)
        journal.record("run.begun", mode="plan", seed=resolved.seed)
        env.run(until=env.process(told_all(stage, resolved.calls, resolved.ambulances)))
        journal.record("run.ended")
        return journal.records
