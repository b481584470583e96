"""A handset's two cameras: a drawn scene with the stamp on every frame, as the encoder wants it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from fake_phones.scenes import Facing, scene
from fake_phones.stamp import Stamp, StampWriter
from fake_phones.witness import Filmed

FACINGS: tuple[Facing, Facing] = ("back", "front")  # a stamp says the index
MS_MODULUS = 1 << 24  # the stamp's clock: CLOCK_MONOTONIC milliseconds, modulo
THUMB_YUV = (112, 108, 158)  # skin, video range

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Footage:
    """What a phone films: which scene, in whose name, in which size."""

    scene: str
    scene_seed: int
    session: int
    width: int = 640
    height: int = 360
    stamp_covered: bool = False
    parameters: Mapping[str, object] = field(default_factory=dict, hash=False)
    """What is set about the scene from its beginning."""
    witness: Filmed | None = field(default=None, compare=False, repr=False)
    """Is told what was filmed."""


class Cameras:
    """Draws frames; pure of pacing: the caller says which frame and when."""

    def __init__(self, footage: Footage) -> None:
        self._footage = footage
        self._scene = scene(
            *(footage.scene, footage.scene_seed, footage.width, footage.height), footage.parameters
        )
        self._began_s: float | None = None
        self._stamp = StampWriter(footage.width, footage.height)

    def scene_s(self, at_s: float) -> float:
        """Time in the scene: it begins when this is first asked, and goes on when a page is loaded anew."""
        if self._began_s is None:
            self._began_s = at_s
        return at_s - self._began_s

    def change(self, parameter: str, value: object, at_s: float) -> None:
        """Set this about the scene from `at_s` on; before the first frame: from the beginning.

        Raises ValueError that names the scene, the parameter and its limits.
        """
        self._scene.change(0.0 if self._began_s is None else self.scene_s(at_s), parameter, value)

    def shoot(self, facing: Facing, frame: int, t_s: float, captured_s: float) -> Picture:
        """An I420 picture of the scene at `t_s`, stamped as frame number `frame`, taken at `captured_s`."""
        bgr = self._scene.frame(facing, t_s)
        picture: Picture = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8)
        time_ms = int(captured_s * 1000) % MS_MODULUS
        stamp = Stamp(self._footage.session, FACINGS.index(facing), frame % MS_MODULUS, time_ms)
        self._stamp.draw_i420(picture, stamp)
        if self._footage.stamp_covered:
            cover(picture)
        if witness := self._footage.witness:
            luma = picture[: self._footage.height]
            witness.filmed(stamp.session, stamp.camera, stamp.frame, luma, self._stamp.strip.share)
        return picture


def cover(i420: Picture) -> None:
    """Lay a thumb over the middle of the bottom edge, where the stamp is."""
    height, width = i420.shape[0] * 2 // 3, i420.shape[1]
    chroma = i420[height:].reshape(2, height // 2, width // 2)
    for plane, value in zip((i420[:height], *chroma), THUMB_YUV, strict=True):
        h, w = plane.shape
        cv2.ellipse(plane, (w // 2, h), (int(0.38 * w), h // 4), 0, 0, 360, value, cv2.FILLED)
