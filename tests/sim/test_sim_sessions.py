"""From a journal to the table of calls and sessions: journals made by hand, with known answers."""

from random import Random

import pytest
from sim_rig import record

from sim.journal import Record
from sim.sessions import CallRow, Film, Session, call_table

SEEN = [
    record(0, "call.placed", line="113", centre="AMK Eksempel"),
    record(0, "call.queued"),
    record(2, "call.answered", seat="AMK Eksempel/1"),
    record(5, "consent.asked", how="spoken"),
    record(6, "consent.given", how="spoken"),
    record(7, "video.requested"),
    record(8, "sms.submitted"),
    record(8, "sms.accepted", drawn_s=2.0),
    record(10, "sms.delivered"),
    record(12, "person.waited", actor="caller", purpose="opens_link", drawn_s=2.0, waited_s=2.1),
    record(12, "link.opened"),
    record(13, "person.waited", actor="caller", purpose="consents", drawn_s=1.0, waited_s=1.0),
    record(13, "consent.given", how="page"),
    record(13.5, "media.connected"),
    record(16, "frame.first", actor="operator", camera="back"),
    record(26, "video.ended", because="operator"),
    record(26.2, "media.stopped", frames_sent=99, frames_dropped=1, pacing_lateness_s_p99=0.04),
    record(30, "call.ended", by="operator"),
]


def row(*records: Record) -> CallRow:
    [only] = call_table(records)
    return only


def session(*records: Record) -> Session:
    found = row(*records).session
    assert found is not None
    return found


def without(*events: str) -> list[Record]:
    return [r for r in SEEN if r.event not in events]


def test_a_seen_call() -> None:
    found = row(*SEEN)
    assert (found.name, found.line, found.centre, found.outcome, found.ends) == (
        "a",
        "113",
        "AMK Eksempel",
        "seen",
        1,
    )
    assert (found.placed_s, found.answered_s, found.asked_s, found.replied_s, found.ended_s) == (
        0,
        2,
        5,
        6,
        30,
    )
    s = session(*SEEN)
    assert (s.requested_s, s.opened_s, s.consented_s) == (7, 12, 13)
    assert (s.sms.first_submitted_s, s.sms.first_delivered_s) == (8, 10)
    assert (s.first_frame_s, s.ended_s, s.drawn_s, s.ends, s.early_frames) == (16, 26, 5.0, 1, 0)
    assert s.films == [Film(99, 1, 0.04)]


def test_records_may_come_in_any_order() -> None:
    mixed = SEEN.copy()
    Random(1).shuffle(mixed)
    later = [r for r in mixed if r.t_s != round(r.t_s)]
    assert later  # some that came after their time
    assert row(*sorted(mixed, key=lambda r: (r.t_s, SEEN.index(r)))) == row(*SEEN)


OUTCOMES = [
    ("unfinished", without("call.ended")),
    ("unfinished", [record(0, "call.placed"), record(3, "port.failed", actor="lab", detail="x")]),
    ("abandoned", [record(0, "call.placed"), record(3, "call.abandoned", by="caller")]),
    ("voice", [record(0, "call.placed"), record(2, "call.answered"), record(9, "call.ended")]),
    (
        "refused_aloud",
        [
            record(5, "consent.asked", how="spoken"),
            record(6, "consent.refused", how="spoken"),
            record(9, "call.ended"),
        ],
    ),
    ("no_link", without("link.opened", "consent.given", "frame.first")),
    ("not_seen", without("frame.first")),
    ("not_seen", without("frame.first", "consent.given")),
    (
        "refused_on_page",
        [*without("frame.first", "consent.given"), record(13, "consent.refused", how="page")],
    ),
    ("withdrawn", [*SEEN, record(20, "consent.withdrawn", how="page")]),
    ("seen", SEEN),
]


@pytest.mark.parametrize(
    ("outcome", "records"), OUTCOMES, ids=[f"{n}-{row[0]}" for n, row in enumerate(OUTCOMES)]
)
def test_how_a_call_ended_in_one_word(outcome: str, records: list[Record]) -> None:
    assert row(*records).outcome == outcome


def test_a_call_that_ends_twice_is_counted_twice() -> None:
    assert row(*SEEN, record(31, "call.ended", by="caller")).ends == 2


def test_calls_stand_in_the_order_of_their_first_record_and_do_not_mix() -> None:
    rows = call_table(
        [
            record(1, "call.placed", "b"),
            record(0, "call.placed", "a"),
            record(2, "call.answered", "b"),
            record(3, "call.ended", "a"),
            record(0, "run.begun", None),
        ]
    )
    assert [(r.name, r.answered_s, r.ends) for r in rows] == [("a", None, 1), ("b", 2, 0)]


