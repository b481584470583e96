"""A body: a pose, and the solids of somebody in it. Adult of 1.75 m; metres."""

from dataclasses import dataclass, field, replace

import numpy as np

from fake_phones.scenes.features import Expression
from fake_phones.scenes.hand import hand
from fake_phones.scenes.head import Frame, head
from fake_phones.scenes.lens import Vec, unit, vec
from fake_phones.scenes.person import Person
from fake_phones.scenes.solids import Capsule, Cut, Material, Solid, grown

UPPER_ARM_M, FOREARM_M, THIGH_M, SHIN_M = 0.29, 0.255, 0.43, 0.42
CHEST_LIFT_M = 0.045  # at lift 1; a natural breath is 14 mm, which nobody could see on a phone's picture


@dataclass(frozen=True)
class Arm:
    """Where the wrist is, to which side the elbow points, and how the hand lies."""

    wrist: Vec
    elbow: Vec
    fingers: Vec
    """The direction that the fingers point to."""
    palm: Vec
    """The direction that the palm faces."""
    curl: float = 0.2


@dataclass(frozen=True)
class Leg:
    """Where the ankle is, to which side the knee points, and where the toes do."""

    ankle: Vec
    knee: Vec
    toes: Vec
    broken_at: Vec | None = None
    """Where the shin has a bend that no shin should have."""


@dataclass(frozen=True)
class Pose:
    """How a body lies, sits or stands. Left and right are the body's own."""

    torso: Frame
    """At the pelvis; up is along the spine, front is the belly's side."""
    head_up: Vec
    head_front: Vec
    left_arm: Arm
    right_arm: Arm
    left_leg: Leg
    right_leg: Leg
    curl: float = 0.0
    """How far (m) the shoulders are bent forward of the spine's line."""


@dataclass(frozen=True)
class Clothes:
    """What a body wears, from top to toe."""

    top: Material
    sleeve: float
    """How much of the arm is covered: 0.5 = to the elbow, 1 = to the wrist."""
    trousers: Material
    shoes: Material
    bulk: float = 0.0
    """How thick (m) the top is: a winter jacket."""
    hands: Material | None = None
    """Gloves."""


