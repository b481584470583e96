"""Was a link sent again though a carrier had said that it has it? Two SMS in hand, a caller wonders which."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from sim.checks.moods import Stood
from sim.journal import Record
from sim.models.carrier import weekly_moods
from sim.resolve import Resolved

HEARD_S = 1.0  # an answer that left late is with the client by then; else it is there at once
_UNHEARD = ("outage", "slow", "malformed")  # moods in which a client may not learn that its SMS was taken

Unheard = Callable[[Record], bool]
"""Whether the client may not have heard that this message was accepted."""


def unheard_by(resolved: Resolved, moods: Sequence[Stood]) -> Unheard:
    """By the moods that stood, those that come every week among them."""
    carriers = {carrier.name: carrier for carrier in resolved.carriers}

    def unheard(accepted: Record) -> bool:
        door, at_s = str(accepted.facts.get("door", "")), accepted.t_s
        asked = accepted.facts.get("carrier", "") if door == "gateway" else door
        by_mood = any(
            m.kind in _UNHEARD and m.carrier == asked and (m.at(at_s) or 0 <= m.begun_s - at_s < HEARD_S)
            for m in moods
        )
        weekly = weekly_moods(carriers[asked], resolved.week_s + at_s) if asked in carriers else []
        return by_mood or any(mood.kind in _UNHEARD for mood in weekly)

    return unheard


def sent_again(records: Sequence[Record], unheard: Unheard) -> Iterator[str]:
    """One sentence for each message that was taken after its client knew that one before had been."""
    answered = {r.facts.get("message_id"): r.t_s for r in records if r.event == "sms.answered"}
    asked, useless = _asked_s(records), _useless_s(records)
    for call, messages in _accepted(records).items():
        for n, later in enumerate(messages):
            at_s = asked(later)
            for before in messages[:n]:
                if _known_s(before, answered, unheard) <= at_s < useless(before):
                    yield f"{call}: again at {at_s:.1f} s, taken at {before.t_s:.1f} s"
                    break


def _accepted(records: Sequence[Record]) -> dict[str, list[Record]]:
    """By call, the messages that carriers took, a long one once; in order."""
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda r: r.t_s):
        if record.event == "sms.accepted" and record.actor == "carrier" and record.facts.get("part", 1) == 1:
            found[record.call or ""].append(record)
    return found


def _useless_s(records: Sequence[Record]) -> Callable[[Record], float]:
    """When it turned out that a message will not arrive, or its video was over: a reason to send another."""
    failed = {
        r.facts.get("message_id"): r.t_s for r in records if r.event == "sms.failed" and r.actor == "carrier"
    }
    over: defaultdict[str | None, list[float]] = defaultdict(list)
    for record in records:
        if record.event == "video.ended":
            over[record.call].append(record.t_s)

    def useless_s(accepted: Record) -> float:
        ends = [at_s for at_s in over[accepted.call] if at_s > accepted.t_s]
        return min([failed.get(accepted.facts.get("message_id"), float("inf")), *ends])

    return useless_s


def _known_s(accepted: Record, answered: Mapping[object, float], unheard: Unheard) -> float:
    """When its client knew for certain; infinity: perhaps never."""
    left_s = answered.get(accepted.facts.get("message_id"))
    if left_s is not None:
        return left_s + HEARD_S
    return float("inf") if unheard(accepted) else accepted.t_s


def _asked_s(records: Sequence[Record]) -> Callable[[Record], float]:
    """When the client asked for it: what a silent carrier keeps is taken long after."""
    kept: defaultdict[tuple[object, object], list[float]] = defaultdict(list)
    for record in records:
        if record.event == "sms.swallowed" and record.facts.get("kept"):
            kept[record.call, record.facts.get("door")].append(record.t_s)

    def asked_s(accepted: Record) -> float:
        of_it = kept[accepted.call, accepted.facts.get("door")]
        return of_it.pop(0) if of_it and of_it[0] < accepted.t_s else accepted.t_s

    return asked_s
