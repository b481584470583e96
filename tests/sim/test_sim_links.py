"""Links in the right hands, no oftener than needed, and an operator who hears the truth of each SMS."""

from typing import Any

import pytest
from sim_rig import call, record, resolved

from sim.checks.links import judge_links
from sim.journal import Record
from sim.sessions import call_table

SILENT = {"kind": "sms.outage", "carrier": "telia", "how": "silent", "at_s": 0.0}
STRANGER = "no SMS went to a stranger"
OWN = "every caller got a link of their own"
WHOLE = "every SMS came whole"
FORGED = "a forged receipt is refused"
AGAIN = "no link was sent again without a reason"
TRUTH = "operators were told the truth of each SMS"


def sms(t_s: float, what: str, name: str | None = "call-1", **facts: Any) -> Record:
    facts = {"carrier": "telia", "door": "telia", "message_id": "1", "part": 1, "parts": 1, **facts}
    return record(t_s, f"sms.{what}", name, "carrier", **facts)


def told(t_s: float, what: str, **facts: Any) -> Record:
    return record(t_s, "sms.told", "call-1", "service", what=what, **facts)


def mood(begun_s: float, ended_s: float, **fields: Any) -> list[Record]:
    facts = {"carrier": "telia", "id": 1, **fields}
    return [
        record(begun_s, "mood.begun", None, "carrier", **facts),
        record(ended_s, "mood.ended", None, "carrier", **facts),
    ]


def judged(*records: Record, **scenario: Any) -> dict[str, str]:
    made = resolved(call(), **scenario)
    return {each.name: each.outcome for each in judge_links(made, call_table(records), records)}


WELL = [
    sms(1, "submitted"),
    sms(1, "accepted", drawn_s=1.0),
    told(1.1, "accepted"),
    sms(2, "delivered", links=["aa"], copy=1),
    told(3, "delivered"),
    record(60, "video.ended", "call-1", "iccs"),
]


def test_one_link_to_its_caller_passes() -> None:
    assert judged(*WELL) == dict.fromkeys([STRANGER, OWN, WHOLE, AGAIN, TRUTH], "passed")


@pytest.mark.parametrize("what", ["submitted", "refused", "throttled", "swallowed"])
def test_a_message_for_nobodys_number_fails_taken_or_not(what: str) -> None:
    assert judged(*WELL, sms(4, what, None, to="+4719999999"))[STRANGER] == "failed"


# ---- whose link


def test_two_callers_with_one_link_fail() -> None:
    assert judged(*WELL, sms(4, "delivered", "call-2", links=["aa"]))[OWN] == "failed"


def test_two_links_for_one_video_fail_and_for_two_videos_pass() -> None:
    another = sms(4, "delivered", message_id="2", links=["bb"])
    assert judged(*WELL, another)[OWN] == "failed"
    requests = [record(at_s, "video.requested", "call-1", "iccs") for at_s in (0.5, 3.5)]
    assert judged(*requests, *WELL, another)[OWN] == "passed"


def test_a_text_that_lost_characters_fails() -> None:
    assert judged(*WELL, sms(4, "delivered", message_id="2", links=["aa"], broken=True))[WHOLE] == "failed"


@pytest.mark.parametrize(("status", "outcome"), [(401, "passed"), (204, "failed")])
def test_a_forged_receipt_must_be_refused(status: int, outcome: str) -> None:
    assert judged(*WELL, record(0, "receipt.forged", None, "lab", status=status))[FORGED] == outcome


# ---- sent again


def again(*between: Record, at_s: float = 9.0) -> str:
    return judged(*WELL, *between, sms(at_s, "accepted", message_id="2", drawn_s=1.0))[AGAIN]


def test_a_link_sent_twice_fails_where_nothing_was_wrong() -> None:
    assert again() == "failed"


def test_a_link_submitted_twice_at_once_fails() -> None:
    assert again(at_s=1.0) == "failed"


def test_trouble_at_another_time_or_of_another_carrier_is_no_reason() -> None:
    assert again(*mood(3, 6, kind="outage", how="silent"), at_s=9) == "failed"
    assert again(*mood(3, 6, kind="loss", share=1)) == "failed"
    of_telenor = mood(0, 20, kind="outage", how="silent")
    assert (
        again(
            *(
                record(r.t_s, r.event, None, "carrier", **{**r.facts, "carrier": "telenor"})
                for r in of_telenor
            )
        )
        == "failed"
    )
    assert judged(*WELL, sms(9, "accepted", message_id="2"), faults=[SILENT])[AGAIN] == "failed"


def test_an_answer_that_did_not_come_is_a_reason() -> None:
    assert again(*mood(0, 5, kind="outage", how="silent")) == "passed"
    assert again(*mood(1.5, 5, kind="malformed", how="cut", share=1)) == "passed"


def test_a_late_answer_is_a_reason_until_it_has_come() -> None:
    late = [*mood(0, 30, kind="slow", response_s=5), sms(6, "answered", after_s=5.0)]
    assert again(*late, at_s=4) == "passed"
    assert again(*late, at_s=9) == "failed"


def test_a_message_that_failed_or_an_ended_video_is_a_reason() -> None:
    assert again(sms(8, "failed", state="UNDELIV")) == "passed"
    assert again(record(8, "video.ended", "call-1", "iccs")) == "passed"
    assert again(sms(9.5, "failed", state="UNDELIV")) == "failed"


def test_what_a_silent_carrier_kept_was_asked_before() -> None:
    kept = sms(0.5, "swallowed", kept=True, message_id="", door="telenor")
    late = sms(20, "accepted", message_id="2", drawn_s=1.0, door="telenor")
    assert judged(kept, *WELL, late)[AGAIN] == "passed"


def test_a_weekly_trouble_is_a_reason() -> None:
    slow = {"days": "mon", "begins": "00:00", "ends": "01:00", "mood": {"kind": "slow", "response_s": 9}}
    records = [*WELL, sms(9, "accepted", message_id="2", drawn_s=1.0)]
    assert judged(*records, carriers={"telia": {"troubles": [slow]}})[AGAIN] == "passed"


# ---- what the operator is told


@pytest.mark.parametrize("what", ["accepted", "delivered"])
def test_good_news_that_is_not_so_fails(what: str) -> None:
    happened = [r for r in WELL if r.event != f"sms.{what}"]
    assert judged(*happened)[TRUTH] == "failed"
    early = [told(0.2, what)]
    assert judged(*early, *WELL)[TRUTH] == "failed"


def test_bad_news_that_is_not_so_fails() -> None:
    lie = record(4, "sms.failed", "call-1", "service", reason="not delivered (UNDELIV)", final=False)
    assert judged(*WELL, lie)[TRUTH] == "failed"
    assert judged(*WELL, sms(3.9, "failed", state="UNDELIV"), lie)[TRUTH] == "passed"


def test_a_delivery_that_nobody_told_fails_when_there_was_time() -> None:
    silent = [r for r in WELL if r.facts.get("what") != "delivered"]
    assert judged(*silent)[TRUTH] == "failed"
    soon_over = [r for r in silent if r.event != "video.ended"]
    assert judged(*soon_over, record(4, "video.ended", "call-1", "iccs"))[TRUTH] == "passed"
    assert judged(*silent, *mood(2, 9, kind="outage", how="silent"))[TRUTH] == "passed"  # receipts wait too


def test_where_a_part_is_killed_repeats_and_news_are_not_judged() -> None:
    killed = {"kind": "part.killed", "part": "video_service", "at_s": 5}
    assert AGAIN not in judged(*WELL, faults=[killed])
