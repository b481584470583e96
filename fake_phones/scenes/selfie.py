"""The front camera: the caller's face, which talks, blinks, worries and looks up from the phone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import sin, tau

import cv2
import numpy as np

from draws import uniform
from fake_phones.scenes import backdrop
from fake_phones.scenes.body import Arm, Body, Clothes, Leg, Pose, indoors
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld, margin_px
from fake_phones.scenes.head import Frame
from fake_phones.scenes.lens import Region, Vec, unit, vec
from fake_phones.scenes.light import Lamp, Light, Sky
from fake_phones.scenes.person import Person, person
from fake_phones.scenes.scene import Field, Picture
from fake_phones.scenes.solids import FAR, Capsule, Solid
from fake_phones.scenes.stage import Movement, Stage, movement
from fake_phones.scenes.surface import Surface

BLINK_EVERY_S, BLINK_LASTS_S = 3.4, 0.16
GLANCE_EVERY_S, GLANCE_LASTS_S = 5.2, 1.3
EYES, MOUTH = (0.064, 0.040), (0.046, 0.056)
"""Half width and half height (m) of the parts of a face that move."""


@dataclass(frozen=True)
class Face:
    """A caller's face before a background, as a canvas with its moving parts."""

    base: Picture
    mouth: Movement
    eyes: Movement
    aside: Movement
    """The eyes while they look past the phone."""
    pull: Field
    """How much each place of a frame moves with the head, 0 to 1."""
    relief: Field
    """How near each place is, 0 (ears) to 1 (nose): turning the head moves what is near."""


