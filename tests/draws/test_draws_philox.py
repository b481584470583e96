"""Philox4x32-10 against its authors' known answers (Random123, kat_vectors), as integers and as blocks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from draws.philox import philox, philox_block

WORD = st.integers(0, 2**32 - 1)
COUNTER = st.tuples(WORD, WORD, WORD, WORD)
KEY = st.tuples(WORD, WORD)

KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def block(counters: list[tuple[int, int, int, int]], key: tuple[int, int]) -> list[tuple[int, ...]]:
    columns = [np.array(column, np.uint64) for column in zip(*counters, strict=True)]
    words = philox_block((columns[0], columns[1], columns[2], columns[3]), key)
    return [tuple(int(word[i]) for word in words) for i in range(len(counters))]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN, ids=["zeros", "ones", "pi"])
def test_known_answers(
    counter: tuple[int, int, int, int], key: tuple[int, int], expected: tuple[int, ...]
) -> None:
    assert philox(counter, key) == expected
    assert block([counter], key) == [expected]


@given(st.lists(COUNTER, min_size=1, max_size=8), KEY)
def test_blocks_are_the_integers_bit_for_bit(
    counters: list[tuple[int, int, int, int]], key: tuple[int, int]
) -> None:
    assert block(counters, key) == [philox(counter, key) for counter in counters]


@given(COUNTER, KEY, st.integers(0, 127))
def test_one_bit_of_the_counter_turns_about_half_of_the_answer(
    counter: tuple[int, int, int, int], key: tuple[int, int], bit: int
) -> None:
    word, place = divmod(bit, 32)
    other = [*counter]
    other[word] ^= 1 << place
    turned = zip(philox(counter, key), philox((other[0], other[1], other[2], other[3]), key), strict=True)
    assert 24 <= sum((a ^ b).bit_count() for a, b in turned) <= 104  # 64 ± 7 standard deviations
