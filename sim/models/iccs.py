"""The control room as a model: the same pure distribution rule as the real one, on SimPy's clock."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import simpy

from fake_iccs.distribution import Centre as Room
from fake_iccs.distribution import Distribution, Happening, Refused, Unknown
from sim.call import Call, Filmed, Value, session_name
from sim.clock import PortError, Process
from sim.journal import Journal
from sim.nation import Centre
from sim.ports import Heard

# what the control room itself writes in the journal; the rest it only passes on to who listens
OWN_EVENTS = frozenset(
    [
        "call.placed",
        "call.queued",
        "call.answered",
        "call.abandoned",
        "call.transferred",
        "call.guided",
        "call.ended",
        "video.requested",
        "video.ended",
        "camera.requested",
        "viewer.invited",
        "ambulance.started",
        "ambulance.ended",
    ]
)


class ModelledIccs:
    def __init__(self, env: simpy.Environment, journal: Journal, centres: Iterable[Centre]) -> None:
        self._env, self._journal = env, journal
        self._rule = Distribution(
            Room(
                name=c.name,
                kind=c.kind,
                line=c.line,
                seats=c.seats,
                overflow=c.overflow,
                overflow_after_s=c.overflow_after_s,
                video=c.video,
            )
            for c in centres
        )
        self._heard: dict[str, list[Heard]] = defaultdict(list)
        self._news: dict[str, simpy.Event] = defaultdict(env.event)
        self._due_s: float | None = None
        self.on_hang_up: Callable[[Call], None] = lambda call: None

    def place(self, call: Call) -> Process[None]:
        self._moves(self._rule.place, call.name, call.line, call.centre, priority=call.priority)
        yield self._env.timeout(0)

    def hear(self, call: Filmed, *events: str, after: int = 0) -> Process[Heard]:
        while True:
            for heard in self._heard[call.name][after:]:
                if heard.event in events:
                    return heard
            after = len(self._heard[call.name])
            yield self._news[call.name]

    def answer(self, call: Call, seat: str) -> Process[None]:
        self._moves(self._rule.answer, call.name, seat)
        yield self._env.timeout(0)

    def ask(self, call: Call) -> Process[None]:
        self.tell(call.name, "consent.asked", how="spoken")
        yield self._env.timeout(0)

    def reply(self, call: Call, yes: bool, because: str | None = None) -> Process[None]:
        said = [h.event for h in self._heard[call.name] if h.facts.get("how") == "spoken"]
        if said and said[-1] != "consent.asked":
            raise PortError("the caller has answered already")
        why = {"because": because} if because else {}
        self.tell(call.name, "consent.given" if yes else "consent.refused", how="spoken", **why)
        yield self._env.timeout(0)

    def guide(self, call: Call, parameter: str, value: Value) -> Process[None]:
        self.tell(call.name, "call.guided", parameter=parameter, value=value)
        yield self._env.timeout(0)

    def transfer(self, call: Call, centre: str) -> Process[None]:
        self._moves(self._rule.transfer, call.name, centre)
        yield self._env.timeout(0)

    def hang_up(self, call: Call, by: str) -> Process[None]:
        self.on_hang_up(call)
        self._moves(self._rule.hang_up, call.name, by)
        yield self._env.timeout(0)

    def check_video(self, call: Call) -> None:
        """Raises PortError when the centre that has the call has no video."""
        centre = self._rule.call(call.name).centre
        if self._rule.centre(centre).video == "none":
            raise PortError(f"{centre} has no video (video = 'none' in the centres file)")

    def tell(self, call: str, event: str, **facts: Any) -> None:
        """Something happened on this call: to all ears, and into the journal when it is the room's own."""
        log = self._heard[call]
        log.append(Heard(len(log) + 1, event, facts))
        if event in OWN_EVENTS or facts.get("how") == "spoken":
            self._journal.record(event, call=call, session=session_of(call, event), actor="iccs", **facts)
        told, self._news[call] = self._news[call], self._env.event()
        told.succeed()

    def _moves(self, move: Callable[..., Iterable[Happening]], *what: str, **how: str) -> None:
        try:
            self._happens(move(*what, self._env.now, **how))
        except (Refused, Unknown) as error:
            raise PortError(str(error)) from None

    def _happens(self, happenings: Iterable[Happening]) -> None:
        for happening in happenings:
            if happening.call:
                self.tell(happening.call, happening.event, **happening.facts)
        due_s = self._rule.next_due()
        if due_s is not None and due_s != self._due_s:
            self._due_s = due_s
            self._env.process(self._overflow(due_s))

    def _overflow(self, due_s: float) -> Process[None]:
        yield self._env.timeout(max(0.0, due_s - self._env.now))
        self._due_s = None
        self._happens(self._rule.tick(self._env.now))


def session_of(call: str, event: str) -> str | None:
    """The lab's name of the video session that an event of a call is about, if it is about one."""
    return None if event.startswith("call.") else session_name(call)
