"""The same scenario on both clocks, side by side: what was drawn, what was waited, what was measured."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sim.checks.metrics import call_durations
from sim.journal import Record
from sim.sessions import CallRow


@dataclass(frozen=True, slots=True)
class DrawnWait:
    """One drawn wait as the plan told it and as it was lived, in seconds."""

    call: str
    actor: str
    purpose: str
    drawn_s: float
    planned_s: float
    lived_s: float

    @property
    def gap_s(self) -> float:
        return abs(self.lived_s - self.planned_s)


def drawn_waits(plan: Sequence[Record], live: Sequence[Record]) -> list[DrawnWait]:
    """Every drawn wait that both clocks told, people's and carriers', in the plan's order."""
    lived = _waits(live)
    return [
        DrawnWait(call, actor, purpose, drawn, waited, lived[key][1])
        for key, (drawn, waited) in _waits(plan).items()
        if key in lived
        for call, actor, purpose, _ in [key]
    ]


def _waits(records: Sequence[Record]) -> dict[tuple[str, str, str, float], tuple[float, float]]:
    """(call, actor, purpose, ordinal) -> (drawn, waited), the SMS delay among them.

    A message is known by its id on one clock, and on both by what was drawn for it: the nth message to a
    number has the same draw everywhere, even where one before it was never accepted.
    """
    found: dict[tuple[str, str, str, float], tuple[float, float]] = {}
    count: dict[tuple[str, str, str], int] = defaultdict(int)
    accepted: dict[tuple[str, str | None], tuple[float, float]] = {}
    for record in sorted(records, key=lambda r: r.t_s):
        call, facts = record.call or "", record.facts
        if record.event == "person.waited":
            wait = call, record.actor or "", facts["purpose"]
            found[(*wait, count[wait])] = facts["drawn_s"], facts["waited_s"]
            count[wait] += 1
        elif record.event == "sms.accepted" and facts.get("drawn_s") is not None:
            accepted[call, facts.get("message_id")] = record.t_s, facts["drawn_s"]
        elif record.event == "sms.delivered" and (call, facts.get("message_id")) in accepted:
            at_s, drawn_s = accepted.pop((call, facts.get("message_id")))  # a second copy is no second wait
            found.setdefault((call, "carrier", "sms", drawn_s), (drawn_s, record.t_s - at_s))
    return found


def other_draws(plan: Sequence[Record], live: Sequence[Record]) -> list[str]:
    """The calls whose messages fared otherwise than the plan drew: the carriers did not follow this seed.

    The nth message to a number has one draw on both clocks; only one of them may have sent more.
    """
    planned, lived = _drawn(plan), _drawn(live)
    return [
        call
        for call, drawn in planned.items()
        if any(a != b for a, b in zip(drawn, lived.get(call, []), strict=False))
    ]


def _drawn(records: Sequence[Record]) -> dict[str, list[float | None]]:
    """By call, what was drawn for its messages in the order in which carriers took them."""
    found: dict[str, list[float | None]] = defaultdict(list)
    for record in sorted(records, key=lambda r: r.t_s):
        if record.event == "sms.accepted" and record.facts.get("part", 1) == 1:
            found[record.call or ""].append(record.facts.get("drawn_s"))
    return found


@dataclass(frozen=True, slots=True)
class Compared:
    """One duration of one call: predicted by the plan, measured live; None = did not happen there."""

    call: str
    metric: str
    predicted_s: float | None
    measured_s: float | None


def compared(plan: Sequence[CallRow], live: Sequence[CallRow]) -> list[Compared]:
    """Per call and duration, the first sample of each side."""
    planned = {row.name: call_durations(row) for row in plan}
    return [
        Compared(row.name, metric, _first(planned.get(row.name, {}).get(metric)), _first(taken))
        for row in live
        for metric, taken in call_durations(row).items()
        if metric != "glass_to_glass_s" and (taken or planned.get(row.name, {}).get(metric))
    ]


def _first(taken: list[float] | None) -> float | None:
    return taken[0] if taken else None
