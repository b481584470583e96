"""Moods as they hold: begun, ended, by the hour, added up; and what a session sees of each."""

from dataclasses import replace

import pytest
from carriers_lab import NUMBER, OTHER, QUICK, TELIA_NUMBER, Bench, End, ended, quick, quick_with, short

from fake_carriers.country import local_week_s
from fake_carriers.moods import WEEK_S, Mood, Trouble
from fake_carriers.silence import REQUESTS_MAX
from fake_carriers.smpp import Bind, Command, Pdu, Status
from fake_carriers.state import State

HOUR = 3600.0
RUSH = Trouble("mon-fri", "07:30", "08:00", Mood("queue_full"))


# ---- beginning and ending


def test_a_mood_is_told_when_it_begins_and_ends_in_its_time() -> None:
    bench = Bench()
    mood = bench.mood("slow", for_s=30.0, response_s=2.0)
    bench.advance(10)
    (standing,) = bench.country.moods.of("telenor")
    assert standing.told(bench.now) == {"id": mood, "kind": "slow", "response_s": 2.0, "ends_in_s": 20.0}
    bench.advance(19.9)
    assert len(bench.country.moods.of("telenor")) == 1
    bench.advance(0.1)
    assert bench.country.moods.of("telenor") == []
    facts = {"carrier": "telenor", "id": mood, "kind": "slow", "response_s": 2.0}
    assert bench.told == [
        (0.0, "mood.begun", {**facts, "ends_in_s": 30.0}),
        (30.0, "mood.ended", {**facts, "ends_in_s": 0.0}),
    ]


def test_one_mood_or_all_of_a_carrier_are_ended() -> None:
    bench = Bench()
    first, second, third = (bench.mood("slow", response_s=float(n)) for n in (1, 2, 3))
    bench.mood("queue_full", carrier="ice")
    assert bench.country.smscs["telenor"].behaviour.response_s == 3.0
    assert bench.country.moods.end("telenor", third, bench.now)
    assert bench.country.smscs["telenor"].behaviour.response_s == 2.0
    assert not bench.country.moods.end("telenor", third, bench.now)
    assert not bench.country.moods.end("ice", first, bench.now)
    bench.calm()
    assert bench.country.smscs["telenor"].behaviour.response_s == 0.0
    assert bench.country.smscs["ice"].behaviour.queue_full
    assert [facts["id"] for facts in bench.events("mood.ended")] == [third, first, second]


def test_a_mood_that_was_ended_early_does_not_end_again() -> None:
    bench = Bench()
    bench.mood("slow", for_s=10.0, response_s=1.0)
    bench.calm()
    bench.mood("slow", response_s=2.0)
    bench.advance(100)
    assert len(bench.events("mood.ended")) == 1
    assert bench.country.smscs["telenor"].behaviour.response_s == 2.0


def test_a_mood_is_one_carrier_s_own() -> None:
    bench = Bench(simulated=True)
    bench.mood("loss", share=1.0)
    end = End(bench)
    lost, kept = end.submitted(), end.submitted(destination_addr=TELIA_NUMBER[1:])
    bench.advance(1)
    assert (ended(bench, lost), ended(bench, kept)) == (State.LOST, State.DELIVRD)


# ---- a new run


def test_a_new_run_has_no_moods_and_counts_from_zero() -> None:
    bench = Bench(quick_with(lost_first=1), simulated=True)
    end = End(bench)
    assert [ended(bench, end.submitted()) for _ in range(2)] == [State.LOST, State.ENROUTE]
    bench.mood("outage", how="refuse")
    bench.mood("queue_full", carrier="ice", for_s=10.0)
    bench.country.new_run(1, {"telia": {"lost_first": 1}})
    assert [bench.country.moods.of(name) for name in ("telenor", "telia", "ice")] == [[], [], []]
    assert ended(bench, end.submitted()) is State.LOST
    assert ended(bench, end.submitted(destination_addr=TELIA_NUMBER[1:])) is State.LOST
    bench.country.new_run(1, {})
    assert ended(bench, end.submitted(destination_addr=TELIA_NUMBER[1:])) is State.ENROUTE


