"""Due times, lateness, and what is dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_phones.pacing import Lateness, Pacing, merged

T0 = 50_000.0


def test_due_times_are_absolute() -> None:
    pacing = Pacing(fps=15)
    due = []
    for n in range(30):
        slot, due_s = pacing.slot(T0 + max(0, n - 1) / 15 + 0.01)  # asked for a little after the frame before
        pacing.filmed(due_s, due_s + 0.003)
        due.append((slot, due_s))
    assert due == [(n, pytest.approx(T0 + 0.01 + n / 15)) for n in range(30)]
    assert pacing.dropped == 0
    assert pacing.lateness.s_max == pytest.approx(0.003)
    assert pacing.lateness.quantile_s(0.99) == pytest.approx(0.003)


def test_a_long_pause_drops_frames_rather_than_sending_them_late() -> None:
    pacing = Pacing(fps=10)
    pacing.slot(T0)
    slot, due_s = pacing.slot(T0 + 1.05)  # slots 1 to 9 are more than one frame late, 10 is half a frame late
    assert (slot, due_s) == (10, pytest.approx(T0 + 1.0))
    assert pacing.dropped == 9


@given(st.floats(5, 60), st.lists(st.floats(0, 1.0), max_size=60))
def test_no_frame_is_more_than_one_frame_late_and_none_is_lost_sight_of(
    fps: float, waits_s: list[float]
) -> None:
    pacing = Pacing(fps=fps)
    now_s, last = T0, -1
    pacing.slot(now_s)
    for taken, wait_s in enumerate(waits_s, 2):
        now_s += wait_s
        slot, due_s = pacing.slot(now_s)
        assert now_s - due_s <= 1 / fps + 1e-6
        assert slot > last
        assert slot + 1 == taken + pacing.dropped
        last = slot


def test_lateness_is_told_in_steps_and_never_above_the_worst() -> None:
    lateness = Lateness()
    assert (lateness.quantile_s(0.99), lateness.s_max) == (0.0, 0.0)
    for late_ms in range(100):
        lateness.note(late_ms / 20_000)  # up to 5 ms
    assert lateness.quantile_s(0.5) == 0.003
    assert lateness.quantile_s(1.0) == lateness.s_max == 0.00495
    lateness.note(7.0)
    assert lateness.quantile_s(0.9) == 0.005
    assert lateness.quantile_s(1.0) == 7.0


def test_lateness_of_several_is_merged_by_its_counts_and_not_by_the_mean_of_quantiles() -> None:
    good, bad, none = Lateness(), Lateness(), Lateness()
    for _ in range(1960):
        good.note(0.0015)
    for _ in range(40):
        bad.note(0.7)
    uncounted = {"frames_sent": 3}
    late = merged([good.facts(), bad.facts(), none.facts(), uncounted])
    assert (good.quantile_s(0.99), bad.quantile_s(0.99)) == (0.0015, 0.7)
    assert (late.quantile_s(0.97), late.quantile_s(0.99), late.s_max) == (0.002, 0.7, 0.7)
    assert late.facts()["pacing_lateness_counts"] == [0, 1960, *[0] * 23, 40]
    assert none.facts()["pacing_lateness_counts"] == []
