"""All sessions of the lab, with their cells, to ask which of them shows through in a frame.

Cells of another session are as good as coin tosses to a residual that is not made of them, because a session
is a random number. Taken as independent, one scores above z with a chance of at most exp(-z²/2) (Hoeffding):
at z = 8 and 4 000 blocks 5e-11 for a frame. The measured tails are thinner than the normal distribution's.
"""

from collections.abc import Iterable, Iterator
from math import comb, log2

import numpy as np
from numpy.typing import NDArray

from fake_phones.stamp.beneath import STATIC_CELLS, Bits, Cells, Source
from fake_phones.stamp.layout import STATIC_BYTES, WHITENING, static_block

SCORE_AT_LEAST = 8.0  # the highest there is: 12.6, the root of the cells that are compared
CUT_BITS_AT_LEAST = 24.0  # coin tosses name somebody in one of 16 million frames with wrong cells
CAMERAS = 2
SESSIONS_COMPARED = 2000  # the newest; older ones are known by their number alone
SAID = slice(8, STATIC_CELLS)  # the first byte, version and camera, is the same for half of all blocks


class Register:
    """Sessions to be known. Like a set of numbers: `add`, `update`, `in`, `len`."""

    def __init__(self, sessions: Iterable[int] = ()) -> None:
        self._known: set[int] = set()
        self._compared: list[int] = []
        self._blocks = np.zeros((0, SAID.stop - SAID.start), np.float32)
        self.update(sessions)

    def __contains__(self, session: object) -> bool:
        return session in self._known

    def __iter__(self) -> Iterator[int]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def add(self, session: int) -> None:
        """Know this session, with both cameras. Again: nothing more."""
        if session in self._known:
            return
        place = len(self._known) % SESSIONS_COMPARED
        self._known.add(session)
        if place == len(self._compared):
            self._compared.append(session)
        self._compared[place] = session
        if place * CAMERAS >= len(self._blocks):
            more = np.zeros((max(64, len(self._blocks)), self._blocks.shape[1]), np.float32)
            self._blocks = np.concatenate([self._blocks, more])
        for camera in range(CAMERAS):
            self._blocks[place * CAMERAS + camera] = static_cells(session, camera)[SAID] * 2.0 - 1.0

    def update(self, sessions: Iterable[int]) -> None:
        for session in sessions:
            self.add(session)

    def showing(self, left: Cells, but: int) -> Source | None:
        """The session whose cells are in what is left of a strip, looked for among all but one."""
        part = left[SAID]
        strength = float(np.sqrt(part @ part))
        if strength < 1e-3 or not self._known:
            return None
        scores = self._blocks @ part
        self._leave_out(scores, but, -np.inf)
        best = int(scores.argmax())
        return self._source(best) if scores[best] >= SCORE_AT_LEAST * strength else None

    def cut_in(self, light: Bits, columns: int, window: tuple[int, int], but: int) -> Source | None:
        """The session whose static cells fill these columns, where they are enough to name one."""
        column = np.arange(STATIC_CELLS) % columns
        inside = np.flatnonzero((column >= window[0]) & (column < window[1]))
        inside = inside[inside >= SAID.start]
        if not inside.size or not self._known:
            return None
        seen = light[inside] * 2.0 - 1.0
        wrong = (inside.size - self._blocks[:, inside - SAID.start] @ seen) / 2
        self._leave_out(wrong, but, inside.size)
        best = int(wrong.argmin())
        return self._source(best) if self._bits(inside.size, int(wrong[best])) >= CUT_BITS_AT_LEAST else None

    def _bits(self, cells: int, wrong: int) -> float:
        """How sure a match of all but `wrong` cells is, in bits beyond chance among all blocks."""
        if wrong * 8 > cells:
            return 0.0
        ways = sum(comb(cells, k) for k in range(wrong + 1))
        return cells - log2(ways) - log2(len(self._blocks))

    def _leave_out(self, scores: NDArray[np.floating], but: int, worst: float) -> None:
        scores[len(self._compared) * CAMERAS :] = worst
        if but in self._known and but in self._compared:
            place = self._compared.index(but) * CAMERAS
            scores[place : place + CAMERAS] = worst

    def _source(self, block: int) -> Source:
        return Source(self._compared[block // CAMERAS], block % CAMERAS)


def static_cells(session: int, camera: int) -> Bits:
    """Which of the static cells are light: the same in all frames of a session and camera."""
    block = np.frombuffer(static_block(session, camera), np.uint8)
    return np.unpackbits(block ^ np.frombuffer(WHITENING[:STATIC_BYTES], np.uint8)).view(np.bool_)
