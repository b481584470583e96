"""Requests for video that gave a picture."""

from collections.abc import Iterator

from sim.nation import Nation
from sim.planning.demand import country_of
from sim.planning.question import Planning
from sim.planning.validation.case import Case, within
from sim.planning.validation.facts import Facts
from sim.planning.year import tell


def video_cases(facts: Facts, nation: Nation, seed: int, quick: bool) -> Iterator[Case]:
    """The nation as it is planned, video at all centres."""
    streams = tell(
        country_of(nation, Planning(overflow=False, season=False)), seed, days=28.0 if quick else 182.0
    ).streams
    passes = facts.video.seen_range
    yield within(
        "facts: video, requests that gave a picture",
        float(streams["seen"].sum() / streams["asked"].sum()),
        facts.video.seen.value,
        passes.low,
        passes.high,
        f"of {int(streams['asked'].sum())} requests; reproduced, not predicted: the funnel is made for it",
    )
