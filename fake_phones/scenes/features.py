"""The paint of a face: brows, eyes, lips, creases, stubble. Laid onto a head as a decal.

Coordinates are metres from the point between the eyes, x to the right of the picture, y down.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fake_phones.scenes.paint import Cover, Paint, Points, bgr, blob, curve, lowered, mixed
from fake_phones.scenes.person import Person
from fake_phones.scenes.scene import Picture

WIDTH_M, ABOVE_M, BELOW_M = 0.170, 0.100, 0.130
LASH, PUPIL, GAP, TOOTH = (24, 22, 26), (12, 10, 10), (30, 22, 58), (196, 208, 216)


@dataclass(frozen=True)
class Expression:
    """What a face does, each from 0 to 1 (gaze from -1 to 1)."""

    eyes_open: float = 1.0
    mouth_open: float = 0.0
    teeth: float = 0.0
    """Clenched, lips drawn apart."""
    worry: float = 0.0
    """Inner ends of the brows raised, brow in folds."""
    frown: float = 0.0
    """Inner ends of the brows lowered."""
    pale: float = 0.0
    """Grey skin and blue lips."""
    gaze: tuple[float, float] = (0.0, 0.0)
    smile: float = 0.0
    """The corners of the mouth drawn out and up."""
    droop: float = 0.0
    """One side hangs and does not follow: above 0 the left, below 0 the right, as the face itself has it."""

    def limp(self, side: int) -> float:
        """How far the left (1) or right (-1) side hangs."""
        return max(0.0, side * self.droop)


@lru_cache(maxsize=64)
def face_paint(who: Person, doing: Expression, px_per_m: float) -> tuple[Picture, Picture]:
    """The paint of a face and its coverage (0 to 255)."""
    paint = Paint(WIDTH_M, ABOVE_M, BELOW_M, px_per_m, bgr(who.skin))
    _complexion(paint, who, doing)
    _creases(paint, who, doing)
    if who.beard > 0.05:
        _beard(paint, who)
    for side in (-1, 1):
        _eye(paint, who, doing, side)
        _brow(paint, who, doing, side)
    _mouth(paint, who, doing)
    return paint.sheet()


def _complexion(paint: Paint, who: Person, doing: Expression) -> None:
    skin, shade = bgr(who.skin), bgr(who.skin, 0.62)
    warm = mixed(skin, (78, 78, 200), 0.34 * (1 - doing.pale))
    if doing.pale:
        paint.lay(paint.shape(blob(0, 0.02, 0.075, 0.100), 0.012), (172, 178, 178), 0.45 * doing.pale)
    for side in (-1, 1):
        paint.lay(paint.shape(blob(side * 0.040, 0.038, 0.018, 0.014), 0.010), warm, 0.55)
        paint.lay(paint.shape(blob(side * 0.031, -0.001, 0.019, 0.014), 0.006), shade, 0.40)
        paint.lay(paint.shape(blob(side * 0.0085, 0.0465, 0.0042, 0.0022), 0.0009), bgr(who.skin, 0.3), 0.85)
        paint.lay(
            paint.line(curve(side * 0.006, side * 0.0155, (0.047, 0.043, 0.036)), 0.0015, 0.0015), shade, 0.6
        )
    paint.lay(paint.shape(blob(0, 0.034, 0.010, 0.012), 0.006), warm, 0.4)
    paint.lay(paint.shape(blob(0, 0.0505, 0.014, 0.003), 0.003), shade, 0.5)
    paint.lay(paint.shape(blob(0, 0.0915, 0.014, 0.003), 0.003), shade, 0.5)


def _creases(paint: Paint, who: Person, doing: Expression) -> None:
    shade = bgr(who.skin, 0.58)
    for side in (-1, 1):
        bag = curve(side * 0.019, side * 0.044, (0.012, 0.0165, 0.011))
        paint.lay(paint.line(bag, 0.002, 0.0018), shade, 0.3 + 0.3 * who.age)
        fold = curve(side * 0.019, side * 0.031, (0.043, 0.055, 0.070))
        deep = 0.2 + 0.45 * who.age + 0.4 * doing.teeth + 0.5 * doing.smile
        paint.lay(paint.line(fold, 0.002, 0.002), shade, min(1.0, deep) * (1 - 0.8 * doing.limp(side)))
    across = [curve(-0.032, 0.032, (y, y - 0.003, y)) for y in (-0.037, -0.045, -0.053)]
    folded = 0.15 * who.age + 0.4 * who.age * doing.worry + 0.22 * doing.worry
    paint.lay(paint.lines(across, 0.0013, 0.0012), shade, folded)
    between = [np.array([(x, -0.026), (x * 0.8, -0.014)]) for x in (-0.005, 0.005)]
    paint.lay(paint.lines(between, 0.0013, 0.001), shade, 0.75 * max(doing.frown, 0.5 * doing.worry))


def _beard(paint: Paint, who: Person) -> None:
    jaw = curve(-0.066, 0.066, (0.015, 0.085, 0.128, 0.136, 0.128, 0.085, 0.015), 48)
    cheek = curve(0.066, -0.066, (0.015, 0.052, 0.060, 0.0620, 0.060, 0.052, 0.015), 48)
    hair = mixed(bgr(who.hair, 0.9), bgr(who.skin, 0.55), 0.45)
    paint.lay(paint.shape(np.concatenate([jaw, cheek]), 0.005), hair, 0.25 + 0.5 * who.beard)


def _eye(paint: Paint, who: Person, doing: Expression, side: int) -> None:
    x, limp = side * 0.0315, doing.limp(side)
    opened = doing.eyes_open * (1 - 0.38 * limp) * (1 - 0.18 * doing.smile * (1 - limp))
    inner, outer = x - side * 0.0150, x + side * 0.0158
    top, low = 0.0040 - 0.0112 * opened, 0.0045 + 0.0022 * opened + 0.0016 * limp
    upper = curve(inner, outer, (0.0032, 0.7 * top + 0.0008, top, 0.62 * top + 0.0008, 0.0002))
    lower = curve(inner, outer, (0.0032, low * 0.92, low, low * 0.85, 0.0002))
    lid = curve(inner, outer, (0.0000, -0.0088, -0.0116, -0.0100, -0.0040))
    paint.lay(paint.shape(np.concatenate([lid, upper[::-1]]), 0.001), bgr(who.skin, 0.82), 0.8)
    paint.lay(paint.line(lid, 0.0012, 0.0010), bgr(who.skin, 0.42), 0.7)
    if opened > 0.08:
        _eyeball(paint, who, doing, x, paint.shape(np.concatenate([upper, lower[::-1]]), 0.0003), upper)
    paint.lay(paint.line(lower, 0.0009, 0.0006), bgr(who.skin, 0.45), 0.7)
    paint.lay(paint.line(upper, 0.0019, 0.0004), LASH, 0.92)


def _eyeball(paint: Paint, who: Person, doing: Expression, x: float, slit: Cover, upper: Points) -> None:
    gx, gy = x + 0.0045 * doing.gaze[0], 0.0004 + 0.003 * doing.gaze[1]
    paint.lay(slit, (200, 206, 212))
    for side in (-1, 1):
        corner = paint.shape(blob(x + side * 0.0150, 0.001, 0.006, 0.006), 0.002)
        paint.lay(slit & corner, (140, 140, 168), 0.7)
    paint.lay(slit & paint.shape(blob(gx, gy, 0.0062, 0.0062), 0.0003), bgr(who.eyes, 0.40))
    paint.lay(slit & paint.shape(blob(gx, gy + 0.0003, 0.0050, 0.0050), 0.0006), bgr(who.eyes))
    paint.lay(slit & paint.shape(blob(gx, gy + 0.0022, 0.0034, 0.0020), 0.001), bgr(who.eyes, 1.5), 0.6)
    paint.lay(slit & paint.shape(blob(gx, gy, 0.0026, 0.0026), 0.0003), PUPIL)
    paint.lay(slit & paint.line(lowered(upper, 0.0015), 0.0040, 0.001), (40, 38, 46), 0.5)
    paint.lay(
        slit & paint.shape(blob(gx - 0.0020, gy - 0.0022, 0.0013, 0.0013), 0.0002), (255, 255, 255), 0.9
    )


def _brow(paint: Paint, who: Person, doing: Expression, side: int) -> None:
    inner, outer = side * 0.0125, side * 0.0510
    up = 0.0065 * doing.worry - 0.0055 * doing.frown
    up -= 0.0012 * doing.limp(side)  # the forehead is spared: a brow hangs but little
    line = curve(inner, outer, (-0.0185 - up, -0.0225 - 0.4 * up, -0.0240, -0.0165 + 0.2 * up), 36)
    hair = mixed(bgr(who.hair, 0.7), (44, 40, 44), 0.35)
    thin = 0.8 if who.cut == "long" else 1.0
    paint.lay(paint.line(line[:26], 0.0052 * thin, 0.0013), hair, 0.45)
    paint.lay(paint.line(line[18:], 0.0030 * thin, 0.0011), hair, 0.45)
    lean = np.linspace(-0.0042, 0.0002, len(line))
    hairs = [
        np.array([root, (root[0] + side * 0.0045, root[1] + tip)])
        for root, tip in zip(line, lean, strict=True)
    ]
    paint.lay(paint.lines([lowered(hair_line, 0.0008) for hair_line in hairs], 0.0007), hair, 0.6)


def _mouth(paint: Paint, who: Person, doing: Expression) -> None:
    y, gap = 0.0720, 0.021 * doing.mouth_open + 0.008 * doing.teeth
    rise = 0.25 * gap
    (right, corner_r), (left, corner_l) = (_corner(doing, side, y + 0.3 * gap) for side in (-1, 1))

    def lip_line(*between: float) -> Points:
        """From corner to corner; between them at these heights, tilted as the corners are."""
        tilt = [corner_r + (corner_l - corner_r) * k / (len(between) + 1) for k in range(1, len(between) + 1)]
        level = y + 0.0016 + 0.0024 * doing.worry + 0.3 * gap
        heights = (
            corner_r,
            *(at + 0.65 * (t - level) for at, t in zip(between, tilt, strict=True)),
            corner_l,
        )
        return curve(right, left, heights, 42)

    upper = lip_line(*(y - rise - k for k in (0.0040, 0.0068, 0.0054, 0.0068, 0.0040)))
    parting = lip_line(*(y - rise + k for k in (0.0008, 0.0018, 0.0008)))
    below = lip_line(*(y + gap + k for k in (0.0010, 0.0026, 0.0010)))
    lower = lip_line(*(y + gap + k for k in (0.0086, 0.0118, 0.0086)))
    lip = mixed(mixed(bgr(who.skin, 0.78), (76, 66, 168), 0.36), (150, 118, 128), 0.6 * doing.pale)
    if gap > 0.001:
        _opening(paint, doing, np.concatenate([parting, below[::-1]]), parting, gap)
    upper_lip = paint.shape(np.concatenate([upper, parting[::-1]]), 0.0009)
    paint.lay(upper_lip, mixed(lip, (40, 34, 80), 0.18), 0.82)
    paint.lay(paint.shape(np.concatenate([below, lower[::-1]]), 0.0010), lip, 0.80)
    shine = curve(0.4 * right, 0.4 * left, (y + 0.0058 + gap, y + 0.0066 + gap, y + 0.0058 + gap))
    paint.lay(paint.line(shine, 0.0016, 0.0012), mixed(lip, (255, 255, 255), 0.45), 0.4)
    if gap <= 0.001:
        paint.lay(paint.line(parting, 0.0011, 0.0004), (34, 28, 62), 0.8)
    for x, corner in ((right, corner_r), (left, corner_l)):
        paint.lay(paint.shape(blob(x, corner, 0.0022, 0.0018), 0.001), bgr(who.skin, 0.5), 0.6)


def _corner(doing: Expression, side: int, y: float) -> tuple[float, float]:
    """Where a corner of the mouth is: x and y. The limp side hangs, and is drawn over to the other."""
    limp, other = doing.limp(side), doing.limp(-side)
    pull = doing.smile * (1 - 0.92 * limp)
    half = 0.0240 + 0.005 * doing.teeth - 0.003 * doing.mouth_open + 0.0062 * pull
    half += 0.0022 * other * (0.4 + doing.smile) - 0.0026 * limp * (0.5 + doing.smile)
    return side * half, y + 0.0016 + 0.0024 * doing.worry + 0.0078 * limp - 0.0072 * pull - 0.0012 * other


def _opening(paint: Paint, doing: Expression, edge: Points, parting: Points, gap: float) -> None:
    mouth = paint.shape(edge, 0.0004)
    paint.lay(mouth, GAP)
    middle = parting[4:-4]
    clenched = doing.teeth > 0.4
    edge_y = parting[:, 1].min() + (gap + 0.004 if clenched else 0.0068)
    teeth = np.concatenate([middle, np.stack([middle[::-1, 0], np.full(len(middle), edge_y)], -1)])
    paint.lay(mouth & paint.shape(teeth, 0.0006), TOOTH, 0.85)
    if clenched:
        paint.lay(mouth & paint.line(lowered(middle, 0.55 * gap), 0.0009, 0.0004), (96, 92, 104), 0.8)
    else:
        tongue = blob(0, parting[:, 1].max() + gap, 0.012, 0.4 * gap)
        paint.lay(mouth & paint.shape(tongue, 0.002), (84, 72, 150), 0.7)
