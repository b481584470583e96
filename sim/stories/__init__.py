"""The stories: what each actor of a call does, on either clock. They know ports and nothing else."""

from collections.abc import Iterable

from sim.ambulance import Ambulance
from sim.call import Call
from sim.clock import Process
from sim.stories.ambulance import ambulance
from sim.stories.call import phone_call
from sim.stories.stage import Stage, Waits


def told_all(stage: Stage, calls: Iterable[Call], ambulances: Iterable[Ambulance]) -> Process[None]:
    """All stories of a run, side by side."""
    tellings = [
        *(phone_call(stage, call) for call in calls),
        *(ambulance(stage, unit) for unit in ambulances),
    ]
    yield stage.env.all_of([stage.env.process(telling) for telling in tellings])


__all__ = ["Stage", "Waits", "ambulance", "phone_call", "told_all"]
