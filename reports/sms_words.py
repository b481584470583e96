"""What happened to an SMS and to its carrier, in a sentence."""

from reports.figures import with_unit
from sim.journal import Record


def of_sms(record: Record) -> str | None:
    """None: it is about something else."""
    return _of_message(record) or _of_carrier(record)


def _of_message(record: Record) -> str | None:
    facts = record.facts
    match record.event:
        case "sms.submitted":
            return f"SMS submitted to {facts.get('carrier', 'the carrier')}"
        case "sms.accepted":
            drawn = facts.get("drawn_s")
            way = "" if drawn is None else f"; drawn to take {with_unit(drawn)}"
            return f"SMS accepted by {facts.get('carrier', 'the carrier')}{way}"
        case "sms.throttled":
            reason = f" ({facts['reason']})" if facts.get("reason") else ""
            return f"{facts.get('carrier', 'the carrier')} throttled the SMS{reason}: later again"
        case "sms.told":
            return f"the operator is told that the SMS is {facts.get('what', '')}"
        case "sms.refused":
            return f"SMS refused by {facts.get('door', 'the carrier')} ({facts.get('status', '')})"
        case "sms.swallowed":
            kept = ", but does it later" if facts.get("kept") else ""
            return f"{facts.get('door', 'the carrier')} is silent and does not answer{kept}"
        case "sms.answered":
            return f"the carrier's answer leaves {with_unit(float(facts.get('after_s', 0.0)))} late"
        case "sms.dropped":
            second = facts.get("copy", 1) != 1
            return "second copy dropped" if second else "SMS dropped on its way: the carriers were emptied"
        case "sms.delivered":
            again = " a second time" if facts.get("copy", 1) != 1 else ""
            return f"SMS on the caller's phone{again}"
        case "sms.failed":
            why = facts.get("state") or facts.get("reason") or "no reason told"
            return (
                f"SMS held up ({why}); next: {facts['next']}" if facts.get("next") else f"SMS failed ({why})"
            )
    return None


def _of_carrier(record: Record) -> str | None:
    facts = record.facts
    carrier = facts.get("carrier", "the carrier")
    match record.event:
        case "mood.begun" | "mood.ended":
            how = " ".join(str(facts[k]) for k in ("kind", "how") if facts.get(k)).replace("_", " ")
            return f"{carrier}: {how or 'a mood'} {'begins' if record.event == 'mood.begun' else 'is over'}"
        case "session.refused":
            return f"{carrier} refused to be bound ({facts.get('status', '?')})"
        case "session.cut":
            return f"{carrier} cut an SMPP connection"
        case "session.turned_away":
            return f"{carrier} let nobody connect"
        case "session.garbled":
            return f"{carrier} garbled a {facts.get('command', 'response')} ({facts.get('how', '?')})"
        case "receipt.forged":
            return f"the lab sent a forged receipt; it was answered {facts.get('status', '?')}"
    return None
