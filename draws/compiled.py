"""The same draws for numba: Philox, the four uniforms of one block, and what a uniform becomes.

`quarters` here and `draws.quarters` give the same numbers, which a test holds bit for bit.
"""

import re
import sys
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from math import exp, log, sqrt
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

F = TypeVar("F", bound=Callable[..., Any])
Uniforms = npt.NDArray[np.float64]

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_MASK, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_STEP = 1.0 / 4294967296.0
_FROM = re.compile(r"^from ([\w.]+) import", re.MULTILINE)


def compiled(function: F) -> F:
    """Numba's `njit`, typed: kept on disk, free of the GIL, without reference counts, all of it in one piece.

    Nothing compiled may make an array: then nothing needs counting. In one piece: a call would hand over
    every word of every array that goes with it, which took most of the time.
    """
    options: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
    made = numba.njit(forceinline=True, **options)(function)
    # numba looks for changes in the function's own file only, but what it calls is in its code as well
    made._cache._cache_file._source_stamp = _sources(function.__module__)
    return cast(F, made)


@cache
def _sources(module: str) -> str:
    """What tells whether a module, or what it imports from its own package and from here, has changed."""
    text = Path(sys.modules[module].__file__ or "").read_text(encoding="utf-8")
    inside = (__package__, module.split(".")[0])
    imported = [name for name in _FROM.findall(text) if name.split(".")[0] in inside and name in sys.modules]
    return sha256("".join([text, *map(_sources, imported)]).encode()).hexdigest()


@compiled
def quarters(key: np.uint64, entity: np.uint64, k: np.uint64) -> tuple[float, float, float, float]:
    """Four uniforms in (0, 1), 32 bits each, of one Philox4x32-10 block."""
    c0, c1, c2, c3 = entity & _MASK, entity >> _HALF, k & _MASK, k >> _HALF
    k0, k1 = key & _MASK, key >> _HALF
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> _HALF) ^ c1 ^ k0, p1 & _MASK, (p0 >> _HALF) ^ c3 ^ k1, p0 & _MASK
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
    return (c0 + 0.5) * _STEP, (c1 + 0.5) * _STEP, (c2 + 0.5) * _STEP, (c3 + 0.5) * _STEP


@compiled
def quarters_ahead(key: np.uint64, entity: np.uint64, k: np.uint64, out: Uniforms) -> None:
    """`quarters` of k, k + 1, ... into the columns of `out` (four rows). A seventh of the time for each."""
    for n in range(out.shape[1]):
        out[0, n], out[1, n], out[2, n], out[3, n] = quarters(key, entity, k + np.uint64(n))


@compiled
def normal(u: float) -> float:
    """The standard normal's quantile: Wichura's AS 241 (PPND16), as `statistics.NormalDist` has it."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _central(r)
    r = sqrt(-log(min(u, 1.0 - u)))
    x = _near(r - 1.6) if r <= 5.0 else _far(r - 5.0)
    return -x if q < 0.0 else x


@compiled
def _central(r: float) -> float:
    a = 2.50908_09287_30122_6727e3 * r + 3.34305_75583_58812_8105e4
    a = (
        ((a * r + 6.72657_70927_00870_0853e4) * r + 4.59219_53931_54987_1457e4) * r
    ) + 1.37316_93765_50946_1125e4
    a = (
        (a * r + 1.97159_09503_06551_4427e3) * r + 1.33141_66789_17843_7745e2
    ) * r + 3.38713_28727_96366_6080e0
    b = 5.22649_52788_52854_5610e3 * r + 2.87290_85735_72194_2674e4
    b = (
        ((b * r + 3.93078_95800_09271_0610e4) * r + 2.12137_94301_58659_5867e4) * r
    ) + 5.39419_60214_24751_1077e3
    b = ((b * r + 6.87187_00749_20579_0830e2) * r + 4.23133_30701_60091_1252e1) * r + 1.0
    return a / b


@compiled
def _near(r: float) -> float:
    a = 7.74545_01427_83414_07640e-4 * r + 2.27238_44989_26918_45833e-2
    a = (
        ((a * r + 2.41780_72517_74506_11770e-1) * r + 1.27045_82524_52368_38258e0) * r
    ) + 3.64784_83247_63204_60504e0
    a = (
        (a * r + 5.76949_72214_60691_40550e0) * r + 4.63033_78461_56545_29590e0
    ) * r + 1.42343_71107_49683_57734e0
    b = 1.05075_00716_44416_84324e-9 * r + 5.47593_80849_95344_94600e-4
    b = (
        ((b * r + 1.51986_66563_61645_71966e-2) * r + 1.48103_97642_74800_74590e-1) * r
    ) + 6.89767_33498_51000_04550e-1
    b = ((b * r + 1.67638_48301_83803_84940e0) * r + 2.05319_16266_37758_82187e0) * r + 1.0
    return a / b


@compiled
def _far(r: float) -> float:
    a = 2.01033_43992_92288_13265e-7 * r + 2.71155_55687_43487_57815e-5
    a = (
        ((a * r + 1.24266_09473_88078_43860e-3) * r + 2.65321_89526_57612_30930e-2) * r
    ) + 2.96560_57182_85048_91230e-1
    a = (
        (a * r + 1.78482_65399_17291_33580e0) * r + 5.46378_49111_64114_36990e0
    ) * r + 6.65790_46435_01103_77720e0
    b = 2.04426_31033_89939_78564e-15 * r + 1.42151_17583_16445_88870e-7
    b = (
        ((b * r + 1.84631_83175_10054_68180e-5) * r + 7.86869_13114_56132_59100e-4) * r
    ) + 1.48753_61290_85061_48525e-2
    b = ((b * r + 1.36929_88092_27358_05310e-1) * r + 5.99832_20655_58879_37690e-1) * r + 1.0
    return a / b


@compiled
def lognormal(u: float, median: float, sigma: float) -> float:
    return median * exp(sigma * normal(u))


@compiled
def exponential(u: float, mean: float) -> float:
    return -mean * log(1.0 - u)
