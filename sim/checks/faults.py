"""Did the faults of the scenario hit anything? One that met nothing was not done, and proves nothing."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import inf

from sim.faults import SmsMood
from sim.journal import Record
from sim.nation import Carrier

ANSWER_S = 10.0  # what is asked of a carrier in its last moment is found out so much later

Trace = Callable[[SmsMood, Record], bool]


def without_effect(
    moods: Sequence[SmsMood], carriers: Sequence[Carrier], records: Sequence[Record]
) -> list[str]:
    """One sentence for each fault of a carrier that left no trace in the journal."""
    told = [record for record in records if record.event.startswith("sms.")]
    return [*_never_lost(carriers, told), *(_in_words(m) for m in moods if not _met(m, told))]


def _never_lost(carriers: Sequence[Carrier], told: Sequence[Record]) -> list[str]:
    lost = Counter(record.facts.get("carrier") for record in told if _is_lost(record))
    return [
        f"sms.lost of {carrier.name}: {lost[carrier.name]} of {carrier.lost_first} messages were lost"
        for carrier in carriers
        if lost[carrier.name] < carrier.lost_first
    ]


def _met(mood: SmsMood, told: Sequence[Record]) -> bool:
    until_s = inf if mood.kind == "sms.duplicates" else mood.until_s + ANSWER_S
    return any(_TRACES[mood.kind](mood, record) for record in told if mood.at_s <= record.t_s <= until_s)


def _in_words(mood: SmsMood) -> str:
    return f"{mood.kind} of {mood.carrier} at {mood.at_s:g} s: it met no message"


def _is_lost(record: Record) -> bool:
    return record.event == "sms.accepted" and record.facts.get("drawn_s") is None


def _try_failed(mood: SmsMood, record: Record) -> bool:
    """As the video service tells it, which alone knows what it asked in vain."""
    return record.event == "sms.failed" and record.actor == "service" and "next" in record.facts


def _throttled(mood: SmsMood, record: Record) -> bool:
    full = record.facts.get("reason") == "queue full"
    return (
        record.event == "sms.throttled"
        and record.facts.get("door") == mood.carrier
        and full == (mood.kind == "sms.queue_full")
    )


def _accepted(mood: SmsMood, record: Record) -> bool:
    through = record.facts.get("door") == mood.carrier
    return record.event == "sms.accepted" and through and record.t_s <= mood.until_s


def _lost(mood: SmsMood, record: Record) -> bool:
    return _is_lost(record) and record.facts.get("carrier") == mood.carrier


def _came_again(mood: SmsMood, record: Record) -> bool:
    again = record.event == "sms.delivered" and int(record.facts.get("copy", 1)) > 1
    return again and record.facts.get("carrier") == mood.carrier


_TRACES: Mapping[str, Trace] = {
    "sms.outage": _try_failed,
    "sms.slow": _accepted,
    "sms.throttled": _throttled,
    "sms.queue_full": _throttled,
    "sms.loss": _lost,
    "sms.duplicates": _came_again,
    "sms.malformed": _try_failed,
}
