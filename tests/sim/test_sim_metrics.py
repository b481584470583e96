"""The metrics of a run: durations, counts, ratios and quantiles of tables with known answers."""

from fractions import Fraction
from math import ceil, inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.checks.metrics import (
    COUNTS,
    DURATIONS,
    OUTCOMES,
    call_durations,
    is_metric,
    known_metrics,
    metrics,
    quantile,
    samples,
)
from sim.journal import Record
from sim.sessions import CallRow, Looked, Session, call_table
from sim.sms import Messages


def seen(first_frame_s: float | None = 16.0, ended_s: float | None = 26.0, **more: Any) -> Session:
    return Session(
        **{
            "requested_s": 7.0,
            "sms": Messages(first_submitted_s=8.0, first_delivered_s=10.0, drawn_of_first_s=2.0),
            "opened_s": 12.0,
            "consented_s": 13.0,
            "drawn_people_s": 3.0,
            "first_frame_s": first_frame_s,
            "ended_s": ended_s,
            **more,
        }
    )


def row(session: Session | None = None, **more: Any) -> CallRow:
    told = {"placed_s": 0.0, "answered_s": 2.0, "asked_s": 5.0, "replied_s": 6.0, "ended_s": 30.0, "ends": 1}
    return CallRow("a", session=session, **{**told, **more})


def test_the_durations_of_a_seen_call() -> None:
    session = seen(camera_switches_s=[1.5, None])
    for t_s, event in ((20.0, "media.lost"), (20.4, "media.recovered"), (22.0, "media.lost")):
        session.interruptions.take(Record(t_s, event, "a", "a/video", "caller"))
    session.viewers["operator"] = Looked(first_frame_s=16.0, latency_ms=Looked().latency_ms)
    session.viewers["operator"].latency_ms.update({80: 2, 200: 1})
    session.viewers["doctor"] = Looked(asked_s=22.0, first_frame_s=23.5)
    session.viewers["specialist"] = Looked(asked_s=24.0)
    assert call_durations(row(session)) == {
        "answer_s": [2],
        "ask_s": [3],
        "reply_s": [1],
        "follow_s": [],
        "sms_s": [2],
        "link_s": [3],
        "open_s": [2],
        "consent_s": [1],
        "setup_s": [3],
        "time_to_video_s": [9],
        "machine_s": [4],
        "camera_switch_s": [1.5, inf],
        "recovery_s": [pytest.approx(0.4), inf],
        "viewer_join_s": [1.5, inf],
        "glass_to_glass_s": [0.08, 0.08, 0.2],
    }
    assert set(call_durations(row(session))) == set(DURATIONS)


def test_a_call_without_video_has_no_durations_of_one() -> None:
    assert call_durations(row(None, asked_s=None, replied_s=None)) == {
        "answer_s": [2],
        "ask_s": [],
        "reply_s": [],
        "follow_s": [],
    }


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (seen(), [9]),
        (seen(first_frame_s=None), [inf]),  # consented and never seen
        (seen(first_frame_s=None, consented_s=None), []),  # never consented: nothing to wait for
        (seen(first_frame_s=None, withdrawn_s=14.0), []),  # withdrew before a picture could come
        (seen(withdrawn_s=20.0), [9]),
    ],
)
def test_time_to_video(session: Session, expected: list[float]) -> None:
    found = call_durations(row(session))
    assert found["time_to_video_s"] == expected
    assert found["machine_s"] == [t - 5 for t in expected]
    assert found["setup_s"] == ([3] if expected == [9] else [])


def test_one_session_never_seen_makes_the_high_quantiles_infinite() -> None:
    rows = [row(seen()) for _ in range(9)] + [row(seen(first_frame_s=None))]
    found = metrics(rows)
    assert (found["time_to_video_s_p50"], found["time_to_video_s_p95"]) == (9, inf)
    assert (found["time_to_video_s_max"], found["time_to_video_s_n"]) == (inf, 10)
    assert (found["sessions"], found["sessions_completed"]) == (10, 9)
    assert len(samples(rows)["setup_s"]) == 9


def test_who_is_to_stay_unseen_by_the_seed_is_no_failure_of_the_machines() -> None:
    records = [
        Record(1.0, "video.requested", "call-1"),
        Record(5.0, "consent.given", "call-1", facts={"how": "page"}),
    ]
    (judged,), (forgiven,) = call_table(records), call_table(records, {"call-1"})
    assert samples([judged])["time_to_video_s"] == samples([judged])["machine_s"] == [inf]
    assert samples([forgiven])["time_to_video_s"] == samples([forgiven])["machine_s"] == []


