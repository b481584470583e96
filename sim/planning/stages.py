"""How requests for video get on, stage by stage and carrier by carrier, from what replications came to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.planning.carriers import Subscribers
from sim.planning.chain import STAGES
from sim.planning.estimate import Estimate, quantile_s
from sim.planning.outcome import Outcome
from sim.planning.tables import Ints
from sim.week import WEEK_S


@dataclass(frozen=True, slots=True)
class Stage:
    """Of a line's requests: those that come to it before the operator gives up, and how long that takes."""

    name: str
    per_week: Estimate
    of_requests: Estimate
    after_s_p50: Estimate
    after_s_p95: Estimate


@dataclass(frozen=True, slots=True)
class CarrierSms:
    """The links that a carrier is given: the share that arrives before the operator gives up, and after how
    long.
    """

    name: str
    per_week: Estimate
    arrive: Estimate
    takes_s_p50: Estimate
    takes_s_p95: Estimate


def stages_of(outcomes: Sequence[Outcome], line: str, members: Sequence[int]) -> tuple[Stage, ...]:
    """`members`: the places of the line's streams."""
    found = []
    for n, name in enumerate(STAGES):
        came = [outcome.stages[line][n] for outcome in outcomes]
        asked = [int(outcome.counts["asked"][members].sum()) for outcome in outcomes]
        shares = tuple(float(c.sum()) / max(1, a) for c, a in zip(came, asked, strict=True))
        found.append(Stage(name, _per_week(came, outcomes), Estimate(shares), *_quantiles(came)))
    return tuple(found)


def sms_of(outcomes: Sequence[Outcome], carriers: Sequence[Subscribers]) -> tuple[CarrierSms, ...]:
    found = []
    for n, carrier in enumerate(carriers):
        sent = [outcome.sms["sent"][n] for outcome in outcomes]
        arrived = [outcome.sms["arrived"][n] for outcome in outcomes]
        shares = tuple(float(a.sum()) / max(1, int(s)) for a, s in zip(arrived, sent, strict=True))
        found.append(
            CarrierSms(carrier.name, _per_week(sent, outcomes), Estimate(shares), *_quantiles(arrived))
        )
    return tuple(found)


def _per_week(counts: Sequence[Ints], outcomes: Sequence[Outcome]) -> Estimate:
    weeks = [outcome.counted_s / WEEK_S for outcome in outcomes]
    return Estimate(tuple(float(np.sum(n)) / w for n, w in zip(counts, weeks, strict=True)))


def _quantiles(histograms: Sequence[Ints]) -> tuple[Estimate, Estimate]:
    def over(q: float) -> Estimate:
        return Estimate(tuple(quantile_s(histogram, q) for histogram in histograms))

    return over(0.5), over(0.95)
