"""Did every link go to its caller, and no oftener than it had to? A link in a stranger's hands is a leak."""

from collections.abc import Sequence

from sim.checks.judge import Judged
from sim.faults import PartKilled
from sim.journal import Record
from sim.resolve import Resolved
from sim.sessions import CallRow


def judge_links(resolved: Resolved, rows: Sequence[CallRow], records: Sequence[Record]) -> list[Judged]:
    """The checks of every live run on its SMS."""
    troubled = resolved.moods or any(isinstance(fault, PartKilled) for fault in resolved.scenario.faults)
    return [_no_stranger(records), *([] if troubled else [_once_each(rows)])]


def _no_stranger(records: Sequence[Record]) -> Judged:
    """A carrier took a message for a number that is no caller's."""
    strangers = [r for r in records if r.event == "sms.submitted" and r.call is None]
    numbers = sorted({str(r.facts.get("to", "")) for r in strangers})
    return Judged(
        "no SMS went to a stranger",
        "failed" if strangers else "passed",
        float(len(strangers)),
        "= 0",
        "messages",
        f"to {', '.join(numbers[:5])}" if strangers else "",
    )


def _once_each(rows: Sequence[CallRow]) -> Judged:
    """With carriers that answer at once and well there is no reason to send a link again."""
    again = {row.name: row.session.sms.accepted - 1 for row in rows if row.session is not None}
    wrong = [name for name, count in again.items() if count > 0]
    return Judged(
        "no link was sent again without a reason",
        "failed" if wrong else "passed",
        float(sum(max(0, count) for count in again.values())),
        "= 0",
        "messages",
        f"again: {', '.join(wrong[:5])}" if wrong else "",
    )
