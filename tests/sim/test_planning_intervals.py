"""Intervals, replications and warm-up on series whose answer is known."""

import numpy as np
import pytest
from scipy.special import ndtri

from draws import uniforms
from sim.planning.intervals import (
    batch_means,
    half_width,
    mser5,
    replications_needed,
    t_interval,
    welch,
)
from sim.planning.tables import Floats


def normals(n: int, seed: int = 1) -> Floats:
    return np.asarray(ndtri(uniforms(seed, "test", np.arange(n, dtype=np.uint64))), np.float64)


def autoregressive(n: int, phi: float, begins: float = 0.0) -> Floats:
    """AR(1) with innovations of variance one."""
    series, now = np.empty(n), begins
    for k, step in enumerate(normals(n)):
        now = phi * now + step
        series[k] = now
    return series


def test_t_interval_by_hand() -> None:
    interval = t_interval([1.0, 2.0, 3.0], 0.95)
    assert interval.mean == 2.0
    assert interval.half == pytest.approx(4.302653 / 3**0.5, rel=1e-6)  # t with two degrees of freedom
    assert 4.4 in interval
    assert 4.5 not in interval
    assert half_width([1.0]) == float("inf")


def test_intervals_hold_as_often_as_they_say() -> None:
    held = sum(0.0 in t_interval(row, 0.95) for row in normals(20_000).reshape(2000, 10))
    assert 0.935 < held / 2000 < 0.965


def test_batch_means_know_that_a_series_remembers() -> None:
    """The standard error of AR(1)'s mean is 1 / (1 - phi) / sqrt(n), not the naive one."""
    series = autoregressive(100_000, 0.9)
    half = batch_means(series, 30).half
    assert half == pytest.approx(2.045 * 10 / 100_000**0.5, rel=0.4)
    assert half > 2.5 * half_width(series)


def precise(numbers: Floats, precision: float) -> list[bool]:
    return [
        n >= 3 and half_width(numbers[:n]) <= precision * abs(numbers[:n].mean())
        for n in range(1, len(numbers) + 1)
    ]


def test_replications_are_as_many_as_needed_and_no_more() -> None:
    held = precise(10 + normals(400), 0.05)
    n = replications_needed(held)
    assert n is not None
    assert all(held[n - 1 : n + 5])  # and stays so while it looks ahead
    assert not held[n - 2]


def test_looking_ahead_is_not_fooled_by_a_quiet_beginning() -> None:
    """Hoad's point: three equal numbers are precise by chance."""
    held = precise(np.array([5.0, 5.0, 5.0, 9.0, 1.0, *(5 + normals(200))]), 0.1)
    assert replications_needed(held, look_ahead=0) == 3
    assert (replications_needed(held) or 0) > 6


def test_replications_that_never_suffice_say_so() -> None:
    assert replications_needed(precise((-1.0) ** np.arange(50), 0.05)) is None
    assert replications_needed([False, True, True, True, True, True]) is None  # too little ahead
    assert replications_needed([False, True, True, True, True, True, True]) == 2


def test_mser5_cuts_the_warm_up() -> None:
    series = normals(2000) + 20 * np.exp(-np.arange(2000) / 50)
    assert 100 < mser5(series) < 400
    assert mser5(normals(2000)) < 200
    assert mser5(np.ones(100)) == 0


def test_welch_is_flat_after_the_warm_up() -> None:
    rows = normals(50 * 500).reshape(50, 500) + 10 * np.exp(-np.arange(500) / 20)
    smooth = welch(list(rows), 20)
    assert len(smooth) == 480
    assert smooth[0] > 9
    assert np.abs(smooth[150:]).max() < 0.3
    assert welch([[1.0, 2.0, 3.0, 4.0]], 1).tolist() == [1.0, 2.0, 3.0]
