"""What the kernel's tests share: a country where nothing is left to chance, calls in it, journals by hand."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import simpy

from sim.clock import Process
from sim.journal import Journal, Record
from sim.modes import modelled_ports
from sim.nation import Nation, load_nation
from sim.ports import Ports
from sim.resolve import Resolved, resolve
from sim.scenario import Scenario
from sim.stories import Stage, told_all

ROOT = Path(__file__).parents[2]
FIRST_CALL = ROOT / "scenarios" / "ci" / "first-call.toml"
AMK, LV = "AMK Eksempel", "LV Eksempel"

CALLER = {
    "carrier": "telia",
    "patience_s": 60,
    "replies_after_s": 1,
    "opens_link_after_s": 2,
    "consents_after_s": 1,
}
OPERATOR = {
    "picks_up_after_s": 2,
    "asks_video_after_s": 3,
    "sends_link_after_s": 1,
    "gives_up_after_s": 60,
    "holds_video_s": 10,
    "talks_s": 20,
    "talks_on_s": 4,
}


def call(caller: dict[str, Any] | None = None, operator: dict[str, Any] | None = None, **chosen: Any) -> Any:
    """A call's table, every wait chosen. Without more: answered at 2, seen at 16, ended at 30 s."""
    return {
        "kind": "single",
        "at_s": 0,
        "line": "113",
        "centre": AMK,
        **chosen,
        "caller": {**CALLER, **(caller or {})},
        "operator": {**OPERATOR, **(operator or {})},
    }


def certain(nation: Nation | None = None, *, request_s: float = 1.0, setup_s: float = 3.0) -> Nation:
    """Without chance: an SMS takes 2 s, a request 1, a set-up 3, a camera switch and a viewer's join 1."""
    nation = nation or load_nation("one-centre", Path())
    took = {"request_s": request_s, "setup_s": setup_s, "camera_switch_s": 1.0, "viewer_join_s": 1.0}
    machines = {
        name: getattr(nation.models, name).model_copy(update={"median": s, "p95": s})
        for name, s in took.items()
    }
    sure = {"delay_s_median": 2.0, "delay_s_sigma": 0.0, "tail_share": 0.0, "loss": 0.0, "duplicates": 0.0}
    return nation.model_copy(
        update={
            "models": nation.models.model_copy(update=machines),
            "carriers": tuple(carrier.model_copy(update=sure) for carrier in nation.carriers),
        }
    )


def resolved(
    *calls: Any, country: Nation | None = None, seed: int | None = None, **scenario: Any
) -> Resolved:
    """A scenario of these calls, resolved in a country without chance (or in `country`)."""
    tables = {"title": "test", "nation": {"centres": "one-centre"}, **scenario, "calls": list(calls)}
    return resolve(Scenario.model_validate(tables), country or certain(), seed)


def record(t_s: float, event: str, call: str | None = "a", actor: str | None = None, **facts: Any) -> Record:
    """One record of a journal made by hand."""
    session = None if call is None or event.startswith("call.") else f"{call}/video"
    return Record(t_s, event, call, session, actor, None, facts)


def trace(records: Iterable[Record], call: str = "call-1", *prefixes: str) -> list[tuple[float, str]]:
    """(time, event) of a call; only events with these prefixes when given."""
    return [
        (round(r.t_s, 3), r.event)
        for r in records
        if r.call == call and (not prefixes or r.event.startswith(prefixes))
    ]


class Instead:
    """A port with some methods put in the place of its own."""

    def __init__(self, port: object, **methods: Callable[..., Process[Any]]) -> None:
        self._port, self._methods = port, methods

    def __getattr__(self, name: str) -> Any:
        return self._methods.get(name) or getattr(self._port, name)


def tell(made: Resolved, change: Callable[[Ports], Ports]) -> list[Record]:
    env = simpy.Environment()
    journal = Journal(lambda: env.now)
    stage = Stage(env, change(modelled_ports(env, journal, made)), journal, made.waits)
    env.run(until=env.process(told_all(stage, made.calls, made.ambulances)))
    return journal.records
