"""Something in front of a canvas that comes and goes: a hand, water."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from fake_phones.scenes.lens import Region
from fake_phones.scenes.scene import Picture, as_picture
from fake_phones.scenes.solids import Solid
from fake_phones.scenes.stage import Scenery


@dataclass(frozen=True)
class Sprite:
    """A part of a canvas with how much it covers (0 to 255, three channels)."""

    region: Region
    picture: Picture
    cover: Picture

    def lay(self, canvas: Picture, right: float = 0.0, down: float = 0.0, share: float = 1.0) -> None:
        """Put it onto the canvas, so many pixels away from its place; `share` 0 = not to be seen."""
        rows, columns = self.region
        top, left = rows.start + round(down), columns.start + round(right)
        height, width = canvas.shape[:2]
        y0, y1 = max(top, 0), min(top + rows.stop - rows.start, height)
        x0, x1 = max(left, 0), min(left + columns.stop - columns.start, width)
        if y0 >= y1 or x0 >= x1 or share <= 0:
            return
        part = slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)
        cover, under = self.cover[part], canvas[y0:y1, x0:x1]
        shown = cv2.multiply(self.picture[part], cover, scale=share / 255)
        kept = cv2.multiply(under, cv2.addWeighted(cover, -share, cover, 0.0, 255.0), scale=1 / 255)
        cv2.add(shown, kept, dst=under)


def sprite(scenery: Scenery, behind: Sequence[Solid], solids: Sequence[Solid]) -> Sprite:
    """Solids cut out of the picture in which they stand before what is behind them."""
    stage = scenery.stage
    own, rest = stage.surface(solids), stage.surface(behind)
    scene = scenery.place.behind(rest).behind(own)
    seen = (own.depth <= scene.depth + 1e-5).astype(np.float32)
    fine = cv2.GaussianBlur(seen, (0, 0), 0.7)
    cover = cv2.resize(fine, stage.canvas_px, interpolation=cv2.INTER_AREA)
    rows, columns = np.flatnonzero(cover.max(1) > 0.01), np.flatnonzero(cover.max(0) > 0.01)
    region = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    whole = stage.picture(scene)
    return Sprite(region, whole[region].copy(), as_picture(np.repeat(255 * cover[region][..., None], 3, 2)))
