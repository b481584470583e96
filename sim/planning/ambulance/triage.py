"""Triage: what is told on the telephone, what the patient needs, and what video changes.

The shipped table gives what patients need for each urgency told (a confusion matrix). A video that
is seen in time shows the need; some of those whose need differs get the response changed to it:
raised, lowered, or spared (no ambulance at all).
"""

from pathlib import Path
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt
from pydantic import model_validator

from sim.nation import DATA
from sim.planning.ambulance.urgency import TOLD, UrgencyName, code
from sim.reading import read_toml, validated
from sim.table import Ratio, Table

Codes = npt.NDArray[np.int8]
Draws = npt.NDArray[np.float64]
Confusion = dict[
    UrgencyName, dict[UrgencyName, int]
]  # calls by what they were found to be, then by what was needed

_CODES = np.array([code(name) for name in TOLD], np.int8)


class Triage(Protocol):
    """What a demand needs of a triage; plug in your own. Codes are those of `Urgency`."""

    def told_and_needed(self, u_told: Draws, u_need: Draws) -> tuple[Codes, Codes]:
        """What is told by voice, and what is needed, for each call."""

    def after_video(self, told: Codes, need: Codes, u: Draws) -> Codes:
        """The urgency after a video was asked for; u is one uniform draw a call."""


class _Share(Table):
    value: Ratio
    source: str


class TriageTable(Table):
    """The triage of a file. `needed[told]` is a row of the confusion matrix."""

    title: str
    sources: dict[str, str]
    told: dict[UrgencyName, Ratio]
    needed: dict[UrgencyName, dict[UrgencyName, Ratio]]
    video_succeeds: _Share
    response_follows: _Share  # of the videos that show another need, those that change the response
    in_time: _Share  # of those, the ones that come before the vehicle is alarmed

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        rows = {"told": self.told, **{f"needed.{name}": self.needed.get(name, {}) for name in TOLD}}
        for name, row in rows.items():
            gone = [each for each in TOLD if each not in row]
            if gone or len(row) > len(TOLD):
                raise ValueError(f"{name} needs a share for each of {', '.join(TOLD)}, and no other")
            if abs(sum(row.values()) - 1) > 1e-6:
                raise ValueError(f"the shares of {name} sum to {sum(row.values()):g}; they must sum to 1")
        return self

    @property
    def changed(self) -> float:
        """The share of videos asked for that change a response."""
        return self.video_succeeds.value * self.response_follows.value * self.in_time.value

    def condition_share(self, *, more_critical: bool) -> float:
        """The share of calls whose patient is more (or less) critical than was told."""
        return sum(
            self.told[told] * share
            for told in TOLD
            for need, share in self.needed[told].items()
            if (code(need) < code(told) if more_critical else code(need) > code(told))
        )

    def told_and_needed(self, u_told: Draws, u_need: Draws) -> tuple[Codes, Codes]:
        told = np.searchsorted(self._rising(self.told), u_told, side="right")
        rows = np.array([self._rising(self.needed[name]) for name in TOLD])[told]
        return _CODES[told], _CODES[(u_need[:, None] >= rows).sum(axis=1)]

    def after_video(self, told: Codes, need: Codes, u: Draws) -> Codes:
        return np.where(u < self.changed, need, told).astype(np.int8)

    @staticmethod
    def _rising(row: dict[UrgencyName, float]) -> Draws:
        """The inner edges of the shares in [0, 1], one fewer than there are shares."""
        return np.cumsum([row[name] for name in TOLD])[:-1]


def confusion(found: Codes, need: Codes) -> Confusion:
    """Counted, for each of what a call may end in."""
    return {
        row: {col: int(((found == code(row)) & (need == code(col))).sum()) for col in TOLD} for row in TOLD
    }


def misjudged(counted: Confusion, *, too_little: bool) -> int:
    """Calls that were found less urgent than their patients needed; or, not too_little, more."""
    return sum(
        calls
        for found, needs in counted.items()
        for need, calls in needs.items()
        if (code(found) > code(need) if too_little else code(found) < code(need))
    )


def load_triage(path: Path = DATA / "ambulance" / "triage.toml") -> TriageTable:
    """Raises BadFile."""
    return validated(TriageTable, read_toml(path), path)
