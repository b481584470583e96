"""A forearm close by, on a table or over a sink: what wounds and burns are shown on."""

from dataclasses import dataclass

import numpy as np

from fake_phones.scenes.hand import hand
from fake_phones.scenes.head import Frame
from fake_phones.scenes.lens import Vec, unit, vec
from fake_phones.scenes.paint import Paint
from fake_phones.scenes.person import Person
from fake_phones.scenes.solids import Capsule, Cut, Decal, Material, Solid, colour

ELBOW_R_M, WRIST_R_M = 0.047, 0.031


@dataclass(frozen=True)
class Forearm:
    """From the elbow to the finger tips, seen from above. `out` is the direction of the decal's x."""

    who: Person
    elbow: Vec
    wrist: Vec
    palm_up: bool = True

    @property
    def along(self) -> Vec:
        """From the elbow to the wrist."""
        return unit(self.wrist - self.elbow)

    @property
    def across(self) -> Vec:
        """Level, to the viewer's side when the arm points to the left."""
        return unit(np.cross(vec(0, 0, 1), self.along))

    def on_top(self, share: float, aside_m: float = 0.0) -> Vec:
        """A place on the skin, this share of the way from elbow to wrist, aside of the ridge."""
        radius = ELBOW_R_M + share * (WRIST_R_M - ELBOW_R_M)
        up = np.sqrt(max(radius**2 - aside_m**2, 0.0))
        place: Vec = self.elbow + share * (self.wrist - self.elbow) + aside_m * self.across + vec(0, 0, up)
        return place

    def skin(self, paint: Paint | None = None, at: float = 0.5) -> Material:
        """The skin, with paint around a place; the paint's x goes towards the wrist."""
        plain = Material(self.who.skin_light, gloss=0.03, rough=0.05)
        if paint is None:
            return plain
        picture, alpha = paint.sheet()
        axes = np.array([self.along, self.across, unit(np.cross(self.along, self.across))])
        return Material(
            plain.colour, 0.035, 0.05, decal=Decal(picture, alpha, self.on_top(at), axes, paint.scale)
        )

    def solids(self, skin: Material, sleeve: Material) -> list[Solid]:
        """Sleeve, forearm and hand."""
        rolled = (Cut(self.elbow + 0.02 * self.along, -self.along, sleeve),)
        upper = self.elbow - 0.24 * self.along + vec(0, 0, 0.02)
        palm = vec(0, 0, 1 if self.palm_up else -1)
        return [
            Capsule(upper, self.elbow, 0.062, 0.054, sleeve, 0.012),
            Capsule(
                self.elbow - 0.02 * self.along,
                self.elbow + 0.030 * self.along,
                0.056,
                0.0545,
                sleeve,
                0.006,
            ),
            Capsule(self.elbow, self.wrist, ELBOW_R_M, WRIST_R_M, skin, 0.015, rolled),
            *hand(Frame.of(self.wrist, self.along, palm), 1, 0.45, skin),
        ]


def sleeve_of(who: Person) -> Material:
    return Material(colour(who.top), gloss=0.005, rough=0.3)
