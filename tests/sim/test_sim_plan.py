"""A scenario told on the virtual clock: exact traces, faults, queues, and the same story for a seed."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sim_rig import AMK, FIRST_CALL, LV, ROOT, call, certain, resolved, trace

from sim.checks.metrics import metrics
from sim.journal import Record, journal_hash, read_journal
from sim.nation import Nation, load_nation
from sim.plan import tell_plan
from sim.resolve import resolve
from sim.scenario import load_scenario
from sim.sessions import CallRow, call_table

ONE_CENTRE = load_nation("one-centre", Path())


def rows(*calls: Any, **scenario: Any) -> list[CallRow]:
    return call_table(tell_plan(resolved(*calls, **scenario)))


def outcome(*calls: Any, **scenario: Any) -> list[str]:
    return [row.outcome for row in rows(*calls, **scenario)]


def first_call(seed: int) -> list[Record]:
    scenario, nation = load_scenario(FIRST_CALL)
    return tell_plan(resolve(scenario, nation, seed))


def test_a_plain_call_second_by_second() -> None:
    told = trace(tell_plan(resolved(call())))
    assert [at for at in told if at[1] != "person.waited"] == [
        (0, "call.placed"),
        (0, "call.queued"),
        (2, "call.answered"),
        (5, "consent.asked"),
        (6, "consent.given"),
        (7, "video.requested"),
        (8, "sms.submitted"),
        (8, "sms.accepted"),
        (10, "sms.delivered"),
        (12, "link.opened"),
        (13, "consent.given"),
        (13, "media.connected"),
        (13, "viewer.watching"),
        (16, "frame.first"),
        (26, "video.ended"),
        (26, "media.stopped"),
        (27, "viewer.left"),
        (30, "call.ended"),
    ]


def test_every_drawn_wait_is_journaled_with_its_actor() -> None:
    doctor = {"role": "doctor", "at_s": 2, "joins_after_s": 3}
    records = tell_plan(resolved(call(operator={"invites": [doctor], "switches_camera_at_s": [4]})))
    waited = [
        (r.actor, r.facts["purpose"], r.facts["drawn_s"], r.facts["waited_s"])
        for r in records
        if r.event == "person.waited"
    ]
    assert waited == [
        ("operator", "picks_up", 2, 2),
        ("operator", "asks_video", 3, 3),
        ("caller", "replies", 1, 1),
        ("operator", "sends_link", 1, 1),
        ("caller", "opens_link", 2, 2),
        ("caller", "consents", 1, 1),
        ("operator", "invites", 2, 2),
        ("operator", "switches", 4, 4),
        ("doctor", "joins", 3, 3),
        ("operator", "holds_video", 10, 10),
        ("operator", "talks_on", 4, 4),
    ]


def test_a_camera_switch_and_a_doctor_who_joins_late() -> None:
    doctor = {"role": "doctor", "at_s": 2, "joins_after_s": 4}
    made = resolved(call(operator={"invites": [doctor], "switches_camera_at_s": [3, 7]}))
    seen = [
        (round(r.t_s, 3), r.actor, r.facts.get("camera"))
        for r in tell_plan(made)
        if r.event in ("camera.requested", "frame.first")
    ]
    assert seen == [
        (16, "operator", "back"),
        (19, "iccs", "front"),
        (20, "operator", "front"),
        (23, "doctor", "front"),  # who pressed at 22 and sees what is shown then
        (23, "iccs", "back"),
        (24, "operator", "back"),
        (24, "doctor", "back"),
    ]
    [row] = call_table(tell_plan(made))
    assert row.session is not None
    assert row.session.camera_switches_s == [1, 1]


def test_a_no_aloud_sends_no_sms() -> None:
    records = tell_plan(resolved(call({"says_yes": False})))
    assert trace(records, "call-1", "sms.", "video.", "link.") == []
    assert trace(records, "call-1", "consent.", "call.ended") == [
        (5, "consent.asked"),
        (6, "consent.refused"),
        (10, "call.ended"),
    ]


def test_a_no_on_the_page_ends_the_video_and_the_call_goes_on() -> None:
    records = tell_plan(resolved(call({"approves": False})))
    assert trace(records, "call-1", "consent.refused", "video.", "media.", "call.ended") == [
        (7, "video.requested"),
        (13, "consent.refused"),
        (13, "video.ended"),
        (17, "call.ended"),
    ]
    assert [r.facts["because"] for r in records if r.event == "video.ended"] == ["refused"]


def test_a_call_that_stays_voice() -> None:
    assert trace(tell_plan(resolved(call(operator={"asks_video": False}))), "call-1", "call.")[-1] == (
        22,
        "call.ended",
    )
    assert outcome(call(operator={"asks_video": False})) == ["voice"]


def test_a_lost_sms_gives_no_link_and_the_operator_gives_up() -> None:
    lost = [{"kind": "sms.lost", "carrier": "telia", "first": 1}]
    records = tell_plan(resolved(call(), call(at_s=100), call({"carrier": "ice"}, at_s=200), faults=lost))
    assert [row.outcome for row in call_table(records)] == ["no_link", "seen", "seen"]
    assert trace(records, "call-1", "sms.delivered", "link.") == []
    assert trace(records, "call-1", "video.ended", "call.ended") == [(67, "video.ended"), (71, "call.ended")]


def test_a_camera_that_fails_is_not_seen() -> None:
    [row] = rows(call(), faults=[{"kind": "camera.fails", "call": 1}])
    assert row.outcome == "not_seen"
    assert row.failures == [
        "caller: the camera never came on",
        "operator: no frame within 60.0 s of the request",
    ]
    assert row.ends == 1


def test_a_caller_without_patience_has_abandoned() -> None:
    assert trace(tell_plan(resolved(call({"patience_s": 1}))), "call-1", "call.") == [
        (0, "call.placed"),
        (0, "call.queued"),
        (1, "call.abandoned"),
    ]
    assert outcome(call({"patience_s": 1})) == ["abandoned"]


def test_a_caller_who_hangs_up_just_as_the_operator_picks_up_ends_once() -> None:
    """Both moves are due in the same instant; which comes first does not matter, but nothing may break."""
    [row] = rows(call({"patience_s": 2}))
    assert (row.ends, row.failures) == (1, [])


def test_more_calls_than_seats_wait_in_the_order_they_came() -> None:
    talk = {"asks_video": False, "talks_s": 10}
    calls = [call({"patience_s": 500}, talk, at_s=n * 0.1) for n in range(6)]  # two seats
    told = rows(*calls)
    assert [row.outcome for row in told] == ["voice"] * 6
    answered = [row.answered_s for row in told]
    assert answered == pytest.approx([2, 2.1, 14, 14.1, 26, 26.1])


def test_the_impatient_leave_the_queue_and_the_next_one_moves_up() -> None:
    talk = {"asks_video": False, "talks_s": 20}
    told = rows(
        *(call(operator=talk) for _ in range(2)),  # until 22
        call({"patience_s": 5}, talk, at_s=1),
        call({"patience_s": 50}, talk, at_s=2),
    )
    assert [row.outcome for row in told] == ["voice", "voice", "abandoned", "voice"]
    assert told[2].ended_s == 6
    assert told[3].answered_s == 24


def overflowing() -> Nation:
    """Two centres with a seat each; a call that waited 5 s may be answered at the other."""
    first, _ = ONE_CENTRE.centres
    here = first.model_copy(update={"seats": 1, "overflow": ("AMK Neste",), "overflow_after_s": 5.0})
    there = first.model_copy(
        update={"name": "AMK Neste", "seats": 1, "overflow": (AMK,), "overflow_after_s": 5.0}
    )
    return certain(ONE_CENTRE.model_copy(update={"centres": (here, there)}))


def test_a_call_that_waited_too_long_flows_over_to_a_neighbour() -> None:
    talk = {"asks_video": False, "talks_s": 30}
    made = resolved(*(call(operator=talk) for _ in range(3)), country=overflowing())
    answered = [
        (round(r.t_s, 3), r.call, r.facts["seat"]) for r in tell_plan(made) if r.event == "call.answered"
    ]
    assert answered == [
        (2, "call-1", f"{AMK}/1"),
        (7, "call-2", "AMK Neste/1"),  # overdue at 5, picked up 2 s later
        (34, "call-3", f"{AMK}/1"),
    ]


def test_lines_have_their_own_seats() -> None:
    told = rows(call(), call(line="116117", centre=LV), call(line="116117", centre=LV))
    assert [row.answered_s for row in told] == [2, 2, 2 + 30]  # the one LV seat


def test_a_video_ends_with_its_call() -> None:
    limited = resolved(call(operator={"holds_video_s": 1000}), limits={"call_s": 25})
    records = tell_plan(limited)
    assert trace(records, "call-1", "video.ended", "call.ended") == [(25, "video.ended"), (25, "call.ended")]
    assert [r.facts["detail"] for r in records if r.event == "port.failed"] == ["not over within 25 s"]


def test_after_the_labs_limit_nobody_does_anything_more_on_a_call() -> None:
    doctor = {"role": "doctor", "at_s": 2, "joins_after_s": 1}
    endless = call(operator={"holds_video_s": 1000, "invites": [doctor]})
    records = tell_plan(resolved(endless, call(at_s=20), limits={"call_s": 35}))
    assert trace(records, "call-1")[-1] == (35, "call.ended")
    assert trace(records, "call-2")[-1] == (50, "call.ended")


def test_a_viewer_who_lingers_beyond_the_labs_limit_is_given_up() -> None:
    limits = {"call_s": 32, "linger_s": 20}  # the call ends at 30, its viewer would look on until 46
    records = tell_plan(resolved(call(), limits=limits))
    assert [r.facts["detail"] for r in records if r.event == "port.failed"] == ["not over within 32 s"]
    assert trace(records, "call-1", "call.ended", "viewer.left") == [(30, "call.ended")]


def test_a_doctor_who_would_join_after_the_end_does_not_come() -> None:
    late = {"role": "doctor", "at_s": 2, "joins_after_s": 500}
    records = tell_plan(resolved(call(operator={"invites": [late]})))
    assert records[-1].event == "run.ended"
    assert records[-1].t_s == 30  # nobody waits for him
    assert [r for r in records if r.actor == "doctor"] == []
    [row] = call_table(records)
    assert metrics([row])["viewer_join_s_n"] == 0


def test_a_centre_without_video_can_only_talk() -> None:
    amk, lv = ONE_CENTRE.centres
    none = certain(ONE_CENTRE.model_copy(update={"centres": (amk.model_copy(update={"video": "none"}), lv)}))
    [row] = rows(call(), country=none, nation={"centres": "one-centre", "full_rollout": False})
    assert (row.outcome, row.session) == ("voice", None)
    assert row.failures[:1] == [
        f"operator: SendLink: {AMK} has no video (video = 'none' in the centres file)"
    ]


def test_condensed_first_call_ends_as_ordained_for_20_seeds() -> None:
    scenario, nation = load_scenario(FIRST_CALL)
    lossless = nation.model_copy(
        update={"carriers": tuple(c.model_copy(update={"loss": 0.0}) for c in nation.carriers)}
    )
    ordained = [spec.outcome for spec in scenario.calls]
    for seed in range(20):
        told = call_table(tell_plan(resolve(scenario, lossless, seed)))
        assert [row.outcome for row in told] == ordained, seed


def test_the_same_seed_has_the_same_hash_and_every_other_seed_another(tmp_path: Path) -> None:
    hashes = [journal_hash(first_call(seed)) for seed in range(12)]
    assert len(set(hashes)) == 12
    assert [journal_hash(first_call(seed)) for seed in range(12)] == hashes
    scenario, nation = load_scenario(FIRST_CALL)
    tell_plan(resolve(scenario, nation, 3), tmp_path / "journal.jsonl")
    assert journal_hash(read_journal(tmp_path / "journal.jsonl")) == hashes[3]


def test_the_hash_does_not_depend_on_the_process() -> None:
    script = (
        "from pathlib import Path; from sim.scenario import load_scenario; from sim.resolve import resolve;"
        "from sim.plan import tell_plan; from sim.journal import journal_hash;"
        f"print(journal_hash(tell_plan(resolve(*load_scenario(Path({str(FIRST_CALL)!r}))))))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert told.stdout.strip() == journal_hash(first_call(113))


def test_hundreds_of_calls_are_told_and_each_is_seen() -> None:
    assert Counter(outcome(*(call(at_s=n * 20) for n in range(300)))) == {"seen": 300}


TIMES = st.sampled_from([0, 1, 2, 3, 5, 8, 13, 40])  # few, so that many fall together
CALLERS = st.fixed_dictionaries(
    {
        "carrier": st.sampled_from(["telenor", "telia", "ice"]),
        "says_yes": st.sampled_from([True, True, False]),
        "approves": st.sampled_from([True, True, False]),
        "patience_s": st.sampled_from([0, 2, 5, 13, 60, 600]),
        "replies_after_s": TIMES,
        "opens_link_after_s": TIMES,
        "consents_after_s": TIMES,
    }
)
OPERATORS = st.fixed_dictionaries(
    {
        "asks_video": st.sampled_from([True, True, False]),
        "picks_up_after_s": TIMES,
        "asks_video_after_s": TIMES,
        "sends_link_after_s": TIMES,
        "gives_up_after_s": TIMES,
        "switches_camera_at_s": st.lists(TIMES, unique=True, max_size=3).map(sorted),
        "invites": st.lists(
            st.fixed_dictionaries({"role": st.sampled_from("abc"), "at_s": TIMES, "joins_after_s": TIMES}),
            unique_by=lambda guest: guest["role"],
            max_size=3,
        ),
        "holds_video_s": TIMES,
        "talks_s": TIMES,
        "talks_on_s": TIMES,
    }
)
CALLS = st.builds(
    lambda caller, operator, at_s, lv: call(
        caller, operator, at_s=at_s, **({"line": "116117", "centre": LV} if lv else {})
    ),
    CALLERS,
    OPERATORS,
    TIMES,
    st.booleans(),
)
FAULTS = st.lists(
    st.sampled_from(
        [
            {"kind": "sms.lost", "carrier": "telia", "first": 2},
            {"kind": "camera.fails", "call": 1},
            {"kind": "camera.fails"},
            {"kind": "sms.outage", "carrier": "telenor", "how": "silent", "for_s": 20},
            {"kind": "sms.outage", "carrier": "telenor", "how": "silent", "swallowed": "later", "for_s": 9},
            {"kind": "sms.outage", "carrier": "telenor", "how": "drop", "at_s": 8},
            {"kind": "sms.outage", "carrier": "telenor", "how": "refuse"},
            {"kind": "sms.outage", "carrier": "telia", "how": "refuse", "for_s": 40},
            {"kind": "sms.slow", "carrier": "telenor", "response_s": 8},
            {"kind": "sms.throttled", "carrier": "telenor", "rate_per_s": 0.1},
            {"kind": "sms.queue_full", "carrier": "telenor", "at_s": 3, "for_s": 30},
            {"kind": "sms.loss", "carrier": "telia", "share": 0.5},
            {"kind": "sms.duplicates", "carrier": "ice", "share": 0.5},
            {"kind": "sms.malformed", "carrier": "telenor", "share": 0.5, "how": "sequence"},
        ]
    ),
    max_size=3,
)


@settings(max_examples=70, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(CALLS, min_size=1, max_size=7),
    FAULTS,
    st.sampled_from([5, 20, 60, 600]),
    st.booleans(),
    st.integers(0, 99),
    st.sampled_from([["telenor"], ["telenor", "telia"], ["ice", "telenor"]]),
)
def test_whatever_happens_every_call_ends_exactly_once(
    calls: list[Any], faults: list[Any], call_s: int, by_chance: bool, seed: int, routes: list[str]
) -> None:
    country = ONE_CENTRE if by_chance else certain()
    sms = {"routes": routes}
    limits = {"call_s": call_s}
    made = resolved(*calls, country=country, seed=seed, faults=faults, limits=limits, sms=sms)
    records = tell_plan(made)
    told = {row.name: row for row in call_table(records)}
    assert sorted(told) == sorted(each.name for each in made.calls)
    assert {row.ends for row in told.values()} == {1}
    assert (records[0].event, records[-1].event) == ("run.begun", "run.ended")
    assert [r.t_s for r in records] == sorted(r.t_s for r in records)
    for row in told.values():
        if row.session is not None:
            assert row.session.early_frames == 0
            assert row.said_yes
            assert row.session.ended_s is not None
            assert row.ended_s is not None
            assert row.session.ended_s <= row.ended_s
    again = tell_plan(made)
    assert journal_hash(again) == journal_hash(records)


def test_an_urgent_call_is_answered_before_a_normal_one_that_came_first() -> None:
    busy = [call(caller={"patience_s": 600}, operator={"asks_video": False}, at_s=0) for _ in range(4)]
    normal = call(caller={"patience_s": 600}, at_s=1)
    urgent = call(caller={"patience_s": 600}, at_s=2, priority="urgent")
    answered = {row.name: row.answered_s or 0.0 for row in rows(*busy, normal, urgent)}
    assert answered["call-6"] < answered["call-5"]
