"""Where a story is told: its clock, its ports, its journal, and the limits of patience of the lab."""

from dataclasses import dataclass

import simpy

from sim.call import Call
from sim.clock import LiveEnvironment, Process, pause
from sim.journal import Journal
from sim.ports import Ports


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the lab itself waits, in seconds: every wait has a limit."""

    early_s: float  # a phone is switched on so long before it rings, at the latest
    call_s: float  # for a whole call
    part_s: float  # for a part to do what it was asked
    linger_s: float  # a viewer looks on after the end, to see that nothing comes


@dataclass(frozen=True, slots=True)
class Stage:
    env: simpy.Environment
    ports: Ports
    journal: Journal
    waits: Waits

    def drawn(self, call: Call, actor: str, purpose: str, seconds: float) -> Process[None]:
        """A person waits as long as was drawn for him; the journal keeps the drawn and the real length."""
        begun = self._clock()
        yield from pause(self.env, seconds)
        self.journal.record(
            "person.waited",
            call=call.name,
            actor=actor,
            purpose=purpose,
            drawn_s=seconds,
            waited_s=round(self._clock() - begun, 6),
        )

    def failed(self, call: Call, actor: str, detail: object) -> None:
        """Note that a port could not do what the story asked; the story goes on without it."""
        self.journal.record("port.failed", call=call.name, actor=actor, detail=str(detail))

    def _clock(self) -> float:
        return self.env.wall() if isinstance(self.env, LiveEnvironment) else self.env.now
