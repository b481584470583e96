"""Judging: passed, failed or unknown; nothing seen is never passed."""

from dataclasses import replace
from math import inf
from typing import Any

import pytest
from sim_rig import call, resolved

from sim.checks.judge import Judged, judge
from sim.checks.metrics import metrics
from sim.sessions import CallRow, Looked, Session


def seen(name: str = "call-1", **looked: Any) -> CallRow:
    viewer = {"received": 100, "checked": 100, "read": 100, "shown_s": 10.0, **looked}
    session = Session(7.0, opened_s=12.0, consented_s=13.0, first_frame_s=16.0, ended_s=26.0, ends=1)
    session.viewers["operator"] = Looked(**{"watching_s": 15.0, "left": True, **viewer})
    return CallRow(
        name, "113", placed_s=0.0, answered_s=2.0, said_yes=True, ended_s=30.0, ends=1, session=session
    )


def voice(name: str = "call-1") -> CallRow:
    return CallRow(name, "113", placed_s=0.0, answered_s=2.0, ended_s=30.0, ends=1)


def never_seen(name: str = "call-1") -> CallRow:
    row = seen(name)
    assert row.session is not None
    row.session.first_frame_s = None
    row.session.viewers.clear()
    return row


def judged(*rows: CallRow, live: bool = True, calls: int | None = None, **scenario: Any) -> dict[str, Judged]:
    made = resolved(*(call() for _ in range(len(rows) if calls is None else calls)), **scenario)
    return {each.name: each for each in judge(made, rows, metrics(rows), live)}


def outcomes(*rows: CallRow, **more: Any) -> dict[str, str]:
    return {name: each.outcome for name, each in judged(*rows, **more).items()}


def checked(*rows: CallRow, live: bool = True, **check: Any) -> Judged:
    """The answer of one check of the scenario."""
    *_, last = judged(*rows, live=live, checks=[check]).values()
    return last


def test_a_good_run_passes_what_is_always_checked() -> None:
    assert outcomes(seen()) == {
        "every call ended exactly once": "passed",
        "every video session ended exactly once": "passed",
        "stray_frames": "passed",
        "frames_checked_ratio": "passed",
        "the parts did what they were asked": "passed",
    }
    assert outcomes(seen(), live=False) == {"every call ended exactly once": "passed"}


@pytest.mark.parametrize("ends", [0, 2])
def test_a_call_that_does_not_end_exactly_once_fails(ends: int) -> None:
    found = judged(seen(), replace(seen("call-2"), ends=ends))["every call ended exactly once"]
    assert (found.outcome, found.measured, found.limit, found.detail) == (
        "failed",
        1,
        "= 2",
        "not so: call-2",
    )


def test_a_call_that_was_never_placed_fails() -> None:
    assert outcomes(seen(), calls=2)["every call ended exactly once"] == "failed"
    assert outcomes(calls=1)["every call ended exactly once"] == "failed"


def test_a_stray_frame_fails() -> None:
    assert outcomes(seen(stray=1))["stray_frames"] == "failed"
    early = seen()
    assert early.session is not None
    early.session.early_frames = 1
    found = judged(early)["stray_frames"]
    assert (found.outcome, found.measured, found.limit) == ("failed", 1, "= 0")


def test_a_stray_frame_names_who_saw_it_and_whose_it_was() -> None:
    row = seen(stray=3)
    assert row.session is not None
    row.session.viewers["operator"].seen_of.update({"call-2": 2, "?": 1, "call-1": 1})
    assert judged(row)["stray_frames"].detail == (
        "the operator of call-1 saw a picture of nobody in this run; "
        "the operator of call-1 saw its own picture when it should not; "
        "the operator of call-1 saw the picture of call-2"
    )


def test_a_second_session_of_a_call_counts() -> None:
    row = seen()
    assert row.session is not None
    row.session.ids.update({"7", "8"})
    assert metrics([row])["sessions"] == 2


def test_nothing_seen_is_unknown_not_passed() -> None:
    told = judged(never_seen())
    assert (told["stray_frames"].outcome, told["stray_frames"].measured) == ("unknown", None)
    assert told["frames_checked_ratio"].outcome == "unknown"
    assert "call-1" in told["stray_frames"].detail


def test_frames_that_nobody_could_read_are_unknown_not_passed() -> None:
    assert outcomes(seen(read=0))["stray_frames"] == "unknown"
    assert outcomes(seen(read=0, stray=1))["stray_frames"] == "failed"