def test_the_first_answer_counts_when_a_call_is_handed_on() -> None:
    handed_on = [record(20, "call.transferred"), record(25, "call.answered", seat="AMK Neste/1")]
    assert row(*SEEN, *handed_on).answered_s == 2


def test_an_early_frame_is_stray() -> None:
    early = record(12.9, "frame.first", actor="operator", camera="back")
    assert session(*SEEN, early).early_frames == 1
    never = [r for r in SEEN if r.facts.get("how") != "page"]
    assert session(*never).early_frames == 1  # no consent at all


def switched(*records: Record) -> list[float | None]:
    return session(*SEEN, *records).camera_switches_s


def press(t_s: float, camera: str) -> Record:
    return record(t_s, "camera.requested", actor="iccs", camera=camera)


def frame(t_s: float, camera: str, who: str = "operator") -> Record:
    return record(t_s, "frame.first", actor=who, camera=camera)


def test_a_camera_switch_lasts_from_the_press_to_the_other_cameras_first_frame() -> None:
    assert switched(press(18, "front"), frame(19.5, "front")) == [1.5]
    assert switched(press(18, "front"), frame(18.2, "back"), frame(19, "front")) == [1]
    assert switched(press(18, "front"), frame(19, "front"), press(21, "back"), frame(23, "back")) == [1, 2]


def test_a_switch_that_is_never_seen_is_told_so() -> None:
    assert switched(press(18, "front")) == [None]
    assert switched(press(18, "front"), frame(19, "front", "doctor")) == [None]  # who pressed did not see it
    assert switched(press(18, "front"), frame(19, "back")) == [None]


def test_a_second_press_neither_hides_nor_shortens_the_first() -> None:
    assert switched(press(18, "front"), press(20, "front"), frame(21, "front")) == [3]
    assert switched(press(18, "front"), press(20, "back"), frame(21, "back")) == [None, 1]


def test_a_doctors_join_begins_when_he_presses() -> None:
    joins = record(22, "person.waited", actor="doctor", purpose="joins", drawn_s=4.0, waited_s=4.0)
    s = session(*SEEN, joins, frame(23.5, "back", "doctor"))
    assert (s.viewers["doctor"].asked_s, s.viewers["doctor"].first_frame_s) == (22, 23.5)
    assert s.viewers["operator"].asked_s is None
    assert s.drawn_s == 5.0  # his wait is not the session's


def test_two_messages_count_from_the_first() -> None:
    second = [
        record(8.5, "sms.submitted", message_id="b"),
        record(8.5, "sms.accepted", message_id="b", drawn_s=0.5),
        record(9, "sms.delivered", message_id="b"),
    ]
    s = session(*SEEN, *second)
    assert (s.sms.first_submitted_s, s.sms.first_delivered_s) == (8, 9)
    assert s.drawn_s == 3.5  # the wait of the message that came first


def test_a_lost_message_has_no_drawn_wait() -> None:
    lost = [record(8, "sms.accepted", drawn_s=None) if r.event == "sms.accepted" else r for r in SEEN]
    assert session(*lost).drawn_s == 3.0


def test_waits_after_the_first_frame_are_nobodys_delay() -> None:
    late = record(17, "person.waited", actor="caller", purpose="consents", drawn_s=9.0, waited_s=9.0)
    assert session(*SEEN, late).drawn_s == 5.0


def test_measures_add_up_over_seconds_per_viewer() -> None:
    def second(t_s: float, who: str, **facts: object) -> Record:
        return record(t_s, "viewer.measured", actor=who, **facts)

    s = session(
        *SEEN,
        second(
            17,
            "operator",
            received=30,
            checked=15,
            read=14,
            freezes=1,
            frozen_s=0.4,
            shown_s=1.0,
            latency_ms={"80": 3},
        ),
        second(
            18,
            "operator",
            received=28,
            checked=14,
            read=14,
            stray=2,
            shown_s=1.0,
            latency_ms={"80": 1, "120": 2},
        ),
        second(18, "doctor", received=5),
    )
    looked = s.viewers["operator"]
    assert (looked.received, looked.checked, looked.read, looked.stray, looked.freezes) == (58, 29, 28, 2, 1)
    assert (looked.frozen_s, looked.shown_s) == (0.4, 2.0)
    assert looked.latency_ms == {80: 4, 120: 2}
    assert s.viewers["doctor"].received == 5


def test_failures_are_kept_in_words() -> None:
    failed = record(14, "port.failed", actor="caller", detail="the camera never came on")
    assert row(*SEEN, failed).failures == ["caller: the camera never came on"]
