"""The outgoing stream is one stream, whatever the phones behind it do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_rtc.splice import Splice

WRAP = 1 << 16


def test_the_first_packet_keeps_its_timestamp_and_gets_the_first_number() -> None:
    splice = Splice(100)
    splice.begin(source=7, sequence_number=40_000, timestamp=5_000, now=0.0)
    assert splice.place(40_000, 5_000, 0.0) == (100, 5_000)
    assert splice.place(40_001, 8_000, 0.03) == (101, 8_000)


def test_a_gap_stays_a_gap_and_a_late_packet_fills_it() -> None:
    splice = Splice(10)
    splice.begin(7, 1, 0, 0.0)
    assert [splice.place(n, 0, 0.0) for n in (1, 4, 2, 3, 5)] == [(n, 0) for n in (10, 13, 11, 12, 14)]


def test_a_packet_from_before_the_key_frame_is_dropped() -> None:
    splice = Splice(10)
    splice.begin(7, 100, 0, 0.0)
    assert splice.place(100, 0, 0.0) == (10, 0)
    assert splice.place(99, 0, 0.0) is None
    assert splice.place(101, 0, 0.0) == (11, 0)


def test_another_source_goes_on_where_the_last_one_stopped() -> None:
    splice = Splice(65_535)
    splice.begin(7, 1, 1_000, 0.0)
    assert splice.place(1, 1_000, 0.0) == (65_535, 1_000)
    splice.begin(8, 30_000, 77, 2.0)
    assert splice.place(30_000, 77, 2.0) == (0, 1_000 + 180_000)
    assert splice.place(30_001, 3_077, 2.1) == (1, 1_000 + 183_000)


def test_a_source_after_a_late_packet_does_not_reuse_a_number() -> None:
    splice = Splice(0)
    splice.begin(7, 1, 0, 0.0)
    for n in (1, 5, 3):
        splice.place(n, 0, 0.0)
    splice.begin(8, 9, 0, 0.0)
    assert splice.place(9, 0, 0.0) == (5, 1)


@pytest.mark.parametrize("length", [WRAP + 10, 3 * WRAP])
def test_a_long_session_wraps_without_a_seam(length: int) -> None:
    splice = Splice(32_000)
    splice.begin(7, 65_000, 0, 0.0)
    placed = [splice.place((65_000 + i) % WRAP, i, 0.0) for i in range(length)]
    assert placed == [((32_000 + i) % WRAP, i) for i in range(length)]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, WRAP - 1)), min_size=1, max_size=30))
def test_sources_in_order_give_strictly_consecutive_numbers(sources: list[tuple[int, int]]) -> None:
    splice, sent, last_timestamp = Splice(0), [], -1
    for count, start in sources:
        splice.begin(object().__hash__(), start, 0, 0.0)
        for i in range(count):
            placed = splice.place((start + i) % WRAP, i, 0.0)
            assert placed is not None
            assert placed[1] > last_timestamp  # all within one 32-bit turn here
            last_timestamp = placed[1]
            sent.append(placed[0])
    assert sent == list(range(len(sent)))
