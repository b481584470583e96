"""Rates measured back from pictures: compressions and breaths a minute, as a viewer could count them.

The sway of the hand is found by optical flow (Farneback) and taken away, picture by picture; what is left
of the motion is searched for the place and the rate at which something goes up and down. For decoded video of
320 x 240 at 150 kbit/s or better; less steady or smaller pictures hide breaths, not compressions.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from fake_phones.scenes.scene import Field, Picture, f32

COMPRESSIONS, BREATHS = (50.0, 180.0), (5.0, 45.0)
"""Where to look, a minute."""
WIDTH_PX = 320
BLOCK_PX = 16
EDGE_BLOCKS = 2  # sway leaves nothing to compare at the edges
PLACES = 6
"""So many places that move most decide the rate."""
SURE, MOVES_PX = 12.0, 0.10
LEAST_S = 4.0
FINER = 8  # steps of the spectrum between two that are independent


@dataclass(frozen=True)
class Rhythm:
    """What goes up and down in a film."""

    per_min: float
    strength: float
    """How far its peak stands over the rest of the band: less than `SURE` is chance."""
    moves_px: float
    """How far it goes from its middle, in pixels of a picture that is 320 wide."""

    @property
    def seen(self) -> bool:
        """Whether there is a rhythm. A hand that sways leaves some 0.07 px of its own behind the codec."""
        return self.strength >= SURE and self.moves_px >= MOVES_PX


def compressions(pictures: Iterable[Picture], fps: float) -> Rhythm:
    """How a chest is compressed. Raises ValueError for less than `LEAST_S` of film."""
    return rhythm(pictures, fps, COMPRESSIONS)


def breaths(pictures: Iterable[Picture], fps: float) -> Rhythm:
    """How a chest rises; the film should hold three breaths. Raises ValueError as `compressions` does."""
    return rhythm(pictures, fps, BREATHS)


def rhythm(pictures: Iterable[Picture], fps: float, band: tuple[float, float]) -> Rhythm:
    """The strongest rhythm within a band (a minute) of pictures that come at `fps` a second."""
    grey = [_grey(picture) for picture in pictures]
    if len(grey) < LEAST_S * fps:
        raise ValueError(f"{len(grey)} pictures at {fps:g} a second: a rate needs {LEAST_S:g} s of film")
    moved = _moved(grey)
    spectrum = np.fft.rfft(moved * np.hanning(len(moved))[:, None], FINER * len(moved), axis=0)
    per_min = np.fft.rfftfreq(FINER * len(moved), 1 / fps) * 60
    inside = (per_min >= band[0]) & (per_min <= band[1])
    power = np.abs(spectrum[inside]) ** 2
    places = np.argsort(power.max(0))[-PLACES:]
    together = power[:, places].sum(1)
    peak = int(together.argmax())
    moves_px = 4 * np.sqrt(power[:, places].max(0).mean()) / len(moved)  # of a sine under a Hann window
    return Rhythm(float(per_min[inside][peak]), float(together[peak] / np.median(together)), float(moves_px))


def _grey(picture: Picture) -> Picture:
    height = round(picture.shape[0] * WIDTH_PX / picture.shape[1])
    return cv2.cvtColor(
        cv2.resize(picture, (WIDTH_PX, height), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY
    )


def _moved(pictures: list[Picture]) -> Field:
    """(pictures, places): how far (px) each place is below its own, when the hand's sway is taken away."""
    halves = [cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for picture in pictures]
    middle = halves[len(halves) // 2]
    steady = [_steadied(picture, _sway(middle, half)) for picture, half in zip(pictures, halves, strict=True)]
    mean = f32(np.mean(steady, 0))
    slopes = cv2.Sobel(mean, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(mean, cv2.CV_32F, 0, 1) / 8
    together = _together(mean, slopes)
    xx, yy, xy = (_places(a * b) for a, b in ((slopes[0],) * 2, (slopes[1],) * 2, slopes))
    flat = 1.0  # where nothing is to be seen, nothing moves
    certain = (xx + flat) * (yy + flat) - xy * xy
    moved = []
    for picture in steady:
        rest = _without(picture - mean, together)
        x, y = (-_places(slope * rest) for slope in slopes)
        moved.append(((xx + flat) * y - xy * x) / certain)
    return np.stack(moved)


def _sway(reference: Picture, picture: Picture) -> Field:
    """The affine map (2 x 3) from the reference's pixels to the picture's that most of it follows."""
    height, width = (side // 8 for side in reference.shape)
    none = np.zeros((*reference.shape, 2), np.float32)
    flow = cv2.calcOpticalFlowFarneback(reference, picture, none, 0.5, 3, 15, 2, 5, 1.1, 0)
    moved = cv2.resize(flow, (width, height), interpolation=cv2.INTER_AREA).reshape(-1, 2)
    y, x = 8 * np.mgrid[0:height, 0:width].reshape(2, -1) + 3.5
    places = np.stack([x, y, np.ones_like(x)], 1)
    weight = np.ones(len(moved))
    for _ in range(4):
        weighed = places * weight[:, None]
        fit = np.linalg.solve(weighed.T @ places, weighed.T @ moved)
        off = np.hypot(*(moved - places @ fit).T)
        weight = 1 / (1 + (off / (1.5 * np.median(off) + 1e-3)) ** 2)
    return f32(fit.T + np.eye(2, 3))


def _steadied(picture: Picture, sway: Field) -> Field:
    """The picture put where the reference is; `sway` is in pixels of half the size."""
    move = sway.copy()
    move[:, 2] = 2 * sway[:, 2] + 0.5 - 0.5 * sway[:, :2].sum(1)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    back = cv2.warpAffine(picture, move, picture.shape[::-1], flags=how, borderMode=cv2.BORDER_REPLICATE)
    return f32(cv2.GaussianBlur(back, (0, 0), 1.2))


def _together(mean: Field, slopes: tuple[Field, Field]) -> Field:
    """How each pixel changes (its last axis) when the whole picture moves a little, or the light changes."""
    y, x = np.mgrid[0 : mean.shape[0], 0 : mean.shape[1]].astype(np.float32)
    moves = [slope * by for slope in slopes for by in (x / mean.shape[1], y / mean.shape[0], np.ones_like(x))]
    return np.stack([*moves, mean, np.ones_like(mean)], -1)


def _without(difference: Field, together: Field) -> Field:
    """What is left of a difference when the whole picture's is taken away; what moves alone has no say."""
    inner = slice(24, -24, 5), slice(24, -24, 5)
    terms, seen = together[inner].reshape(-1, together.shape[-1]), difference[inner].ravel()
    weight = np.ones_like(seen)
    for _ in range(2):
        weighed = terms * weight[:, None]
        fit = np.linalg.solve(weighed.T @ terms + 1e-3 * np.eye(terms.shape[1]), weighed.T @ seen)
        off = np.abs(seen - terms @ fit)
        weight = f32(1 / (1 + (off / (2 * np.median(off) + 0.1)) ** 2))
    return f32(difference - np.einsum("yxk,k->yx", together, f32(fit)))  # no threads that wait for each other


def _places(pixels: Field) -> Field:
    """The mean around each place, in a list; places overlap, the edges of the picture are left out."""
    size = (pixels.shape[1] // BLOCK_PX, pixels.shape[0] // BLOCK_PX)
    around = cv2.blur(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), (3, 3))
    return f32(around[EDGE_BLOCKS:-EDGE_BLOCKS, EDGE_BLOCKS:-EDGE_BLOCKS]).ravel()