def test_what_is_under_way_is_dropped_when_a_new_run_begins() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    message_id = end.submitted()
    bench.country.new_run(2, {"telenor": {"loss": 1.0}})
    bench.advance(1000)
    assert (ended(bench, message_id), end.states(), bench.screen()) == (State.DELETED, [], [])
    (dropped,) = bench.events("sms.dropped")
    of_it = {"number": NUMBER, "message_id": message_id, "carrier": "telenor", "door": "telenor", "copy": 1}
    assert {key: dropped[key] for key in of_it} == of_it
    assert bench.network.under_way["telenor"] == 0


def test_what_a_silent_carrier_kept_for_later_comes_into_no_new_run() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    bench.mood("outage", how="silent", swallowed="later")
    end.put(Command.SUBMIT_SM, short())
    bench.country.new_run(2, {})
    bench.advance(1000)
    assert (bench.screen(), len(bench.events("sms.dropped"))) == ([], 1)


def test_a_wrong_new_run_changes_nothing() -> None:
    bench = Bench()
    bench.mood("queue_full")
    with pytest.raises(ValueError, match="did you mean 'telenor'"):
        bench.country.new_run(9, {"telnor": {}})
    assert (bench.network.fates.seed, len(bench.country.moods.of("telenor"))) == (1, 1)


def test_a_mood_outlives_no_override_and_no_override_outlives_its_run() -> None:
    bench = Bench(simulated=True)
    bench.country.new_run(1, {"telenor": {"loss": 1.0}})
    bench.mood("duplicates", share=1.0)
    assert bench.country.smscs["telenor"].behaviour.carrier.loss == 1.0
    bench.country.new_run(1, {})
    assert bench.country.smscs["telenor"].behaviour.carrier == QUICK[0]


def test_the_same_seed_breaks_the_same_responses_in_every_run() -> None:
    bench = Bench(simulated=True)
    smsc = bench.country.smscs["telenor"]

    def broken() -> list[str]:
        bench.country.new_run(5, {})
        bench.mood("malformed", how="cut", share=0.5)
        return [smsc.breaks() for _ in range(50)]

    first = broken()
    assert set(first) == {"", "cut"}
    assert broken() == first


# ---- by the hour


def test_troubles_come_by_the_hour_that_the_run_says_it_is() -> None:
    bench = Bench((replace(QUICK[0], troubles=(RUSH,)), *QUICK[1:]))
    smsc = bench.country.smscs["telenor"]
    bench.country.new_run(1, {}, week_s=7 * HOUR)
    seen = []
    for _ in range(4):
        seen.append(smsc.behaviour.queue_full)
        bench.advance(1799)
        bench.country.tick()
        bench.advance(1)
        bench.country.tick()
    assert seen == [False, True, False, False]
    assert End(bench).submit().status == Status.ROK
    bench.country.new_run(1, {}, week_s=4 * 24 * HOUR + 7.75 * HOUR)  # Friday
    assert smsc.behaviour.queue_full
    bench.country.new_run(1, {}, week_s=5 * 24 * HOUR + 7.75 * HOUR)  # Saturday
    assert not smsc.behaviour.queue_full


def test_the_time_of_the_week_goes_on_past_its_end() -> None:
    sunday = Trouble("mon", "00:00", "00:10", Mood("queue_full"))
    bench = Bench((replace(QUICK[0], troubles=(sunday,)), *QUICK[1:]))
    bench.country.new_run(1, {}, week_s=WEEK_S - 60)
    assert not bench.country.smscs["telenor"].behaviour.queue_full
    bench.advance(61)
    bench.country.tick()
    assert bench.country.smscs["telenor"].behaviour.queue_full


def test_a_mood_by_hand_beats_a_trouble_and_leaves_it_in_its_place() -> None:
    slow = Trouble("mon-sun", "00:00", "24:00", Mood("slow", response_s=1.0))
    bench = Bench((replace(QUICK[0], troubles=(slow,)), *QUICK[1:]))
    smsc = bench.country.smscs["telenor"]
    assert smsc.behaviour.response_s == 1.0
    bench.mood("slow", for_s=10.0, response_s=9.0)
    assert smsc.behaviour.response_s == 9.0
    bench.advance(10)
    assert smsc.behaviour.response_s == 1.0


