"""A head: skull, jaw, nose, ears and hair as welded solids, with the paint of its face."""

from dataclasses import dataclass, replace

import numpy as np

from fake_phones.scenes.features import ABOVE_M, BELOW_M, Expression, face_paint
from fake_phones.scenes.lens import Vec, unit, vec
from fake_phones.scenes.person import Person
from fake_phones.scenes.solids import Capsule, Cut, Decal, Material, Solid, Texture, colour
from fake_phones.scenes.texture import strands

EYES_FRONT_M = 0.088  # from the middle of the head to the bridge of the nose
EYES_UP_M = 0.010

Three = tuple[float, float, float]


@dataclass(frozen=True)
class Frame:
    """Where a part of a body is and how it is turned. Rows of `axes`: its left, up and front."""

    centre: Vec
    axes: Vec

    @classmethod
    def of(cls, centre: Vec, up: Vec, front: Vec) -> "Frame":
        """`front` is made square to `up`."""
        up = unit(up)
        front = unit(front - up * (front @ up))
        return cls(centre, np.array([np.cross(up, front), up, front]))

    def at(self, left: float, up: float, front: float) -> Vec:
        """The world's place of a point of this part."""
        place: Vec = self.centre + vec(left, up, front) @ self.axes
        return place

    def towards(self, left: float, up: float, front: float) -> Vec:
        """The world's direction of a direction of this part."""
        return vec(left, up, front) @ self.axes

    def ball(
        self, at: Three, radii: Three, made: Material, weld: float = 0.012, cuts: tuple[Cut, ...] = ()
    ) -> Capsule:
        """An ellipsoid along the axes of this part."""
        centre = self.at(*at)
        return Capsule(
            centre, centre, 1.0, 1.0, made, weld, cuts, squash=self.axes / np.array(radii)[:, None]
        )


def head(
    frame: Frame, who: Person, doing: Expression, paint_px_per_m: float = 900, hatted: bool = False
) -> list[Solid]:
    """The solids of a head; `frame` is its middle, between the ears. Under a hat there is less hair."""
    skin = _skin(frame, who, doing, paint_px_per_m)
    hair = skin if who.cut == "bald" else hair_of(who)
    return [
        *_skull(frame, skin, hair),
        *_face(frame, skin, 0.010 * doing.mouth_open, doing.droop),
        *_hair(frame, who, hair, hatted),
    ]


def hair_of(who: Person) -> Material:
    return Material(colour(who.hair), gloss=0.012, rough=0.12, texture=Texture(strands(1), 1300))


def _skin(frame: Frame, who: Person, doing: Expression, px_per_m: float) -> Material:
    paint, alpha = face_paint(who, doing, px_per_m)
    low = (BELOW_M - ABOVE_M) / 2  # the middle of the sheet, below the eyes
    decal = Decal(
        paint,
        alpha,
        frame.at(0, EYES_UP_M - low, EYES_FRONT_M),
        np.array([frame.axes[0], -frame.axes[1], frame.axes[2]]),  # a face's left is at the viewer's right
        px_per_m,
    )
    return Material(who.skin_light, gloss=0.022, rough=0.02, decal=decal)


def _skull(frame: Frame, skin: Material, hair: Material) -> list[Solid]:
    """Hair but for the forehead, which a slanting plane cuts free; plain skin at the ears."""
    hairline = (Cut(frame.at(0, 0.064, 0.060), frame.towards(0, -0.55, 0.83), skin),)
    nape = (Cut(frame.at(0, 0, 0.004), frame.towards(0, 0.25, -0.97), hair),)
    plain = replace(skin, decal=None)
    return [
        frame.ball((0, 0.026, -0.008), (0.0755, 0.096, 0.0960), hair, 0.012, hairline),
        frame.ball((0, -0.034, 0.024), (0.0650, 0.084, 0.0640), skin, 0.016, nape),
        *(
            frame.ball((side * 0.0745, -0.004, -0.008), (0.0085, 0.026, 0.016), plain, 0.004)
            for side in (-1, 1)
        ),
    ]


def _face(frame: Frame, skin: Material, jaw: float, droop: float) -> list[Solid]:
    """Brow, cheeks, nose, lips, and a chin that goes down by `jaw` metres; the limp side's cheek hangs."""

    def ball(at: Three, radii: Three, weld: float) -> Capsule:
        return frame.ball(at, radii, skin, weld)

    solids: list[Solid] = [
        ball((0, -0.092 - jaw, 0.046), (0.028, 0.025, 0.030), 0.016),
        ball((0, 0.034, 0.060), (0.054, 0.015, 0.027), 0.010),
        Capsule(frame.at(0, 0.018, 0.083), frame.at(0, -0.021, 0.103), 0.0080, 0.0110, skin, 0.006),
        Capsule(frame.at(-0.016, -0.060, 0.079), frame.at(0.016, -0.060, 0.079), 0.0055, 0.0055, skin, 0.006),
        Capsule(
            frame.at(-0.014, -0.073 - jaw, 0.077),
            frame.at(0.014, -0.073 - jaw, 0.077),
            0.0065,
            0.0065,
            skin,
            0.006,
        ),
    ]
    for side in (-1, 1):
        sag = 0.007 * max(0.0, side * droop)
        solids += [
            ball((side * 0.034, -0.030 - sag, 0.046), (0.031, 0.027, 0.035 - 0.3 * sag), 0.016),
            ball((side * 0.033, -0.066 - 0.5 * jaw - sag, 0.022), (0.026, 0.036, 0.040), 0.018),
            ball((side * 0.0105, -0.0285, 0.095), (0.0080, 0.0070, 0.0105), 0.005),
            ball((side * 0.0315, 0.008, 0.066), (0.0150, 0.0125, 0.0135), 0.006),
        ]
    return solids


def _hair(frame: Frame, who: Person, hair: Material, hatted: bool) -> list[Solid]:
    if who.cut == "bald":
        return []
    tufts: list[Solid] = []
    if not hatted:
        tufts += [
            frame.ball((0, 0.034, -0.0145), (0.0810, 0.0970, 0.0975), hair, 0.02),
            frame.ball((0, 0.010, -0.045), (0.0785, 0.0780, 0.0730), hair, 0.02),
            frame.ball((-0.006, 0.062, 0.004), (0.0720, 0.0660, 0.0770), hair, 0.04),
        ]
    if who.cut == "long":
        tufts.append(
            Capsule(frame.at(0, 0.02, -0.050), frame.at(0, -0.135, -0.052), 0.074, 0.070, hair, 0.03)
        )
        for side in (-1, 1):
            temple = frame.at(side * 0.058, 0.020 if hatted else 0.058, -0.006)
            tufts += [
                Capsule(temple, frame.at(side * 0.072, -0.040, -0.008), 0.023, 0.023, hair, 0.03),
                Capsule(
                    frame.at(side * 0.072, -0.040, -0.008),
                    frame.at(side * 0.066, -0.150, 0.000),
                    0.023,
                    0.017,
                    hair,
                    0.03,
                ),
            ]
    return tufts
