"""How long a step of a mission lasts: a distribution in seconds, with the source of its numbers."""

from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator
from scipy.special import ndtri

from sim.table import Seconds, Table

Amount = Annotated[float, Field(ge=0, strict=True)]


class Lasting(Table):
    """A lognormal by its median and sigma, an exponential by its mean; a sigma of 0 is a fixed time."""

    median_s: Seconds | None = None
    sigma: Amount = 0.0
    mean_s: Seconds | None = None
    source: str

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if (self.median_s is None) == (self.mean_s is None):
            raise ValueError("give median_s (and sigma) for a lognormal, or mean_s for an exponential")
        return self

    def at(self, u: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Seconds for uniform draws in (0, 1)."""
        if self.median_s is None:
            return np.asarray(-(self.mean_s or 0.0) * np.log1p(-u), np.float64)
        return np.asarray(self.median_s * np.exp(self.sigma * ndtri(u)), np.float64)
