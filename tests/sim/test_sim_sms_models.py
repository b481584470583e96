"""The SMSC and the service's sending as models: what is turned away, what comes again, and how often."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sim_rig import call, resolved

from sim.journal import Record, journal_hash
from sim.plan import tell_plan
from sim.sessions import CallRow, Session, call_table

# a call of the rig asks for the link at 7 s, the service sends it at 8, the SMS takes 2 s
LINK_OPENS_LATE = {"opens_link_after_s": 60}


def mood(kind: str, carrier: str = "telenor", **more: Any) -> dict[str, Any]:
    return {"kind": f"sms.{kind}", "carrier": carrier, **more}


def told(*faults: dict[str, Any], calls: Any = None, **scenario: Any) -> list[Record]:
    return tell_plan(resolved(*(calls or [call()]), faults=list(faults), **scenario))


def sms(records: list[Record]) -> list[tuple[float, str]]:
    """(time, what) of every SMS record; of the service's own tries, what it says."""
    return [
        (round(r.t_s, 3), r.facts["reason"] if r.actor == "service" else r.event.removeprefix("sms."))
        for r in records
        if r.event.startswith("sms.")
    ]


def one(records: list[Record]) -> tuple[CallRow, Session]:
    [row] = call_table(records)
    assert row.session is not None
    return row, row.session


def test_a_throttled_burst_gets_through_without_a_double() -> None:
    burst = call({"approves": False}, kind="burst", count=40)
    made = resolved(burst, faults=[mood("throttled", rate_per_s=10)])
    roomy = tuple(centre.model_copy(update={"seats": 50}) for centre in made.centres)
    rows = call_table(tell_plan(replace(made, centres=roomy)))
    sessions = [row.session for row in rows if row.session is not None]
    assert len(sessions) == 40
    assert sum(s.sms.throttled for s in sessions) > 5
    assert {(s.sms.submitted, s.sms.delivered, s.sms.doubled) for s in sessions} == {(1, 1, 0)}
    submitted = sorted(s.sms.first_submitted_s or 0.0 for s in sessions)
    assert Counter(int(at - submitted[0]) for at in submitted)[0] <= 20  # a burst, then ten a second
    assert submitted[-1] - submitted[0] < 6
    assert {row.outcome for row in rows} == {"refused_on_page"}


def test_a_silent_route_costs_one_try_and_the_next_call_none() -> None:
    silent = mood("outage", how="silent", for_s=500)
    records = told(silent, calls=[call(), call(at_s=100)], sms={"routes": ["telenor", "telia"]})
    assert sms(records) == [
        (13, "telenor: no answer in time"),
        (13, "submitted"),
        (13, "accepted"),
        (15, "delivered"),
        (108, "submitted"),
        (108, "accepted"),
        (110, "delivered"),
    ]
    assert [row.outcome for row in call_table(records)] == ["seen", "seen"]
    assert [r.facts["next"] for r in records if r.actor == "service"] == ["telia"]


def test_a_silent_only_route_is_waited_for_and_the_sms_is_sent_once() -> None:
    records = told(mood("outage", how="silent", for_s=30))
    assert sms(records)[0] == (13, "telenor: no answer in time")
    row, session = one(records)
    assert (row.outcome, session.sms.submitted, session.sms.doubled) == ("seen", 1, 0)
    assert 30 <= (session.sms.first_submitted_s or 0.0) < 32


def test_what_a_silent_carrier_does_later_comes_beside_the_other_way() -> None:
    later = mood("outage", how="silent", swallowed="later", for_s=30)
    slow_reader = call(LINK_OPENS_LATE, {"gives_up_after_s": 200})
    _, session = one(told(later, calls=[slow_reader], sms={"routes": ["telenor", "telia"]}))
    assert (session.sms.submitted, session.sms.delivered, session.sms.doubled) == (2, 2, 1)
    assert session.sms.first_delivered_s == 15


def test_a_response_20_s_late_doubles_the_sms_once() -> None:
    slow_reader = call({"opens_link_after_s": 30})
    records = told(mood("slow", response_s=20), calls=[slow_reader])
    assert sms(records) == [
        (8, "submitted"),
        (8, "accepted"),
        (10, "delivered"),
        (13, "telenor: no answer in time"),
        (13.5, "submitted"),
        (13.5, "accepted"),
        (15.5, "delivered"),
    ]
    row, session = one(records)
    assert (row.outcome, session.sms.doubled) == ("seen", 1)


def test_nothing_is_sent_again_once_the_link_is_open() -> None:
    quick = call({"opens_link_after_s": 1})
    _, session = one(told(mood("slow", response_s=20), calls=[quick]))
    assert (session.sms.submitted, session.sms.doubled) == (1, 0)


@pytest.mark.parametrize(
    ("how", "said"), [("refuse", "telenor: RSYSERR"), ("drop", None)], ids=["refuse", "drop"]
)
def test_a_carrier_that_takes_nothing_is_gone_around(how: str, said: str | None) -> None:
    records = told(mood("outage", how=how), sms={"routes": ["telenor", "telia"]})
    assert [what for _, what in sms(records)] == [
        *([said] if said else []),
        "submitted",
        "accepted",
        "delivered",
    ]
    assert one(records)[0].outcome == "seen"


