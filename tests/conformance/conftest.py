"""One test body per port, run on the modelled and on the real side: `world` tells a body on either clock."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import simpy

from sim.call_table import CallerSpec, CallSpec, OperatorSpec
from sim.clock import Process, within
from sim.journal import Journal, Record
from sim.live.bindings import Bindings
from sim.live.lab import lab
from sim.modes import modelled_ports
from sim.nation import load_nation
from sim.resolve import Resolved, resolve
from sim.scenario import NationChoice, Scenario
from sim.stories import Stage

sys.path.insert(0, str(Path(__file__).parent))  # for carrier_driver, in every import mode of pytest

LIMIT_S = 40.0

Body = Callable[[Stage, Resolved], Process[object]]


class Told:
    """The journal that a body left."""

    def __init__(self, records: list[Record]) -> None:
        self.records = sorted(records, key=lambda r: r.t_s)

    def trace(self, *events: str) -> list[str]:
        """Of call-1, in order of time, the events asked about; `how` is said where there is one."""
        told = [r for r in self.records if r.call == "call-1" and r.event in events]
        return [f"{r.event} {r.facts['how']}" if "how" in r.facts else r.event for r in told]


class World:
    """Tells bodies on one side of the ports. A body that does not end within the limit fails."""

    def __init__(self, side: str, folder: Path) -> None:
        self._tell = _modelled if side == "modelled" else _real
        self._folder = folder

    def two_calls(self) -> Resolved:
        return two_calls()

    def __call__(self, body: Body, resolved: Resolved | None = None) -> Told:
        return Told(self._tell(body, resolved or two_calls(), self._folder))


def two_calls() -> Resolved:
    """A small country with two calls that the bodies drive by hand; nothing is left to chance."""
    calls = tuple(
        CallSpec(
            kind="single",
            at_s=0,
            line="113",
            centre="AMK Eksempel",
            caller=CallerSpec(carrier="telia", scene="test-card"),
            operator=OperatorSpec(),
        )
        for _ in range(2)
    )
    scenario = Scenario(
        title="conformance", pace="condensed", nation=NationChoice(centres="one-centre"), calls=calls
    )
    return resolve(scenario, load_nation("one-centre", Path()))


@pytest.fixture(params=["modelled", "real"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return World(request.param, tmp_path)


def _bounded(body: Body, stage: Stage, resolved: Resolved) -> Process[None]:
    def ended() -> Process[bool]:
        yield from body(stage, resolved)
        return True

    done = yield from within(stage.env, LIMIT_S, ended())
    assert done, f"the body did not end within {LIMIT_S:g} s; journal: {stage.journal.records}"


def _modelled(body: Body, resolved: Resolved, folder: Path) -> list[Record]:
    env = simpy.Environment()
    journal = Journal(lambda: env.now)
    stage = Stage(env, modelled_ports(env, journal, resolved), journal, resolved.waits)
    env.run(until=env.process(_bounded(body, stage, resolved)))
    return journal.records


def _real(body: Body, resolved: Resolved, folder: Path) -> list[Record]:
    async def tell() -> list[Record]:
        async with asyncio.timeout(LIMIT_S + 60), lab(resolved, folder, Bindings()) as ready:
            await ready.env.run_live(ready.env.process(_bounded(body, ready.stage, resolved)))
            await asyncio.sleep(0.5)  # the parts' last events
            return ready.stage.journal.records

    return asyncio.run(tell())
