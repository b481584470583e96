"""An answer's figures by stream of calls and by line."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sim.arrivals import Burst
from sim.nation import Nation
from sim.planning.cost import staff_years
from sim.planning.country import Country
from sim.planning.estimate import Estimate, quantile_s
from sim.planning.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Row:
    """One stream of calls, or one line of the nation. An incident's calls come to seats that are its
    centre's: it has none of its own, nor staff.
    """

    name: str
    line: str
    seats: int
    """At the fullest hour."""
    staff_years: float
    calls: Estimate
    share_in_time: Estimate
    """Of all that came; who gave up was not answered in time."""
    answered_in_time: Estimate
    """Of the answered only, as most published figures count."""
    wait_s_p50: Estimate
    wait_s_p95: Estimate
    abandoned: Estimate
    overflowed: Estimate
    routed: Estimate
    """Of the calls, that came at hours at which another centre takes them."""
    occupancy: Estimate
    repeats: Estimate
    """Answered calls about an incident that was known already."""
    video_asked: Estimate
    video_seen: Estimate
    target: float


class Rows:
    """Makes them, from what the replications came to."""

    def __init__(self, outcomes: Sequence[Outcome], country: Country, nation: Nation) -> None:
        self.lines = list(dict.fromkeys(stream.line for stream in country.streams))
        self._outcomes, self._nation = outcomes, nation
        self._desks = {desk.name: desk for desk in country.desks}
        streams = {stream.name: stream for stream in country.streams}
        self._streams = [streams[name] for name in outcomes[0].names]
        self._place = {desk: n for n, desk in enumerate(outcomes[0].desks)}

    def places(self, of_incidents: bool) -> list[int]:
        """In the outcomes, of the incidents' streams or of all others."""
        return [n for n, one in enumerate(self._streams) if isinstance(one.arrivals, Burst) == of_incidents]

    def members(self, line: str) -> list[int]:
        """Places of its streams in the outcomes."""
        return [n for n, stream in enumerate(self._streams) if stream.line == line]

    def of_stream(self, n: int) -> Row:
        name = self._streams[n].name.rpartition("/")[0].replace("/", ", ")
        return self._row(name, self._streams[n].line, [n])

    def of_line(self, line: str) -> Row:
        return self._row("all", line, self.members(line))

    def _row(self, name: str, line: str, members: list[int]) -> Row:
        own = set(self.places(of_incidents=False))
        desks = [self._desks[d] for d in dict.fromkeys(self._streams[n].desk for n in members if n in own)]
        places = [self._place[desk.name] for desk in desks]
        seats_open = sum(float(desk.seats.mean()) for desk in desks)

        def over(figure: Callable[[Outcome], float]) -> Estimate:
            return Estimate(tuple(figure(outcome) for outcome in self._outcomes))

        def count(of: str) -> Callable[[Outcome], float]:
            return lambda outcome: float(outcome.counts[of][members].sum())

        def came(outcome: Outcome) -> float:
            return count("answered")(outcome) + count("abandoned")(outcome)

        def share(of: str) -> Estimate:
            return over(lambda outcome: count(of)(outcome) / max(came(outcome), 1.0))

        def waits(q: float) -> Estimate:
            return over(lambda outcome: quantile_s(outcome.histograms["waits"][members].sum(axis=0), q))

        target = self._nation.targets.get(line, self._nation.targets.get("113", {}))
        return Row(
            name=name,
            line=line,
            seats=sum(int(desk.seats.max()) for desk in desks),
            staff_years=staff_years(sum(desk.staffed_h_per_week for desk in desks), self._nation),
            calls=over(came),
            share_in_time=share("within"),
            answered_in_time=over(lambda o: count("within")(o) / max(count("answered")(o), 1.0)),
            wait_s_p50=waits(0.5),
            wait_s_p95=waits(0.95),
            abandoned=share("abandoned"),
            overflowed=share("overflowed"),
            routed=over(lambda outcome: self._routed(outcome, members) / max(came(outcome), 1.0)),
            occupancy=over(
                lambda outcome: float(outcome.held_s[places].sum()) / outcome.counted_s / (seats_open or 1.0)
            ),
            repeats=over(count("repeated")),
            video_asked=over(count("asked")),
            video_seen=over(count("seen")),
            target=float(target.get("share", 0.0)),
        )

    def _routed(self, outcome: Outcome, members: list[int]) -> float:
        came_at = outcome.histograms["came_at"]
        return float(sum(came_at[n][list(self._sent_at(n))].sum() for n in members))

    def _sent_at(self, n: int) -> Iterable[int]:
        return self._desks[self._streams[n].desk].sent_to
