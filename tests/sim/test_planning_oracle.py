"""The recursions, by hand and against each other; the engine is held against them by `lab113 validate`."""

import numpy as np
import pytest

from sim.planning.country import Country, Desk, Spread, Stream
from sim.planning.drawn import calls_of
from sim.planning.oracle import kiefer_wolfowitz, lindley
from sim.planning.tables import HOURS
from sim.planning.year import tell


def test_waits_by_hand() -> None:
    arrivals_s, services_s = np.array([0.0, 1.0, 2.0, 9.0]), np.array([5.0, 5.0, 1.0, 1.0])
    assert kiefer_wolfowitz(arrivals_s, services_s, 1).tolist() == [0, 4, 8, 2]
    assert lindley(arrivals_s, services_s).tolist() == [0, 4, 8, 2]
    assert kiefer_wolfowitz(arrivals_s, services_s, 2).tolist() == [0, 0, 3, 0]


def test_one_seat_is_lindley() -> None:
    drawn = calls_of(_stream(), np.ones(1), 3, 0, 50_000.0)
    assert len(drawn.since) > 300
    waits = kiefer_wolfowitz(drawn.since, drawn.holds_s, 1)
    assert lindley(drawn.since, drawn.holds_s) == pytest.approx(waits)


def test_a_call_that_jumps_the_queue_would_be_seen() -> None:
    """The engine with a second priority is not first come, first served."""
    first = _stream()
    urgent = Stream("urgent", "desk", "113", first.calls_per_s / 9, first.talk)
    year = tell(Country((Desk.of("desk", 1),), (first, urgent)), 3, days=1, warm_up_days=0, ways=5000)
    ways = np.sort(year.book.ways[: int(year.book.run["ways"][0])], order="k")
    own = ways[ways["stream"] == year.names.index("calls")]
    drawn = calls_of(first, np.ones(1), 3, 0, 86_400.0)
    assert len(own) == len(drawn.since)
    assert np.abs(kiefer_wolfowitz(drawn.since, drawn.holds_s, 1) - own["wait_s"]).max() > 1


def _stream() -> Stream:
    return Stream("calls", "desk", "113", np.full(HOURS, 0.008), Spread("lognormal", 60.0, 0.8), priority=1)