def test_counts_and_ratios() -> None:
    one, other = seen(early_frames=1), seen()
    one.viewers["operator"] = Looked(received=100, checked=50, read=45, stray=2, frozen_s=0.5, shown_s=10)
    one.viewers["doctor"] = Looked(received=20, checked=10, read=10, shown_s=2)
    other.viewers["operator"] = Looked(
        received=80, checked=40, read=40, suspicious=3, frozen_s=0.1, shown_s=8
    )
    found = metrics([row(one), row(other), row(None, said_yes=False), row(None, abandoned=True)])
    expected = {
        "calls": 4,
        "sessions": 2,
        "sessions_completed": 2,
        "stray_frames": 3,  # two read, one seen before consent
        "suspicious_frames": 3,
        "frames_received": 200,
        "frames_checked_ratio": 0.5,
        "stamp_read_ratio": 0.95,
        "freeze_ratio": 0.03,
        "outcome_seen": 2,
        "outcome_refused_aloud": 1,
        "outcome_abandoned": 1,
        "outcome_voice": 0,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_of_nothing_nothing_is_measured() -> None:
    found = metrics([])
    assert set(found) == set(known_metrics())
    counts = {"calls", "sessions", "sessions_completed", "concurrent_sessions_max", "stray_frames"}
    assert {found[name] for name in counts} == {0}
    for name in ("frames_checked_ratio", "stamp_read_ratio", "freeze_ratio", "answer_s_p95", "answer_s_max"):
        assert found[name] is None
    assert found["answer_s_n"] == 0


def spans(*times: tuple[float, float | None]) -> float | None:
    return metrics([row(seen(first_frame_s=begun, ended_s=ended)) for begun, ended in times])[
        "concurrent_sessions_max"
    ]


def test_concurrent_sessions_are_pictures_seen_at_the_same_time() -> None:
    assert spans((10, 20), (20, 30), (30, 40)) == 1  # one ends as the next begins
    assert spans((10, 20), (15, 30), (19, 25)) == 3
    assert spans((10, None), (12, 13)) == 2  # no end was told: the call's end
    assert spans((10, None), (50, 60)) == 1
    assert spans((10, 20), (12, 14), (16, 18)) == 2
    assert metrics([row(seen(first_frame_s=None))])["concurrent_sessions_max"] == 0


@pytest.mark.parametrize(
    ("q", "expected"),
    [(0.01, 1), (0.1, 1), (0.11, 2), (0.5, 5), (0.51, 6), (0.9, 9), (0.95, 10), (0.99, 10), (1.0, 10)],
)
def test_a_quantile_is_the_smallest_sample_that_so_many_do_not_exceed(q: float, expected: float) -> None:
    assert quantile([float(n) for n in range(1, 11)], q) == expected


def test_quantiles_of_few() -> None:
    assert quantile([], 0.95) is None
    assert quantile([7.0], 0.01) == quantile([7.0], 1.0) == 7.0
    assert quantile([1.0, inf], 0.5) == 1.0


@given(st.integers(1, 400), st.integers(1, 1000))
def test_quantiles_are_exact_where_floats_are_not(n: int, thousandths: int) -> None:
    """0.07 x 100 is 7.000000000000001: the seventh of a hundred all the same."""
    ordered = [float(i) for i in range(1, n + 1)]
    assert quantile(ordered, thousandths / 1000) == ceil(Fraction(thousandths, 1000) * n)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.001, 1))
def test_at_least_the_share_does_not_exceed_a_quantile_and_fewer_stay_below(
    taken: list[float], q: float
) -> None:
    ordered = sorted(taken)
    found = quantile(ordered, q)
    assert found is not None
    assert sum(t <= found for t in ordered) >= q * len(ordered) - 1e-6
    assert sum(t < found for t in ordered) < q * len(ordered) + 1e-6


def test_names_that_a_check_may_use() -> None:
    assert set(COUNTS) < set(known_metrics())
    assert all(
        is_metric(f"{name}_{suffix}") for name in DURATIONS for suffix in ("p50", "p95", "p99", "max", "n")
    )
    assert all(is_metric(f"outcome_{name}") for name in OUTCOMES)
    assert not any(is_metric(name) for name in (*DURATIONS, "answer_s_p42", "outcome", ""))
    assert known_metrics(durations=True) == list(DURATIONS)


def test_under_load_an_answer_counts_from_the_moment_for_which_the_call_was_scheduled() -> None:
    late = [
        Record(10.0, "call.due", "a", None, "lab", None, {"lateness_s": 3.0}),
        Record(13.0, "call.placed", "a", None, "caller"),
        Record(15.0, "call.answered", "a", None, "operator"),
    ]
    (with_due,) = call_table(late)
    assert (with_due.due_s, call_durations(with_due)["answer_s"]) == (10.0, [5.0])
    (without,) = call_table(late[1:])
    assert (without.due_s, call_durations(without)["answer_s"]) == (None, [2.0])
