"""Is a part of somebody else's picture in what a viewer sees? Evidence over the frames; pure: now is told.

A stamp that shows through names its session in a single frame, loss or not. Evidence without a name (wrong
cells, thin margins, foreign content) is what loss looks like too: it counts only while the picture has been
whole for a while, and only when it comes again.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fake_phones.board import Pictured
from fake_phones.content import Mask, foreign
from fake_phones.stamp import Reading, Stamp, Strip
from fake_phones.stamp.beneath import Bits, Cells, Source, cut_columns, source_beneath, without
from fake_phones.stamp.layout import MODULUS, drawn
from fake_phones.stamp.reader import SUSPICIOUS_CELLS, SUSPICIOUS_Q25, Plane
from fake_phones.stamp.register import CAMERAS, Register, static_cells
from fake_phones.thumbnail import COLUMNS, ROWS, thumbnail
from fake_phones.tracing import source_of
from fake_phones.witness import Witness

Kind = Literal["blended", "cut", "content"]

LOOK_CLOSER_Q25 = 0.96  # a blend of 5 % has 0.95
DECODE_Q25 = 0.87  # one of 12 %; below that share nothing can be decoded
WHOLE_AFTER_S = 2.0  # a picture is whole so long after a gap: a key frame has come by then
CELL_PX_AT_LEAST = 2  # as received; the margins of smaller cells are thin anyway
FRAMES_SEEN, FRAMES_SURE = 5, 3  # evidence in so many of the last frames is an alarm
NAMED_FOR_S = 3.0
TRACE_EVERY_S = 0.5  # looking through all sessions' pictures is dear


@dataclass(frozen=True, slots=True)
class Leak:
    """A frame with a part of another picture; `source` is None when nobody could be named."""

    kind: Kind
    source: Source | None


class Leaks:
    """Looks for one viewer, who should see nothing but session `mine` in frames of this nominal size."""

    def __init__(self, mine: int, strip: Strip, register: Register, witness: Witness) -> None:
        self._mine = mine
        self._strip = strip
        self._register = register
        self._witness = witness
        self._statics = [static_cells(mine, camera) for camera in range(CAMERAS)]
        self._whole = _Whole()
        self._seen: dict[Kind, deque[bool]] = {}
        self._named: tuple[Source, float] | None = None
        self._cuts: deque[Source | None] = deque(maxlen=FRAMES_SEEN)
        self._trace_at_s = float("-inf")

    def look(self, reading: Reading, luma: Plane | None, now_s: float) -> Leak | None:
        """Judge a frame. None for one that is clean, not sure, or as a whole somebody else's.

        To be told of every frame in turn; of one that was not decoded there is no luma. Of one whose stamp
        was not looked for either `pass_by` is told.
        """
        stamp, cells = reading.stamp, reading.cells
        whole = self._whole.after(stamp, now_s)
        if stamp is not None and stamp.session != self._mine:
            return None
        if cells is not None and (leak := self._by_name(reading, cells, now_s)):
            return leak
        if stamp is None or cells is None or luma is None or not whole:
            return None
        return self._by_evidence(reading, stamp, cells, luma, now_s)

    def pass_by(self) -> None:
        """A frame came whole, and nobody looked at it: the gap in what is read is no loss."""
        self._whole.passed_by += 1

    def _by_name(self, reading: Reading, cells: Cells, now_s: float) -> Leak | None:
        """A session whose cells show through, or fill a part of the strip in frame after frame."""
        kind: Kind = "cut" if reading.wrong_cells >= SUSPICIOUS_CELLS else "blended"
        cut = None
        if _is_odd(reading):
            own = self._own(reading, cells)
            if source := self._beneath(reading, cells[: own.size], own):
                return self._named_leak(kind, source, now_s)
            if reading.stamp is None or kind == "cut":
                cut = self._cut(cells[: own.size], own)
        self._cuts.append(cut)
        return self._named_leak("cut", cut, now_s) if cut and self._cuts.count(cut) >= FRAMES_SURE else None

    def _own(self, reading: Reading, cells: Cells) -> Bits:
        """The cells as I should see them: of an unread strip the static ones of my likelier camera."""
        if reading.stamp:
            return drawn(reading.stamp)[: cells.size]
        centred = cells - cells.mean()
        scores = [float((s * 2.0 - 1.0) @ centred[: s.size]) for s in self._statics]
        return self._statics[int(np.argmax(scores))]

    def _beneath(self, reading: Reading, cells: Cells, own: Bits) -> Source | None:
        left = without(cells, own)
        source = self._register.showing(left, self._mine)
        if reading.stamp is None or reading.margin_q25 < DECODE_Q25:
            decoded = source_beneath(left)
            source = decoded if decoded and decoded.session != self._mine else source
        return source

    def _cut(self, cells: Cells, own: Bits) -> Source | None:
        light, window = self._window(cells, own)
        return self._register.cut_in(light, self._strip.columns, window, self._mine) if window else None

    def _window(self, cells: Cells, own: Bits) -> tuple[Bits, tuple[int, int] | None]:
        """Which cells are light, and the columns where they are not as they should be."""
        light = cells > (cells[own].mean() + cells[~own].mean()) / 2
        return light, cut_columns(light != own, self._strip.columns)

    def _by_evidence(
        self, reading: Reading, stamp: Stamp, cells: Cells, luma: Plane, now_s: float
    ) -> Leak | None:
        own = self._witness.picture(self._mine, stamp.camera, stamp.frame)
        mask = foreign(thumbnail(luma, self._strip.share), own) if own is not None else None
        large = luma.shape[1] >= CELL_PX_AT_LEAST * self._strip.columns
        evidence: dict[Kind, bool] = {
            "cut": large and reading.wrong_cells >= SUSPICIOUS_CELLS,
            "blended": large and reading.margin_q25 < SUSPICIOUS_Q25,
            "content": mask is not None,
        }
        sure = [kind for kind, is_there in evidence.items() if self._again(kind, is_there)]
        if not sure:
            return None
        if own is not None and now_s >= self._trace_at_s:
            if mask is None and sure[0] == "cut":
                mask = self._cut_mask(cells, drawn(stamp)[: cells.size])
            if mask is not None:
                self._trace(Pictured(self._mine, stamp.camera, stamp.frame, own), mask, luma, now_s)
        known = self._named and now_s - self._named[1] <= NAMED_FOR_S
        return Leak(sure[0], self._named[0] if self._named and known else None)

    def _again(self, kind: Kind, is_there: bool) -> bool:
        """This kind of evidence is in this frame and in enough of the last ones."""
        last = self._seen.setdefault(kind, deque(maxlen=FRAMES_SEEN))
        last.append(is_there)
        return is_there and sum(last) >= FRAMES_SURE

    def _cut_mask(self, cells: Cells, own: Bits) -> Mask | None:
        """The blocks above the wrong columns of the strip."""
        _, window = self._window(cells, own)
        if window is None:
            return None
        mask = np.zeros((ROWS, COLUMNS), np.bool_)
        first, last = (round(edge * COLUMNS / self._strip.columns) for edge in window)
        mask[:, first:last] = True
        return mask if last > first else None

    def _trace(self, own: Pictured, mask: Mask, luma: Plane, now_s: float) -> None:
        self._trace_at_s = now_s + TRACE_EVERY_S
        pictures = [own, *self._witness.others(self._mine)]
        source = source_of(luma, self._strip.share, mask, pictures)
        if source and source.session != self._mine:
            self._named = source, now_s

    def _named_leak(self, kind: Kind, source: Source, now_s: float) -> Leak:
        self._named = source, now_s
        return Leak(kind, source)


class _Whole:
    """Has the picture been whole for a while? After a gap in the frame numbers (loss on any part of the way,
    aiortc shows no frame that misses a packet), an unread strip or another camera, it may be broken.
    """

    def __init__(self) -> None:
        self.passed_by = 0
        """Frames since the last one that was read, which nobody tried to read."""
        self._last: tuple[int, int] | None = None
        self._from_s = float("-inf")

    def after(self, stamp: Stamp | None, now_s: float) -> bool:
        if stamp is None:
            self._broken(now_s)
        else:
            last, self._last = self._last, (stamp.camera, stamp.frame)
            follows = (stamp.camera, (stamp.frame - 1 - self.passed_by) % MODULUS)
            self.passed_by = 0
            if last is not None and last != follows:  # a stale stamp repeats
                self._broken(now_s)
        return now_s >= self._from_s

    def _broken(self, now_s: float) -> None:
        self._from_s = now_s + WHOLE_AFTER_S


def _is_odd(reading: Reading) -> bool:
    return reading.stamp is None or reading.wrong_cells > 0 or reading.margin_q25 < LOOK_CLOSER_Q25
