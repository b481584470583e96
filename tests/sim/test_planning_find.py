"""The fewest seats."""

import numpy as np
import pytest

from sim.planning.country import Country, Desk, PickUp, Spread, Stream
from sim.planning.find import NoSeats, fewest_seats
from sim.planning.question import Planning

SHORT = Planning(days=7, warm_up_days=0.5, replications=2)


def country(erlangs: float, **stream: object) -> Country:
    rate = np.full(168, erlangs / 60.0)
    calls = Stream("x/113", "x", "113", rate, Spread("exponential", 60.0), target_s=20.0, **stream)  # type: ignore[arg-type]
    return Country((Desk.of("x", 1),), (calls,))


def test_as_erlang_c_has_it() -> None:
    """10 erlangs, 80 % within 20 s, a minute's talk: 13 seats give 89.5 %, 12 give 77.0 %."""
    (found,) = fewest_seats(country(10.0), {"113": 0.8}, 7, SHORT)
    assert found.seats == 13
    assert found.share_in_time == pytest.approx(0.895, abs=0.01)
    assert found.before == pytest.approx(0.77, abs=0.02)


def test_one_seat_may_do() -> None:
    assert fewest_seats(country(0.01), {"113": 0.8}, 7, SHORT)[0].seats == 1


def test_no_seats_are_enough_where_picking_up_takes_too_long() -> None:
    slow = country(1.0, pick_up=PickUp(30.0, 0.1))
    with pytest.raises(NoSeats, match=r"even with a seat for every call only 0\.0% .* picking up"):
        fewest_seats(slow, {"113": 0.8}, 7, SHORT)


def test_too_many_calls_for_any_seats() -> None:
    with pytest.raises(NoSeats, match="500 seats are too few"):
        fewest_seats(country(600.0), {"113": 0.8}, 7, Planning(days=1, warm_up_days=0.2, replications=2))
