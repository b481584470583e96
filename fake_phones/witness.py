"""What the cameras really filmed, small: to see whether a received picture shows something else.

A viewer asks a `Witness` for the thumbnail of the frame that a stamp names. `Filmed` is the one for phones in
this process: those that draw tell it what they drew, those that send clips which frame of a clip it was.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 40, 22
SAMPLES = 4  # by this many, each way, in a block: a twentieth of the cost of a true mean
FRAMES_KEPT = 300  # of each camera; a film that loops has fewer
OTHERS_EACH, OTHERS_STEP = 8, 4  # frames of each camera to compare with: the last two seconds
OTHERS_AT_MOST = 4000

Plane = NDArray[np.uint8]
Thumbnail = NDArray[np.uint8]
"""Of (22, 40): the mean luma of the blocks of a picture above its strip."""


class Pictured(NamedTuple):
    """One filmed frame."""

    session: int
    camera: int
    frame: int
    thumbnail: Thumbnail


class Witness(Protocol):
    """Knows what was filmed."""

    def picture(self, session: int, camera: int, frame: int) -> Thumbnail | None:
        """What this camera filmed as this frame; None when that is not known, or not any more."""

    def others(self, session: int) -> list[Pictured]:
        """What the other sessions filmed lately: some frames of each camera, no need of every one."""


def thumbnail(luma: Plane, strip_share: float) -> Thumbnail:
    """The thumbnail of a luma plane of any size, whose lowest part (0 to 1) is the strip. 20 us."""
    content = luma[: round(luma.shape[0] * (1 - strip_share))]
    samples = cv2.resize(content, (COLUMNS * SAMPLES, ROWS * SAMPLES), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(samples, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), np.uint8)


class Filmed:
    """The witness for the phones of this process. Told from the threads that draw, asked from the loop."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], dict[int, Pictured]] = {}
        self._newest: dict[tuple[int, int], int] = {}

    def filmed(self, session: int, camera: int, frame: int, luma: Plane, strip_share: float) -> None:
        """A camera took this frame. Keeps its thumbnail; 25 us."""
        self.keep(session, camera, frame, thumbnail(luma, strip_share))

    def keep(self, session: int, camera: int, frame: int, small: Thumbnail) -> None:
        """The same, for a clip that was made small before; 1 us. The last frames of each camera are kept."""
        kept = self._kept.setdefault((session, camera), {})
        kept[frame % FRAMES_KEPT] = Pictured(session, camera, frame, small)
        self._newest[session, camera] = frame

    def forget(self, session: int) -> None:
        """This session is over, and nobody looks at it any more."""
        for key in [key for key in self._kept if key[0] == session]:
            self._kept.pop(key, None)
            self._newest.pop(key, None)

    def picture(self, session: int, camera: int, frame: int) -> Thumbnail | None:
        pictured = self._kept.get((session, camera), {}).get(frame % FRAMES_KEPT)
        return pictured.thumbnail if pictured and pictured.frame == frame else None

    def others(self, session: int) -> list[Pictured]:
        found = [*self._others(session)]
        return found[:: -(-len(found) // OTHERS_AT_MOST) or 1]

    def _others(self, session: int) -> Iterator[Pictured]:
        for (filming, camera), newest in list(self._newest.items()):
            if filming != session:
                frames = (newest - OTHERS_STEP * k for k in range(OTHERS_EACH))
                found = ((frame, self.picture(filming, camera, frame)) for frame in frames)
                yield from (Pictured(filming, camera, frame, t) for frame, t in found if t is not None)
