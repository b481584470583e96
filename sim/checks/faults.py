"""Were the faults of the scenario done, when they were to be, and did they hit anything?

A fault that began late, did nothing or met nothing proves nothing about the service: the run is invalid.
What counts is what the carriers tell of themselves. A service's own "no answer" may have other reasons.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf

from sim.checks.moods import Stood, holder, stood, went_through
from sim.faults import SmsMood
from sim.journal import Record
from sim.nation import Carrier

PUNCTUAL_S = 0.5  # a mood begins and ends so near its time, beside the lab's own lag
EDGE_S = 0.25  # what a carrier decided just before a mood is told just after its beginning


def without_effect(
    moods: Sequence[SmsMood], carriers: Sequence[Carrier], records: Sequence[Record], lag_s: float = 0.0
) -> list[str]:
    """One sentence for each fault of a carrier that was not done, late, or left no trace in the journal."""
    told = sorted((r for r in records if r.actor == "carrier"), key=lambda r: r.t_s)
    over_s = max((r.t_s for r in records), default=0.0)
    every, late_s = stood(told), PUNCTUAL_S + lag_s
    found = list(_never_lost(carriers, told))
    for mood in moods:
        mine = next((s for s in every if _is(s, mood) and abs(s.begun_s - mood.at_s) <= late_s), None)
        name = f"{mood.kind} of {mood.carrier} at {mood.at_s:g} s"
        if mine is None:
            found.append(f"{name}: the carrier did not begin it then")
        elif not _ended_then(mine, mood.until_s, over_s, late_s):
            ended = "never" if mine.ended_s == inf else f"at {mine.ended_s:.1f} s"
            found.append(f"{name}: it was to end at {mood.until_s:g} s and ended {ended}")
        elif not any(_met(mine, every, told)):
            found.append(f"{name}: it met no message")
        else:
            found += [f"{name}: {wrong}" for wrong in _not_so(mine, every, told, over_s)]
    return found


def _is(told: Stood, mood: SmsMood) -> bool:
    return told.carrier == mood.carrier and mood.mood().items() <= told.fields.items()


def _ended_then(mine: Stood, until_s: float, over_s: float, late_s: float) -> bool:
    """Neither early nor late; one that the run did not outlive may stand to its end."""
    early = mine.ended_s < min(until_s, over_s) - late_s
    return not early and (mine.ended_s <= until_s + late_s or over_s <= until_s + late_s)


def _never_lost(carriers: Sequence[Carrier], told: Sequence[Record]) -> Iterator[str]:
    lost = Counter(record.facts.get("carrier") for record in told if _is_lost(record))
    for carrier in carriers:
        if lost[carrier.name] < carrier.lost_first:
            few = f"{lost[carrier.name]} of {carrier.lost_first} messages were lost"
            yield f"sms.lost of {carrier.name}: {few}"


def _is_lost(record: Record) -> bool:
    return record.event == "sms.accepted" and record.facts.get("drawn_s") is None


# ---- what each kind leaves behind


def _met(mood: Stood, every: Sequence[Stood], told: Sequence[Record]) -> Iterator[bool]:
    """For each trace of its kind: is it this mood's own?"""
    accepted = {r.facts.get("message_id"): r.t_s for r in told if r.event == "sms.accepted"}
    for record in told:
        at_s = _decided_s(record, accepted)
        if at_s is not None and holder(every, mood.kind, mood.carrier, at_s) is mood:
            yield _TRACES[mood.kind](mood, record)


def _decided_s(record: Record, accepted: Mapping[object, float]) -> float | None:
    """When the carrier decided what this tells: a message's fate when it took it, before it is seen."""
    match record.event:
        case "sms.answered":
            return record.t_s - float(record.facts.get("after_s", 0.0))
        case "sms.delivered":
            return accepted.get(record.facts.get("message_id"))
        case _:
            return record.t_s


def _outage(mood: Stood, record: Record) -> bool:
    of_session = record.facts.get("carrier") == mood.carrier
    match mood.fields["how"], record.event:
        case "silent", "sms.swallowed":
            return went_through(record, mood.carrier)
        case "refuse" | "drop", "sms.refused":
            return went_through(record, mood.carrier) and record.facts.get("status") == "RSYSERR"
        case "refuse", "session.refused":
            return of_session and record.facts.get("status") == "RSYSERR"
        case "drop", "session.cut" | "session.turned_away":
            return of_session
        case _:
            return False


def _slow(mood: Stood, record: Record) -> bool:
    late_s = float(record.facts.get("after_s", 0.0))
    return (
        record.event == "sms.answered"
        and went_through(record, mood.carrier)
        and late_s >= float(mood.fields["response_s"]) - EDGE_S
    )


def _throttled(mood: Stood, record: Record) -> bool:
    full = record.facts.get("reason") == "queue full"
    mine = record.event == "sms.throttled" and went_through(record, mood.carrier)
    return mine and full == (mood.kind == "queue_full")


def _lost(mood: Stood, record: Record) -> bool:
    return _is_lost(record) and record.facts.get("carrier") == mood.carrier


def _came_again(mood: Stood, record: Record) -> bool:
    again = record.event == "sms.delivered" and int(record.facts.get("copy", 1)) > 1
    return again and record.facts.get("carrier") == mood.carrier


def _garbled(mood: Stood, record: Record) -> bool:
    return record.event == "session.garbled" and record.facts.get("carrier") == mood.carrier


_TRACES: Mapping[str, Callable[[Stood, Record], bool]] = {
    "outage": _outage,
    "slow": _slow,
    "throttled": _throttled,
    "queue_full": _throttled,
    "loss": _lost,
    "duplicates": _came_again,
    "malformed": _garbled,
}

# ---- what must not happen while it stands


def _not_so(mood: Stood, every: Sequence[Stood], told: Sequence[Record], over_s: float) -> Iterator[str]:
    """Where the carrier did what it cannot do in this mood."""
    ended_s = min(mood.ended_s, over_s)
    taken = [
        record
        for record in told
        if record.event == "sms.accepted"
        and record.facts.get("part", 1) == 1
        and went_through(record, mood.carrier)
        and mood.begun_s + EDGE_S < record.t_s < ended_s
        and holder(every, mood.kind, mood.carrier, record.t_s) is mood
    ]
    if mood.kind in ("outage", "queue_full") and taken:
        yield f"it took a message at {taken[0].t_s:.1f} s all the same"
    if mood.kind == "throttled":
        rate = float(mood.fields["rate_per_s"])
        most = rate * (ended_s - mood.begun_s) + max(1.0, rate) + 1
        if len(taken) > most:
            yield f"it took {len(taken)} messages, more than {rate:g} a second"
