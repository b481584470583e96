"""What all cameras of a farm filmed lately, small, in memory that its processes share.

Read only while an alarm looks for whose picture it is. Each process writes in a region of its own. The memory
has no name, so that nothing of it is left when they end, however that comes.
"""

import mmap
import os
import threading
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from fake_phones.thumbnail import COLUMNS, ROWS, Thumbnail

PANELS = 2048  # one for each camera of a process; what more cameras film is not on the board
PICTURES = 8  # on each panel
READ_AT_MOST = 4000

_HEAD = np.dtype([("session", "<u8"), ("camera", "<u4"), ("frames", "<u4", PICTURES)])
"""`frames` are one more than the frames' numbers; 0: there is no picture."""
_HEADS_BYTES = PANELS * _HEAD.itemsize
REGION_BYTES = _HEADS_BYTES + PANELS * PICTURES * ROWS * COLUMNS  # 15 MB; only what is used takes memory


class Pictured(NamedTuple):
    """One filmed frame."""

    session: int
    camera: int
    frame: int
    thumbnail: Thumbnail


class Board:
    """`memory` has one or more regions; this process writes in that of this number, from 0 on."""

    def __init__(self, memory: mmap.mmap, region: int = 0) -> None:
        octets = np.frombuffer(memory, np.uint8).reshape(-1, REGION_BYTES)
        self._heads = [region[:_HEADS_BYTES].view(_HEAD) for region in octets]
        self._pictures = [region[_HEADS_BYTES:].reshape(PANELS, PICTURES, ROWS, COLUMNS) for region in octets]
        self._region = region
        self._free = [*range(PANELS)]
        self._lock = threading.Lock()  # between this process's threads

    @classmethod
    def alone(cls) -> Self:
        """Of a farm that is one process."""
        return cls(mmap.mmap(-1, REGION_BYTES))

    @classmethod
    def shared(cls, file: int, region: int) -> Self:
        """Of a process that has this descriptor of `shared_file`. Raises ValueError or OSError."""
        regions = os.fstat(file).st_size // REGION_BYTES
        if not 0 <= region < regions:
            raise ValueError(f"region {region} of a board that has {regions}")
        return cls(mmap.mmap(file, regions * REGION_BYTES), region)

    def panel(self, session: int, camera: int) -> "Panel | None":
        """An empty one for this camera; None when the board is full."""
        with self._lock:
            if not self._free:
                return None
            place = self._free.pop()
            head = self._heads[self._region][place]
            head["session"], head["camera"] = session, camera
        take_down = partial(self._take_down, place, head["frames"])
        return Panel(head["frames"], self._pictures[self._region][place], self._lock, take_down)

    def _take_down(self, place: int, frames: NDArray[np.uint32]) -> None:
        frames[:] = 0
        self._free.append(place)

    def others(self, session: int) -> list[Pictured]:
        """What the other sessions filmed lately; a part of it, evenly, where it is much."""
        heads = [region.copy() for region in self._heads]
        shown = [np.argwhere((it["frames"] > 0) & (it["session"] != session)[:, None]) for it in heads]
        step = -(-sum(map(len, shown)) // READ_AT_MOST) or 1
        found = []
        for before, now, pictures, places in zip(heads, self._heads, self._pictures, shown, strict=True):
            panels, n = places[::step].T
            thumbnails, sessions = pictures[panels, n], before["session"][panels]
            is_still = now["session"][panels] == sessions  # else the panel is another camera's by now
            numbers = sessions, before["camera"][panels], before["frames"][panels, n] - 1
            told = zip(*(column.tolist() for column in numbers), thumbnails, strict=True)
            found += [Pictured(*one) for one, still in zip(told, is_still, strict=True) if still]
        return found


class Panel:
    """The last pictures of one camera that were put up."""

    def __init__(
        self,
        frames: NDArray[np.uint32],
        pictures: NDArray[np.uint8],
        lock: threading.Lock,
        take_down: Callable[[], None],
    ) -> None:
        self._frames, self._pictures, self._lock, self._take_down = frames, pictures, lock, take_down
        self._next = 0
        self._over = False

    def put_up(self, frame: int, small: Thumbnail) -> None:
        """In the place of the oldest."""
        with self._lock:
            if self._over:
                return
            n, self._next = self._next, (self._next + 1) % PICTURES
            self._frames[n] = 0
            self._pictures[n] = small
            self._frames[n] = frame + 1

    def take_down(self) -> None:
        """All of them, for good."""
        with self._lock:
            if not self._over:
                self._over = True
                self._take_down()


def shared_file(regions: int) -> int:
    """Memory for so many processes, as a descriptor; the caller closes it."""
    file = os.memfd_create("board")
    os.ftruncate(file, regions * REGION_BYTES)
    return file