def test_where_nobody_consented_there_was_nothing_to_see() -> None:
    told = judged(voice())
    assert told["stray_frames"].outcome == told["frames_checked_ratio"].outcome == "passed"
    assert told["frames_checked_ratio"].detail == "there was nothing to see"


@pytest.mark.parametrize(("checked_frames", "outcome"), [(100, "passed"), (99, "passed"), (98, "failed")])
def test_nearly_every_frame_must_be_checked(checked_frames: int, outcome: str) -> None:
    assert outcomes(seen(checked=checked_frames, read=checked_frames))["frames_checked_ratio"] == outcome


def test_an_ordained_outcome_is_checked_and_says_how_it_ended() -> None:
    made = resolved(call(outcome="seen"), call(outcome="voice"), call())
    rows = [replace(voice(), failures=["caller: the camera never came on"]), voice("call-2"), seen("call-3")]
    told = {each.name: each for each in judge(made, rows, metrics(rows), live=False)}
    assert told["call-1 ends seen"].outcome == "failed"
    assert told["call-1 ends seen"].detail == "ended voice; caller: the camera never came on"
    assert told["call-2 ends voice"].outcome == "passed"
    assert "call-3" not in " ".join(told)


@pytest.mark.parametrize(
    ("check", "outcome", "measured", "limit"),
    [
        ({"metric": "sessions", "equals": 1}, "passed", 1, "= 1"),
        ({"metric": "sessions", "equals": 2}, "failed", 1, "= 2"),
        ({"metric": "sessions", "at_least": 1}, "passed", 1, ">= 1"),
        ({"metric": "sessions", "at_most": 0}, "failed", 1, "<= 0"),
        ({"metric": "time_to_video_s", "quantile": 0.95, "at_most": 9}, "passed", 9, "<= 9"),
        ({"metric": "time_to_video_s", "quantile": 0.95, "at_most": 8.9}, "failed", 9, "<= 8.9"),
        ({"metric": "time_to_video_s_p50", "at_most": 9}, "passed", 9, "<= 9"),
        ({"metric": "time_to_video_s_n", "equals": 1}, "passed", 1, "= 1"),
        ({"metric": "camera_switch_s_n", "equals": 0}, "passed", 0, "= 0"),
        ({"metric": "outcome_seen", "equals": 1}, "passed", 1, "= 1"),
        ({"metric": "stamp_read_ratio", "at_least": 0.99}, "passed", 1, ">= 0.99"),
    ],
)
def test_a_check_of_the_scenario(check: dict[str, Any], outcome: str, measured: float, limit: str) -> None:
    found = checked(seen(), **check)
    assert (found.outcome, found.measured, found.limit) == (outcome, measured, limit)


def test_too_few_samples_are_unknown() -> None:
    quantile = {"metric": "time_to_video_s", "quantile": 0.5, "at_most": 100}
    found = checked(seen(), **quantile, n_at_least=5)
    assert (found.outcome, found.measured, found.detail) == ("unknown", 9, "1 samples, needs 5")
    assert checked(voice(), **quantile).outcome == "unknown"
    assert checked(voice(), **quantile).measured is None
    assert checked(seen(), metric="time_to_video_s_p95", at_most=100, n_at_least=2).outcome == "unknown"
    assert checked(voice(), metric="stamp_read_ratio", at_least=0).outcome == "unknown"


def test_what_never_came_fails_and_says_so() -> None:
    found = checked(never_seen(), metric="time_to_video_s", quantile=1, at_most=90)
    assert (found.name, found.outcome, found.measured) == ("time_to_video_s max", "failed", inf)
    assert found.detail == "never came"


def test_a_plan_leaves_out_the_checks_of_pictures_and_no_others() -> None:
    rules = [
        {"metric": "stamp_read_ratio", "at_least": 0.99},
        {"metric": "freeze_ratio", "at_most": 0.1},
        {"metric": "glass_to_glass_s", "quantile": 0.5, "at_most": 1},
        {"metric": "sessions", "equals": 1},
        {"metric": "camera_switch_s", "quantile": 1, "at_most": 5},
    ]
    always = "every call ended exactly once"
    assert list(outcomes(seen(), live=False, checks=rules)) == [always, "sessions", "camera_switch_s max"]
    assert len(outcomes(seen(), live=True, checks=rules)) == 5 + 5


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("camera_switch_s_p95", "s"),
        ("time_to_video_s_max", "s"),
        ("time_to_video_s_n", ""),
        ("outcome_seen", ""),
        ("concurrent_sessions_max", ""),
        ("stamp_read_ratio", ""),
    ],
)
def test_seconds_are_the_unit_of_durations_only(metric: str, unit: str) -> None:
    assert checked(seen(), metric=metric, at_least=0).unit == unit


