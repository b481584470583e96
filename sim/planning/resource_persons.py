"""Resource persons: a doctor is asked into the picture. How many are needed, how long are they waited for?

They are one pool for the nation. No call waits for them, so this is reckoned after the telling, on the
sessions that it left: the same for both engines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from draws import uniforms
from sim.planning.country import Country
from sim.planning.oracle import kiefer_wolfowitz
from sim.planning.tables import Floats, Records

POOL_MAX = 1000


@dataclass(frozen=True, eq=False, slots=True)
class Looks:
    """Of one replication: when somebody was asked into a picture, and how long he then was taken up."""

    asked_s: Floats
    takes_s: Floats

    def waits_s(self, persons: int) -> Floats:
        """For a free one, first come, first served."""
        return kiefer_wolfowitz(self.asked_s, self.takes_s, persons)


def looks_of(
    sessions: Records, names: Sequence[str], entities: Records, country: Country, seed: int, replication: int
) -> Looks:
    """Drawn for each session of a telling; `names` and `entities` are of its streams."""
    by_name = {stream.name: stream.video for stream in country.streams}
    videos = [by_name[name] for name in names]
    row, of = sessions["stream"], entities[sessions["stream"]]
    asked = uniforms(seed, "plan/asks resource", of, sessions["k"], replication)
    takes = uniforms(seed, "plan/resource looks", of, sessions["k"], replication)
    share, median, sigma = (
        np.array([getattr(video, name) for video in videos])[row]
        for name in ("resource_asked", "looks_s_median", "looks_sigma")
    )
    takes_s = np.minimum(median * np.exp(sigma * ndtri(takes)), sessions["ends"] - sessions["begins"])
    chosen = np.flatnonzero(asked < share)
    chosen = chosen[np.argsort(sessions["begins"][chosen], kind="stable")]
    return Looks(sessions["begins"][chosen], takes_s[chosen])


def fewest(all_looks: Sequence[Looks], share: float, within_s: float) -> int:
    """So many that this share of the asked are free in time."""
    for persons in range(1, POOL_MAX):
        in_time = [np.mean(looks.waits_s(persons) <= within_s) for looks in all_looks if len(looks.asked_s)]
        if not in_time or np.mean(in_time) >= share:
            return persons
    return POOL_MAX
