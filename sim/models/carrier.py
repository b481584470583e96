"""The carriers as a model: each message's fate by the same pure rule as the real ones."""

from collections import Counter
from collections.abc import Mapping, Sequence

import simpy

from fake_carriers.fate import Carrier as Rule
from fake_carriers.fate import carrier_of, fate
from sim.call import Call
from sim.clock import Process
from sim.journal import Journal
from sim.nation import Carrier


class ModelledCarrier:
    """Delivers messages to inboxes after their fated delay, or never."""

    def __init__(
        self,
        env: simpy.Environment,
        journal: Journal,
        carriers: Sequence[Carrier],
        seed: int,
        lost_first: Mapping[str, int],
    ) -> None:
        self._env, self._journal, self._seed = env, journal, seed
        self._rules = tuple(
            Rule(**carrier.model_dump(exclude={"sources"}), lost_first=lost_first.get(carrier.name, 0))
            for carrier in carriers
        )
        self._to_number: Counter[str] = Counter()
        self._by_carrier: Counter[str] = Counter()
        self._inboxes: dict[str, simpy.Store] = {}

    def submit(self, call: Call, text: str) -> None:
        """Take a message for the call's handset."""
        number = call.caller.number
        rule = carrier_of(self._rules, number)
        drawn = fate(self._seed, rule, number, self._to_number[number], self._by_carrier[rule.name])
        self._to_number[number] += 1
        self._by_carrier[rule.name] += 1
        self._record(call, "sms.submitted", rule)
        self._record(call, "sms.accepted", rule, drawn_s=drawn.delay_s)
        if drawn.delay_s is not None:
            self._env.process(self._delivers(call, rule, drawn.delay_s, text))
            if drawn.duplicate_after_s is not None:
                self._env.process(self._delivers(call, rule, drawn.delay_s + drawn.duplicate_after_s, text))

    def inbox(self, number: str) -> simpy.Store:
        return self._inboxes.setdefault(number, simpy.Store(self._env))

    def _delivers(self, call: Call, rule: Rule, delay_s: float, text: str) -> Process[None]:
        yield self._env.timeout(delay_s)
        self._record(call, "sms.delivered", rule)
        self.inbox(call.caller.number).put(text)

    def _record(self, call: Call, event: str, rule: Rule, **facts: float | None) -> None:
        self._journal.record(
            event, call=call.name, session=call.session, actor="carrier", carrier=rule.name, **facts
        )
