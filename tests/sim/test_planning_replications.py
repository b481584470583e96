"""How many replications a precision needs, and how long a country warms up."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("numba", reason="the planning extra")

from sim.planning.country import Country, Desk, Spread, Stream
from sim.planning.intervals import LOOK_AHEAD, half_width
from sim.planning.question import Planning
from sim.planning.replications import AT_LEAST, AT_MOST, enough, replicated, shares_in_time
from sim.planning.tables import HOURS
from sim.planning.warm_up import warm_up_of

BUSY = Country(
    (Desk.of("a", 4),),
    (Stream("a/113", "a", "113", np.full(HOURS, 0.012), Spread("exponential", 240.0), patience_s=300.0),),
)


def asked(precision: float, **more: object) -> Planning:
    return Planning.model_validate({"days": 3, "precision": precision, **more})


def test_it_goes_on_until_it_is_precise_and_looks_ahead() -> None:
    planning = asked(0.01)
    done = replicated(BUSY, 3, planning)
    n = enough(done, 0.01)
    assert n is not None
    assert len(done) == n + LOOK_AHEAD < AT_MOST
    (shares,) = shares_in_time(done).values()
    assert all(half_width(shares[: n + ahead]) <= 0.01 for ahead in range(LOOK_AHEAD + 1))
    assert half_width(shares[: n - 1]) > 0.01 or n == AT_LEAST
    assert len(replicated(BUSY, 3, asked(0.02))) < len(done)


def test_two_at_once_need_as_many() -> None:
    one, two = (replicated(BUSY, 3, asked(0.01), jobs=jobs) for jobs in (1, 2))
    assert enough(one, 0.01) == enough(two, 0.01)


def test_as_many_as_asked_for_may_not_be_enough() -> None:
    done = replicated(BUSY, 3, asked(0.0001, replications=4))
    assert (len(done), enough(done, 0.0001)) == (4, None)


def test_a_country_at_ease_is_warm_at_once_and_one_without_patience_never() -> None:
    assert warm_up_of(BUSY, 5, 1.0).enough
    slow = replace(BUSY.streams[0], calls_per_s=np.full(HOURS, 0.0166), patience_s=float("inf"))
    late = warm_up_of(Country(BUSY.desks, (slow,)), 5, 1.0)  # a load of 0.996
    assert late.needed_h > 24
    assert not late.enough
    assert late.welch[0] < 0.5
