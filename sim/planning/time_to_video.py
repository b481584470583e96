"""From request to picture, held against a target. It is the caller's, the carrier's and the machines' time:
no number of seats changes it, so what would is said instead.
"""

from dataclasses import dataclass
from math import inf

from scipy.optimize import brentq

from sim.nation import Nation
from sim.planning.chain import PICTURE
from sim.planning.country import Country
from sim.planning.estimate import Estimate, quantile_s
from sim.planning.outcome import told
from sim.planning.question import Planning
from sim.planning.way import END_S, Way, way_of

REPLICATIONS = 5


@dataclass(frozen=True, slots=True)
class TimeToVideo:
    """Of a line's requests that gave a picture. `median_s` is of the way to it when nothing goes wrong;
    `median_s_needed` would hold the target, if every stage took so much less.
    """

    line: str
    share: float
    within_s: float
    at_share_s: Estimate
    median_s: float
    median_s_needed: float

    @property
    def held(self) -> bool:
        return self.at_share_s.mean <= self.within_s


def times_to_video(country: Country, nation: Nation, seed: int, planning: Planning) -> list[TimeToVideo]:
    """Of each line that turns to video, where the nation's data have a target. Raises year.Overrun."""
    target = nation.time_to_video
    videos = {stream.line: stream.video for stream in country.streams if stream.video.share}
    if target is None or not videos:
        return []
    outcomes = [
        told(country, seed, n, planning.days, planning.warm_up_days)
        for n in range(planning.replications or REPLICATIONS)
    ]
    found = []
    for line, video in videos.items():
        seen = [outcome.stages[line][PICTURE] for outcome in outcomes]
        way = way_of(video.chain, country.carriers)
        found.append(
            TimeToVideo(
                line=line,
                share=target.share,
                within_s=target.within_s,
                at_share_s=Estimate(tuple(quantile_s(each, target.share) for each in seen)),
                median_s=way.quantile_s(0.5),
                median_s_needed=way.quantile_s(0.5)
                * _factor(way, target.share, target.within_s, video.gives_up_s),
            )
        )
    return found


def _factor(way: Way, share: float, within_s: float, gives_up_s: float) -> float:
    """All stages so many times as long, and that share of the pictures that come at all comes in time."""

    def more_than_needed(factor: float) -> float:
        in_time, at_all = (way.share_within(limit_s / factor) for limit_s in (within_s, gives_up_s))
        return in_time / at_all - share

    if within_s >= gives_up_s:
        return inf
    return float(brentq(more_than_needed, within_s / END_S, gives_up_s))
