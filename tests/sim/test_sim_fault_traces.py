"""A fault that was not done, or met nothing, proves nothing: what each kind leaves in the journal."""

from typing import Any

import pytest
from sim_rig import call, record, resolved

from sim.checks.faults import without_effect
from sim.journal import Record

OF_TELENOR: dict[str, dict[str, Any]] = {
    "outage": {"how": "silent"},
    "slow": {"response_s": 20},
    "throttled": {"rate_per_s": 10},
    "queue_full": {},
    "loss": {"share": 1},
    "duplicates": {"share": 1, "after_s": 30},
    "malformed": {"share": 1, "how": "cut"},
}


def told(t_s: float, event: str, **facts: Any) -> Record:
    return record(t_s, event, None, "carrier", **{"carrier": "telenor", **facts})


def sms(t_s: float, what: str, **facts: Any) -> Record:
    return told(t_s, f"sms.{what}", **{"door": "telenor", "message_id": "1", **facts})


ACCEPTED = sms(12, "accepted", drawn_s=1.0)
TRACES = {
    "outage": [sms(12, "swallowed", kept=False)],
    "slow": [ACCEPTED, sms(32, "answered", after_s=20.01)],
    "throttled": [sms(12, "throttled", reason="rate")],
    "queue_full": [sms(12, "throttled", reason="queue full")],
    "loss": [sms(12, "accepted", drawn_s=None)],
    "duplicates": [ACCEPTED, sms(43, "delivered", copy=2)],
    "malformed": [told(12, "session.garbled", command="submit_sm_resp", how="cut")],
}


def stands(kind: str, from_s: float = 10, to_s: float | None = 25, id: int = 1, **other: Any) -> list[Record]:
    facts = {"id": id, "kind": kind, **OF_TELENOR[kind], **other}
    ended = [] if to_s is None else [told(to_s, "mood.ended", **facts)]
    return [told(from_s, "mood.begun", **facts, ends_in_s=None), *ended]


def wrong(
    kind: str, *records: Record, at_s: float = 10, for_s: float | None = 15, lag_s: float = 0, **other: Any
) -> list[str]:
    fault = {"kind": f"sms.{kind}", "carrier": "telenor", "at_s": at_s, **OF_TELENOR[kind], **other}
    made = resolved(call(), faults=[fault if for_s is None else {**fault, "for_s": for_s}])
    over = record(60, "run.ended", None)
    found = without_effect(made.moods, made.carriers, [*records, over], lag_s)
    return [each.removeprefix(f"sms.{kind} of telenor at {at_s:g} s: ") for each in found]


NOT_BEGUN, MET_NOTHING = ["the carrier did not begin it then"], ["it met no message"]


@pytest.mark.parametrize("kind", OF_TELENOR)
def test_each_kind_has_its_trace(kind: str) -> None:
    assert wrong(kind, *stands(kind), *TRACES[kind]) == []
    assert wrong(kind, *stands(kind, to_s=None), *TRACES[kind], for_s=None) == []
    ordinary = [sms(9, "submitted"), sms(9, "accepted", drawn_s=1.0), sms(10.5, "delivered", copy=1)]
    assert wrong(kind, *stands(kind), *ordinary) == MET_NOTHING


@pytest.mark.parametrize("kind", OF_TELENOR)
def test_what_happened_at_another_time_proves_nothing(kind: str) -> None:
    late = stands(kind, 15, 30)
    assert wrong(kind, *late, *TRACES[kind], at_s=15) == MET_NOTHING


@pytest.mark.parametrize("kind", OF_TELENOR)
def test_another_carriers_trace_proves_nothing(kind: str) -> None:
    of_telia = [
        record(r.t_s, r.event, None, "carrier", **{**r.facts, "carrier": "telia", "door": "telia"})
        for r in TRACES[kind]
    ]
    assert wrong(kind, *stands(kind), *of_telia) == MET_NOTHING


@pytest.mark.parametrize("kind", OF_TELENOR)
def test_a_mood_that_the_carrier_did_not_begin_or_began_late_proves_nothing(kind: str) -> None:
    assert wrong(kind, *TRACES[kind]) == NOT_BEGUN
    assert wrong(kind, *stands(kind, 10.8), *TRACES[kind]) == NOT_BEGUN
    assert wrong(kind, *stands(kind, 10.8), *TRACES[kind], lag_s=0.4) == []


