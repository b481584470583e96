"""The carriers as a model: each message's fate, and their moods, by the same pure rules as the real ones."""

import itertools
from collections import Counter
from typing import Any

import simpy

from fake_carriers.fate import Carrier as Rule
from fake_carriers.fate import Fate
from fake_carriers.fates import Fates
from fake_carriers.moods import Behaviour, Mood, Trouble, behaviour
from fake_carriers.numbering import Numbering
from fake_carriers.state import State
from sim.call import Call
from sim.clock import Process
from sim.journal import Journal
from sim.nation import Carrier
from sim.resolve import Resolved

VALIDITY_S = 900.0  # so long a message waits for its handset when its sender does not say (docs/carriers.md)


class ModelledCarrier:
    """All carriers: what they take in is on its way to inboxes, or lost."""

    def __init__(self, env: simpy.Environment, journal: Journal, resolved: Resolved) -> None:
        self.env, self.seed = env, resolved.seed
        self.under_way: Counter[str] = Counter()  # messages by carrier
        self._journal, self._week_s = journal, resolved.week_s
        self._rules = {carrier.name: carrier_rule(carrier) for carrier in resolved.carriers}
        self._numbering = Numbering(list(self._rules.values()))
        self._moods = sorted(resolved.moods, key=lambda fault: fault.at_s)
        self._fates = Fates(resolved.seed)
        self._ids = itertools.count(1)
        self._inboxes: dict[str, simpy.Store] = {}
        self._on: dict[str, simpy.Event] = {}

    def behaviour(self, name: str) -> Behaviour:
        """How this carrier behaves now."""
        rule, now = self._rules[name], self.env.now
        weekly = _weekly(rule, self._week_s + now)
        moods = [Mood(**m.mood()) for m in self._moods if m.carrier == name and m.at_s <= now < m.until_s]
        return behaviour(rule, [*weekly, *moods])

    def next_change_s(self, name: str) -> float:
        """Seconds until this carrier's behaviour may be another: a mood ends, or a minute of the week."""
        now = self.env.now
        ends = [m.until_s - now for m in self._moods if m.carrier == name and m.until_s > now]
        return min([*ends, 60.0 - (self._week_s + now) % 60.0])

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._rules)

    def name_of(self, number: str) -> str:
        """Whose number it is."""
        return self._numbering.carrier_of(number).name

    def take(self, call: Call, text: str, door: str) -> str:
        """A message for the call's handset is on its way, through this carrier's SMSC; its id."""
        number, message_id = call.caller.number, str(next(self._ids))
        name = self.name_of(number)
        drawn, _ = self._fates.draw(self.behaviour(name).carrier, number)
        facts = {"carrier": name, "door": door, "message_id": message_id}
        self.record(call, "sms.submitted", **facts)
        self.record(call, "sms.accepted", **facts, drawn_s=drawn.delay_s)
        if drawn.end is not State.LOST:
            self.under_way[name] += 1
            self.env.process(self._travels(call, facts, drawn, text))
        return message_id

    def attach(self, number: str) -> None:
        """The phone can be reached; what waits for it comes. Again: nothing more."""
        if not self._reached(number).triggered:
            self._on[number].succeed()

    def detach(self, number: str) -> None:
        """From now on messages wait."""
        self._on[number] = self.env.event()

    def inbox(self, number: str) -> simpy.Store:
        return self._inboxes.setdefault(number, simpy.Store(self.env))

    def record(self, call: Call, event: str, actor: str = "carrier", **facts: Any) -> None:
        self._journal.record(event, call=call.name, session=call.session, actor=actor, **facts)

    def _travels(self, call: Call, facts: dict[str, str], drawn: Fate, text: str) -> Process[None]:
        number, carrier = call.caller.number, facts["carrier"]
        too_late = drawn.delay_s is not None and drawn.delay_s > VALIDITY_S
        if drawn.delay_s is None or too_late:
            yield self.env.timeout(VALIDITY_S if too_late else drawn.receipt_s)
            self.under_way[carrier] -= 1
            state = State.EXPIRED if too_late else drawn.end
            self.record(call, "sms.failed", **facts, state=state.name)
            return
        yield self.env.timeout(drawn.delay_s)
        yield self._reached(number)
        self.under_way[carrier] -= 1
        self._arrives(call, facts, text, copy=1)
        if drawn.duplicate_after_s is not None:
            yield self.env.timeout(drawn.duplicate_after_s)
            yield self._reached(number)
            self._arrives(call, facts, text, copy=2)

    def _arrives(self, call: Call, facts: dict[str, str], text: str, copy: int) -> None:
        self.record(call, "sms.delivered", **facts, copy=copy)
        self.inbox(call.caller.number).put(text)

    def _reached(self, number: str) -> simpy.Event:
        """Fires when the phone is on; has fired when it is."""
        return self._on.setdefault(number, self.env.event())


def weekly_moods(carrier: Carrier, week_s: float) -> list[Mood]:
    """Its troubles that stand so many seconds after Monday 00:00."""
    return _weekly(carrier_rule(carrier), week_s)


def _weekly(rule: Rule, week_s: float) -> list[Mood]:
    return [trouble.mood for trouble in rule.troubles if trouble.now(week_s)]


def carrier_rule(carrier: Carrier) -> Rule:
    fields = carrier.model_dump(exclude={"sources", "troubles"})
    troubles = [trouble.fields() for trouble in carrier.troubles]
    return Rule(
        **fields,
        troubles=tuple(Trouble(t["days"], t["begins"], t["ends"], Mood(**t["mood"])) for t in troubles),
    )