def test_two_carriers_that_refuse_are_tried_by_turns_with_a_pause() -> None:
    faults = [mood("outage", carrier=name, how="refuse", for_s=12) for name in ("telenor", "telia")]
    records = told(*faults, sms={"routes": ["telenor", "telia"]})
    assert sms(records)[:6] == [
        (8, "telenor: RSYSERR"),
        (8, "telia: RSYSERR"),
        (8.5, "telenor: RSYSERR"),
        (8.5, "telia: RSYSERR"),
        (9.5, "telenor: RSYSERR"),
        (9.5, "telia: RSYSERR"),
    ]
    assert one(records)[0].outcome == "seen"


def test_a_full_queue_behind_the_gateway_is_a_failed_try() -> None:
    records = told(mood("queue_full", carrier="telia", for_s=10), sms={"way": "http"})
    assert [what for _, what in sms(records)][:2] == ["throttled", "telia: RMSGQFUL"]
    assert one(records)[0].outcome == "seen"


def test_an_sms_that_nobody_takes_ends_the_session() -> None:
    patient = call(operator={"gives_up_after_s": 300})
    records = told(mood("outage", how="refuse"), calls=[patient])
    row, session = one(records)
    assert (row.outcome, session.sms.submitted) == ("no_link", 0)
    [final] = [r for r in records if r.facts.get("final")]
    assert 128 <= final.t_s <= 134
    assert [r.facts["because"] for r in records if r.event == "video.ended"] == ["sms_failed"]


def test_a_full_queue_is_tried_again_until_there_is_room() -> None:
    records = told(mood("queue_full", for_s=12))
    row, session = one(records)
    assert (row.outcome, session.sms.submitted, session.sms.doubled) == ("seen", 1, 0)
    assert session.sms.throttled >= 2
    assert {r.facts["reason"] for r in records if r.event == "sms.throttled"} == {"queue full"}


def test_moods_of_loss_and_duplicates_are_of_the_number_not_of_the_door() -> None:
    faults = mood("loss", carrier="telia", share=1), mood("duplicates", carrier="ice", share=1, after_s=5)
    # by telenor's door: the rig's caller is telia's
    calls = [call(), call({"carrier": "ice", "opens_link_after_s": 20}, at_s=200)]
    rows = call_table(told(*faults, calls=calls))
    lost, doubled = (row.session.sms for row in rows if row.session is not None)
    assert (lost.accepted, lost.lost, lost.delivered) == (1, 1, 0)
    assert (doubled.submitted, doubled.delivered, doubled.doubled) == (1, 2, 1)
    assert [row.outcome for row in rows] == ["no_link", "seen"]


def test_a_garbled_answer_sends_the_sms_again() -> None:
    garbled = mood("malformed", share=1, how="cut", for_s=8.4)
    records = told(garbled, calls=[call({"opens_link_after_s": 30})])
    _, session = one(records)
    assert (session.sms.submitted, session.sms.doubled, session.sms.held_up) == (2, 1, 1)


def test_the_gateway_asks_the_carrier_of_the_number() -> None:
    refused = mood("outage", carrier="telia", how="refuse", for_s=20)
    row, session = one(told(refused, sms={"way": "http"}))
    assert row.outcome == "seen"
    assert (session.sms.first_submitted_s or 0.0) >= 20
    other = mood("outage", carrier="telenor", how="refuse")
    assert one(told(other, sms={"way": "http"}))[1].sms.first_submitted_s == 8


def test_a_weekly_trouble_comes_by_the_clock_of_the_scenario() -> None:
    trouble = {
        "days": "mon-fri",
        "begins": "07:30",
        "ends": "07:31",
        "mood": {"kind": "throttled", "rate_per_s": 0.01},
    }
    own = {"telenor": {"troubles": [trouble]}}
    calls = [call(operator={"gives_up_after_s": 200}) for _ in range(2)]

    def throttled(starts: str) -> int:
        rows = call_table(told(calls=calls, carriers=own, starts=starts))
        assert [row.outcome for row in rows] == ["seen", "seen"]
        return sum(row.session.sms.throttled for row in rows if row.session is not None)

    assert throttled("mon 07:30") > 0
    assert throttled("mon 07:32") == throttled("sat 07:30") == 0


def test_what_comes_to_a_phone_that_is_off_is_not_seen() -> None:
    """The call is over and its phone gone before the second copy comes."""
    again = mood("duplicates", carrier="telia", share=1, after_s=60)
    rows = call_table(told(again, calls=[call(), call({"carrier": "ice"}, at_s=200)]))
    assert [row.session.sms.doubled for row in rows if row.session is not None] == [0, 0]


def test_an_undeliverable_message_is_told_as_failed() -> None:
    row, session = one(told(carriers={"telia": {"undeliverable": 1}}))
    assert (row.outcome, session.sms.failed, session.sms.lost) == ("no_link", 1, 0)


def test_a_message_that_takes_longer_than_it_is_valid_has_expired() -> None:
    late = {"telia": {"delay_s_median": 1000, "delay_s_max": 2000}}
    records = told(calls=[call(operator={"gives_up_after_s": 1200})], carriers=late)
    assert [(round(r.t_s), r.facts["state"]) for r in records if r.event == "sms.failed"] == [
        (908, "EXPIRED")
    ]


def test_the_same_seed_tells_the_same_moods() -> None:
    faults = (
        mood("malformed", share=0.5, how="sequence"),
        mood("duplicates", "telia", share=0.5),
        mood("throttled", rate_per_s=0.2),
    )
    calls = [call(at_s=n) for n in range(6)]
    assert journal_hash(told(*faults, calls=calls)) == journal_hash(told(*faults, calls=calls))