@dataclass(frozen=True)
class Selfie:
    """A shot of a face through the phone that it holds."""

    hand: Handheld
    face: Face
    calm: float = 0.0
    """0 = talks and looks about in distress; 1 = hardly moves."""

    def frame(self, t_s: float) -> Picture:
        canvas = self.face.base.copy()
        self.face.mouth.lay(canvas, self._mouth(t_s))
        eyes = self.face.aside if self._glances(t_s) else self.face.eyes
        eyes.lay(canvas, self._closed(t_s))
        x, y = self._map(t_s)
        seen = cv2.remap(canvas, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return self.hand.sensed(seen, t_s)

    def _map(self, t_s: float) -> tuple[Field, Field]:
        """Where in the canvas each pixel of the frame is taken from: sway, and the head's own movement."""
        place, (height, width) = self.hand.place(t_s), self.face.pull.shape
        across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        step = self.hand.width / 640
        turn = 10 * step * (self.hand.sway(7, t_s) + (0.5 if self._glances(t_s) else 0.0))
        nod = 5 * step * (self.hand.sway(8, t_s) + 0.25 * self._mouth(t_s))
        maps = []
        for (p, q, r), shift in zip(place, (turn, nod), strict=True):
            at = np.add.outer(q * down, p * across + r)
            at = cv2.scaleAdd(self.face.pull, -0.5 * shift, at)
            maps.append(cv2.scaleAdd(self.face.relief, -shift, at))
        return maps[0], maps[1]

    def _mouth(self, t_s: float) -> float:
        """How far it is open: syllables, in sentences with pauses between."""
        speaks = 0.5 + 0.5 * sin(tau * 0.21 * t_s + 1 + self.hand.seed % 7) + 0.25 * sin(tau * 0.53 * t_s)
        syllable = 0.55 + 0.45 * sin(tau * 4.1 * t_s + 1.6 * sin(tau * 0.9 * t_s))
        return (1 - self.calm) * min(1.0, max(0.0, 1.8 * speaks - 0.45)) * syllable

    def _closed(self, t_s: float) -> float:
        """How far the eyelids are down."""
        return max(0.0, 1 - abs(t_s - self._event("blink", BLINK_EVERY_S, t_s)) / (BLINK_LASTS_S / 2))

    def _glances(self, t_s: float) -> bool:
        return abs(t_s - self._event("glance", GLANCE_EVERY_S, t_s)) < GLANCE_LASTS_S / 2

    def _event(self, what: str, every_s: float, t_s: float) -> float:
        """The time of the event in this period: one each, somewhere in its middle half."""
        k = int(t_s // every_s)
        return every_s * (k + 0.25 + 0.5 * uniform(self.hand.seed, f"selfie.{what}", "caller", k & 0xFFFF))


def face(
    who: Person,
    clothes: Clothes,
    stage: Stage,
    backdrop: Solid,
    distress: float = 0.8,
    headwear: Callable[[Frame], list[Solid]] | None = None,
) -> Face:
    """Draw a face before a backdrop."""
    body = Body(who, holding_a_phone(), clothes, Expression(worry=distress), paint_px_per_m=1500)
    if headwear:
        body = replace(body, headwear=headwear(body.head_frame))
    place, bust = stage.surface([backdrop]), stage.surface(_bust(body))
    base = stage.picture(place.behind(bust))

    def part(
        half: tuple[float, float], up: float, change: Callable[[float], Expression], levels: int
    ) -> Movement:
        region = _region(stage, body.head_frame.at(0, up, 0.085), half)
        return movement(
            stage, place, base, lambda level: _bust(replace(body, doing=change(level))), levels, region
        )

    calm = body.doing
    return Face(
        base,
        part(MOUTH, -0.078, lambda k: replace(calm, mouth_open=0.85 * k), 3),
        part(EYES, 0.006, lambda k: replace(calm, eyes_open=1 - k), 2),
        part(EYES, 0.006, lambda k: replace(calm, eyes_open=0.94 - 0.94 * k, gaze=(0.9, 0.35)), 2),
        *_depths(stage, bust),
    )


def holding_a_phone() -> Pose:
    """Upright, facing -y; the arms are out of the picture."""
    torso = Frame.of(vec(0, 0, 0), vec(0, 0.04, 1), vec(0, -1, 0))
    out, front = torso.axes[0], torso.axes[2]
    left, right = (Arm(torso.at(k * 0.24, -0.02, 0.05), k * out, vec(0, 0, -1), -k * out) for k in (1, -1))
    left_leg, right_leg = (Leg(torso.at(k * 0.09, -0.9, 0), front, front) for k in (1, -1))
    return Pose(torso, unit(vec(0.03, -0.03, 1)), unit(vec(0.05, -1, 0)), left, right, left_leg, right_leg)


def phone_eye() -> tuple[Vec, Vec]:
    """Where the phone is, at arm's length a little below the eyes, and where it points."""
    return vec(0.03, -0.70, 0.70), vec(0.0, 0.0, 0.665)


def _bust(body: Body) -> list[Solid]:
    """What of the body can be in the picture."""
    return [
        solid
        for solid in body.solids()
        if not (isinstance(solid, Capsule) and max(solid.a[2], solid.b[2]) < 0.2)
    ]


def _region(stage: Stage, centre: Vec, half: tuple[float, float]) -> Region:
    x, y, reach = stage.lens.spot(centre, 1e-3)
    across, down = (reach / 1.2e-3 * side for side in half)
    return stage.coarse(slice(int(y - down), int(y + down)), slice(int(x - across), int(x + across)))


def _depths(stage: Stage, bust: Surface) -> tuple[Field, Field]:
    """`pull` and `relief` of a face, in the frame's pixels."""
    margin = margin_px(stage.width, stage.height)
    body = (bust.depth < FAR).astype(np.float32)
    ears = float(bust.depth.min()) + 0.11
    relief = np.clip((ears - bust.depth) / 0.11, 0, 1)

    def framed(fine: Field, soft_px: float) -> Field:
        coarse = cv2.resize(fine, stage.canvas_px, interpolation=cv2.INTER_AREA)
        soft = cv2.GaussianBlur(coarse, (0, 0), soft_px * stage.width / 640)
        return np.ascontiguousarray(soft[margin : margin + stage.height, margin : margin + stage.width])

    return framed(body, 30), framed(relief, 4)


def indoors_selfie(seed: int, width: int, height: int) -> Selfie:
    """The caller in a living room by day."""
    return Selfie(Handheld(seed, "front", width, height, 0.9), _indoors(seed, width, height))


@lru_cache(maxsize=8)
def _indoors(seed: int, width: int, height: int) -> Face:
    who = person(seed, "caller")
    eye, target = phone_eye()
    window = Lamp(vec(-1.5, -0.5, 1.25), (4.3, 4.7, 5.1), 0.35, 0.12)
    lights: list[Light] = [Sky((0.34, 0.31, 0.28), (0.11, 0.12, 0.15)), window]
    stage = Stage(width, height, eye, target, lights, 1.45, 1.18)
    return face(who, indoors(who), stage, backdrop.living_room(seed))