def test_a_name_says_which_quantile() -> None:
    assert checked(seen(), metric="answer_s", quantile=0.95, at_most=9).name == "answer_s p95"
    assert checked(seen(), metric="answer_s", quantile=0.995, at_most=9).name == "answer_s p99.5"


@pytest.mark.parametrize("ends", [0, 2])
def test_a_session_that_does_not_end_exactly_once_fails(ends: int) -> None:
    row = seen()
    assert row.session is not None
    row.session.ends = ends
    assert outcomes(row)["every video session ended exactly once"] == "failed"


@pytest.mark.parametrize(
    "looked",
    [
        {"read": 80},  # too few to judge
        {"suspicious": 10},  # blended or cut
        {"left": False},  # nobody told how the look ended
        {"lost_s": 20.0},  # the connection broke long before the end
    ],
)
def test_each_viewer_is_judged_alone(looked: dict[str, Any]) -> None:
    good = [seen(f"call-{n}") for n in range(2, 12)]
    told = judged(seen(**looked), *good)["stray_frames"]
    assert (told.outcome, told.measured) == ("unknown", None)
    assert told.detail.startswith("call-1: the operator")


def test_a_connection_that_ends_with_the_session_is_no_loss() -> None:
    assert outcomes(seen(lost_s=25.5))["stray_frames"] == "passed"


def test_a_doctor_who_came_and_saw_nothing_is_unknown() -> None:
    row = seen()
    assert row.session is not None
    row.session.viewers["doctor"] = Looked(asked_s=18.0)
    assert judged(row)["stray_frames"].detail == "call-1: the doctor came to look and saw no frame"


def test_a_refusal_of_a_part_fails_unless_the_call_was_to_fail() -> None:
    refused = "the parts did what they were asked"
    assert outcomes(replace(seen(), failures=["operator: 401"]))[refused] == "failed"
    lost = never_seen()
    assert lost.session is not None
    lost.session.consented_s = lost.session.opened_s = None
    lost = replace(lost, failures=["operator: no frame within 90 s of the request"])
    made = resolved(call(outcome="no_link"))
    told = {each.name: each.outcome for each in judge(made, [lost], metrics([lost]), live=True)}
    assert told[refused] == told["stray_frames"] == told["call-1 ends no_link"] == "passed"


def test_a_call_ends_as_in_the_plan_where_the_scenario_does_not_say() -> None:
    made, rows = resolved(call(), call(outcome="voice")), [voice(), voice("call-2")]
    planned = {"call-1": "seen", "call-2": "seen"}
    told = {each.name: each.outcome for each in judge(made, rows, metrics(rows), True, planned)}
    assert told["call-1 ends seen"] == "failed"
    assert told["call-2 ends voice"] == "passed"


def many(n: int) -> list[CallRow]:
    return [seen(f"call-{k}") for k in range(1, n + 1)]


def test_many_calls_are_one_answer_and_the_first_that_differ_are_named() -> None:
    few, rows = many(40), many(41)
    wanted = {row.name: "seen" for row in rows}
    made = resolved(*(call() for _ in rows))

    def ordained(rows: list[CallRow]) -> list[Judged]:
        told = judge(made, rows, metrics(rows), live=True, planned=wanted)
        return [each for each in told if " ends " in each.name or "ordained" in each.name]

    assert len(ordained(few)) == 40
    (good,) = ordained(rows)
    assert (good.name, good.outcome, good.measured, good.limit, good.detail) == (
        *("every call ended as ordained", "passed"),
        *(41, "= 41", ""),
    )
    (bad,) = ordained([voice("call-1"), *(never_seen(f"call-{k}") for k in range(2, 8)), *rows[7:]])
    assert (bad.outcome, bad.measured) == ("failed", 34)
    assert bad.detail.startswith("call-1 ended voice, not seen; call-2 ended not_seen, not seen; ")
    assert bad.detail.endswith("and 2 more")


def test_calls_that_load_withheld_are_forgiven_and_no_more_than_those() -> None:
    made = resolved(call(), call(), call())

    def ended_once(untold: int) -> tuple[str, str]:
        first, *_ = judge(made, [seen()], metrics([seen()]), live=True, untold=untold)
        return first.outcome, first.limit

    assert ended_once(2) == ("passed", "= 1")
    assert ended_once(1) == ("failed", "= 3")
