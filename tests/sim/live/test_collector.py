"""The collector: which part's word enters the journal, under which name, at which time."""

from pathlib import Path
from typing import Any

from sim.ambulance_table import AmbulanceSpec
from sim.call_table import CallSpec
from sim.journal import Journal, Record
from sim.live.collector import Collector
from sim.nation import load_nation
from sim.resolve import resolve
from sim.scenario import NationChoice, Scenario


def _collected(part: str, *events: dict[str, Any]) -> list[Record]:
    call = CallSpec(kind="single", at_s=0, line="113", centre="AMK Eksempel")
    scenario = Scenario(title="x", nation=NationChoice(centres="one-centre"), calls=(call,))
    resolved = resolve(scenario, load_nation("one-centre", Path()))
    journal = Journal(lambda: 0.0, lambda: 0.0)
    collector = Collector(journal, resolved.calls, t0=lambda: 100.0)
    number = resolved.calls[0].caller.number
    for n, event in enumerate(events, 1):
        told = {"n": n, "monotonic_s": 100.0 + n, **event}
        getattr(collector, f"from_{part}")({k: number if v == "NUMBER" else v for k, v in told.items()})
    return journal.records


def test_the_control_rooms_own_events_enter_and_those_it_passes_on_do_not() -> None:
    records = _collected(
        "iccs",
        {"event": "call.placed", "call": "call-1", "line": "113"},
        {"event": "consent.given", "call": "call-1", "how": "spoken"},
        {"event": "consent.given", "call": "call-1", "how": "page"},
        {"event": "link.opened", "call": "call-1"},
        {"event": "call.placed", "call": "somebody-else"},
        {"event": "seat.state", "seat": "AMK Eksempel/1"},
    )
    assert [(r.t_s, r.event, r.session) for r in records] == [
        (1.0, "call.placed", None),
        (2.0, "consent.given", "call-1/video"),
    ]


def test_what_is_told_of_an_ambulance_is_the_units() -> None:
    unit = AmbulanceSpec(unit="Ambulanse 3-1", amk="AMK Eksempel", at_s=0)
    scenario = Scenario(title="x", nation=NationChoice(centres="one-centre"), ambulances=(unit,))
    resolved = resolve(scenario, load_nation("one-centre", Path()))
    journal = Journal(lambda: 0.0, lambda: 0.0)
    collector = Collector(journal, resolved.calls, lambda: 100.0, resolved.ambulances)
    named = {"call": None, "unit": "Ambulanse 3-1", "session": "7"}
    collector.from_farm(
        {"event": "ambulance.started", "phone": "Ambulanse 3-1", "session": "7", "monotonic_s": 101.0}
    )
    collector.from_iccs(
        {
            **named,
            "event": "ambulance.started",
            "amk": "AMK Eksempel",
            "monotonic_s": 101.5,
            "service_monotonic_s": 101.0,
        }
    )
    collector.from_iccs({**named, "event": "viewer.watching", "monotonic_s": 102.0})
    collector.from_iccs({**named, "unit": "Ambulanse 9-9", "event": "ambulance.ended", "monotonic_s": 102.0})
    collector.from_farm({"event": "media.connected", "phone": "Ambulanse 3-1", "monotonic_s": 101.2})
    watching = {"event": "viewer.watching", "viewer": "Ambulanse 3-1/LV Eksempel", "monotonic_s": 103.0}
    collector.from_farm(watching)
    told = [(r.t_s, r.event, r.call, r.session, r.actor) for r in journal.records]
    assert told == [
        (1.0, "ambulance.started", "Ambulanse 3-1", "Ambulanse 3-1/video", "iccs"),
        (1.2, "media.connected", "Ambulanse 3-1", "Ambulanse 3-1/video", "crew"),
        (3.0, "viewer.watching", "Ambulanse 3-1", "Ambulanse 3-1/video", "LV Eksempel"),
    ]


def test_a_try_to_send_that_failed_is_the_services_word_at_its_own_time() -> None:
    [failed] = _collected(
        "iccs",
        {
            "event": "sms.failed",
            "call": "call-1",
            "session": "7",
            "reason": "telenor: no answer within 5 s",
            "final": False,
            "next": "route 2 of 2",
            "service_monotonic_s": 100.5,
        },
    )
    assert (failed.t_s, failed.event, failed.actor, failed.session) == (
        0.5,
        "sms.failed",
        "service",
        "call-1/video",
    )
    assert (failed.facts["next"], failed.facts["final"]) == ("route 2 of 2", False)


def test_what_the_service_tells_of_an_sms_is_kept_apart_from_what_happened() -> None:
    told = {"event": "sms.accepted", "call": "call-1", "session": "7", "service_monotonic_s": 100.6}
    [record] = _collected("iccs", told)
    assert (record.t_s, record.event, record.actor) == (0.6, "sms.told", "service")
    assert (record.facts["what"], record.facts["video_session"]) == ("accepted", "7")


def test_how_a_carrier_misbehaves_enters_without_a_call() -> None:
    records = _collected(
        "carriers",
        {"event": "mood.begun", "carrier": "telia", "id": 3, "kind": "slow", "response_s": 5},
        {"event": "session.cut", "carrier": "telia", "session": 1},
        {"event": "session.bound", "carrier": "telia", "session": 2},
    )
    assert [(r.event, r.actor, r.call, r.facts["carrier"]) for r in records] == [
        ("mood.begun", "carrier", None, "telia"),
        ("session.cut", "carrier", None, "telia"),
    ]


def test_a_carriers_events_are_found_by_number() -> None:
    records = _collected(
        "carriers",
        {"event": "sms.accepted", "number": "NUMBER", "carrier": "telia", "drawn_s": 1.5},
        {"event": "sms.nonsense", "number": "NUMBER", "carrier": "telia"},
    )
    assert [(r.call, r.actor, r.facts["drawn_s"]) for r in records] == [("call-1", "carrier", 1.5)]


def test_what_a_part_told_of_an_earlier_run_is_left_out() -> None:
    event = {"event": "sms.delivered", "number": "NUMBER", "carrier": "telia", "monotonic_s": 99.9}
    assert _collected("carriers", event) == []


def test_phones_are_the_caller_and_viewers_have_their_names_and_the_runs_own_time() -> None:
    records = _collected(
        "farm",
        {"event": "media.connected", "phone": "call-1"},
        {"event": "frame.first", "viewer": "call-1/doctor", "camera": "back", "captured_monotonic_s": 101.5},
        {"event": "frame.first", "viewer": "call-1/doctor", "camera": "front", "captured_monotonic_s": None},
        {"event": "farm.nonsense", "phone": "call-1"},
    )
    assert [(r.actor, r.event) for r in records] == [
        ("caller", "media.connected"),
        ("doctor", "frame.first"),
        ("doctor", "frame.first"),
    ]
    assert records[1].facts == {"camera": "back", "captured_s": 1.5}
    assert records[2].facts == {"camera": "front", "captured_s": None}  # a looped film has no true time


def test_a_message_to_a_stranger_enters_without_a_call() -> None:
    stranger = {"event": "sms.submitted", "number": "+4710999999", "carrier": "telenor"}
    refused = {
        **stranger,
        "event": "sms.refused",
        "number": "98765432",
        "carrier": None,
        "status": "RINVDSTADR",
    }
    records = _collected("carriers", stranger, refused)
    assert [(r.event, r.call, r.facts["to"]) for r in records] == [
        ("sms.submitted", None, "+4710999999"),
        ("sms.refused", None, "98765432"),
    ]