@dataclass(frozen=True)
class Body:
    """Somebody in a pose. `solids` gives the body with its chest risen by `lift` (0 to 1 of `CHEST_LIFT_M`),
    or pressed in by `sink_m` under somebody's hands."""

    who: Person
    pose: Pose
    clothes: Clothes
    doing: Expression
    headwear: list[Solid] = field(default_factory=list)
    paint_px_per_m: float = 900
    head_grown: float = 1.0
    """A child's head is larger."""

    def solids(self, lift: float = 0.0, sink_m: float = 0.0) -> list[Solid]:
        return [
            *self._torso(lift * CHEST_LIFT_M, sink_m),
            *self._head(),
            *self._arm(self.pose.left_arm, 1, lift),
            *self._arm(self.pose.right_arm, -1, lift),
            *self._leg(self.pose.left_leg, 1),
            *self._leg(self.pose.right_leg, -1),
        ]

    @property
    def head_frame(self) -> Frame:
        torso, pose = self.pose.torso, self.pose
        up = unit(pose.head_up)
        return Frame.of(
            torso.at(0, 0.535, 0.01 + pose.curl) + 0.165 * up + 0.01 * pose.head_front, up, pose.head_front
        )

    @property
    def chest(self) -> Vec:
        """The middle of the breastbone, on the skin."""
        return self.pose.torso.at(0, 0.34, 0.11 + 0.6 * self.pose.curl + self.clothes.bulk)

    @property
    def _skin(self) -> Material:
        return Material(self.who.skin_light, gloss=0.03, rough=0.04)

    def _torso(self, rise: float, sink: float) -> list[Solid]:
        t, c, b = self.pose.torso, self.pose.curl, self.clothes.bulk
        belt = (Cut(t.at(0, 0.045, 0), -t.axes[1], self.clothes.trousers),)
        flat = np.eye(3) + 0.55 * np.outer(t.axes[2], t.axes[2])

        def across(half: float, up: float, front: float, radius: float) -> Capsule:
            a, e = t.at(-half, up, front), t.at(half, up, front)
            return Capsule(a, e, radius + b, radius + b, self.clothes.top, 0.03, belt, flat)

        torso: list[Solid] = [
            across(0.060, -0.01, 0.000, 0.125),
            across(0.050, 0.13, 0.006 + 0.2 * c + 0.7 * rise, 0.126),
            across(0.055, 0.24, 0.008 + 0.5 * c + rise - 0.7 * sink, 0.132),
            across(0.070, 0.345, 0.010 + 0.8 * c + rise - sink, 0.138),
            across(0.085, 0.42, 0.000 + c + 0.5 * rise - 0.7 * sink, 0.100),
        ]
        for side in (-1, 1):
            shoulder = t.at(side * 0.165, 0.455, c)
            torso.append(
                Capsule(
                    t.at(side * 0.05, 0.500, c - 0.01), shoulder, 0.060 + b, 0.066 + b, self.clothes.top, 0.03
                )
            )
        return torso

    def _head(self) -> list[Solid]:
        t, frame = self.pose.torso, self.head_frame
        neck_foot = t.at(0, 0.46, self.pose.curl - 0.01)
        blue, green, red = self._skin.colour
        shaded = replace(self._skin, colour=(0.66 * blue, 0.68 * green, 0.74 * red))  # under the chin
        neck = Capsule(neck_foot, frame.at(0, -0.06, -0.015), 0.058, 0.051, shaded, 0.02)
        collar = Capsule(
            t.at(0, 0.485, self.pose.curl - 0.004), t.at(0, 0.505, self.pose.curl - 0.004),
            0.069 + self.clothes.bulk, 0.062 + self.clothes.bulk, self.clothes.top, 0.012,
        )  # fmt: skip
        skull = head(frame, self.who, self.doing, self.paint_px_per_m, bool(self.headwear))
        if self.head_grown != 1:
            chin = frame.at(0, -0.10, -0.02)
            skull = [grown(part, chin, self.head_grown) for part in skull if isinstance(part, Capsule)]
        return [neck, collar, *skull, *self.headwear]

    def _arm(self, arm: Arm, side: int, lift: float) -> list[Solid]:
        t, b = self.pose.torso, self.clothes.bulk
        rise = lift * CHEST_LIFT_M
        shoulder = t.at(side * 0.175, 0.45, self.pose.curl + 0.3 * rise)
        near = np.linalg.norm(arm.wrist - self.chest) < 0.2  # a hand on the chest goes with it
        wrist = reached(shoulder, arm.wrist + (rise * t.axes[2] if near else 0), UPPER_ARM_M + FOREARM_M)
        elbow = joint(shoulder, wrist, UPPER_ARM_M, FOREARM_M, arm.elbow)
        upper = Capsule(shoulder, elbow, 0.060 + b, 0.046 + b, self.clothes.top, 0.02)
        if self.clothes.sleeve <= 0.5:
            lower = Capsule(elbow, wrist, 0.043 + b, 0.029 + b, self._skin, 0.02)
            upper = replace(upper, cuts=self._sleeve_end(upper, 2 * self.clothes.sleeve, self._skin))
        else:
            lower = Capsule(elbow, wrist, 0.049 + b, 0.035 + b, self.clothes.top, 0.02)
            bare = self.clothes.hands or self._skin
            lower = replace(lower, cuts=self._sleeve_end(lower, 2 * self.clothes.sleeve - 1, bare))
        made = self.clothes.hands or self._skin
        return [upper, lower, *hand(Frame.of(wrist, arm.fingers, arm.palm), side, arm.curl, made)]

    @staticmethod
    def _sleeve_end(limb: Capsule, share: float, beyond: Material) -> tuple[Cut, ...]:
        """A sleeve that covers this share of an upper arm or forearm."""
        line = limb.b - limb.a
        return (Cut(limb.a + share * line, unit(line), beyond),)

    def _leg(self, leg: Leg, side: int) -> list[Solid]:
        t, made = self.pose.torso, self.clothes.trousers
        hip = t.at(side * 0.088, -0.03, 0.0)
        solids: list[Solid]
        if leg.broken_at is None:
            leg = replace(leg, ankle=reached(hip, leg.ankle, THIGH_M + SHIN_M))
            knee = joint(hip, leg.ankle, THIGH_M, SHIN_M, leg.knee)
            solids = [Capsule(knee, leg.ankle, 0.060, 0.046, made, 0.02)]
        else:
            knee = joint(hip, leg.broken_at, THIGH_M, SHIN_M * 0.5, leg.knee)
            solids = [
                Capsule(knee, leg.broken_at, 0.060, 0.054, made, 0.02),
                Capsule(leg.broken_at, leg.ankle, 0.054, 0.046, made, 0.02),
            ]
        shoe = self.clothes.shoes
        toes = unit(leg.toes)
        sole = unit(leg.ankle - knee) * 0.045
        heel = leg.ankle + sole - 0.03 * toes
        return [
            Capsule(hip, knee, 0.092, 0.062, made, 0.03),
            *solids,
            Capsule(heel, leg.ankle + 1.15 * sole + 0.10 * toes, 0.040, 0.038, shoe, 0.01),
            Capsule(
                leg.ankle + 1.15 * sole + 0.08 * toes,
                leg.ankle + 1.25 * sole + 0.16 * toes,
                0.038,
                0.033,
                shoe,
                0.01,
            ),
        ]


