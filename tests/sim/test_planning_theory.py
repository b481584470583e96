"""Formulas against published values, and against what they must do."""

from math import exp, factorial, inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.planning.theory import (
    cobham_wait_s,
    erlang_a,
    erlang_b,
    erlang_c,
    erlang_c_wait_s,
    erlang_c_within,
    mm1_wait_s,
    pollaczek_khinchine_s,
    present,
    seats_needed,
)

loads = st.floats(0.05, 40)
seats = st.integers(1, 50)


@pytest.mark.parametrize(
    ("load", "c", "wait_s"),
    [(0.5, 1, 1.0), (1.4, 2, 0.96078), (3.42, 6, 0.06319), (45.0, 50, 0.07277)],  # domain study 11
)
def test_mean_wait_is_the_studys(load: float, c: int, wait_s: float) -> None:
    assert erlang_c_wait_s(load, c, 1.0) == pytest.approx(wait_s, abs=5e-6)


def test_erlang_c_as_the_r_package_has_it() -> None:
    """CRAN ErlangC 0.1.0: 100 calls in 30 min of 180 s, 14 agents, 20 s."""
    assert erlang_c(10, 14) == pytest.approx(0.1741319, abs=5e-8)
    assert erlang_c_within(10, 14, 180, 20) == pytest.approx(0.88835, abs=5e-7)
    assert erlang_c_wait_s(10, 14, 180) == pytest.approx(7.83593701, abs=5e-9)
    assert erlang_c(45, 50) == pytest.approx(0.3639, abs=5e-5)


def test_erlang_b_by_its_definition() -> None:
    terms = [8.0**n / factorial(n) for n in range(11)]
    assert erlang_b(8, 10) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)


@given(loads, seats)
def test_more_seats_are_better(load: float, c: int) -> None:
    assert erlang_b(load, c + 1) < erlang_b(load, c) <= 1
    assert erlang_c(load, c + 1) <= erlang_c(load, c) <= 1
    assert erlang_c_within(load, c + 1, 60, 10) >= erlang_c_within(load, c, 60, 10)
    assert erlang_b(load, c) <= erlang_c(load, c)


@given(loads, seats)
def test_impatience_lies_between_loss_and_patience(load: float, c: int) -> None:
    """Erlang-A becomes Erlang-B without patience, Erlang-C with endless patience."""
    usual = erlang_a(load / 60, 60.0, 90.0, c)
    assert erlang_a(load / 60, 60.0, 1e-6, c).abandons == pytest.approx(erlang_b(load, c), abs=1e-4)
    assert 0 <= usual.abandons <= erlang_b(load, c) + 1e-12
    assert usual.waits <= erlang_c(load, c) + 1e-12
    assert erlang_a(load / 60, 60.0, 90.0, c + 1).abandons <= usual.abandons + 1e-12
    if load < 0.9 * c:
        endless = erlang_a(load / 60, 60.0, 1e9, c)
        assert endless.wait_s_answered == pytest.approx(erlang_c_wait_s(load, c, 60.0), rel=1e-4, abs=1e-9)


@given(loads, seats)
def test_of_the_impatient_what_comes_in_goes_out(load: float, c: int) -> None:
    """Answered calls keep at most all seats busy; the mean wait of all lies about that of the answered."""
    told = erlang_a(load, 1.0, 2.0, c)
    assert load * (1 - told.abandons) <= c + 1e-9
    assert told.wait_s == pytest.approx(2.0 * told.abandons)


def test_one_server_by_its_service() -> None:
    assert mm1_wait_s(0.5, 1) == 1.0
    assert pollaczek_khinchine_s(0.5, 1, 0.0) == 0.5  # constant: half
    assert pollaczek_khinchine_s(0.5, 1, exp(0.64) - 1) == pytest.approx(0.948240, abs=5e-7)
    assert mm1_wait_s(1.0, 1.0) == inf
    assert mm1_wait_s(0.7, 1.3) == pytest.approx(erlang_c_wait_s(0.91, 1, 1.3))


@given(st.floats(0.01, 0.45), st.floats(0.01, 0.45), st.integers(1, 20))
def test_priorities_share_one_wait(first: float, second: float, c: int) -> None:
    """Kleinrock's conservation law: weighed by load, the waits are as without priorities."""
    rates = (first * c, second * c)
    waits = cobham_wait_s(rates, 1.0, c)
    together = erlang_c_wait_s(sum(rates), c, 1.0)
    assert waits[0] <= waits[1]
    assert sum(r * w for r, w in zip(rates, waits, strict=True)) / sum(rates) == pytest.approx(together)
    assert cobham_wait_s([rates[0]], 1.0, c)[0] == pytest.approx(erlang_c_wait_s(rates[0], c, 1.0))


def test_priority_beyond_the_seats_waits_for_ever() -> None:
    waits = cobham_wait_s((0.5, 0.6), 1.0, 1)
    assert waits[0] == pytest.approx(2.0)  # a service to end, of which half are of its own kind
    assert waits[1] == inf


@given(st.floats(0.1, 30), st.sampled_from((60.0, 300.0)), st.floats(0.5, 0.99))
def test_seats_needed_are_the_fewest(load: float, service_s: float, share: float) -> None:
    c = seats_needed(load, service_s, share, 10)
    assert erlang_c_within(load, c, service_s, 10) >= share
    assert c == 1 or erlang_c_within(load, c - 1, service_s, 10) < share


def test_present_steady_is_littles_law() -> None:
    there = present(np.full(1000, 0.2), 1.0, lambda age_s: np.exp(-age_s / 30))
    assert there == pytest.approx(np.full(1000, 6.0), rel=1e-3)


def test_present_lags_behind_the_rate() -> None:
    """Constant lengths of 10 steps: what came in the last 10 is there, around the end of the week too."""
    rate = np.zeros(100)
    rate[95] = 1.0
    there = present(rate, 2.0, lambda age_s: (age_s < 20).astype(np.float64))
    assert np.flatnonzero(there > 1).tolist() == [0, 1, 2, 3, 4, 95, 96, 97, 98, 99]
    assert there.max() == pytest.approx(2.0)