def test_without_a_word_the_week_is_this_machine_s() -> None:
    assert 0 <= local_week_s(1_767_323_045.0) < WEEK_S
    assert local_week_s(1_767_323_045.0 + 60) - local_week_s(1_767_323_045.0) == 60


# ---- outages


def test_a_carrier_that_refuses_says_so_to_everything_and_keeps_its_connections() -> None:
    bench = Bench(simulated=True)
    end, unbound = End(bench), End(bench, None)
    bench.mood("outage", for_s=10.0, how="refuse")
    assert end.submit().status == Status.RSYSERR
    assert unbound.bind(Command.BIND_TRANSCEIVER).status == Status.RSYSERR
    assert End(bench, None).submit().status == Status.RSYSERR
    assert end.ask(Command.ENQUIRE_LINK).status == Status.ROK
    assert bench.events("sms.submitted") == []
    bench.advance(10)
    assert unbound.bind(Command.BIND_TRANSCEIVER).status == Status.ROK
    assert end.submit().status == Status.ROK


def test_what_was_taken_before_a_refusal_goes_on_and_has_its_receipt() -> None:
    bench = Bench(quick_with(receipt_s_min=5.0, receipt_s_max=5.0), simulated=True)
    end = End(bench)
    end.submitted()
    bench.mood("outage", how="refuse")
    bench.advance(6)
    assert (bench.screen(), end.states()) == (["hei"], ["DELIVRD"])


def test_a_carrier_that_drops_cuts_and_lets_nobody_in() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    end.submitted()
    bench.mood("outage", how="drop")
    assert end.closed
    assert not end.smsc.answers_calls
    end.lose()
    bench.advance(1)
    assert bench.screen() == ["hei"]
    bench.calm()
    assert End(bench).states() == ["DELIVRD"]


def test_a_silent_carrier_says_nothing_and_forgets_what_it_heard() -> None:
    bench = Bench(simulated=True)
    end, unbound = End(bench), End(bench, None)
    bench.mood("outage", for_s=60.0, how="silent")
    end.put(Command.SUBMIT_SM, short())
    end.put(Command.ENQUIRE_LINK)
    unbound.put(Command.BIND_TRANSCEIVER, Bind("lab113", "lab113"))
    for _ in range(59):
        bench.advance(1)
        bench.country.tick()
    assert (end.heard, unbound.heard) == ([], [])
    assert not end.closed
    bench.advance(1)
    assert (end.heard, unbound.heard, bench.screen()) == ([], [], [])
    assert end.submit().status == Status.ROK
    assert unbound.bind(Command.BIND_TRANSCEIVER).status == Status.ROK


def test_a_silent_carrier_does_later_what_it_was_asked() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    bench.mood("outage", how="silent", swallowed="later")
    asked = [end.put(Command.SUBMIT_SM, short(short_message=text)) for text in (b"en", b"to")]
    assert end.heard == []
    bench.advance(75)
    assert bench.screen() == []
    bench.calm()
    assert [pdu.sequence for pdu in end.heard] == asked
    bench.advance(1)
    assert bench.screen() == ["en", "to"]
    assert end.states() == ["DELIVRD"] * 2


def test_what_a_client_asked_before_it_left_is_done_all_the_same() -> None:
    """The client's double: it gives up, comes back, sends again, and the phone gets it twice."""
    bench = Bench(simulated=True)
    end = End(bench)
    bench.mood("outage", how="silent", swallowed="later")
    end.put(Command.SUBMIT_SM, short())
    end.lose()
    again = End(bench, None)
    again.put(Command.BIND_TRANSCEIVER, Bind("lab113", "lab113"))
    again.put(Command.SUBMIT_SM, short())
    bench.calm()
    bench.advance(1)
    assert bench.screen() == ["hei", "hei"]
    assert end.heard == []
    assert again.states() == ["DELIVRD", "DELIVRD"]


