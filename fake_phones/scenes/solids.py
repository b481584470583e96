"""What things are made of: capsules (bodies, rails), boxes (rooms, furniture), and how a ray meets them."""

from dataclasses import dataclass, field, replace

import numpy as np

from fake_phones.scenes.lens import Region, Vec, View
from fake_phones.scenes.scene import Field, Picture
from fake_phones.scenes.vectors import dot, normalised, turned

Colour = tuple[float, float, float]
"""Linear light, blue, green, red, 0 to 1."""


def dimmed(shade: Colour, share: float) -> Colour:
    """The same colour with a share of its light."""
    blue, green, red = shade
    return share * blue, share * green, share * red


FAR = np.float32(1e6)


def colour(rrggbb: str) -> Colour:
    """The linear colour of a hex code as web pages write it, such as "c8a080"."""
    r, g, b = (((int(rrggbb[k : k + 2], 16) / 255) ** 2.2) for k in (0, 2, 4))
    return b, g, r


@dataclass(frozen=True)
class Texture:
    """A picture that covers a surface: (u, v) metres along its axes, repeated."""

    picture: Picture
    px_per_m: float


@dataclass(frozen=True)
class Decal:
    """A picture laid onto the side of a solid that faces `axes[2]`, such as the paint of a face."""

    picture: Picture
    alpha: Picture
    centre: Vec
    axes: Vec
    """Rows: right, down and out of the decal."""
    px_per_m: float


@dataclass(frozen=True)
class Material:
    """How a surface answers to light."""

    colour: Colour
    gloss: float = 0.03
    rough: float = 0.0
    """How much the fine relief (cloth folds, skin) bends the light."""
    texture: Texture | None = None
    decal: Decal | None = None
    glow: float = 0.0


@dataclass(frozen=True)
class Cut:
    """Beyond a plane the solid is of another material: a sleeve's end, a belt."""

    point: Vec
    normal: Vec
    beyond: Material


@dataclass(frozen=True)
class Hit:
    """Where the rays of a region meet one solid: depth (FAR where they miss) and the surface's normal."""

    region: Region
    depth: Field
    normal: Field


@dataclass(frozen=True)
class Capsule:
    """A limb: spheres of radius ra to rb along a line, in a space that `squash` has flattened."""

    a: Vec
    b: Vec
    ra: float
    rb: float
    material: Material
    weld: float = 0.012
    """How far (m) it melts into its neighbours; 0 = not at all."""
    cuts: tuple[Cut, ...] = ()
    squash: Vec | None = None
    """3 x 3: takes world vectors to a space where the solid is round."""

    @property
    def reach(self) -> float:
        """How far (m) from its line the surface may be."""
        radius = max(self.ra, self.rb)
        return radius if self.squash is None else radius / float(np.linalg.svd(self.squash)[1][-1])

    def hit(self, view: View, within: Region) -> Hit | None:
        squash = np.eye(3) if self.squash is None else self.squash
        region = overlap(view.around([self.a, self.b], self.reach), within)
        if region is None:
            return None
        origin, ray = view.rays(region)
        m = squash.astype(np.float32)
        if self.squash is not None:
            origin, ray = turned(origin, m), turned(ray, m)
        a, b = (squash @ self.a).astype(np.float32), (squash @ self.b).astype(np.float32)
        line = b - a
        if float(line @ line) < 1e-12:
            depth, outward = _meet_ball(origin - a, ray, self.ra)
        else:
            depth, outward = self._meet(origin - a, ray, line)
        return Hit(region, depth, normalised(outward if self.squash is None else turned(outward, m.T)))

    def _meet(self, w: Field, ray: Field, u: Field) -> tuple[Field, Field]:
        """Depth and outward vector; `w` is the rays' origin and `u` the line's end, from its beginning."""
        rr, ru, uu = dot(ray, ray), ray @ u, float(u @ u)
        rw, uw = dot(ray, w), w @ u
        at = np.clip((rr * uw - ru * rw) / np.maximum(rr * uu - ru * ru, 1e-9), 0, 1)
        for last in (False, True):  # again from the surface, or a limb that points at the eye looks cut off
            from_line = w - at[..., None] * u
            radius = self.ra + at * (self.rb - self.ra)
            half = dot(ray, from_line)
            inside = half * half - rr * (dot(from_line, from_line) - radius * radius)
            depth = (-half - np.sqrt(np.maximum(inside, 0))) / rr
            if not last:
                at = np.clip(((depth * ru) + uw) / uu, 0, 1)
        outward = from_line + depth[..., None] * ray
        return np.where((inside > 0) & (depth > 0), depth, FAR).astype(np.float32), outward


