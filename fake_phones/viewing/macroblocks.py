"""Macroblocks that hold nothing but the means of their 4 x 4 blocks, read out of a coded slice (ITU-T H.264).

Intra 16x16 with DC prediction, no AC levels, no chroma: what a lean phone's strip is made of. Written against
the standard's syntax, not against the writer in `lean`: it reads any slice of this kind, and no other.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

from fake_phones.lean import cavlc

QP = 48
LUMA_STEP = 10  # of a level, at that QP (8.5.10: 160 << 2, and >> 6 in the transform)
LEARNT_MOST, COMPILED_MOST = 2048, 1024
PLAIN = 128  # the prediction without a neighbour

Lines = bytes
"""The luma of the 16 blocks of a macroblock, line by line."""
Tree = dict[str, "Tree"]

_HADAMARD = np.array([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, -1, 1], [1, -1, 1, -1]])
_ZIGZAG = np.array([0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15])
# mb_type 3 (7.3.5), after mb_skip_run 0 and beyond five types of its own in a P slice;
# then intra_chroma_pred_mode 0 and mb_qp_delta 0
_HEADS = {True: "0010011", False: "1000100111"}


class NotPlain(ValueError):
    """The slice holds another kind of macroblock, or is damaged."""


class Macroblocks:
    """Reads rows of macroblocks of intra or of predicted slices.

    One that was met before is known again by its bits, all of a row in one call of a regular expression; the
    first of its kind is read by the book. Shared by all viewers of a process.
    """

    def __init__(self, *, intra: bool) -> None:
        self._head = _HEADS[intra]
        self._learnt: set[str] = set()
        self._missed, self._next_look = 0, 1  # read by the book so far; when to compile what was learnt
        self._known: re.Pattern[str] | None = None
        self._first = _Beside(PLAIN, self._head, {})

    def row(self, bits: str, count: int) -> bytes:
        """The luma of so many macroblocks, a slice's data up to its stop bit. Raises NotPlain."""
        told: list[Lines] = []
        beside = self._first
        for one in self._split(bits, count):
            luma, beside = beside[one]
            told.append(luma)
        return b"".join(told)

    def _split(self, bits: str, count: int) -> list[str]:
        """The bits of each macroblock."""
        end = len(bits) - 1  # without the stop bit
        known = self._known.findall(bits, 0, end) if self._known else []
        if len(known) == count and sum(map(len, known)) == end:
            return known
        split, at = [], 0
        while at < end:
            match = self._known.match(bits, at) if self._known else None
            after = match.end() if match else self._learn(bits, at)
            split.append(bits[at:after])
            at = after
        if len(split) != count or at != end:
            raise NotPlain(f"{len(split)} macroblocks, not {count}")
        return split

    def _learn(self, bits: str, at: int) -> int:
        """Read the macroblock that begins here; returns where it ends."""
        _, end = _read(bits, at, self._head)
        if len(self._learnt) >= LEARNT_MOST:
            self._learnt.clear()  # cells of 4 px: as many as there are patterns
        self._learnt.add(bits[at:end])
        self._missed += 1
        if self._missed >= self._next_look and len(self._learnt) <= COMPILED_MOST:
            self._next_look *= 2
            self._known = re.compile(_any_of(self._learnt))
        return end


class _Beside(dict[str, tuple[Lines, "_Beside"]]):
    """From a macroblock's bits to its luma, beside one whose right edge has this mean; and who is next."""

    def __init__(self, edge: int, head: str, others: dict[int, "_Beside"]) -> None:
        super().__init__()
        self._edge, self._head, self._others = edge, head, others
        others[edge] = self

    def __missing__(self, one: str) -> tuple[Lines, "_Beside"]:
        levels, _ = _read(one, 0, self._head)
        matrix = np.zeros(16, np.int64)
        matrix[_ZIGZAG] = levels
        luma = self._edge + LUMA_STEP * (_HADAMARD @ matrix.reshape(4, 4) @ _HADAMARD)
        luma = luma.clip(0, 255)
        edge = (int(luma[:, 3].sum()) + 2) // 4
        if edge not in self._others:
            _Beside(edge, self._head, self._others)
        if len(self) >= LEARNT_MOST:
            self.clear()
        self[one] = luma.astype(np.uint8).tobytes(), self._others[edge]
        return self[one]


