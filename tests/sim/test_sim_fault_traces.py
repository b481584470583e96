"""A fault that met nothing was not done: what each kind leaves in the journal."""

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
    "duplicates": {"share": 1},
    "malformed": {"share": 1, "how": "cut"},
}


def sms(t_s: float, what: str, actor: str = "carrier", **facts: Any) -> Record:
    return record(t_s, f"sms.{what}", actor=actor, **{"carrier": "telenor", "door": "telenor", **facts})


TRACES = {
    "outage": sms(20, "failed", "service", reason="telenor: no answer within 5 s", next="telia"),
    "slow": sms(20, "accepted", drawn_s=2.0),
    "throttled": sms(20, "throttled", reason="rate"),
    "queue_full": sms(20, "throttled", reason="queue full"),
    "loss": sms(20, "accepted", drawn_s=None),
    "duplicates": sms(20, "delivered", copy=2),
    "malformed": sms(20, "failed", "service", reason="telenor: connection lost", next="again in 0.5 s"),
}


def unmet(kind: str, *records: Record, at_s: float = 10, for_s: float | None = 15) -> list[str]:
    fault = {"kind": f"sms.{kind}", "carrier": "telenor", "at_s": at_s, **OF_TELENOR[kind]}
    made = resolved(call(), faults=[fault if for_s is None else {**fault, "for_s": for_s}])
    return without_effect(made.moods, made.carriers, records)


@pytest.mark.parametrize("kind", OF_TELENOR)
def test_each_kind_has_its_trace(kind: str) -> None:
    assert unmet(kind, TRACES[kind]) == []
    assert unmet(kind, TRACES[kind], for_s=None) == []
    ordinary = [sms(9, "submitted"), sms(9, "accepted", drawn_s=1.0), sms(10.5, "delivered", copy=1)]
    assert unmet(kind, *ordinary) == [f"sms.{kind} of telenor at 10 s: it met no message"]


@pytest.mark.parametrize("kind", OF_TELENOR)
def test_what_happened_before_it_proves_nothing(kind: str) -> None:
    assert unmet(kind, TRACES[kind], at_s=21) != []


@pytest.mark.parametrize("kind", ["throttled", "queue_full", "slow", "loss", "duplicates"])
def test_another_carriers_trace_proves_nothing(kind: str) -> None:
    trace = TRACES[kind]
    facts = {**trace.facts, "carrier": "telia", "door": "telia"}
    of_telia = record(trace.t_s, trace.event, actor="carrier", **facts)
    assert unmet(kind, of_telia) != []


def test_a_try_is_found_to_have_failed_after_the_outage() -> None:
    assert unmet("outage", TRACES["outage"], at_s=12, for_s=4) == []
    assert unmet("outage", TRACES["outage"], at_s=1, for_s=4) != []


def test_a_message_that_was_not_delivered_is_no_outage() -> None:
    undelivered = sms(20, "failed", "service", reason="not delivered (UNDELIV)", final=False)
    assert unmet("outage", undelivered) != []
    assert unmet("outage", sms(20, "failed", state="UNDELIV")) != []


def test_lost_messages_are_counted() -> None:
    made = resolved(call(), faults=[{"kind": "sms.lost", "carrier": "telia", "first": 2}])
    lost = sms(20, "accepted", carrier="telia", drawn_s=None)
    assert without_effect(made.moods, made.carriers, [lost, lost]) == []
    assert without_effect(made.moods, made.carriers, [lost]) == [
        "sms.lost of telia: 1 of 2 messages were lost"
    ]
