"""Where a story is told: its clock, its ports, its journal, and the limits of patience of the lab."""

from collections.abc import Callable
from dataclasses import dataclass

import simpy

from sim.call import Call, Filmed
from sim.clock import LiveEnvironment, PortError, Process, pause, within
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
    arrives: Callable[[Call], Process[None]] | None = None  # waits until the call rings; None: by the clock

    def arrival(self, call: Call) -> Process[None]:
        """Returns when the call is to ring."""
        if self.arrives is None:
            yield from pause(self.env, call.at_s - self.env.now)
        else:
            yield from self.arrives(call)

    def drawn(self, call: Filmed, actor: str, purpose: str, seconds: float) -> Process[None]:
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

    def told_to_its_end(self, call: Filmed, work: Process[None]) -> Process[bool]:
        """Tell it within the lab's patience; whether it came to its end. What goes wrong is noted."""

        def ended() -> Process[bool]:
            yield from work
            return True

        try:
            done = yield from within(self.env, self.waits.call_s, ended())
        except PortError as error:
            self.failed(call, "lab", error)
            return False
        if done is None:
            self.failed(call, "lab", f"not over within {self.waits.call_s:g} s")
        return done is not None

    def tidied(self, call: Filmed, work: Process[None]) -> Process[None]:
        """Do it, or note that it could not be done."""
        try:
            yield from work
        except PortError as error:
            self.failed(call, "lab", error)

    def failed(self, call: Filmed, actor: str, detail: object) -> None:
        """Note that a port could not do what the story asked; the story goes on without it."""
        self.journal.record("port.failed", call=call.name, actor=actor, detail=str(detail))

    def turned_away(self, call: Filmed, who: str) -> None:
        """Note that somebody was refused a look, who should be."""
        self.journal.record("viewer.refused", call=call.name, session=call.session, actor=who)

    def _clock(self) -> float:
        return self.env.wall() if isinstance(self.env, LiveEnvironment) else self.env.now
