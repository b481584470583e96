"""What a scene is: two cameras that can be asked for the picture of any moment, in any order."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from fake_phones.scenes.course import Course

Facing = Literal["back", "front"]
# cv2's type stubs say of no array what its numbers are, hence Any.
Picture = NDArray[Any]
"""uint8, (height, width, 3), blue, green, red."""
Field = NDArray[Any]
"""float32, a number or three a pixel: (height, width) or (height, width, 3)."""


def f32(values: object) -> Field:
    """Numbers as float32."""
    return np.asarray(values, np.float32)


def as_picture(values: Field) -> Picture:
    """Numbers from 0 to 255, rounded down and clipped."""
    picture: Picture = np.clip(values, 0, 255).astype(np.uint8)
    return picture


class Shot(Protocol):
    """What one camera sees."""

    def frame(self, t_s: float) -> Picture:
        """The picture at `t_s` seconds into the scene: a pure function of it and of the course so far."""


@dataclass(frozen=True, slots=True)
class Take:
    """Who plays, in which size, and what is set: all that a scene is drawn from."""

    seed: int
    width: int
    height: int
    course: Course


@dataclass(frozen=True, slots=True)
class Scene:
    """A drawn place with somebody in it, deterministic in its name, seed, size, course, camera and time."""

    back: Shot
    front: Shot
    course: Course

    def frame(self, camera: Facing, t_s: float) -> Picture:
        """The picture of that camera at `t_s` seconds. Raises ValueError for another camera."""
        if camera == "back":
            return self.back.frame(t_s)
        if camera == "front":
            return self.front.frame(t_s)
        raise ValueError(f"camera {camera!r}: a phone has back and front")

    def change(self, t_s: float, parameter: str, value: object) -> None:
        """From `t_s` on the parameter has this value; frames before stay as they were.

        Raises ValueError for an unknown parameter, a value out of its limits (the message names the scene,
        the parameter and the limits), or a time before the last change.
        """
        self.course.change(t_s, parameter, value)
