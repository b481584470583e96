"""The way of the SMS in a report: per call how often it was sent and seen, per carrier the sums."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reports import write_report
from reports.sms_way import by_carrier, told
from reports.timeline import timelines
from reports.words import label, sentence
from sim.journal import Record, read_journal
from sim.sessions import CallRow, Session
from sim.sms import Messages


def row(name: str = "call-1", ids: tuple[str, ...] = ("7",), **sms: object) -> CallRow:
    messages = Messages(**{"carrier": "telia", "submitted": 1, "delivered": 1, **sms})
    return CallRow(name, session=Session(7.0, sms=messages, ids={*ids}))


@pytest.mark.parametrize(
    ("sms", "words"),
    [
        ({}, "1 message, 1 session"),
        (
            {"submitted": 2, "delivered": 2, "held_up": 1},
            "2 messages, 1 session (sent 2 times, held up once)",
        ),
        ({"delivered": 2}, "2 messages, 1 session"),
        ({"throttled": 3}, "1 message, 1 session (throttled 3 times)"),
        ({"delivered": 0, "drawn_s": {"1": None}}, "0 messages, 1 session (lost once)"),
        ({"delivered": 0, "drawn_s": {"1": None}, "ends": ["1"]}, "0 messages, 1 session (failed once)"),
        ({"submitted": 0, "delivered": 0, "held_up": 4}, "0 messages, 1 session (held up 4 times)"),
    ],
)
def test_how_often_an_sms_was_sent_and_seen(sms: dict[str, object], words: str) -> None:
    assert told(row(**sms)) == words


def test_a_call_without_video_has_no_sms_to_tell_of() -> None:
    assert told(CallRow("call-1")) == ""
    assert told(row(ids=("7", "8"))) == "1 message, 2 sessions"


def test_a_line_of_sums_per_carrier() -> None:
    timed = {"first_submitted_s": 8.0, "first_delivered_s": 11.0}
    rows = [
        row("call-1", throttled=2, accepted=1, **timed),
        row("call-2", delivered=2, accepted=1, **{**timed, "first_delivered_s": 9.0}),
        row("call-3", carrier="ice", delivered=0, drawn_s={"1": None}),
        CallRow("call-4"),
    ]
    ice, telia = by_carrier(rows)
    assert (telia.carrier, telia.calls, telia.sms_s_p50, telia.sms_s_p95) == ("telia", 2, 1, 3)
    assert telia.sums == {
        "submitted": 2,
        "throttled": 2,
        "accepted": 2,
        "delivered": 3,
        "doubled": 1,
        "lost": 0,
        "failed": 0,
    }
    assert (ice.carrier, ice.sums["lost"], ice.sms_s_p50) == ("ice", 1, None)
    assert by_carrier([CallRow("call-4")]) == []


def test_the_page_says_that_the_phone_got_two(
    live_folder: Path, write_journal: Callable[[Path, list[Record]], None]
) -> None:
    records = read_journal(live_folder / "journal.jsonl")
    first = next(r for r in records if r.event == "sms.delivered")
    again = replace(first, t_s=first.t_s + 0.5, facts={**first.facts, "copy": 2})
    write_journal(live_folder, sorted([*records, again], key=lambda r: r.t_s))
    html = write_report(live_folder).read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    assert "2 messages, 1 session" in text
    assert "1 message, 1 session" in text
    assert "SMS on the caller&#39;s phone a second time" in text
    assert "The way of the SMS" in text


def sms(t_s: float, what: str, actor: str = "carrier", **facts: object) -> Record:
    return Record(t_s, f"sms.{what}", "call-1", "call-1/video", actor, t_s, dict(facts))


def test_a_bar_ends_when_its_own_message_comes() -> None:
    records = [
        sms(8, "accepted", message_id="1", drawn_s=9),
        sms(10, "accepted", message_id="2", drawn_s=2),
        sms(12, "delivered", message_id="2"),
        sms(17, "delivered", message_id="1"),
        sms(20, "delivered", message_id="1", copy=2),
    ]
    carrier = next(lane for lane in timelines(records)["call-1"].lanes if lane.name == "carrier")
    assert [(bar.from_s, bar.to_s) for bar in carrier.bars] == [(10, 12), (8, 17)]


def test_the_words_name_the_carrier_the_reason_and_what_comes_next() -> None:
    assert sentence(sms(1, "throttled", carrier="telia", reason="rate")) == (
        "telia throttled the SMS (rate): later again"
    )
    vain = sms(1, "failed", "service", reason="telenor: no answer within 5 s", next="route 2 of 2")
    assert sentence(vain) == "SMS held up (telenor: no answer within 5 s); next: route 2 of 2"
    assert label(vain) == "SMS held up"
    assert sentence(sms(1, "failed", state="UNDELIV")) == "SMS failed (UNDELIV)"
    begun = Record(0, "fault.begun", facts={"kind": "sms.outage", "carrier": "telenor"})
    assert sentence(begun) == "fault told: sms.outage of telenor"
    assert label(replace(begun, event="fault.ended")) == "sms.outage over"


def test_a_mood_that_holds_already_stands_at_the_beginning_of_the_call() -> None:
    def fault(t_s: float, event: str, **facts: object) -> Record:
        return Record(t_s, f"fault.{event}", wall_s=t_s, facts={"kind": "sms.slow", **facts})

    told = [sms(20, "accepted", message_id="1"), sms(30, "delivered", message_id="1")]

    def marks(*faults: Record) -> list[tuple[float, str]]:
        return [(mark.at_s, mark.label) for mark in timelines([*faults, *told])["call-1"].faults]

    begun = fault(5, "begun", carrier="telia")
    assert marks(begun) == [(20, "sms.slow")]
    assert marks(begun, fault(25, "ended", carrier="telia")) == [(20, "sms.slow"), (25, "sms.slow over")]
    assert marks(begun, fault(10, "ended", carrier="telia")) == []
    assert marks(fault(5, "begun")) == []  # what was done in one moment
    assert marks(fault(40, "begun", carrier="telia")) == []
