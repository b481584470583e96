"""From solids to what each pixel shows of them: depth, normal and colour, not yet lit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from fake_phones.scenes.finish import bent, coloured
from fake_phones.scenes.lens import Lens, Region, View
from fake_phones.scenes.scene import Field
from fake_phones.scenes.solids import FAR, Box, Hit, Material, Solid
from fake_phones.scenes.vectors import normalised

SMOOTH_M = 0.005

Mask = NDArray[np.bool_]
Pixels = NDArray[np.intp]


@dataclass(frozen=True)
class Surface:
    """What a region of a view shows. Arrays are (height, width[, 3])."""

    region: Region
    depth: Field
    place: Field
    """World coordinates."""
    normal: Field
    colour: Field
    gloss: Field
    glow: Field

    def cropped(self, region: Region) -> "Surface":
        """A part of it; `region` is the view's."""
        part = _inner(region, self.region)
        return Surface(
            region,
            self.depth[part],
            self.place[part],
            self.normal[part],
            self.colour[part],
            self.gloss[part],
            self.glow[part],
        )

    def behind(self, other: "Surface") -> "Surface":
        """What both show together, of the same region."""
        nearer = other.depth < self.depth
        wide = nearer[..., None]
        return replace(
            self,
            depth=np.where(nearer, other.depth, self.depth),
            place=np.where(wide, other.place, self.place),
            normal=np.where(wide, other.normal, self.normal),
            colour=np.where(wide, other.colour, self.colour),
            gloss=np.where(nearer, other.gloss, self.gloss),
            glow=np.where(nearer, other.glow, self.glow),
        )


def depths(view: View, solids: Sequence[Solid]) -> Field:
    """The depth of the nearest solid in each pixel: of a far light, its shadow map."""
    return _nearest(_hits(view, solids, view.whole), view.whole)[0]


def surface(view: Lens, solids: Sequence[Solid], region: Region | None = None) -> Surface:
    """What a region of the view shows (all of it, when none is given)."""
    region = region or view.whole
    hits = _hits(view, solids, region)
    depth, nearest = _nearest(hits, region)
    normal = _welded(hits, solids, depth, nearest, region)
    normal = _smoothed(normal, _welds(solids)[nearest] > 0, view, depth)
    origin, ray = view.rays(region)
    shown = Surface(
        region,
        depth,
        origin + depth[..., None] * ray,
        normal,
        np.zeros_like(normal),
        np.zeros_like(depth),
        np.zeros_like(depth),
    )
    for solid, pixels in _areas(solids, nearest):
        _paint(shown, solid, pixels)
    return shown


def _hits(view: View, solids: Sequence[Solid], region: Region) -> list[tuple[int, Hit]]:
    hits = ((k, solid.hit(view, region)) for k, solid in enumerate(solids))
    return [(k, hit) for k, hit in hits if hit is not None]


def _inner(part: Region, whole: Region) -> Region:
    rows, columns = (slice(p.start - w.start, p.stop - w.start) for p, w in zip(part, whole, strict=True))
    return rows, columns


def _nearest(hits: list[tuple[int, Hit]], region: Region) -> tuple[Field, NDArray[np.int32]]:
    shape = tuple(side.stop - side.start for side in region)
    depth, nearest = np.full(shape, FAR, np.float32), np.full(shape, -1, np.int32)
    for k, hit in hits:
        part = _inner(hit.region, region)
        closer = hit.depth < depth[part]
        np.copyto(depth[part], hit.depth, where=closer)
        nearest[part][closer] = k
    return depth, nearest


def _welds(solids: Sequence[Solid]) -> Field:
    """Of each solid, and at last of none."""
    return np.array([*(solid.weld for solid in solids), 0.0], np.float32)


def _welded(
    hits: list[tuple[int, Hit]],
    solids: Sequence[Solid],
    depth: Field,
    nearest: NDArray[np.int32],
    region: Region,
) -> Field:
    """Normals, blended among solids whose surfaces are about as near: it melts limbs into a body."""
    normal = np.zeros((*depth.shape, 3), np.float32)
    weld = _welds(solids)[nearest]
    for k, hit in hits:
        part = _inner(hit.region, region)
        mine = nearest[part] == k
        if not solids[k].weld:
            np.copyto(normal[part], hit.normal, where=mine[..., None])
            continue
        melt = np.minimum(weld[part], np.float32(solids[k].weld))
        behind = (hit.depth - depth[part]) / np.maximum(melt, 1e-5)
        share = np.where(mine, 1, np.exp(-np.minimum(behind, 30)) * (melt > 0)).astype(np.float32)
        normal[part] += share[..., None] * hit.normal
    return normalised(normal)


def _smoothed(normal: Field, body: Mask, view: Lens, depth: Field) -> Field:
    """Normals of bodies, averaged over a few millimetres: no seams."""
    if not body.any():
        return normal
    sigma = max(0.5, SMOOTH_M * view.focal_px / float(np.median(depth[body])))
    mask = body.astype(np.float32)
    shared = cv2.GaussianBlur(mask, (0, 0), sigma)[..., None]
    smooth = cv2.GaussianBlur(normal * mask[..., None], (0, 0), sigma) / np.maximum(shared, 1e-3)
    return np.where(body[..., None], normalised(smooth), normal)


def _areas(solids: Sequence[Solid], nearest: NDArray[np.int32]) -> Iterator[tuple[Solid, Pixels]]:
    """The pixels of each solid; those of limbs that are made and cut alike together."""
    alike: dict[object, list[int]] = {}
    for k, solid in enumerate(solids):
        key = k if isinstance(solid, Box) else (id(solid.material), id(solid.cuts))
        alike.setdefault(key, []).append(k)
    group_of = np.full(len(solids) + 1, len(alike), np.int16)
    for group, members in enumerate(alike.values()):
        group_of[members] = group
    groups = group_of[nearest].reshape(-1)
    pixels = np.argsort(groups, kind="stable")
    ends = np.cumsum(np.bincount(groups, minlength=len(alike) + 1))
    for members, begin, end in zip(alike.values(), [0, *ends], ends, strict=False):
        if end > begin:
            yield solids[members[0]], pixels[begin:end]


def _paint(shown: Surface, solid: Solid, pixels: Pixels) -> None:
    """Give the pixels of a solid their colours and their fine relief."""
    if not solid.cuts:
        _finish(shown, solid, solid.material, pixels)
        return
    place = shown.place.reshape(-1, 3)[pixels]
    beyond = np.zeros(len(pixels), np.int8)
    for k, cut in enumerate(solid.cuts):
        beyond[(place - cut.point.astype(np.float32)) @ cut.normal.astype(np.float32) > 0] = k + 1
    for k, material in enumerate([solid.material, *(cut.beyond for cut in solid.cuts)]):
        if (beyond == k).any():
            _finish(shown, solid, material, pixels[beyond == k])


def _finish(shown: Surface, solid: Solid, material: Material, pixels: Pixels) -> None:
    place, normal = (field.reshape(-1, 3)[pixels] for field in (shown.place, shown.normal))
    shown.colour.reshape(-1, 3)[pixels] = coloured(material, solid, place, normal)
    shown.gloss.reshape(-1)[pixels] = material.gloss
    shown.glow.reshape(-1)[pixels] = material.glow
    if material.rough:
        shown.normal.reshape(-1, 3)[pixels] = bent(material.rough, place, normal)
