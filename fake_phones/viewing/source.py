"""What a phone's camera took, drawn again: a scene is the same whenever it is drawn from the same seed."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fake_phones.camera import FACINGS
from fake_phones.lean.coding import GUARD_PX
from fake_phones.lean.library import CLIP_S
from fake_phones.lean.splice import MB
from fake_phones.scenes import Facing, scene
from fake_phones.stamp import Strip
from fake_phones.thumbnail import thumbnail
from fake_phones.viewing.quality import Quality, quality

SLOTS_TRIED = 3  # a phone may have missed pictures since the last look

Luma = NDArray[np.uint8]


class Source:
    """Draws a phone's scene again to hold received pictures against it. Slow: for a thread of its own.

    `loops`: the phone is a lean one and films a clip; which of its pictures a frame is, is seen from the
    picture. Else the scene's time goes on with the frame numbers, later by as much as the phone missed. What
    was changed about a scene while it was filmed is not drawn.
    """

    def __init__(self, name: str, seed: int, width: int, height: int, fps: float, *, loops: bool) -> None:
        self._scene = scene(name, seed, width, height)
        self._strip = Strip.of(width, height)
        self._fps, self._loops = fps, loops
        self._missed = dict.fromkeys(FACINGS, 0)  # pictures, so far
        self._clips: dict[Facing, Sequence[Luma]] = {}

    def quality(self, received: Luma, camera: Facing, frame: int) -> Quality:
        """Of a decoded luma plane of any size, without the stamp's strip."""
        content = self._content(received)
        size = content.shape[1], content.shape[0]
        near = [self._sized(picture, size) for picture in self._candidates(received, camera, frame)]
        errors = [float(cv2.norm(content, picture, cv2.NORM_L1)) for picture in near]
        best = int(np.argmin(errors))
        if not self._loops:
            self._missed[camera] += best
        return quality(content, near[best])

    def _candidates(self, received: Luma, camera: Facing, frame: int) -> list[Luma]:
        if not self._loops:
            first = frame + self._missed[camera]
            return [self._drawn(camera, first + k) for k in range(SLOTS_TRIED)]
        clip = self._clips.get(camera)
        if clip is None:
            clip = self._clips[camera] = [self._drawn(camera, n) for n in range(round(CLIP_S * self._fps))]
        seen = thumbnail(received, self._strip.share).astype(np.int16)
        off = [np.abs(thumbnail(picture, self._strip.share) - seen).mean() for picture in clip]
        return [clip[k] for k in np.argsort(off)[:SLOTS_TRIED]]

    def _drawn(self, camera: Facing, slot: int) -> Luma:
        bgr = self._scene.frame(camera, slot / self._fps)
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420)[: bgr.shape[0]], np.uint8)

    def _content(self, luma: Luma) -> Luma:
        """Without the strip, and the guard that a lean phone has above it."""
        strip = -(-self._strip.height // MB) * MB + GUARD_PX
        height = luma.shape[0]
        return luma[: height - round(strip * height / self._strip.frame_height)]

    def _sized(self, picture: Luma, size: tuple[int, int]) -> Luma:
        content = self._content(picture)
        if content.shape == size[::-1]:
            return content
        return np.asarray(cv2.resize(content, size, interpolation=cv2.INTER_AREA), np.uint8)
