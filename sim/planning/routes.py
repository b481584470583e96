"""Where night routing sends the calls: from each routed centre to its destination, how many."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.planning.country import Country, Desk
from sim.planning.estimate import Estimate
from sim.planning.outcome import Outcome
from sim.week import WEEK_S


@dataclass(frozen=True, slots=True)
class Route:
    centre: str
    to: str
    of_calls: Estimate
    """The share of the centre's calls that come at the hours of this route."""
    per_week: Estimate


def routes_of(outcomes: Sequence[Outcome], country: Country) -> tuple[Route, ...]:
    """Of all lines of a centre together, in the order of the centres."""
    desk_of = {stream.name: stream.desk for stream in country.streams}
    return tuple(
        _route(
            outcomes, desk, to, [n for n, name in enumerate(outcomes[0].names) if desk_of[name] == desk.name]
        )
        for desk in country.desks
        for to in dict.fromkeys(desk.sent_to.values())
    )


def _route(outcomes: Sequence[Outcome], desk: Desk, to: str, streams: list[int]) -> Route:
    hours = [hour for hour, other in desk.sent_to.items() if other == to]
    came = [outcome.histograms["came_at"][streams].sum(axis=0) for outcome in outcomes]
    sent = [float(by_hour[hours].sum()) for by_hour in came]
    shares = (one / max(float(by_hour.sum()), 1.0) for one, by_hour in zip(sent, came, strict=True))
    weeks = (outcome.counted_s / WEEK_S for outcome in outcomes)
    return Route(
        centre=desk.name,
        to=to,
        of_calls=Estimate(tuple(shares)),
        per_week=Estimate(tuple(one / n for one, n in zip(sent, weeks, strict=True))),
    )
