"""Levels of a 4x4 block as CAVLC bits (ITU-T H.264, 9.2); its neighbours hold no coefficients."""

import itertools
from collections.abc import Sequence

# Per number of coefficients (0 to 16) and trailing ones (0 to 3): length, value of coeff_token, 0 <= nC < 2
TOKEN_LENGTHS = (
    *((1, 0, 0, 0), (6, 2, 0, 0), (8, 6, 3, 0), (9, 8, 7, 5), (10, 9, 8, 6), (11, 10, 9, 7), (13, 11, 10, 8)),
    *((13, 13, 11, 9), (13, 13, 13, 10), (14, 14, 13, 11), (14, 14, 14, 13), (15, 15, 14, 14)),
    *((15, 15, 15, 14), (16, 15, 15, 15), (16, 16, 16, 15), (16, 16, 16, 16), (16, 16, 16, 16)),
)
TOKENS = (
    *((1, 0, 0, 0), (5, 1, 0, 0), (7, 4, 1, 0), (7, 6, 5, 3), (7, 6, 5, 3), (7, 6, 5, 4), (15, 6, 5, 4)),
    *((11, 14, 5, 4), (8, 10, 13, 4), (15, 14, 9, 4), (11, 10, 13, 12), (15, 14, 9, 12), (11, 10, 13, 8)),
    *((15, 1, 9, 12), (11, 14, 13, 8), (7, 10, 9, 12), (4, 6, 5, 8)),
)
# Per number of coefficients (1 to 15): the codes of total_zeros, from 0 on (tables 9-7 and 9-8).
TOTAL_ZEROS = tuple(
    tuple(row.split())
    for row in (
        "1 011 010 0011 0010 00011 00010 000011 000010 0000011 0000010 00000011 00000010 000000011 000000010 "
        "000000001",
        "111 110 101 100 011 0101 0100 0011 0010 00011 00010 000011 000010 000001 000000",
        "0101 111 110 101 0100 0011 100 011 0010 00011 00010 000001 00001 000000",
        "00011 111 0101 0100 110 101 100 0011 011 0010 00010 00001 00000",
        "0101 0100 0011 111 110 101 100 011 0010 00001 0001 00000",
        "000001 00001 111 110 101 100 011 010 0001 001 000000",
        "000001 00001 101 100 011 11 010 0001 001 000000",
        "000001 0001 00001 011 11 10 010 001 000000",
        "000001 000000 0001 11 10 001 01 00001",
        "00001 00000 001 11 10 01 0001",
        "0000 0001 001 010 1 011",
        "0000 0001 01 1 001",
        "000 001 1 01",
        "00 01 1",
        "0 1",
    )
)
# Per zeros left (1 to 7 and more): the codes of run_before (table 9-10).
RUN_BEFORE = tuple(
    tuple(row.split())
    for row in (
        "1 0",
        "1 01 00",
        "11 10 01 00",
        "11 10 01 001 000",
        "11 10 011 010 001 000",
        "11 000 001 011 010 101 100",
        "111 110 101 100 011 010 001 0001 00001 000001 0000001 00000001 000000001 0000000001 00000000001",
    )
)


def block(levels: Sequence[int]) -> str:
    """The bits of a block of 16 levels in zig-zag order, nC = 0."""
    places = [k for k, level in enumerate(levels) if level][::-1]  # the highest frequency first
    values = [levels[k] for k in places]
    ones = 0
    while ones < min(3, len(values)) and abs(values[ones]) == 1:
        ones += 1
    count = len(values)
    bits = f"{TOKENS[count][ones]:0{TOKEN_LENGTHS[count][ones]}b}"
    if not count:
        return bits
    bits += "".join("1" if value < 0 else "0" for value in values[:ones])
    bits += _levels(values[ones:], count, ones)
    zeros = places[0] + 1 - count
    if count < len(levels):
        bits += TOTAL_ZEROS[count - 1][zeros]
    for place, before in itertools.pairwise(places):
        if not zeros:
            break
        run = place - before - 1
        bits += RUN_BEFORE[min(zeros, 7) - 1][run]
        zeros -= run
    return bits


def _levels(values: Sequence[int], count: int, ones: int) -> str:
    """level_prefix and level_suffix of the values that are no trailing ones (9.2.2.1)."""
    bits = ""
    suffix_length = 1 if count > 10 and ones < 3 else 0
    for k, value in enumerate(values):
        code = 2 * abs(value) - 2 + (value < 0)
        if k == 0 and ones < 3:
            code -= 2  # it cannot be one
        bits += _level(code, suffix_length)
        suffix_length = max(suffix_length, 1)
        if abs(value) > 3 << (suffix_length - 1) and suffix_length < 6:
            suffix_length += 1
    return bits


def _level(code: int, suffix_length: int) -> str:
    if suffix_length == 0:
        if code < 14:
            return "0" * code + "1"
        if code < 30:
            return "0" * 14 + f"1{code - 14:04b}"
        return "0" * 15 + f"1{code - 30:012b}"
    if code < 15 << suffix_length:
        return "0" * (code >> suffix_length) + f"1{code % (1 << suffix_length):0{suffix_length}b}"
    return "0" * 15 + f"1{code - (15 << suffix_length):012b}"
