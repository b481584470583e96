"""Two pictures in one, as a relay gone wrong may show them. For unsafe faults only."""

from collections.abc import Callable, Iterator

import numpy as np

from lean_rtc import I420

Compose = Callable[[I420, I420], I420]
"""From a viewer's own picture and a foreign one of the same size."""


def blended(share: float) -> Compose:
    """The other picture shines through."""

    def compose(mine: I420, theirs: I420) -> I420:
        mixed = (1 - share) * mine.astype(np.float32) + share * theirs.astype(np.float32)
        return np.rint(mixed).astype(np.uint8)

    return compose


def tiled(share: float) -> Compose:
    """The upper right corner is the other picture's: so much of the area, nothing of the stamp's strip."""

    def compose(mine: I420, theirs: I420) -> I420:
        height, width = mine.shape[0] * 2 // 3, mine.shape[1]
        rows, columns = (int(side * share**0.5) // 4 * 4 for side in (height, width))
        made = mine.copy()
        made[:rows, width - columns :] = theirs[:rows, width - columns :]
        for mine_c, theirs_c in zip(_chroma(made), _chroma(theirs), strict=True):
            mine_c[: rows // 2, (width - columns) // 2 :] = theirs_c[: rows // 2, (width - columns) // 2 :]
        return made

    return compose


def _chroma(picture: I420) -> Iterator[I420]:
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    for plane in picture.reshape(-1)[height * width :].reshape(2, -1):
        yield plane.reshape(height // 2, width // 2)
