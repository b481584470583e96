"""Numbers as people read them."""

import math

import pytest

from reports.figures import as_float, change, exact, limit, moment, seconds, with_unit


@pytest.mark.parametrize(
    ("value", "told"),
    [
        *[(None, "–"), (math.nan, "–"), (math.inf, "never"), (0.0, "0"), (0.0374, "0.037"), (1.377, "1.38")],
        *[(13.256, "13.3"), (600.2, "600"), (-0.05, "-0.050")],
    ],
)
def test_a_duration_has_about_three_digits(value: float | None, told: str) -> None:
    assert seconds(value) == told


def test_a_unit_stands_only_beside_a_number() -> None:
    assert [with_unit(value) for value in (1.5, math.inf, None)] == ["1.50 s", "never", "–"]


def test_a_measured_value_never_looks_like_the_limit_that_it_misses() -> None:
    assert exact(30.04, 30) == "30.04"
    assert exact(30.2, 30) == "30.2"
    assert exact(0.98999, 0.99) == "0.98999"
    assert exact(4.0, 4) == "4"
    assert exact(30 + 1e-12, 30) == "30.000000000"
    assert exact(0.046154) == "0.046"


def test_a_change_has_its_sign() -> None:
    assert change(2.0, 1.5) == "+0.500"
    assert change(1.5, 2.0) == "−0.500"
    assert change(1.0, 1.0) == "0"
    assert change(math.inf, 1.0) == change(math.inf, math.inf) == change(None, 1.0) == "–"


def test_what_a_verdict_may_hold() -> None:
    assert [as_float(value) for value in (3, 0.5, None, "infinite", "x")] == [3.0, 0.5, None, math.inf, None]
    assert [limit(value) for value in (0.5, 1.0, 600, 0.363718, None)] == ["0.5", "1", "600", "0.364", "–"]
    assert moment(1.2345) == "1.23"
