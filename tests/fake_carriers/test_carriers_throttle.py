"""The token bucket: one second's worth at once, then the rate, and never more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_carriers.throttle import Throttle


def passed(rate_per_s: float, times: list[float]) -> int:
    throttle = Throttle()
    return sum(throttle.take(rate_per_s, now) for now in times)


def test_no_rate_is_no_limit() -> None:
    assert passed(0.0, [0.0] * 1000) == 1000


@pytest.mark.parametrize(("rate_per_s", "burst"), [(10.0, 10), (1.0, 1), (0.25, 1)])
def test_exactly_the_burst_at_once_and_the_rate_after_it(rate_per_s: float, burst: int) -> None:
    assert passed(rate_per_s, [0.0] * 100) == burst
    quarters = [n / 4 for n in range(1, 81)]  # 20 s, exact in binary
    assert passed(rate_per_s, [0.0] * 100 + quarters * 10) <= burst + 20 * rate_per_s
    assert passed(rate_per_s, [0.0] * 100 + sorted(quarters * 10)) == burst + int(20 * rate_per_s)


def test_a_long_pause_saves_up_one_second_only() -> None:
    throttle = Throttle()
    assert sum(throttle.take(5.0, 0.0) for _ in range(10)) == 5
    assert sum(throttle.take(5.0, 3600.0) for _ in range(10)) == 5


def test_a_limit_that_is_lifted_and_comes_back_begins_with_its_burst() -> None:
    throttle = Throttle()
    assert [throttle.take(1.0, 0.0) for _ in range(2)] == [True, False]
    assert throttle.take(0.0, 0.0)
    assert [throttle.take(1.0, 0.0) for _ in range(2)] == [True, False]


@given(st.floats(0.01, 1000), st.lists(st.floats(0, 60), max_size=60))
def test_never_above_the_rate_and_one_burst(rate_per_s: float, gaps: list[float]) -> None:
    times, now = [], 0.0
    for gap in gaps:
        now += gap
        times.append(now)
    assert passed(rate_per_s, times) <= max(1.0, rate_per_s) + rate_per_s * now + 1e-6
