"""What the video service tells the operator of an SMS, held against what the carriers did."""

from collections import defaultdict
from collections.abc import Sequence

from sim.checks.moods import Stood
from sim.journal import Record
from sim.resolve import Resolved
from sim.sessions import CallRow

CLOCKS_S = 0.25  # two parts may tell of one thing in either order
RECEIPT_S = 2.0  # from the carrier's sending of a receipt to the operator's page


def told_wrongly(
    resolved: Resolved, moods: Sequence[Stood], rows: Sequence[CallRow], records: Sequence[Record]
) -> list[str]:
    """One sentence for each call whose operator was told what was not so, or never told of a delivery.

    `moods` are those that stood.
    """
    happened, told = _by_call(records, "carrier"), _by_call(records, "service")
    wrong = [f"{name}: {lie}" for name, said in told.items() for lie in _lies(happened[name], said)]
    if moods or any(carrier.troubles for carrier in resolved.carriers):
        return wrong  # in a trouble receipts may wait, or be lost
    over_s = max((r.t_s for r in records), default=0.0)
    for row in rows:
        ended_s = over_s if row.session is None or row.session.ended_s is None else row.session.ended_s
        due = _should_know(resolved, happened[row.name], ended_s)
        if due and "delivered" not in _said(told[row.name]):
            wrong.append(f"{row.name}: the SMS was delivered, and nobody told the operator")
    return wrong


def _by_call(records: Sequence[Record], actor: str) -> defaultdict[str, list[Record]]:
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.event.startswith("sms.") and record.actor == actor and record.call is not None:
            found[record.call].append(record)
    return found


def _said(told: Sequence[Record]) -> dict[str, float]:
    """What was told of an SMS that is no news of its way, and when first."""
    said: dict[str, float] = {}
    for record in told:
        what = str(record.facts.get("what", ""))
        if record.event == "sms.failed" and not record.facts.get("next") and not record.facts.get("final"):
            what = "undelivered"
        said.setdefault(what, record.t_s)
    return said


def _lies(happened: Sequence[Record], told: Sequence[Record]) -> list[str]:
    true_of = {"accepted": "sms.accepted", "delivered": "sms.delivered", "undelivered": "sms.failed"}
    said = _said(told)
    return [
        f"told {what} at {said[what]:.1f} s, which it was not"
        for what, event in true_of.items()
        if what in said and not any(r.event == event and r.t_s <= said[what] + CLOCKS_S for r in happened)
    ]


def _should_know(resolved: Resolved, happened: Sequence[Record], ended_s: float) -> bool:
    """The phone had all of it so early that a receipt must have come."""
    parts = {(r.facts.get("part", 1)): r for r in happened if r.event == "sms.delivered"}
    last = max(parts.values(), key=lambda r: r.t_s, default=None)
    if last is None or len(parts) < int(last.facts.get("parts", 1)):
        return False
    carrier = next((c for c in resolved.carriers if c.name == last.facts.get("carrier")), None)
    if carrier is None or carrier.accepted_only or carrier.unknown:
        return False
    return last.t_s + carrier.receipt_s_max + RECEIPT_S < ended_s