def reached(root: Vec, end: Vec, length: float) -> Vec:
    """`end`, or as far towards it as a limb of this length comes."""
    line = end - root
    return root + line * min(1.0, 0.995 * length / float(np.linalg.norm(line)))


def joint(root: Vec, end: Vec, upper: float, lower: float, towards: Vec) -> Vec:
    """The elbow or knee between two ends that are fixed, on the side of `towards`."""
    line = end - root
    length = min(float(np.linalg.norm(line)), 0.999 * (upper + lower))
    along = unit(line)
    at = (upper**2 - lower**2 + length**2) / (2 * length)
    out = np.sqrt(max(upper**2 - at**2, 0.0))
    side = towards - along * (towards @ along)
    bend: Vec = root + along * at + unit(side) * out
    return bend


def lying(where: Vec, towards: Vec) -> Pose:
    """On the back on a floor, arms a little out; `towards` is where the head points."""
    head_end = unit(towards)
    torso = Frame.of(where + vec(0, 0, 0.095), head_end, vec(0, 0, 1))

    def side(k: int) -> tuple[Arm, Leg]:
        out = k * torso.axes[0]
        hand = torso.at(0.36, 0.02, -0.05) if k > 0 else torso.at(-0.56, 0.20, -0.05)
        fingers = unit(-head_end + 0.35 * out) if k > 0 else unit(0.8 * out - 0.6 * head_end)
        arm = Arm(hand, out - 0.3 * vec(0, 0, 1), fingers, vec(0, 0, 1), 0.7)
        ankle = torso.at(k * (0.16 if k > 0 else 0.24), -0.86, -0.035)
        return arm, Leg(ankle, vec(0, 0, 1) + 0.9 * out, unit(vec(0, 0, 1) + 0.75 * out))

    (left_arm, left_leg), (right_arm, right_leg) = side(1), side(-1)
    return Pose(
        torso, head_end, unit(vec(0, 0, 1) + 0.28 * torso.axes[0]), left_arm, right_arm, left_leg, right_leg
    )
