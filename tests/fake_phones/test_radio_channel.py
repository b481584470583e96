"""The packet rule: loss, bursts, rate, queue, order; each share measured back."""

import statistics
from itertools import groupby, pairwise

from hypothesis import given
from hypothesis import strategies as st

from fake_phones.radio import BLACKOUT, CLEAR, Channel, Conditions

PACKETS = 20_000
shares = st.floats(0, 1)
conditions = st.builds(
    Conditions,
    delay_s=st.floats(0, 1),
    jitter_s=st.floats(0, 0.2),
    loss=shares,
    burst_p=shares,
    burst_r=st.floats(0.01, 1),
    burst_loss=shares,
    rate_bit_per_s=st.none() | st.floats(1e4, 1e9),
    queue_s=st.floats(0, 2),
    duplicates=shares,
)


def sent(
    c: Conditions, packets: int = PACKETS, every_s: float = 0.01, octets: int = 1000
) -> list[list[float]]:
    channel = Channel(c, 113, "up", "test")
    return [channel.passes(octets, n * every_s) for n in range(packets)]


def lost_share(fates: list[list[float]]) -> float:
    return sum(not fate for fate in fates) / len(fates)


def test_a_clear_radio_does_nothing() -> None:
    assert sent(CLEAR, 100) == [[n * 0.01] for n in range(100)]


def test_nothing_passes_a_blackout() -> None:
    assert sent(BLACKOUT, 100) == [[]] * 100


def test_random_loss_is_the_share_asked_for_and_comes_alone() -> None:
    fates = sent(Conditions(loss=0.05))
    assert abs(lost_share(fates) - 0.05) < 0.006
    runs = [len(list(run)) for is_lost, run in groupby(fates, lambda fate: not fate) if is_lost]
    assert statistics.mean(runs) < 1.15


def test_burst_loss_has_the_share_and_the_length_of_gilbert_elliott() -> None:
    fates = sent(Conditions(burst_p=0.01, burst_r=0.2))
    assert abs(lost_share(fates) - 0.01 / 0.21) < 0.015
    runs = [len(list(run)) for is_lost, run in groupby(fates, lambda fate: not fate) if is_lost]
    assert abs(statistics.mean(runs) - 5) < 1


def test_a_burst_may_let_some_through() -> None:
    assert abs(lost_share(sent(Conditions(burst_p=0.1, burst_r=0.1, burst_loss=0.4))) - 0.2) < 0.03


def test_the_rate_is_kept_and_a_full_queue_drops_its_tail() -> None:
    c = Conditions(rate_bit_per_s=400_000, queue_s=0.5)
    fates = sent(c, 2000)  # 800 kbit/s are offered
    through = [fate[0] for fate in fates if fate]
    bit_s = len(through) * 8000 / (through[-1] - through[0])
    assert abs(bit_s - 400_000) < 4_000
    waits = [fate[0] - n * 0.01 for n, fate in enumerate(fates) if fate]
    assert max(waits) <= 0.5 + 8000 / 400_000 + 1e-9
    assert statistics.mean(waits[200:]) > 0.45  # a queue that is always full
    assert abs(lost_share(fates) - 0.5) < 0.03


def test_below_the_rate_there_is_no_queue() -> None:
    fates = sent(Conditions(delay_s=0.04, rate_bit_per_s=1_600_000), 200)
    assert all(abs(fate[0] - n * 0.01 - 0.045) < 1e-9 for n, fate in enumerate(fates))


def test_jitter_spreads_the_delay_and_keeps_the_order() -> None:
    fates = sent(Conditions(delay_s=0.1, jitter_s=0.01), every_s=0.1)  # far apart: nobody waits for another
    waits = [fate[0] - n * 0.1 for n, fate in enumerate(fates)]
    assert abs(statistics.mean(waits) - 0.1) < 0.001
    assert abs(statistics.stdev(waits) - 0.01) < 0.001
    close = [fate[0] for fate in sent(Conditions(delay_s=0.1, jitter_s=0.05), every_s=0.001)]
    assert close == sorted(close)


def test_reorder_lets_others_pass() -> None:
    dues = [fate[0] for fate in sent(Conditions(delay_s=0.05, reorder=0.1, reorder_s=0.03))]
    overtaken = sum(a > b for a, b in pairwise(dues)) / len(dues)
    assert abs(overtaken - 0.09) < 0.01  # the tenth, unless the next one is late as well


def test_duplicates_come_twice() -> None:
    fates = sent(Conditions(duplicates=0.03))
    assert abs(sum(len(fate) == 2 for fate in fates) / PACKETS - 0.03) < 0.005


def test_the_same_key_has_the_same_fate_and_another_kind_of_trouble_changes_no_draw() -> None:
    c = Conditions(loss=0.1)
    assert sent(c, 500) == sent(c, 500)
    assert sent(c, 500) != [Channel(c, 114, "up", "test").passes(1000, 0) for _ in range(500)]
    lost = [not fate for fate in sent(c, 500)]
    assert lost == [not fate for fate in sent(Conditions(loss=0.1, jitter_s=0.01, duplicates=0.5), 500)]
    up, down = (Channel(c, 113, d, "test") for d in ("up", "down"))
    assert [up.passes(1, 0) for _ in range(300)] != [down.passes(1, 0) for _ in range(300)]


@given(conditions, st.lists(st.tuples(st.integers(20, 1500), st.floats(0, 0.1)), max_size=60))
def test_whatever_the_conditions(c: Conditions, packets: list[tuple[int, float]]) -> None:
    """Nothing arrives before it can, order is kept, and no queue is longer than it may be."""
    channel, now, last = Channel(c, 1, "down"), 0.0, 0.0
    for octets, pause_s in packets:
        now += pause_s
        dues = channel.passes(octets, now)
        assert len(dues) <= 2
        for due in dues:
            own_s = octets * 8 / c.rate_bit_per_s if c.rate_bit_per_s else 0
            assert due >= max(now + own_s, last) - 1e-9
            if not c.jitter_s:
                assert due <= max(last, now + own_s + c.queue_s + c.delay_s) + 1e-9
            last = due
