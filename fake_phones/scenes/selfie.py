"""The front camera: the caller's face, which talks, blinks, worries and looks up from the phone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import sin, tau

import cv2
import numpy as np

from draws import uniform
from fake_phones.scenes import backdrop
from fake_phones.scenes.body import Arm, Body, Clothes, Leg, Pose
from fake_phones.scenes.clothes import indoors
from fake_phones.scenes.features import Expression
from fake_phones.scenes.handheld import Handheld, margin_px
from fake_phones.scenes.head import Frame
from fake_phones.scenes.lens import Region, Vec, unit, vec
from fake_phones.scenes.light import Lamp, Light, Sky
from fake_phones.scenes.person import Person, person
from fake_phones.scenes.scene import Field, Picture, Take, f32
from fake_phones.scenes.solids import FAR, Capsule, Solid
from fake_phones.scenes.stage import Movement, Stage, movement
from fake_phones.scenes.surface import Surface

BLINK_EVERY_S, BLINK_LASTS_S = 3.4, 0.16
DISTRESS = Expression(worry=0.8)
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
    smiles: bool
    """The mouth's levels go from open over rest to a smile; else from rest to open."""
    follows: Field
    """How much each place of a frame moves when the head turns: half with the body, 1 more at the nose."""


@dataclass(frozen=True)
class Selfie:
    """A shot of a face through the phone that it holds."""

    hand: Handheld
    face: Face
    talks: Callable[[float], float]
    """How much it talks at a time: 0 = not at all, 1 = nearly always."""
    syllable_hz: float = 4.1
    smile: Callable[[float], float] | None = None

    def frame(self, t_s: float) -> Picture:
        canvas = self.face.base.copy()
        self.face.mouth.lay(canvas, self._mouth_level(t_s))
        eyes = self.face.aside if self._glances(t_s) else self.face.eyes
        eyes.lay(canvas, self._closed(t_s))
        x, y = self._map(t_s)
        four = cv2.cvtColor(canvas, cv2.COLOR_BGR2BGRA)  # as in Handheld.seen
        seen = cv2.remap(four, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return self.hand.sensed(cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR), t_s)

    def _map(self, t_s: float) -> tuple[Field, Field]:
        """Where in the canvas each pixel of the frame is taken from: sway, and the head's own movement."""
        place, (height, width) = self.hand.place(t_s), self.face.follows.shape
        across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        step = self.hand.take.width / 640
        turn = 10 * step * (self.hand.sway(7, t_s) + (0.5 if self._glances(t_s) else 0.0))
        nod = 5 * step * (self.hand.sway(8, t_s) + 0.25 * self._mouth(t_s))
        maps = []
        for (p, q, r), shift in zip(place, (turn, nod), strict=True):
            at = np.add.outer(q * down, p * across + r)
            maps.append(cv2.scaleAdd(self.face.follows, -shift, at))
        return maps[0], maps[1]

    def _mouth_level(self, t_s: float) -> float:
        if self.smile is None:
            return self._mouth(t_s)
        smile = self.smile(t_s)
        return 0.5 + 0.5 * smile - 0.5 * self._mouth(t_s) * (1 - smile)

    def _mouth(self, t_s: float) -> float:
        """How far it is open: syllables, in sentences with pauses between."""
        speaks = (
            0.5 + 0.5 * sin(tau * 0.21 * t_s + 1 + self.hand.take.seed % 7) + 0.25 * sin(tau * 0.53 * t_s)
        )
        syllable = 0.55 + 0.45 * sin(tau * self.syllable_hz * t_s + 1.6 * sin(tau * 0.9 * t_s))
        return self.talks(t_s) * min(1.0, max(0.0, 1.8 * speaks - 0.45)) * syllable

    def _closed(self, t_s: float) -> float:
        """How far the eyelids are down."""
        return max(0.0, 1 - abs(t_s - self._event("blink", BLINK_EVERY_S, t_s)) / (BLINK_LASTS_S / 2))

    def _glances(self, t_s: float) -> bool:
        return abs(t_s - self._event("glance", GLANCE_EVERY_S, t_s)) < GLANCE_LASTS_S / 2

    def _event(self, what: str, every_s: float, t_s: float) -> float:
        """The time of the event in this period: one each, somewhere in its middle half."""
        k = int(t_s // every_s)
        return every_s * (
            k + 0.25 + 0.5 * uniform(self.hand.take.seed, f"selfie.{what}", "caller", k & 0xFFFF)
        )


def face(
    who: Person,
    clothes: Clothes,
    stage: Stage,
    backdrop: Solid,
    doing: Expression = DISTRESS,
    smiles: bool = False,
    headwear: Callable[[Frame], list[Solid]] | None = None,
) -> Face:
    """Draw a face before a backdrop."""
    body = Body(who, holding_a_phone(), clothes, doing, paint_px_per_m=1500)
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

    def mouth(level: float) -> Expression:
        if not smiles:
            return replace(doing, mouth_open=0.85 * level)
        return replace(doing, mouth_open=max(0.0, 0.7 - 1.4 * level), smile=max(0.0, 2 * level - 1))

    return Face(
        base,
        part(MOUTH, -0.078, mouth, 7 if smiles else 3),
        part(EYES, 0.006, lambda k: replace(doing, eyes_open=1 - k), 2),
        part(EYES, 0.006, lambda k: replace(doing, eyes_open=0.94 - 0.94 * k, gaze=(0.9, 0.35)), 2),
        smiles,
        _follows(stage, bust),
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


def _follows(stage: Stage, bust: Surface) -> Field:
    """`Face.follows`, in the frame's pixels: how near a place is, from the ears (0) to the nose."""
    margin = margin_px(stage.width, stage.height)
    body = (bust.depth < FAR).astype(np.float32)
    ears = float(bust.depth.min()) + 0.11
    relief = np.clip((ears - bust.depth) / 0.11, 0, 1)

    def framed(fine: Field, soft_px: float) -> Field:
        coarse = cv2.resize(fine, stage.canvas_px, interpolation=cv2.INTER_AREA)
        soft = cv2.GaussianBlur(coarse, (0, 0), soft_px * stage.width / 640)
        return np.ascontiguousarray(soft[margin : margin + stage.height, margin : margin + stage.width])

    return f32(0.5 * framed(body, 30) + framed(relief, 4))


def indoors_selfie(take: Take) -> Selfie:
    """The caller in a living room by day."""
    return Selfie(Handheld(take, "front", 0.9), _indoors(take.seed, take.width, take.height), talking(take))


def outdoors_selfie(take: Take) -> Selfie:
    """The caller outdoors by day."""
    return Selfie(Handheld(take, "front", 1.1), _outdoors(take.seed, take.width, take.height), talking(take))


def talking(take: Take) -> Callable[[float], float]:
    """How much a caller talks, who is as calm as the course says."""
    return lambda t_s: 1 - take.course.eased("calm", t_s)


@lru_cache(maxsize=8)
def _indoors(seed: int, width: int, height: int) -> Face:
    who = person(seed, "caller")
    return face(who, indoors(who), by_the_window(width, height), backdrop.living_room(seed))


@lru_cache(maxsize=8)
def _outdoors(seed: int, width: int, height: int) -> Face:
    who = person(seed, "caller")
    eye, target = phone_eye()
    sun = Lamp(vec(1.4, -1.2, 2.2), (3.4, 3.8, 4.1), 0.25, 0.05)
    lights: list[Light] = [Sky((0.62, 0.54, 0.48), (0.12, 0.18, 0.13)), sun]
    stage = Stage(width, height, eye, target, lights, 1.15, 1.18)
    return face(who, indoors(who), stage, backdrop.pitch(seed))


def by_the_window(width: int, height: int) -> Stage:
    """A face in a living room by day."""
    eye, target = phone_eye()
    window = Lamp(vec(-1.5, -0.5, 1.25), (4.3, 4.7, 5.1), 0.35, 0.12)
    lights: list[Light] = [Sky((0.34, 0.31, 0.28), (0.11, 0.12, 0.15)), window]
    return Stage(width, height, eye, target, lights, 1.45, 1.18)
