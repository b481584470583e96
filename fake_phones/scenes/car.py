"""A car that has crashed: its body, glass and wheels, and where its lamps are."""

from dataclasses import dataclass

import numpy as np

from fake_phones.scenes.lens import Vec, vec
from fake_phones.scenes.solids import Box, Capsule, Material, Solid, colour

PAINTS = ("7c2024", "24405e", "8a8e92", "2c3b30", "d4d2cc")


@dataclass(frozen=True)
class Car:
    """On its wheels, its middle on the ground at `at`, its front turned by `turn` from x towards y."""

    at: Vec
    turn: float
    paint: str

    def place(self, forward: float, left: float, up: float) -> Vec:
        c, s = np.cos(self.turn), np.sin(self.turn)
        spot: Vec = self.at + vec(c * forward - s * left, s * forward + c * left, up)
        return spot

    @property
    def hazards(self) -> list[Vec]:
        """Where the four flashing lamps are."""
        return [self.place(f, k * 0.72, 0.66) for f in (1.98, -2.06) for k in (1, -1)]

    @property
    def tails(self) -> list[Vec]:
        """Where the red lamps are."""
        return [self.place(-2.07, k * 0.60, 0.72) for k in (1, -1)]

    def solids(self) -> list[Solid]:
        """The bonnet stands up, the windscreen is in splinters."""
        steel = Material(colour(self.paint), gloss=0.28)
        glass = Material(colour("15191c"), gloss=0.55)
        trim = Material(colour("17181a"), gloss=0.06)
        return [
            self._box(0.0, 0.50, (2.05, 0.84, 0.25), steel, 0.10),
            self._box(0.0, 0.27, (1.95, 0.82, 0.06), trim, 0.02),
            self._box(-0.25, 0.96, (1.02, 0.70, 0.24), glass, 0.16),
            self._box(-0.25, 1.185, (1.00, 0.70, 0.045), steel, 0.05),
            *(self._pillar(f0, f1, k, steel) for k in (1, -1) for f0, f1 in PILLARS),
            self._box(1.36, 0.90, (0.52, 0.72, 0.025), steel, 0.02, tilt=-0.55),
            self._box(2.06, 0.42, (0.04, 0.70, 0.10), trim, 0.02),
            self._box(-2.06, 0.46, (0.04, 0.76, 0.09), trim, 0.02),
            self._box(-2.06, 0.58, (0.015, 0.26, 0.06), Material(colour("dedcd4"), gloss=0.1), 0.004),
            *(wheel for f in (1.28, -1.30) for k in (1, -1) for wheel in self._wheel(f, k)),
        ]

    def _box(
        self,
        forward: float,
        up: float,
        half: tuple[float, float, float],
        made: Material,
        bevel: float,
        tilt: float = 0.0,
    ) -> Box:
        c, s, ct, st = np.cos(self.turn), np.sin(self.turn), np.cos(tilt), np.sin(tilt)
        ahead, left = vec(c, s, 0), vec(-s, c, 0)
        above = vec(0, 0, 1)
        turn = np.array([ct * ahead - st * above, left, st * ahead + ct * above])
        return Box(self.place(forward, 0.0, up), vec(*half), made, turn, bevel)

    def _pillar(self, foot: float, head: float, side: int, steel: Material) -> Capsule:
        a, b = self.place(foot, side * 0.705, 0.74), self.place(head, side * 0.69, 1.18)
        return Capsule(a, b, 0.035, 0.03, steel, 0.0)

    def _wheel(self, forward: float, side: int) -> list[Solid]:
        rubber, rim = Material(colour("101012"), gloss=0.02), Material(colour("64686c"), gloss=0.08)
        inner, outer = (self.place(forward, side * left, 0.31) for left in (0.62, 0.765))
        axle = self.place(0, 1, 0) - self.place(0, 0, 0)
        flat = np.eye(3) + 1.6 * np.outer(axle, axle)
        return [
            Capsule(inner, outer, 0.31, 0.31, rubber, 0.0, squash=flat),
            Capsule(
                outer + 0.090 * side * axle,
                outer + 0.091 * side * axle,
                0.14,
                0.14,
                rim,
                0.0,
                squash=flat + 2.5 * np.outer(axle, axle),
            ),
        ]


PILLARS = ((0.95, 0.72), (0.05, 0.02), (-1.27, -1.20))
