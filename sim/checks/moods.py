"""Which mood of a carrier stood when, as the carriers themselves tell it; not as it was planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from sim.journal import Record


@dataclass(frozen=True, slots=True)
class Stood:
    """One mood of one carrier, from `begun_s` until `ended_s` (infinity: to the end of the run)."""

    carrier: str
    fields: Mapping[str, Any]
    begun_s: float
    ended_s: float = inf

    @property
    def kind(self) -> str:
        return str(self.fields["kind"])

    def at(self, t_s: float) -> bool:
        return self.begun_s <= t_s < self.ended_s


def stood(records: Sequence[Record]) -> list[Stood]:
    """All moods of a journal in the order in which they began."""
    ends = {record.facts.get("id"): record.t_s for record in records if record.event == "mood.ended"}
    return [
        Stood(
            record.facts["carrier"],
            {k: v for k, v in record.facts.items() if k not in ("carrier", "id", "ends_in_s")},
            record.t_s,
            ends.get(record.facts.get("id"), inf),
        )
        for record in sorted(records, key=lambda r: r.t_s)
        if record.event == "mood.begun"
    ]


def holder(moods: Sequence[Stood], kind: str, carrier: str, t_s: float) -> Stood | None:
    """The mood of this kind that holds: of two that stand the later one."""
    standing = [m for m in moods if m.kind == kind and m.carrier == carrier and m.at(t_s)]
    return standing[-1] if standing else None


def went_through(record: Record, carrier: str) -> bool:
    """Whether an SMS was asked of this carrier's SMSC; the HTTP gateway asks that of the number."""
    door = record.facts.get("door")
    return door == carrier or (door == "gateway" and record.facts.get("carrier") == carrier)
