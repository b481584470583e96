"""At which pace a scenario is told, and how much that is beside the real country's: said aloud in reports."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from math import exp, log
from statistics import NormalDist, fmean, median
from typing import Any, Literal

from sim.call import Call
from sim.nation import Nation, Wait
from sim.resolve import Resolved
from sim.week import WEEK_S, Week

_Z95 = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class Country:
    """The real week, computed from the nation's data."""

    requests_per_week: float
    session_s_mean: float

    @property
    def erlangs(self) -> float:
        """Sessions at once in the mean of the week, as if each request were seen: at most so many."""
        return self.requests_per_week * self.session_s_mean / WEEK_S


@dataclass(frozen=True, slots=True)
class Pace:
    """What the pictures of a scenario that are meant to be seen add up to.

    Erlangs are of the holds alone, as if each began when its call does: offered, not measured. None where
    there is no session, or the nation has no [demand].
    """

    pace: Literal["real", "condensed"]
    calls: int
    sessions: int
    lasts_s: float  # from the first call to the last
    session_s_median: float | None
    session_s_mean: float | None
    erlangs_mean: float | None
    erlangs_peak: float | None
    country: Country | None

    def as_table(self) -> dict[str, Any]:
        """For `resolved.toml`, which knows no None."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def pace_of(resolved: Resolved) -> Pace:
    """The pace of a resolved scenario, beside that of its nation."""
    told = resolved.scenario
    held = sorted((c.at_s, c.operator.holds_video_s) for c in resolved.calls if _is_to_be_seen(c))
    lengths_s = [hold_s for _, hold_s in held]
    begins = [call.at_s for call in resolved.calls]
    lasts_s = max(begins, default=0.0) - min(begins, default=0.0)
    to_the_end_s = max((at_s + hold_s for at_s, hold_s in held), default=0.0) - (held[0][0] if held else 0.0)
    return Pace(
        pace=told.pace,
        calls=len(resolved.calls),
        sessions=len(held),
        lasts_s=lasts_s,
        session_s_median=median(lengths_s) if held else None,
        session_s_mean=fmean(lengths_s) if held else None,
        erlangs_mean=sum(lengths_s) / to_the_end_s if to_the_end_s else None,
        erlangs_peak=_at_once(held) if held else None,
        country=country_of(resolved.nation, told.nation.full_rollout),
    )


def country_of(nation: Nation, full_rollout: bool) -> Country | None:
    """Of a mean week; None of a nation without [demand]."""
    if not nation.demand:
        return None
    week = Week(nation, full_rollout)
    requests = sum(week.requests)
    asked_s = sum(
        per_week * _mean(nation.people[centre.line].holds_video_s)
        for centre, per_week in zip(week.centres, week.requests, strict=True)
    )
    return Country(requests, asked_s / requests if requests else 0.0)


def _is_to_be_seen(call: Call) -> bool:
    who = call.caller
    asked = call.operator.asks_video and who.says_yes and who.approves
    filmed = not (who.camera_fails or who.media_blocked) and call.ordained != "sms_lost"
    return asked and filmed and call.outcome in (None, "seen", "withdrawn")


def _at_once(held: Sequence[tuple[float, float]]) -> float:
    steps = [(at_s, 1) for at_s, _ in held] + [(at_s + hold_s, -1) for at_s, hold_s in held]
    return float(max(accumulate(step for _, step in sorted(steps))))


def _mean(wait: Wait) -> float:
    """Of a lognormal by its median and 95th percentile."""
    sigma = log(wait.p95 / wait.median) / _Z95
    return wait.median * exp(sigma**2 / 2)