@cache
def macroblocks(*, intra: bool) -> Macroblocks:
    """The one reader of this process for such slices."""
    return Macroblocks(intra=intra)


def _any_of(words: Iterable[str]) -> str:
    """An expression for any of these words, none of which begins another: what they share stands once."""
    tree: Tree = {}
    for word in words:
        place = tree
        for bit in word:
            place = place.setdefault(bit, {})
    return _branch(tree)


def _branch(tree: Tree) -> str:
    straight = ""
    while len(tree) == 1:
        bit, tree = next(iter(tree.items()))
        straight += bit
    return straight + (f"(?:0{_branch(tree['0'])}|1{_branch(tree['1'])})" if tree else "")


# ---- by the book


def _read(bits: str, at: int, head: str) -> tuple[tuple[int, ...], int]:
    """The 16 levels of the macroblock that begins here, and where it ends."""
    if not bits.startswith(head, at):
        raise NotPlain("a macroblock of another type")
    count, ones, at = _token(bits, at + len(head))
    values, at = _values(bits, at, count, ones)
    levels = [0] * 16
    if count:
        zeros, at = _code(bits, at, cavlc.TOTAL_ZEROS[count - 1]) if count < 16 else (0, at)
        place = zeros + count - 1
        for k, value in enumerate(values):
            levels[place] = value
            run = 0
            if zeros and k < count - 1:
                run, at = _code(bits, at, cavlc.RUN_BEFORE[min(zeros, 7) - 1])
            zeros -= run
            place -= run + 1
            if zeros < 0:
                raise NotPlain("a run beyond the block")
    return tuple(levels), at


def _token(bits: str, at: int) -> tuple[int, int, int]:
    """Number of levels, trailing ones (9.2.1)."""
    for length in range(1, 17):
        if found := _TOKENS.get(bits[at : at + length]):
            return *found, at + length
    raise NotPlain("no coeff_token")


def _values(bits: str, at: int, count: int, ones: int) -> tuple[list[int], int]:
    """The levels that are not zero, the highest frequency first (9.2.2)."""
    values = [-1 if bit == "1" else 1 for bit in bits[at : at + ones]]
    at += ones
    suffix_length = 1 if count > 10 and ones < 3 else 0
    for k in range(ones, count):
        prefix = bits.find("1", at) - at
        at += prefix + 1
        size = suffix_length if prefix < 14 else 12 if prefix == 15 else suffix_length or 4
        if prefix < 0 or prefix > 15:
            raise NotPlain("a level beyond Baseline")
        code = (min(15, prefix) << suffix_length) + int(bits[at : at + size] or "0", 2) if size else prefix
        if prefix == 15 and suffix_length == 0:
            code += 15
        at += size
        if k == ones and ones < 3:
            code += 2
        value = (code + 2) >> 1 if code % 2 == 0 else (-code - 1) >> 1
        values.append(value)
        suffix_length = max(suffix_length, 1)
        if abs(value) > 3 << (suffix_length - 1) and suffix_length < 6:
            suffix_length += 1
    return values, at


_TOKENS = {
    f"{cavlc.TOKENS[count][ones]:0{cavlc.TOKEN_LENGTHS[count][ones]}b}": (count, ones)
    for count in range(17)
    for ones in range(min(count, 3) + 1)
}


def _code(bits: str, at: int, codes: Sequence[str]) -> tuple[int, int]:
    """Which of these codes stands here, and where it ends."""
    for number, code in enumerate(codes):
        if bits.startswith(code, at):
            return number, at + len(code)
    raise NotPlain("no such code")
