"""What a uniform draw becomes: exact quantiles, weights kept, and nothing odd at the edges of (0, 1)."""

from math import exp, inf, isfinite, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from draws import Exponential, Lognormal, bernoulli, choice, uniforms

LOWEST, HIGHEST = 2.0**-53, 1.0 - 2.0**-53
U = st.floats(LOWEST, HIGHEST)
WEIGHT = st.floats(0, 1e6)


@given(st.floats(0.01, 1e4), st.floats(1, 50))
def test_a_lognormal_has_the_median_and_p95_it_is_told_by(median: float, times: float) -> None:
    wait = Lognormal.by_p95(median, median * times)
    assert wait.at(0.5) == pytest.approx(median)
    assert wait.at(0.95) == pytest.approx(median * times)
    assert wait.at(0.05) == pytest.approx(median / times)


def test_a_lognormal_without_spread_is_its_median() -> None:
    assert Lognormal.by_p95(4.0, 4.0).at(0.999) == 4.0


def test_a_block_of_draws_has_the_lognormals_mean_and_spread() -> None:
    wait = Lognormal.by_p95(12.0, 60.0)
    logs = np.log([wait.at(u) for u in uniforms(1, "wait", np.arange(20_000, dtype=np.uint64)).tolist()])
    assert logs.mean() == pytest.approx(log(12.0), abs=4 * wait.sigma / 20_000**0.5)
    assert logs.std() == pytest.approx(wait.sigma, rel=0.03)


@given(st.floats(0.01, 1e4), U, U)
def test_draws_rise_with_u(mean: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    for distribution in (Lognormal.by_p95(mean, 3 * mean), Exponential(mean)):
        assert 0 < distribution.at(low) <= distribution.at(high) < inf


def test_an_exponential_has_its_mean_and_quantiles() -> None:
    assert Exponential(90.0).at(1 - exp(-1)) == pytest.approx(90.0)
    us = uniforms(1, "patience", np.arange(20_000, dtype=np.uint64)).tolist()
    assert np.mean([Exponential(90.0).at(u) for u in us]) == pytest.approx(90.0, rel=0.03)


@pytest.mark.parametrize("u", [LOWEST, HIGHEST])
def test_the_edges_are_finite(u: float) -> None:
    assert isfinite(Lognormal.by_p95(4.0, 12.0).at(u))
    assert isfinite(Exponential(90.0).at(u))


def test_bernoulli_at_its_edges() -> None:
    assert not bernoulli(LOWEST, 0.0)
    assert bernoulli(HIGHEST, 1.0)
    assert (bernoulli(0.3, 0.3001), bernoulli(0.3, 0.3)) == (True, False)


def test_choice_follows_the_weights() -> None:
    items = [("telenor", 0.441), ("telia", 0.414), ("ice", 0.145)]
    us = uniforms(1, "carrier", np.arange(20_000, dtype=np.uint64)).tolist()
    chosen = [choice(u, items) for u in us]
    for name, share in items:
        assert chosen.count(name) / len(us) == pytest.approx(share, abs=0.015), name


def test_choice_cuts_where_the_weights_end() -> None:
    items = [("a", 1), ("b", 2), ("c", 1)]  # need not sum to 1
    assert [choice(u, items) for u in (0.2499, 0.25, 0.7499, 0.75)] == ["a", "b", "b", "c"]


@given(U, st.lists(WEIGHT, min_size=1, max_size=12).filter(lambda weights: sum(weights) > 1e-3))
def test_nothing_without_weight_is_ever_chosen(u: float, weights: list[float]) -> None:
    items = list(enumerate(weights))
    for edge in (u, LOWEST, HIGHEST):
        assert weights[choice(edge, items)] > 0


def test_rounding_does_not_choose_the_weightless_last() -> None:
    """Ten times 0.1 is less than their sum as floats subtract: a rest may be left at the end."""
    for n in range(2, 60):
        items = [*((i, 0.1) for i in range(n)), ("nobody", 0.0)]
        assert choice(HIGHEST, items) != "nobody"


@pytest.mark.parametrize("weights", [[], [0.0, 0.0], [2.0, -1.0]])
def test_choice_needs_weights(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="choice needs"):
        choice(0.5, list(enumerate(weights)))
