"""What a surface looks like close by: textures, decals and the fine relief that bends its light."""

import cv2
import numpy as np

from fake_phones.scenes.scene import Field, Picture, f32
from fake_phones.scenes.solids import Box, Decal, Material, Solid, Texture
from fake_phones.scenes.texture import linear, relief
from fake_phones.scenes.vectors import normalised, turned

RELIEF_PX_PER_M = 420
ROW = 4096  # remap takes rows of at most 32 767


def coloured(material: Material, solid: Solid, place: Field, normal: Field) -> Field:
    """The colours of a list of places on a solid."""
    colours = np.broadcast_to(f32(material.colour), place.shape)
    if material.texture is not None:
        colours = colours * _textured(material.texture, solid, place, normal)
    if material.decal is not None:
        colours = _decorated(material.decal, colours, place, normal)
    return colours


def bent(rough: float, place: Field, normal: Field) -> Field:
    """Normals with the relief of cloth, or of skin where `rough` is small."""
    u = (place[:, 0] + 0.35 * place[:, 2]) * RELIEF_PX_PER_M
    v = (place[:, 1] + 0.9 * place[:, 2]) * RELIEF_PX_PER_M
    slope = np.float32(rough) * _looked_up(relief(11), u, v)
    return normalised(normal + np.concatenate([slope, 0.35 * slope[:, :1]], 1))


def _textured(texture: Texture, solid: Solid, place: Field, normal: Field) -> Field:
    """A box wears its texture on each side along its own axes; a limb along the world's x and y."""
    if isinstance(solid, Box):
        turn = solid.turn.astype(np.float32)
        corner = (solid.centre - solid.half @ solid.turn).astype(np.float32)
        place, normal = turned(place - corner, turn), turned(normal, turn)
    size = np.abs(normal)
    on_x = (size[:, 0] > size[:, 1]) & (size[:, 0] > size[:, 2])
    on_z = size[:, 2] >= np.maximum(size[:, 0], size[:, 1])
    u = np.where(on_x, place[:, 1], place[:, 0])
    v = np.where(on_z, place[:, 1], -place[:, 2])
    return linear(_looked_up(texture.picture, u * texture.px_per_m, v * texture.px_per_m))


def _looked_up(picture: Picture, x: Field, y: Field) -> Field:
    """The picture, repeated, at a list of points."""
    count = len(x)
    rows = -(-count // ROW)
    at_x, at_y = np.zeros((2, rows * ROW), np.float32)
    at_x[:count], at_y[:count] = x, y
    found = cv2.remap(
        picture,
        at_x.reshape(rows, ROW),
        at_y.reshape(rows, ROW),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )
    return found.reshape(rows * ROW, -1)[:count]


def _decorated(decal: Decal, colours: Field, place: Field, normal: Field) -> Field:
    axes = decal.axes.astype(np.float32)
    at = turned(place - decal.centre.astype(np.float32), axes)
    height, width = decal.picture.shape[:2]
    x, y = at[:, 0] * decal.px_per_m + width / 2, at[:, 1] * decal.px_per_m + height / 2
    shows = (normal @ axes[2] > 0.05) & (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    alpha = _looked_up(decal.alpha, x, y).astype(np.float32) / 255 * shows[:, None]
    painted: Field = colours * (1 - alpha) + linear(_looked_up(decal.picture, x, y)) * alpha
    return painted
