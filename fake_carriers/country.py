"""All carriers together: one network, an SMSC each, their moods, and what they tell. Sans-IO."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fake_carriers.agenda import Agenda
from fake_carriers.carriers import overridden
from fake_carriers.delivery import Delivery
from fake_carriers.fate import Carrier
from fake_carriers.ledger import Tell
from fake_carriers.message import Part
from fake_carriers.moods import Behaviour
from fake_carriers.network import Network
from fake_carriers.originated import Originated
from fake_carriers.ring import Ring
from fake_carriers.smsc import Smsc
from fake_carriers.standing import Moods
from fake_carriers.store import Store

GATEWAY = "gateway"  # the door of messages that came by HTTP


class Country:
    """The carriers as they were given at the start, and everything that follows from them."""

    def __init__(
        self,
        carriers: Sequence[Carrier],
        seed: int,
        tell: Tell,
        clock: Callable[[], float],
        *,
        agenda: Agenda | None = None,
        store: Store | None = None,
        simulated: bool = True,
    ) -> None:
        self.given, self.tell, self.clock = tuple(carriers), tell, clock
        self.agenda = Agenda() if agenda is None else agenda
        self.ring = Ring()
        self.network = Network(carriers, seed, self.agenda, tell, store=store, simulated=simulated)
        self.smscs = {
            c.name: Smsc(c.name, self.network, self.agenda, tell, clock, self.ring) for c in carriers
        }
        self.moods = Moods(carriers, self.agenda, tell, local_week_s)
        self.moods.changed = self._behave
        self.moods.refresh(clock())
        self.network.now_as = lambda carrier: self.moods.behaviour(carrier.name).carrier
        self.network.report = self._report
        self.network.bring = self._bring
        self.report_http: Callable[[Part, float], None] = lambda part, now: None
        self.forget_http: Callable[[], None] = lambda: None

    def new_run(
        self, seed: int, overrides: Mapping[str, Mapping[str, Any]], week_s: float | None = None
    ) -> None:
        """Draw from this seed, count from zero; no moods, nothing on its way; `week_s` is the time now.

        Raises CarrierError.
        """
        carriers, now = overridden(self.given, overrides), self.clock()
        self.moods.begin_anew(carriers, week_s, now)  # first: a silent carrier does now what it was asked
        self.network.drop(now)
        self.network.set_fate(seed, carriers)
        for smsc in self.smscs.values():
            smsc.count_anew()

    def empty(self) -> None:
        """Forget all messages, what phones show, the receipts that are owed, and what crossed the wire."""
        self.network.empty(self.clock())
        for smsc in self.smscs.values():
            smsc.empty()
        self.forget_http()
        self.ring.clear()

    def _behave(self, name: str, behaviour: Behaviour, now: float) -> None:
        self.smscs[name].behave(behaviour, now)

    def _report(self, part: Part, now: float) -> None:
        door = self.smscs.get(part.client.door)
        if door is not None:
            door.report(part, now)
        else:
            self.report_http(part, now)

    def _bring(self, originated: Originated) -> None:
        """A message from a phone that an earlier life had taken."""
        delivery = Delivery(originated.request, originated.tlvs, originated=originated)
        self.smscs[originated.carrier].bring(delivery)

    def tick(self) -> None:
        """A second has passed."""
        now = self.clock()
        self.moods.refresh(now)
        for smsc in self.smscs.values():
            smsc.tick(now)


def local_week_s(now: float) -> float:
    """Seconds since Monday 00:00 by the machine's own zone."""
    at = time.localtime(now)
    return at.tm_wday * 86400.0 + at.tm_hour * 3600.0 + at.tm_min * 60.0 + at.tm_sec
