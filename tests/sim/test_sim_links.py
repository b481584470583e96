"""Links in the right hands, and no oftener than they must be sent."""

from typing import Any

from sim_rig import call, record, resolved

from sim.checks.links import judge_links
from sim.sessions import call_table

SILENT = {"kind": "sms.outage", "carrier": "telia", "how": "silent", "at_s": 0.0}


def told(*events: tuple[str, str | None], **scenario: Any) -> dict[str, str]:
    records = [
        record(float(n), event, name, "carrier", to="+4710999999") for n, (event, name) in enumerate(events)
    ]
    made = resolved(call(), **scenario)
    return {each.name: each.outcome for each in judge_links(made, call_table(records), records)}


def test_one_link_to_its_caller_passes() -> None:
    assert told(("sms.submitted", "call-1"), ("sms.accepted", "call-1")) == {
        "no SMS went to a stranger": "passed",
        "no link was sent again without a reason": "passed",
    }


def test_a_message_to_nobodys_number_fails() -> None:
    assert told(("sms.submitted", None))["no SMS went to a stranger"] == "failed"


def test_a_link_sent_twice_fails_where_nothing_was_wrong() -> None:
    again = ("sms.accepted", "call-1"), ("sms.accepted", "call-1")
    assert told(*again)["no link was sent again without a reason"] == "failed"


def test_a_carrier_in_trouble_is_a_reason() -> None:
    again = ("sms.accepted", "call-1"), ("sms.accepted", "call-1")
    assert "no link was sent again without a reason" not in told(*again, faults=[SILENT])