def test_another_mood_than_the_wanted_one_proves_nothing() -> None:
    assert wrong("slow", *stands("slow", response_s=2), *TRACES["slow"]) == NOT_BEGUN


@pytest.mark.parametrize(("to_s", "told_as"), [(18, "at 18.0 s"), (40, "at 40.0 s"), (None, "never")])
def test_a_mood_ends_when_it_should(to_s: float | None, told_as: str) -> None:
    found = wrong("outage", *stands("outage", to_s=to_s), *TRACES["outage"])
    assert found == [f"it was to end at 25 s and ended {told_as}"]


def test_a_mood_that_the_run_did_not_outlive_may_stand() -> None:
    assert wrong("outage", *stands("outage", to_s=None), *TRACES["outage"], for_s=75) == []
    assert wrong("outage", *stands("outage", to_s=60), *TRACES["outage"], for_s=75) == []


@pytest.mark.parametrize(
    ("how", "traces"),
    [
        ("refuse", [sms(12, "refused", status="RSYSERR")]),
        ("refuse", [told(12, "session.refused", status="RSYSERR")]),
        ("drop", [told(12, "session.cut")]),
        ("drop", [told(12, "session.turned_away")]),
    ],
)
def test_each_outage_has_its_own_trace(how: str, traces: list[Record]) -> None:
    assert wrong("outage", *stands("outage", how=how), *traces, how=how) == []
    assert wrong("outage", *stands("outage", how=how), *TRACES["outage"], how=how) == MET_NOTHING
    assert wrong("outage", *stands("outage"), *traces) == MET_NOTHING


def test_a_wrong_number_is_no_outage() -> None:
    refused = sms(12, "refused", status="RINVDSTADR")
    assert wrong("outage", *stands("outage", how="refuse"), refused, how="refuse") == MET_NOTHING


def test_of_two_of_a_kind_only_the_later_one_holds() -> None:
    earlier, later = stands("slow", 5, 50, 1, response_s=20), stands("slow", 10, 25, 2, response_s=2)
    quick = [ACCEPTED, sms(14.1, "answered", after_s=2.1)]
    assert wrong("slow", *earlier, *later, *quick, response_s=2) == []
    assert wrong("slow", *earlier, *later, *quick, at_s=5, for_s=45) == MET_NOTHING


def test_through_the_gateway_the_numbers_own_carrier_is_asked() -> None:
    assert wrong("outage", *stands("outage"), sms(12, "swallowed", door="gateway")) == []
    of_telia = sms(12, "swallowed", door="gateway", carrier="telia")
    assert wrong("outage", *stands("outage"), of_telia) == MET_NOTHING


# ---- what must not happen meanwhile


@pytest.mark.parametrize("kind", ["outage", "queue_full"])
def test_a_carrier_that_takes_messages_all_the_same_proves_nothing(kind: str) -> None:
    taken = sms(20, "accepted", drawn_s=1.0)
    assert wrong(kind, *stands(kind), *TRACES[kind], taken) == ["it took a message at 20.0 s all the same"]
    before = sms(10.1, "accepted", drawn_s=1.0)  # decided before, told just after
    assert wrong(kind, *stands(kind), *TRACES[kind], before) == []


def test_a_throttle_that_lets_too_many_through_proves_nothing() -> None:
    many = [sms(11 + n / 100, "accepted", drawn_s=1.0, message_id=str(n)) for n in range(162)]
    assert wrong("throttled", *stands("throttled"), *TRACES["throttled"], *many[:160]) == []
    assert wrong("throttled", *stands("throttled"), *TRACES["throttled"], *many) == [
        "it took 162 messages, more than 10 a second"
    ]


def test_lost_messages_are_counted() -> None:
    made = resolved(call(), faults=[{"kind": "sms.lost", "carrier": "telia", "first": 2}])
    lost = sms(20, "accepted", carrier="telia", drawn_s=None)
    assert without_effect(made.moods, made.carriers, [lost, lost]) == []
    assert without_effect(made.moods, made.carriers, [lost]) == [
        "sms.lost of telia: 1 of 2 messages were lost"
    ]