def _meet_ball(w: Field, ray: Field, radius: float) -> tuple[Field, Field]:
    """Depth and outward vector of a sphere; `w` is the rays' origin from its centre."""
    rr, half = dot(ray, ray), dot(ray, w)
    inside = half * half - rr * (dot(w, w) - np.float32(radius * radius))
    depth = (-half - np.sqrt(np.maximum(inside, 0))) / rr
    return np.where((inside > 0) & (depth > 0), depth, FAR).astype(np.float32), w + depth[..., None] * ray


@dataclass(frozen=True)
class Box:
    """A block; its edges take the light as if they were rounded by `bevel`, its sides as if they bulged."""

    centre: Vec
    half: Vec
    material: Material
    turn: Vec = field(default_factory=lambda: np.eye(3))
    """Rows: its own x, y and z axis."""
    bevel: float = 0.0
    bulge: float = 0.0
    weld: float = 0.0
    cuts: tuple[Cut, ...] = ()

    def hit(self, view: View, within: Region) -> Hit | None:
        corners = [
            self.centre + (2 * np.array(end) - 1) * self.half @ self.turn for end in np.ndindex(2, 2, 2)
        ]
        region = overlap(view.around(corners, 0.0), within)
        if region is None:
            return None
        origin, ray = view.rays(region)
        turn, half = self.turn.astype(np.float32), self.half.astype(np.float32)
        origin, ray = turned(origin - self.centre.astype(np.float32), turn), turned(ray, turn)
        with np.errstate(divide="ignore"):
            step = 1 / np.where(np.abs(ray) < 1e-9, np.float32(1e-9), ray)
        near, far = -origin * step, np.abs(half * step)
        first, last = near - far, near + far
        enter = np.maximum(np.maximum(first[..., 0], first[..., 1]), first[..., 2])
        leave = np.minimum(np.minimum(last[..., 0], last[..., 1]), last[..., 2])
        depth = np.where((leave > enter) & (enter > 0), enter, FAR).astype(np.float32)
        at = origin + enter[..., None] * ray
        return Hit(region, depth, turned(self._normal(at, half), turn.T))

    def _normal(self, at: Field, half: Field) -> Field:
        over = np.abs(at) - (half - np.float32(max(self.bevel, 1e-4)))
        outward = np.sign(at) * np.maximum(over, 0)
        if self.bulge:
            outward = normalised(outward) + np.float32(self.bulge) * at / half
        return normalised(outward)


Solid = Capsule | Box


def grown(solid: Capsule, about: Vec, share: float) -> Capsule:
    """The same limb, so many times as large, about a place that stays."""

    def moved(place: Vec) -> Vec:
        return about + share * (place - about)

    def made(material: Material) -> Material:
        if material.decal is None:
            return material
        decal = replace(
            material.decal, centre=moved(material.decal.centre), px_per_m=material.decal.px_per_m / share
        )
        return replace(material, decal=decal)

    return replace(
        solid,
        a=moved(solid.a),
        b=moved(solid.b),
        ra=share * solid.ra,
        rb=share * solid.rb,
        material=made(solid.material),
        cuts=tuple(Cut(moved(cut.point), cut.normal, made(cut.beyond)) for cut in solid.cuts),
    )


def overlap(a: Region, b: Region) -> Region | None:
    """The part of two regions that both hold; None when it is empty."""
    rows, columns = (slice(max(p.start, q.start), min(p.stop, q.stop)) for p, q in zip(a, b, strict=True))
    return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None
