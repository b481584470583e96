"""The same scenario twice: every drawn wait agrees, and a gap is noticed."""

from dataclasses import replace

from sim_rig import call, record, resolved

from sim.journal import Record
from sim.plan import tell_plan
from sim.resolve import Resolved
from sim.sessions import call_table
from sim.twin import Compared, compared, drawn_waits, other_draws


def story() -> Resolved:
    doctor = {"role": "doctor", "at_s": 2, "joins_after_s": 3}
    return resolved(call(operator={"invites": [doctor], "switches_camera_at_s": [3, 6]}), call(at_s=1))


def later(records: list[Record], by_s: float) -> list[Record]:
    """The same run on a clock that lags: every record that much later, durations the same."""
    return [replace(r, t_s=r.t_s + by_s, wall_s=r.t_s + by_s) for r in records]


def waited(t_s: float, purpose: str, waited_s: float) -> Record:
    return record(t_s, "person.waited", actor="caller", purpose=purpose, drawn_s=2.0, waited_s=waited_s)


def test_two_plans_agree_in_every_drawn_wait() -> None:
    plan = tell_plan(story())
    waits = drawn_waits(plan, later(plan, 0.25))
    people = sum(r.event == "person.waited" for r in plan)
    assert len(waits) == people + 2  # and one SMS each
    assert max(wait.gap_s for wait in waits) < 1e-9
    assert all(wait.planned_s == wait.drawn_s for wait in waits)
    assert {wait.purpose for wait in waits} >= {
        "picks_up",
        "replies",
        "opens_link",
        "joins",
        "switches",
        "sms",
    }


def test_a_wait_that_was_longer_than_planned_is_a_gap() -> None:
    plan, live = [waited(2, "consents", 2.0)], [waited(2.7, "consents", 2.7)]
    [wait] = drawn_waits(plan, live)
    assert (wait.call, wait.actor, wait.purpose, wait.planned_s, wait.lived_s) == (
        "a",
        "caller",
        "consents",
        2,
        2.7,
    )
    assert round(wait.gap_s, 6) == 0.7
    [shorter] = drawn_waits(live, plan)
    assert round(shorter.gap_s, 6) == 0.7


def test_the_same_wait_told_twice_is_paired_by_its_order() -> None:
    plan = [waited(2, "switches", 2.0), waited(5, "switches", 5.0)]
    live = [waited(2.1, "switches", 2.1), waited(5.3, "switches", 5.3)]
    assert [round(w.gap_s, 6) for w in drawn_waits(plan, live)] == [0.1, 0.3]


def test_a_wait_that_only_one_side_lived_is_left_out() -> None:
    assert drawn_waits([waited(2, "consents", 2.0)], []) == []
    assert drawn_waits([], [waited(2, "consents", 2.0)]) == []


def sms(accepted_s: float, drawn_s: float | None, delivered_s: float | None) -> list[Record]:
    told = [record(accepted_s, "sms.accepted", actor="carrier", drawn_s=drawn_s)]
    return told + ([] if delivered_s is None else [record(delivered_s, "sms.delivered", actor="carrier")])


def test_an_sms_waits_from_acceptance_to_delivery() -> None:
    [wait] = drawn_waits(sms(8, 2.0, 10), sms(8.2, 2.0, 10.6))
    assert (wait.actor, wait.purpose, wait.drawn_s, wait.planned_s, round(wait.gap_s, 6)) == (
        "carrier",
        "sms",
        2.0,
        2.0,
        0.4,
    )
    assert drawn_waits(sms(8, None, None), sms(8, None, None)) == []  # lost on both clocks


def message(name: str, accepted_s: float, drawn_s: float, delivered_s: float | None) -> list[Record]:
    told = [record(accepted_s, "sms.accepted", actor="carrier", drawn_s=drawn_s, message_id=name)]
    if delivered_s is not None:
        told.append(record(delivered_s, "sms.delivered", actor="carrier", message_id=name, copy=1))
    return told


def test_messages_that_overtake_each_other_are_paired_by_their_ids() -> None:
    waits = drawn_waits(
        [*message("1", 8, 9.0, 17), *message("2", 10, 2.0, 12)],
        [*message("71", 8.1, 9.0, 17.1), *message("72", 10.1, 2.0, 12.4)],
    )
    assert [(w.drawn_s, round(w.gap_s, 6)) for w in waits] == [(2, 0.3), (9, 0)]


def test_a_message_that_only_one_side_sent_is_left_out() -> None:
    plan = [*message("1", 8, 3.0, 11), *message("2", 10, 2.0, 12)]
    [wait] = drawn_waits(plan, message("72", 10.1, 2.0, 12.1))
    assert (wait.drawn_s, round(wait.gap_s, 6)) == (2, 0)
    assert drawn_waits(plan, message("71", 8, 3.0, None)) == []


def test_messages_that_fare_otherwise_than_planned_are_noticed() -> None:
    plan = [*message("1", 8, 3.0, 11), *message("2", 10, 2.0, 12)]
    assert other_draws(plan, plan) == []
    assert other_draws(plan, plan[:2]) == []  # one of the two sent more
    assert other_draws(plan, [*message("7", 8, 3.1, 11)]) == ["a"]
    assert other_draws(plan, sms(8, None, None)) == ["a"]
    assert other_draws(sms(8, None, None), sms(8.2, None, None)) == []


def test_a_duplicate_is_not_a_second_wait() -> None:
    twice = [*sms(8, 2.0, 10), record(40, "sms.delivered", actor="carrier")]
    assert len(drawn_waits(twice, twice)) == 1


def test_predicted_stands_beside_measured() -> None:
    plan = tell_plan(story())
    slower = [replace(r, t_s=r.t_s + 0.5) if r.event == "frame.first" else r for r in plan]
    told = {(c.call, c.metric): c for c in compared(call_table(plan), call_table(slower))}
    assert told["call-1", "time_to_video_s"] == Compared("call-1", "time_to_video_s", 9.0, 9.5)
    assert told["call-2", "answer_s"] == Compared("call-2", "answer_s", 2.0, 2.0)
    assert ("call-2", "camera_switch_s") not in told  # nobody switched there
    blind = [r for r in plan if r.event != "frame.first"]
    unseen = {(c.call, c.metric): c for c in compared(call_table(plan), call_table(blind))}
    assert unseen["call-2", "setup_s"] == Compared("call-2", "setup_s", 3.0, None)
