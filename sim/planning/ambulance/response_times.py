"""Response times of places as mixtures of a near and a far ambulance, fitted to three published figures.

A place's response time in seconds is w LN(near, s) + (1 - w) LN(far, s): two lognormals by their medians
and one spread. Three numbers are fitted to three, so that a fit reproduces the table and predicts nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.optimize import brentq, root
from scipy.special import ndtri

from sim.nation import DATA
from sim.reading import read_toml, validated
from sim.table import Positive, Ratio, Table

TABLE = DATA / "ambulance" / "response-times.toml"

# where the fit begins: the near ambulance as a part of the median, the far one of the 90th percentile
_STARTS = ((0.95, 0.95), (0.95, 1.15), (0.7, 0.95))
_NORMAL = NormalDist()


class PublishedPlace(Table):
    """A row of the table, h:mm:ss as published."""

    name: str
    mean: str = Field(pattern=r"^\d\d:\d\d:\d\d$")
    median: str = Field(pattern=r"^\d\d:\d\d:\d\d$")
    p90: str = Field(pattern=r"^\d\d:\d\d:\d\d$")
    doubt: str = ""

    @property
    def figures_s(self) -> tuple[float, float, float]:
        """Mean, median and 90th percentile in seconds."""
        mean, median, p90 = (_seconds(text) for text in (self.mean, self.median, self.p90))
        return mean, median, p90


class _Spreads(Table):
    values: tuple[Positive, ...] = Field(min_length=1)
    source: str


class _Share(Table):
    value: Ratio
    source: str


class _Count(Table):
    value: int = Field(ge=0)
    source: str


class _Fit(Table):
    spreads: _Spreads
    tolerance: _Share
    places_at_least: _Count


class PublishedTable(Table):
    title: str
    sources: dict[str, str]
    fit: _Fit
    places: tuple[PublishedPlace, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Mixture:
    """w LN(near_s, spread) + (1 - w) LN(far_s, spread); medians in seconds."""

    w: float
    near_s: float
    far_s: float
    spread: float

    @property
    def mean_s(self) -> float:
        return exp(self.spread**2 / 2) * (self.w * self.near_s + (1 - self.w) * self.far_s)

    def share_within(self, s: float) -> float:
        """The share of responses of at most s seconds."""
        z_near, z_far = self._z(s)
        return self.w * _NORMAL.cdf(z_near) + (1 - self.w) * _NORMAL.cdf(z_far)

    def quantile_s(self, p: float) -> float:
        ends = sorted((self.near_s, self.far_s))
        lowest, highest = ends[0] * exp(-8 * self.spread), ends[1] * exp(8 * self.spread)
        return float(brentq(lambda s: self.share_within(s) - p, lowest, highest))

    def firmness(self, s: float) -> float:
        """s times the density at s: a quantile that stands there moves by 1 % for so many % of the places'
        missions. Near 0 in the gap between near and far."""
        z_near, z_far = self._z(s)
        return (self.w * _NORMAL.pdf(z_near) + (1 - self.w) * _NORMAL.pdf(z_far)) / self.spread

    def at(
        self, u_which: npt.NDArray[np.float64], u_time: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Response times in seconds for two arrays of uniform draws."""
        median = np.where(u_which < self.w, self.near_s, self.far_s)
        return np.asarray(median * np.exp(self.spread * ndtri(u_time)), np.float64)

    @property
    def figures_s(self) -> tuple[float, float, float]:
        """Mean, median and 90th percentile in seconds."""
        return self.mean_s, self.quantile_s(0.5), self.quantile_s(0.9)

    def _z(self, s: float) -> tuple[float, float]:
        return log(s / self.near_s) / self.spread, log(s / self.far_s) / self.spread


def fitted(mean_s: float, median_s: float, p90_s: float, spreads: tuple[float, ...]) -> Mixture:
    """The mixture with these figures whose median and 90th percentile stand firmest; where no spread gives
    one, the single lognormal of this median and 90th percentile."""
    figures = mean_s, median_s, p90_s
    exact = [fit for spread in spreads if (fit := _with_spread(figures, spread)) is not None]
    if not exact:
        return Mixture(1.0, median_s, median_s, log(p90_s / median_s) / _NORMAL.inv_cdf(0.9))
    return max(exact, key=lambda fit: min(fit.firmness(median_s), fit.firmness(p90_s)))


def _with_spread(figures: tuple[float, float, float], spread: float) -> Mixture | None:
    """The firmest of the mixtures with this spread and exactly these figures, if there is one."""
    mean_s, median_s, p90_s = figures

    def mixture(v: Sequence[float]) -> Mixture:
        """Near below the median, far above it; w is what gives the mean."""
        near_s, far_s = median_s / (1 + exp(-_bounded(v[0]))), median_s * (1 + exp(_bounded(v[1])))
        w = (far_s - mean_s / exp(spread**2 / 2)) / (far_s - near_s)
        return Mixture(w, near_s, far_s, spread)

    def off(v: Sequence[float]) -> list[float]:
        fit = mixture(v)
        return [fit.share_within(median_s) - 0.5, fit.share_within(p90_s) - 0.9]

    starts = [(-log(1 / near - 1), log(max(far * p90_s / median_s - 1, 0.01))) for near, far in _STARTS]
    found = [(mixture(each.x), each.success) for each in (root(off, start) for start in starts)]
    exact = [fit for fit, success in found if success and 0 <= fit.w <= 1]
    return max(exact, key=lambda fit: min(fit.firmness(median_s), fit.firmness(p90_s)), default=None)


def _bounded(v: float) -> float:
    return max(-10.0, min(10.0, float(v)))


def published(path: Path = TABLE) -> PublishedTable:
    """The table of places. Raises BadFile."""
    return validated(PublishedTable, read_toml(path), path)


@cache
def place_mixtures() -> dict[str, Mixture]:
    """Place -> its response-time mixture, fitted to the shipped table."""
    table = published()
    return {p.name: fitted(*p.figures_s, table.fit.spreads.values) for p in table.places}


def response_time_cases() -> list[dict[str, Any]]:
    """For `lab113 validate`: a case per place (mean, median, 90th percentile in minutes) and one for their
    number. `interval` holds what passes, a pair per figure; `detail` says what a figure cannot."""
    table = published()
    tolerance = table.fit.tolerance.value
    cases = [_case(place, place_mixtures()[place.name], tolerance) for place in table.places]
    near = sum(case["outcome"] == "passed" for case in cases)
    at_least = table.fit.places_at_least.value
    count = {
        "name": f"ambulance: places within {tolerance:.0%} on all three figures",
        "outcome": "passed" if near >= at_least else "failed",
        "measured": near,
        "expected": at_least,
        "interval": [at_least, len(cases)],
        "detail": f"reproduced, not predicted; an alphabetical head of a longer list: {table.title}",
    }
    return [*cases, count]


def _case(place: PublishedPlace, mixture: Mixture, tolerance: float) -> dict[str, Any]:
    measured, expected = mixture.figures_s, place.figures_s
    within = all(abs(m / e - 1) <= tolerance for m, e in zip(measured, expected, strict=True))
    return {
        "name": f"ambulance: response times at {place.name}",
        "outcome": "passed" if within else "failed",
        "measured": [round(s / 60, 3) for s in measured],
        "expected": [round(s / 60, 3) for s in expected],
        "interval": [[round(s / 60 * (1 + t), 3) for t in (-tolerance, tolerance)] for s in expected],
        "detail": place.doubt,
    }


def _seconds(text: str) -> float:
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return hours * 3600.0 + minutes * 60.0 + seconds
