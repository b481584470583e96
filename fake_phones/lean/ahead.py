"""The strips of a film's next pictures, coded some at a time.

Coding one costs half as much right after another: code and tables are in the processor's caches, which the
other phones use in between. So a film that nothing disturbs codes some ahead. A picture is taken when it is
due, as by a camera, and its stamp says so; that it is sent a little later is the phone's own lateness.
"""

from collections import deque
from collections.abc import Callable, Sequence

from fake_phones.camera import Footage
from fake_phones.lean.clip import CodedPicture
from fake_phones.lean.payloads import together
from fake_phones.lean.splice import Splicer, StripRows
from fake_phones.stamp import Stamp
from fake_phones.stamp.layout import MODULUS

AHEAD_MOST = 15

Coming = Callable[[int], Sequence[CodedPicture]]
Taken = tuple[int, int, CodedPicture]
"""Slot, camera, picture: what a strip was coded for."""


class Ahead:
    """One film's strips, as RTP payloads."""

    def __init__(self, rows: StripRows, footage: Footage, fps: float) -> None:
        self._splicer = Splicer(rows)
        self._footage = footage
        self._fps = fps
        self._coded: deque[tuple[Taken, list[bytes]]] = deque()
        # since the last disturbance; films that begin together code ahead at different times
        self._undisturbed = footage.session % AHEAD_MOST
        self._next_slot = 0

    def strip(self, taken: Taken, due_s: float, frame: int, coming: Coming) -> list[bytes]:
        """The strip of the picture of this slot, which is frame number `frame` and was due at `due_s`.

        `coming` tells which pictures follow if nothing comes between (a missed slot, a key frame). When
        something does, what was coded for them is thrown away, and for a while nothing is coded ahead: in a
        machine that is too slow it would be for nothing.
        """
        slot, camera, picture = taken
        if slot != self._next_slot or (self._coded and self._coded[0][0] != taken):
            self._coded.clear()
            self._undisturbed = 0
        self._next_slot = slot + 1
        if not self._coded:
            more = AHEAD_MOST - 1 if self._undisturbed >= AHEAD_MOST else 0
            for k, each in enumerate([picture, *coming(more)]):
                units = self._units(camera, frame + k, due_s + k / self._fps, each)
                self._coded.append(((slot + k, camera, each), together(units)))
        self._undisturbed += 1
        return self._coded.popleft()[1]

    def _units(self, camera: int, frame: int, taken_s: float, picture: CodedPicture) -> list[bytes]:
        if self._footage.stamp_covered:
            return self._splicer.drawn(0, picture.stencil)
        stamp = Stamp(self._footage.session, camera, frame % MODULUS, int(taken_s * 1000) % MODULUS)
        return self._splicer.units(stamp, picture.stencil)
