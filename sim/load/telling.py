"""A conductor's share of the calls: each is made ready by the clock and rings when locust says so."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from sim.call import Call
from sim.clock import Process
from sim.faults import PartKilled
from sim.journal import Record
from sim.load.stand import Stand
from sim.load.uplink import Uplink
from sim.resolve import Resolved
from sim.sessions import call_table
from sim.stories import Stage, ambulance, phone_call

LEAN_EARLY_S = 5.0  # a lean phone is switched on so long before it rings: its clip is there


class Telling:
    """`say` is told of each call that is over."""

    def __init__(
        self,
        resolved: Resolved,
        ends: dict[str, str],
        uplink: Uplink,
        say: Callable[..., None],
    ) -> None:
        self._resolved, self._ends, self._uplink, self._say = resolved, ends, uplink, say
        self._place = {call.name: n for n, call in enumerate(resolved.calls)}
        self._records: defaultdict[str, list[Record]] = defaultdict(list)
        self._ordered: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._lateness_s: dict[str, float] = {}
        self._mine: dict[str, Call] = {}

    def own(self, record: Record) -> None:
        """A record that is ours to tell: to the country, and kept until its call is over."""
        self._uplink.record(record)
        self.heard(record)

    def heard(self, record: Record) -> None:
        """One that the country journals itself; of other conductors' calls too."""
        if record.call in self._mine:
            self._records[record.call].append(record)

    async def prepare(self, stand: Stand, share: int, of: int) -> None:
        """Every `of`th call from the `share`th on is ours; the phones that ring first are switched on."""
        waits = self._resolved.waits
        drawn = any(call.phone != "lean" for call in self._resolved.calls)
        early_s = waits.early_s if drawn else LEAN_EARLY_S
        self._stage = Stage(
            stand.env,
            stand.ports,
            stand.journal,
            replace(waits, early_s=early_s),
            lambda call: self._arrives(stand, call),
        )
        self._mine = {call.name: call for call in self._resolved.calls[share::of]}
        self._first = share == 0
        env, handset = stand.env, stand.ports.handset
        first = [handset.switch_on(call) for call in self._mine.values() if call.at_s < early_s]
        await env.run_live(env.all_of([env.process(work) for work in first]))

    def begin(self, stand: Stand, t0: float) -> None:
        """Time 0 is at `t0` of CLOCK_MONOTONIC."""
        env, stage = stand.env, self._stage
        env.begin(t0)
        for call in self._mine.values():
            env.process(self._told(stand, stage, call))
        if self._first:  # what only one conductor may do
            for unit in self._resolved.ambulances:
                env.process(ambulance(stage, unit))
            for fault in self._resolved.scenario.faults:
                if isinstance(fault, PartKilled) and fault.part == "fake_phones":
                    env.process(_kills(stand, fault))

    def tell(self, place: int) -> None:
        """The call at this place of the trace rings now. Raises IndexError when there is none."""
        self._ordered[self._resolved.calls[place].name].set()

    def _arrives(self, stand: Stand, call: Call) -> Process[None]:
        env = stand.env
        yield from env.outside(self._ordered[call.name].wait())
        lateness_s = self._lateness_s[call.name] = round(env.wall() - call.at_s, 6)
        stand.journal.record("call.due", call=call.name, actor="lab", at_s=call.at_s, lateness_s=lateness_s)

    def _told(self, stand: Stand, stage: Stage, call: Call) -> Process[None]:
        yield from phone_call(stage, call)
        row = call_table(self._records.pop(call.name))[0]
        ordained = call.outcome or self._ends.get(call.name)
        self._uplink.told(call.name)
        self._say(
            told=self._place[call.name],
            line=call.line,
            outcome=row.outcome,
            ordained=ordained,
            ok=ordained in (None, row.outcome),
            detail="; ".join(row.failures[:2]),
            lateness_s=self._lateness_s[call.name],
            lasted_s=round(stand.env.wall() - call.at_s, 3),
        )


def _kills(stand: Stand, fault: PartKilled) -> Process[None]:
    yield stand.env.timeout(fault.at_s)
    stand.journal.record("fault.begun", kind=fault.kind)
    stand.farm_part.kill()