def test_a_client_that_left_while_it_waited_for_its_bind_is_not_told_of_as_bound() -> None:
    bench = Bench()
    end = End(bench, None)
    bench.mood("outage", how="silent", swallowed="later")
    end.put(Command.BIND_TRANSCEIVER, Bind("lab113", "lab113"))
    end.put(Command.SUBMIT_SM, short())
    end.lose()
    bench.calm()
    assert bench.events("session.bound") == []
    assert len(bench.events("sms.submitted")) == 1
    assert bench.country.smscs["telenor"].sessions == []


def test_silence_holds_receipts_back_and_tells_them_afterwards() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    end.submitted()
    bench.mood("outage", how="silent")
    newcomer = End(bench, None)
    bench.advance(30)
    assert (end.heard, newcomer.heard) == ([], [])
    bench.calm()
    assert end.states() == ["DELIVRD"]


def test_an_answer_that_was_late_is_swallowed_by_silence() -> None:
    bench = Bench()
    end = End(bench)
    bench.mood("slow", response_s=5.0)
    end.put(Command.SUBMIT_SM, short())
    bench.mood("outage", for_s=10.0, how="silent")
    bench.advance(20)
    assert end.heard == []
    assert end.session.unanswered == 0


def test_a_silence_that_turns_into_a_cut_ends_in_a_cut() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    bench.mood("outage", how="silent", swallowed="later")
    end.put(Command.SUBMIT_SM, short())
    bench.mood("outage", how="drop")
    assert (end.closed, end.heard) == (True, [])
    end.lose()
    bench.calm()
    bench.advance(1)
    assert End(bench).submit().status == Status.ROK


def test_a_silent_carrier_keeps_so_many_requests_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert REQUESTS_MAX == 10_000
    monkeypatch.setattr("fake_carriers.silence.REQUESTS_MAX", 5)
    bench = Bench(simulated=True)
    end = End(bench)
    bench.mood("outage", how="silent", swallowed="later")
    for _ in range(9):
        end.put(Command.SUBMIT_SM, short())
    bench.calm()
    assert len(end.heard) == 5


def test_a_silent_client_of_a_silent_carrier_is_not_dropped_at_once_afterwards() -> None:
    bench = Bench()
    end = End(bench)
    bench.mood("outage", for_s=500.0, how="silent")
    bench.advance(500)
    bench.country.tick()
    assert not end.closed


# ---- the others


def test_a_slow_carrier_answers_late_and_delivers_at_once() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    bench.mood("slow", response_s=4.0)
    asked = end.put(Command.SUBMIT_SM, short())
    bench.advance(3.9)
    assert (bench.screen(), end.answer(asked)) == (["hei"], None)
    assert end.states() == ["DELIVRD"]  # before its own answer, as with real ones
    bench.advance(0.1)
    assert end.answer(asked) is not None


def test_a_throttled_carrier_takes_its_burst_and_its_rate() -> None:
    bench = Bench()
    end = End(bench)
    bench.mood("throttled", for_s=10.0, rate_per_s=2.0)
    told = []
    for _ in range(40):
        told += [end.submit().status for _ in range(2)]
        bench.advance(0.25)
    assert told.count(Status.ROK) == 2 + int(9.75 * 2)
    assert set(told) == {Status.ROK, Status.RTHROTTLED}
    assert [end.submit().status for _ in range(50)] == [Status.ROK] * 50


def test_a_full_queue_takes_nothing() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    bench.mood("queue_full", for_s=5.0)
    assert [end.submit().status for _ in range(3)] == [Status.RMSGQFUL] * 3
    assert end.ask(Command.ENQUIRE_LINK).status == Status.ROK
    bench.advance(5)
    assert end.submit().status == Status.ROK


def test_a_storm_of_duplicates_doubles_what_is_submitted_in_it() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    end.submitted()
    bench.mood("duplicates", for_s=5.0, share=1.0, after_s=2.0)
    end.submitted(destination_addr=OTHER[1:])
    bench.advance(10)
    assert (bench.screen(NUMBER), bench.screen(OTHER)) == (["hei"], ["hei", "hei"])
    assert len(end.receipts()) == 2
    assert bench.network.counts["telenor"]["doubled"] == 1


