"""A conductor's share of the calls: each is made ready by the clock and rings when locust says so."""

import asyncio
from collections import defaultdict
from collections.abc import Callable

from sim.call import Call
from sim.clock import Process
from sim.faults import PartKilled
from sim.journal import Record
from sim.load.stand import Stand
from sim.load.uplink import Uplink
from sim.resolve import Resolved
from sim.sessions import call_table
from sim.stories import Stage, Waits, ambulance, phone_call

EARLY_S = 5.0  # a lean phone is switched on so long before it rings: its clip is there


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
        self.open: set[str] = set()  # told and not over
        self.failed = asyncio.Event()

    def own(self, record: Record) -> None:
        """A record that is ours to tell: to the country, and kept until its call is over."""
        self._uplink.record(record)
        self.heard(record)

    def heard(self, record: Record) -> None:
        """One that the country journals itself."""
        if record.call is not None:
            self._records[record.call].append(record)

    async def begin(self, stand: Stand, t0: float, share: int, of: int) -> None:
        """Take every `of`th call from the `share`th on; time 0 is at `t0` of CLOCK_MONOTONIC."""
        env, waits = stand.env, self._resolved.waits
        stage = Stage(
            env,
            stand.ports,
            stand.journal,
            Waits(EARLY_S, waits.call_s, waits.part_s, waits.linger_s),
            lambda call: self._arrives(stand, call),
        )
        mine = self._resolved.calls[share::of]
        first = [call for call in mine if call.at_s < EARLY_S]
        await env.run_live(env.all_of([env.process(stand.ports.handset.switch_on(c)) for c in first]))
        env.begin(t0)
        for call in mine:
            env.process(self._told(stand, stage, call))
        if share == 0:  # what only one conductor may do
            for unit in self._resolved.ambulances:
                env.process(ambulance(stage, unit))
            for fault in self._resolved.scenario.faults:
                if isinstance(fault, PartKilled) and fault.part == "fake_phones":
                    env.process(_kills(stand, fault))

    def tell(self, place: int) -> None:
        """The call at this place of the trace rings now. Raises IndexError when there is none."""
        name = self._resolved.calls[place].name
        self.open.add(name)
        self._ordered[name].set()

    def _arrives(self, stand: Stand, call: Call) -> Process[None]:
        env = stand.env
        yield from env.outside(self._ordered[call.name].wait())
        lateness_s = self._lateness_s[call.name] = round(env.wall() - call.at_s, 6)
        stand.journal.record("call.due", call=call.name, actor="lab", at_s=call.at_s, lateness_s=lateness_s)

    def _told(self, stand: Stand, stage: Stage, call: Call) -> Process[None]:
        yield from phone_call(stage, call)
        row = call_table(self._records.pop(call.name))[0]
        ordained = call.outcome or self._ends.get(call.name)
        self.open.discard(call.name)
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
