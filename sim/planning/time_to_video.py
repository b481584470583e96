"""From request to picture, held against a target. It is the caller's, the carrier's and the machines' time:
no number of seats changes it, so what would is said instead.
"""

from dataclasses import dataclass
from math import inf, log

from scipy.optimize import brentq
from scipy.special import ndtr

from sim.nation import Nation
from sim.planning.country import Country, Video
from sim.planning.estimate import Estimate, quantile_s
from sim.planning.outcome import told
from sim.planning.question import Planning

REPLICATIONS = 5


@dataclass(frozen=True, slots=True)
class TimeToVideo:
    """Of a line's requests that gave a picture. `median_s_needed`: of the way to the picture, whose median is
    `median_s`, what would hold the target.
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
    lines = {stream.name: stream.line for stream in country.streams}
    found = []
    for line, video in videos.items():
        members = [n for n, name in enumerate(outcomes[0].names) if lines[name] == line]
        seen = [outcome.histograms["to_video"][members].sum(axis=0) for outcome in outcomes]
        found.append(
            TimeToVideo(
                line=line,
                share=target.share,
                within_s=target.within_s,
                at_share_s=Estimate(tuple(quantile_s(each, target.share) for each in seen)),
                median_s=video.to_video_s_median,
                median_s_needed=_median_s(video, target.share, target.within_s),
            )
        )
    return found


def _median_s(video: Video, share: float, within_s: float) -> float:
    """With which that share of the pictures that come before the operator gives up comes in time."""

    def more_than_needed(median_s: float) -> float:
        in_time, at_all = (
            float(ndtr(log(limit_s / median_s) / video.to_video_sigma))
            for limit_s in (within_s, video.gives_up_s)
        )
        return in_time / at_all - share

    if within_s >= video.gives_up_s:
        return inf
    return float(brentq(more_than_needed, within_s / 1e3, video.gives_up_s))