@pytest.mark.parametrize(("how", "answers"), [("command", 0), ("sequence", 0), ("cut", 0), ("length", 0)])
def test_a_malformed_answer_is_no_answer_and_the_message_is_taken(how: str, answers: int) -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    raw: list[bytes] = []
    end.session._write = raw.append
    bench.mood("malformed", how=how, share=1.0)
    end.put(Command.SUBMIT_SM, short())
    bench.advance(1)
    assert bench.screen() == ["hei"]
    response, receipt = raw
    assert int.from_bytes(receipt[:4], "big") == len(receipt)  # only responses break
    expected = {
        "length": lambda frame: int.from_bytes(frame[:4], "big") < 16,
        "command": lambda frame: frame[4:8] == b"\x80\x00\x0f\x0f",
        "sequence": lambda frame: frame[12:16] != (2).to_bytes(4, "big"),
        "cut": lambda frame: frame.endswith(b"\x00\x1e\x00\x40abc"),
    }
    assert expected[how](response)


def test_a_share_of_responses_is_broken() -> None:
    bench = Bench(seed=3)
    bench.mood("malformed", how="cut", share=0.25)
    smsc = bench.country.smscs["telenor"]
    assert 200 < sum(smsc.breaks() == "cut" for _ in range(1000)) < 300


def test_a_bind_s_answer_may_be_broken_too() -> None:
    bench = Bench()
    end = End(bench, None)
    raw: list[bytes] = []
    end.session._write = raw.append
    bench.mood("malformed", how="sequence", share=1.0)
    end.say(Pdu(Command.BIND_TRANSCEIVER, 1, body=Bind("lab113", "lab113")))
    assert raw[0][12:16] != (1).to_bytes(4, "big")
    assert end.session.bind is Command.BIND_TRANSCEIVER


def test_two_moods_at_once() -> None:
    bench = Bench((quick(QUICK[0]), *QUICK[1:]), simulated=True)
    end = End(bench)
    bench.mood("slow", response_s=2.0)
    bench.mood("loss", share=1.0)
    asked = end.put(Command.SUBMIT_SM, short())
    bench.advance(2)
    assert end.answer(asked) is not None
    bench.advance(1000)
    assert (end.heard, bench.screen()) == ([], [])


# ---- what sessions are told to have met


def facts_of(end: End, **more: str) -> dict[str, object]:
    return {"carrier": "telenor", "session": end.session.number, **more}


def test_a_garbled_response_is_told_when_it_leaves() -> None:
    bench = Bench()
    end, gone = End(bench), End(bench)
    for each in (end, gone):
        each.session._write = lambda octets: None
    bench.mood("malformed", how="sequence", share=1.0)
    end.put(Command.SUBMIT_SM, short())
    end.put(Command.ENQUIRE_LINK)
    bench.mood("slow", response_s=1.0)
    gone.put(Command.SUBMIT_SM, short())
    gone.lose()
    bench.advance(1)
    assert bench.events("session.garbled") == [
        facts_of(end, command=command, how="sequence") for command in ("submit_sm_resp", "enquire_link_resp")
    ]


def test_each_connection_that_an_outage_cuts_is_told_once() -> None:
    bench = Bench()
    one, unbound = End(bench), End(bench, None)
    bench.mood("outage", how="drop")
    bench.mood("slow", response_s=1.0)
    assert bench.events("session.cut") == [facts_of(one), facts_of(unbound)]
    one.lose()
    unbound.lose()
    bench.calm()
    End(bench).ask(Command.UNBIND)
    assert len(bench.events("session.cut")) == 2


def test_a_bind_that_is_refused_in_an_outage_is_told() -> None:
    bench = Bench()
    end = End(bench, None)
    bench.mood("outage", how="refuse")
    end.bind(Command.BIND_RECEIVER)
    assert bench.events("session.refused") == [facts_of(end, status="RSYSERR")]


def test_a_connection_that_is_turned_away_is_told() -> None:
    bench = Bench()
    bench.mood("outage", how="drop")
    smsc = bench.country.smscs["telenor"]
    assert not smsc.answers_calls
    smsc.turned_away()
    assert bench.events("session.turned_away") == [{"carrier": "telenor"}]
    assert End(bench, None, carrier="ice").smsc.answers_calls
