"""All cases, in the order in which they are told."""

from collections.abc import Iterator
from pathlib import Path

from sim.nation import load_nation
from sim.planning.ambulance.queueing import queue_cases
from sim.planning.ambulance.response_times import response_time_cases
from sim.planning.validation.case import Case
from sim.planning.validation.changes import change_cases
from sim.planning.validation.facts import load_facts
from sim.planning.validation.lv import lv_cases
from sim.planning.validation.oslo import oslo_cases
from sim.planning.validation.paths import path_cases
from sim.planning.validation.raknes import raknes_cases
from sim.planning.validation.theory_cases import theory_cases
from sim.planning.validation.video import video_cases


def suite(seed: int, quick: bool) -> Iterator[Case]:
    """Quick: fewer calls, wider intervals, and not what takes other processes. Raises BadFile."""
    facts, nation = load_facts(), load_nation("norway", Path())
    yield from theory_cases(seed, quick)
    yield from path_cases(seed, quick)
    for cases in (raknes_cases, oslo_cases, lv_cases, video_cases):
        yield from cases(facts, nation, seed, quick)
    queues = queue_cases(6, 20, seed) if quick else queue_cases(seed=seed)
    yield from (Case(**case) for case in (*response_time_cases(), *queues))
    yield from change_cases(seed, quick)
