"""How the SMS went: per call how often it was sent and seen, and per carrier a line of sums."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.checks.metrics import metrics
from sim.sessions import CallRow

_SUMS = ("submitted", "throttled", "accepted", "delivered", "doubled", "lost", "failed")


@dataclass(frozen=True, slots=True)
class OfCarrier:
    """The messages to one carrier's numbers. Durations in seconds, None when none was delivered."""

    carrier: str
    calls: int
    sums: dict[str, float | None]
    sms_s_p50: float | None
    sms_s_p95: float | None


def by_carrier(rows: Sequence[CallRow]) -> list[OfCarrier]:
    """One line per carrier whose customers were sent a link, in the order of their names."""
    names = sorted({row.session.sms.carrier for row in rows if row.session is not None})
    return [_of_carrier(name, rows) for name in names if name]


def told(row: CallRow) -> str:
    """Such as "2 messages, 1 session (sent 2 times)"; empty of a call without video."""
    if row.session is None or row.is_ambulance:
        return ""
    sms = row.session.sms
    more = [
        *([f"sent {sms.submitted} times"] if sms.submitted > 1 else []),
        *([f"held up {_times(sms.held_up)}"] if sms.held_up else []),
        *([f"throttled {_times(sms.throttled)}"] if sms.throttled else []),
        *([f"lost {_times(sms.lost)}"] if sms.lost else []),
        *([f"failed {_times(sms.failed)}"] if sms.failed else []),
    ]
    seen = f"{_count(sms.delivered, 'message')}, {_count(max(1, len(row.session.ids)), 'session')}"
    return f"{seen} ({', '.join(more)})" if more else seen


def _of_carrier(name: str, rows: Sequence[CallRow]) -> OfCarrier:
    mine = [row for row in rows if row.session is not None and row.session.sms.carrier == name]
    found = metrics(mine)
    sums = {what: found[f"sms_{what}"] for what in _SUMS}
    return OfCarrier(name, len(mine), sums, found["sms_s_p50"], found["sms_s_p95"])


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"
