"""Did every caller get a link of their own, and does the operator hear the truth of it?

A link in a stranger's hands is a leak. What happened is what the carriers tell; what the video service
tells is held against it.
"""

from collections import defaultdict
from collections.abc import Sequence

from sim.checks.judge import Judged
from sim.checks.moods import stood
from sim.checks.resent import sent_again, unheard_by
from sim.checks.sms_told import told_wrongly
from sim.faults import PartKilled
from sim.journal import Record
from sim.resolve import Resolved
from sim.sessions import CallRow


def judge_links(resolved: Resolved, rows: Sequence[CallRow], records: Sequence[Record]) -> list[Judged]:
    """The checks of every live run on its SMS."""
    killed = any(isinstance(fault, PartKilled) for fault in resolved.scenario.faults)
    told = sorted((r for r in records if r.event.startswith("sms.")), key=lambda r: r.t_s)
    judged = [
        _judged("no SMS went to a stranger", "messages", _strangers(told)),
        _judged("every caller got a link of their own", "links", _others_links(rows, told)),
        _judged("every SMS came whole", "messages", _broken(told)),
        *_forgeries(records),
    ]
    if killed:
        return judged
    moods = stood(records)
    again = list(sent_again(records, unheard_by(resolved, moods)))
    lies = told_wrongly(resolved, moods, rows, records)
    return [
        *judged,
        _judged("no link was sent again without a reason", "messages", again),
        _judged("operators were told the truth of each SMS", "calls", lies),
    ]


def _judged(name: str, unit: str, wrong: Sequence[str]) -> Judged:
    detail = "; ".join(wrong[:3])
    return Judged(name, "failed" if wrong else "passed", float(len(wrong)), "= 0", unit, detail)


def _strangers(told: Sequence[Record]) -> list[str]:
    """Whatever a carrier was asked to do for a number that is no caller's, taken or refused."""
    others = {str(r.facts.get("to", "")) for r in told if r.actor == "carrier" and r.call is None}
    return [f"to {number}" for number in sorted(others)]


def _others_links(rows: Sequence[CallRow], told: Sequence[Record]) -> list[str]:
    """A link that two callers have, or more links for a caller than videos that were asked for."""
    asked = {row.name: max(1, row.session.requests) for row in rows if row.session is not None}
    callers: defaultdict[str, set[str]] = defaultdict(set)
    for record in told:
        if record.event == "sms.delivered" and record.call is not None:
            for link in record.facts.get("links", ()):
                callers[link].add(record.call)
    links: defaultdict[str, set[str]] = defaultdict(set)
    for link, names in callers.items():
        for name in names:
            links[name].add(link)
    shared = [
        f"{' and '.join(sorted(names))} got the same link" for names in callers.values() if len(names) > 1
    ]
    many = [
        f"{name} got {len(got)} different links"
        for name, got in links.items()
        if len(got) > asked.get(name, 1)
    ]
    return sorted(shared) + sorted(many)


def _broken(told: Sequence[Record]) -> list[str]:
    broken = [r for r in told if r.event == "sms.delivered" and r.facts.get("broken")]
    return [f"{r.call}: characters of the text were lost" for r in broken]


def _forgeries(records: Sequence[Record]) -> list[Judged]:
    """Where receipts come by HTTP, the lab has sent one with a wrong signature."""
    answers = [int(record.facts["status"]) for record in records if record.event == "receipt.forged"]
    taken = [f"it was answered {status}" for status in answers if status not in (401, 403)]
    return [_judged("a forged receipt is refused", "receipts", taken)] if answers else []
