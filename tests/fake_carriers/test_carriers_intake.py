"""What a carrier takes in: rates, windows, queues, submit_multi and data_sm."""

from pathlib import Path
from typing import Any

from carriers_lab import NOW, NUMBER, OTHER, TELIA_NUMBER, Bench, End, Phone, ended, quick_with, short

from fake_carriers.durable import Durable
from fake_carriers.smpp import (
    Address,
    Command,
    Data,
    DistributionList,
    MessageId,
    Pdu,
    Query,
    Status,
    SubmitMulti,
    SubmitMultiResp,
    Tag,
    Tlv,
)
from fake_carriers.state import State

MAGIC_SILENCE = "4710990014"


def statuses(end: End, n: int, **fields: Any) -> list[int]:
    return [end.submit(**fields).status for _ in range(n)]


def test_a_rate_lets_exactly_its_burst_and_then_the_rate_through() -> None:
    bench = Bench(quick_with(rate_per_s=5.0))
    one, two = End(bench), End(bench)
    passed = [end.submit().status for end in (one, two) * 10]
    assert passed == [Status.ROK] * 5 + [Status.RTHROTTLED] * 15
    assert [facts["reason"] for facts in bench.events("sms.throttled")] == ["rate"] * 15
    for _ in range(40):  # 10 s in quarters
        bench.advance(0.25)
        passed += statuses(one, 3)
    assert passed.count(Status.ROK) == 5 + 10 * 5
    assert bench.network.counts["telenor"]["sms.throttled"] == passed.count(Status.RTHROTTLED)


def test_a_session_has_a_rate_of_its_own() -> None:
    bench = Bench(quick_with(session_rate_per_s=2.0))
    one, two = End(bench), End(bench)
    assert [s == Status.ROK for s in statuses(one, 4)] == [True, True, False, False]
    assert [s == Status.ROK for s in statuses(two, 4)] == [True, True, False, False]
    assert {facts["reason"] for facts in bench.events("sms.throttled")} == {"session rate"}


def test_a_throttled_number_is_told() -> None:
    bench = Bench(quick_with(rate_per_s=1.0))
    end = End(bench)
    statuses(end, 2)
    assert bench.told[-1][1:] == (
        "sms.throttled",
        {"number": NUMBER, "carrier": "telenor", "door": "telenor", "reason": "rate"},
    )


def test_a_window_counts_what_has_no_answer_yet() -> None:
    bench = Bench(quick_with(window=3))
    end, other = End(bench), End(bench)
    assert statuses(end, 5) == [Status.ROK] * 5  # answered one by one
    bench.mood("slow", response_s=2.0)
    asked = [end.put(Command.SUBMIT_SM, short()) for _ in range(5)]
    others = other.put(Command.SUBMIT_SM, short())
    bench.advance(2)
    told = [answer.status for sequence in asked if (answer := end.answer(sequence))]
    assert told == [Status.ROK] * 3 + [Status.RTHROTTLED] * 2
    answer = other.answer(others)
    assert answer is not None
    assert answer.status == Status.ROK
    bench.calm()
    assert end.submit().status == Status.ROK
    assert {facts["reason"] for facts in bench.events("sms.throttled")} == {"window"}


def test_a_queue_is_full_until_something_has_left_it() -> None:
    bench = Bench(quick_with(queue_max=3))
    end = End(bench)
    assert statuses(end, 4) == [Status.ROK] * 3 + [Status.RMSGQFUL]
    assert bench.events("sms.throttled")[-1]["reason"] == "queue full"
    bench.advance(1)
    Phone(bench)  # takes them all
    assert end.submit().status == Status.ROK


def test_a_full_queue_is_one_carrier_s_own() -> None:
    bench = Bench(quick_with(queue_max=1))
    telenor, ice = End(bench), End(bench, carrier="ice")
    assert statuses(telenor, 2) == [Status.ROK, Status.RMSGQFUL]
    assert statuses(ice, 2, destination_addr="4712000001") == [Status.ROK, Status.ROK]


# ---- data_sm


def test_a_data_sm_is_a_message() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    body = Data(source_addr="113", destination_addr=NUMBER[1:], registered_delivery=1)
    answer = end.ask(Command.DATA_SM, body, Tlv(Tag.MESSAGE_PAYLOAD, b"hei " * 300))
    assert answer.command is Command.DATA_SM_RESP
    assert isinstance(answer.body, MessageId)
    bench.advance(1)
    assert bench.screen() == ["hei " * 300]
    assert end.receipts()[0].startswith(f"id:{answer.body.message_id} ")


def test_a_data_sm_may_be_a_part_and_may_be_wrong() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    for n, text in ((2, b"to"), (1, b"en ")):
        header = bytes((5, 0, 3, 9, 2, n))
        end.ask(
            Command.DATA_SM,
            Data(destination_addr=NUMBER[1:], esm_class=0x40),
            Tlv(Tag.MESSAGE_PAYLOAD, header + text),
        )
    bench.advance(1)
    assert bench.screen() == ["en to"]
    assert end.ask(Command.DATA_SM, Data(destination_addr="lege")).status == Status.RINVDSTADR
    assert end.ask(Command.DATA_SM, Data(destination_addr=NUMBER[1:])).status == Status.ROK  # an empty one


# ---- submit_multi


def to(number: str) -> Address:
    return Address(1, 1, number.removeprefix("+"))


def multi(end: End, *destinations: Address | DistributionList, **fields: Any) -> Pdu:
    body = SubmitMulti(
        source_addr="113",
        dest_address=destinations,
        registered_delivery=1,
        short_message=b"hei alle",
        **fields,
    )
    return end.ask(Command.SUBMIT_MULTI, body)


def test_one_message_for_many_and_those_that_cannot_be_had_are_named() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    bad = (to("+4719000000"), DistributionList("legene"), to("+4710990010"))
    answer = multi(end, to(NUMBER), *bad, to(TELIA_NUMBER))
    assert (answer.command, answer.status) == (Command.SUBMIT_MULTI_RESP, Status.ROK)
    assert isinstance(answer.body, SubmitMultiResp)
    assert [(u.destination_addr, u.error_status_code) for u in answer.body.unsuccess_sme] == [
        ("4719000000", Status.RINVDSTADR),
        ("legene", Status.RINVDLNAME),
        ("4710990010", Status.RTHROTTLED),
    ]
    bench.advance(1)
    assert (bench.screen(NUMBER), bench.screen(TELIA_NUMBER)) == (["hei alle"], ["hei alle"])
    assert len(end.receipts()) == 2
    assert all(text.startswith(f"id:{answer.body.message_id} ") for text in end.receipts())
    assert len(bench.network.parts.find(answer.body.message_id)) == 2


def test_nobody_is_nobody() -> None:
    bench = Bench()
    end = End(bench)
    assert multi(end).status == Status.RINVNUMDESTS
    assert multi(end, to("+4719000000")).status == Status.RINVDSTADR
    assert multi(end, DistributionList("legene")).status == Status.RINVDLNAME
    assert list(bench.network.parts) == []


def test_every_destination_counts_against_the_rate() -> None:
    bench = Bench(quick_with(rate_per_s=2.0))
    end = End(bench)
    answer = multi(end, *[to(f"+471000000{n}") for n in range(4)])
    assert isinstance(answer.body, SubmitMultiResp)
    told = [(u.destination_addr, u.error_status_code) for u in answer.body.unsuccess_sme]
    assert told == [("4710000002", Status.RTHROTTLED), ("4710000003", Status.RTHROTTLED)]
    assert multi(end, to(NUMBER)).status == Status.RTHROTTLED


def test_the_same_destination_twice_is_two_messages() -> None:
    bench = Bench(simulated=True)
    multi(End(bench), to(NUMBER), to(NUMBER))
    bench.advance(1)
    assert bench.screen() == ["hei alle"] * 2


def test_255_destinations_at_once() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    numbers = [f"+4710{n:06}" for n in range(255)]
    multi(end, *map(to, numbers))
    bench.advance(1)
    assert [bench.screen(number) for number in numbers] == [["hei alle"]] * 255


def test_a_silent_destination_among_others_holds_back_the_answer_and_nothing_else() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    body = SubmitMulti(dest_address=(to(NUMBER), to(MAGIC_SILENCE), to(OTHER)), short_message=b"hei alle")
    asked = end.put(Command.SUBMIT_MULTI, body)
    bench.advance(1000)
    assert end.answer(asked) is None
    assert (bench.screen(NUMBER), bench.screen(OTHER)) == (["hei alle"], ["hei alle"])
    assert {part.state for part in bench.network.parts} == {State.DELIVRD}
    assert bench.network.under_way["telenor"] == 0


def test_a_long_text_for_many() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    for n in (1, 2):
        body = SubmitMulti(
            dest_address=(to(NUMBER), to(OTHER)),
            esm_class=0x40,
            short_message=bytes((5, 0, 3, 9, 2, n)) + b"del ",
        )
        assert end.ask(Command.SUBMIT_MULTI, body).status == Status.ROK
    bench.advance(1)
    assert (bench.screen(NUMBER), bench.screen(OTHER)) == (["del del "], ["del del "])


# ---- what is told of submits that are not taken, or answered late


def test_every_refused_destination_is_told_and_counted() -> None:
    bench = Bench()
    end = End(bench)
    end.submit(destination_addr="lege")
    end.submit(destination_addr="4719000000")
    end.submit(destination_addr="10000001", dest_addr_ton=2, validity_period="soon")
    end.ask(Command.DATA_SM, Data(destination_addr="1", dest_addr_ton=2))
    multi(end, to("+4719000000"), DistributionList("legene"), to(NUMBER), to("+4710990012"))
    end.submit(destination_addr="4710990010")  # a magic answer is no throttling
    told = [(facts["number"], facts["carrier"], facts["status"]) for facts in bench.events("sms.refused")]
    assert told == [
        ("lege", None, "RINVDSTADR"),
        ("+4719000000", None, "RINVDSTADR"),
        (NUMBER, "telenor", "RINVEXPIRY"),
        ("1", None, "RINVDSTADR"),
        ("+4719000000", None, "RINVDSTADR"),
        ("legene", None, "RINVDLNAME"),
        ("+4710990012", "telenor", "RSYSERR"),
        ("+4710990010", "telenor", "RTHROTTLED"),
    ]
    assert {facts["door"] for facts in bench.events("sms.refused")} == {"telenor"}
    assert bench.network.counts["telenor"]["sms.refused"] == len(told)
    assert bench.events("sms.throttled") == []


def test_a_carrier_that_refuses_tells_of_each() -> None:
    bench = Bench()
    end = End(bench)
    bench.mood("outage", how="refuse")
    end.submit()
    multi(end, to(NUMBER), to(TELIA_NUMBER))
    end.ask(Command.QUERY_SM, Query("17"))
    told = [(facts["number"], facts["carrier"], facts["status"]) for facts in bench.events("sms.refused")]
    assert told == [(NUMBER, "telenor", "RSYSERR")] * 2 + [(TELIA_NUMBER, "telia", "RSYSERR")]
    assert bench.network.counts["telenor"]["sms.refused"] == 3
    assert bench.network.counts["telia"]["sms.refused"] == 0  # its door was not asked


def test_what_cannot_be_kept_is_told_as_refused(tmp_path: Path) -> None:
    store = Durable(tmp_path / "queue.db")
    bench = Bench(store=store)
    end = End(bench)
    store._db.execute("PRAGMA query_only = ON")
    body = SubmitMulti(dest_address=(to(NUMBER), to(NUMBER), to(OTHER)), short_message=b"hei")
    end.put(Command.SUBMIT_MULTI, body)
    store.commit()
    told = [(facts["number"], facts["status"]) for facts in bench.events("sms.refused")]
    assert told == [(NUMBER, "RSYSERR")] * 2 + [(OTHER, "RSYSERR")]
    store.close()


def test_a_number_of_no_carrier_is_throttled_like_any_other() -> None:
    bench = Bench(quick_with(rate_per_s=1.0))
    assert statuses(End(bench), 2, destination_addr="4719000000") == [Status.RINVDSTADR, Status.RTHROTTLED]
    facts = {"number": "+4719000000", "carrier": None, "door": "telenor"}
    assert bench.events("sms.throttled") == [{**facts, "reason": "rate"}]
    assert bench.events("sms.refused") == [{**facts, "status": "RINVDSTADR"}]


def test_a_magic_silence_is_told_when_it_comes_in() -> None:
    bench = Bench()
    end = End(bench)
    end.put(Command.SUBMIT_SM, short(destination_addr=MAGIC_SILENCE))
    end.put(Command.SUBMIT_MULTI, SubmitMulti(dest_address=(to(MAGIC_SILENCE), to(NUMBER))))
    facts = {"number": f"+{MAGIC_SILENCE}", "carrier": "telenor", "door": "telenor", "kept": False}
    assert bench.events("sms.swallowed") == [facts] * 2
    assert bench.network.counts["telenor"]["sms.swallowed"] == 2


def test_a_response_that_was_held_back_is_told_when_it_leaves() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    end.submitted()  # at once: not told
    bench.mood("slow", response_s=3.0)
    end.put(Command.SUBMIT_SM, short())
    end.put(Command.SUBMIT_MULTI, SubmitMulti(dest_address=(to(NUMBER), to(TELIA_NUMBER))))
    end.put(Command.SUBMIT_SM, short(destination_addr="4719000000"))  # not taken: not told
    end.put(Command.QUERY_SM, Query("17"))
    bench.advance(2.9)
    assert bench.events("sms.answered") == []
    bench.advance(0.1)
    ids = [facts["message_id"] for facts in bench.events("sms.submitted")][1:]
    told = [
        (facts["number"], facts["carrier"], facts["message_id"]) for facts in bench.events("sms.answered")
    ]
    numbers = [(NUMBER, "telenor"), (NUMBER, "telenor"), (TELIA_NUMBER, "telia")]
    assert told == [(*each, message_id) for each, message_id in zip(numbers, ids, strict=True)]
    assert {(facts["after_s"], facts["door"]) for facts in bench.events("sms.answered")} == {(3.0, "telenor")}


def test_a_response_that_never_leaves_is_not_told() -> None:
    bench = Bench(simulated=True)
    left, silenced = End(bench), End(bench)
    for end in (left, silenced):
        end.put(Command.SUBMIT_SM, short(destination_addr="4710990015"))
    left.lose()
    bench.advance(19)
    bench.mood("outage", how="silent", for_s=5.0)
    bench.advance(10)
    assert (left.heard, bench.events("sms.answered")) == ([], [])
    silenced.put(Command.SUBMIT_SM, short(destination_addr="4710990015"))
    bench.advance(20)
    assert [facts["after_s"] for facts in bench.events("sms.answered")] == [20.0]


# ---- one message in the place of another


def test_a_message_takes_the_place_of_one_under_way() -> None:
    bench = Bench()
    end = End(bench)
    first, second = end.submitted(), end.submitted()
    others = [
        end.submitted(destination_addr=OTHER[1:]),
        end.submitted(source_addr="116117"),
        end.submitted(service_type="WAP"),
        End(bench, carrier="ice").submitted(),
    ]
    bench.advance(1)
    asked = {"short_message": b"nytt", "replace_if_present_flag": 1}
    assert end.submitted(**asked) == second  # the newest
    bench.advance(1)
    phone = Phone(bench)
    assert sorted(phone.texts) == ["hei", "hei", "hei", "hei", "nytt"]
    assert len(end.states()) == 4
    assert all(ended(bench, message_id) is State.DELIVRD for message_id in (first, second, *others[1:]))
    assert len(bench.events("sms.submitted")) == len(bench.events("sms.accepted")) == 6


def test_where_none_is_under_way_it_is_a_new_message() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    first = end.submitted()
    bench.advance(1)
    assert end.submitted(short_message=b"nytt", replace_if_present_flag=1) != first
    bench.advance(1)
    assert bench.screen() == ["hei", "nytt"]
    for n, text in ((1, b"en "), (2, b"to")):  # a part takes nobody's place
        part = bytes((5, 0, 3, 9, 2, n)) + text
        end.submitted(short_message=part, esm_class=0x40, replace_if_present_flag=1)
    bench.advance(1)
    assert bench.screen() == ["hei", "nytt", "en to"]


def test_a_replacement_is_kept_with_its_own_times(tmp_path: Path) -> None:
    store = Durable(tmp_path / "queue.db")
    bench = Bench(store=store, begins_at=NOW)
    end = End(bench)
    asked = end.put(Command.SUBMIT_SM, short())
    store.commit()
    bench.advance(60)
    # from the first submit on the validity would end before the schedule: what is kept must be read again
    times = {"schedule_delivery_time": "260102030705000+", "validity_period": "000000000230000R"}
    again = end.put(Command.SUBMIT_SM, short(short_message=b"nytt", replace_if_present_flag=1, **times))
    assert end.answer(again) is None  # not before it is kept
    store.commit()
    assert [answer.body for answer in map(end.answer, (again, asked)) if answer]
    (message,) = store.load().messages
    assert (message.text, message.begins_at, message.expires_at) == ("nytt", NOW + 180, NOW + 210)
    store.close()


def test_a_replacement_is_throttled_and_held_back_like_any_submit() -> None:
    bench = Bench(quick_with(rate_per_s=2.0))
    end = End(bench)
    message_id = end.submitted()
    bench.mood("slow", response_s=2.0)
    end.put(Command.SUBMIT_SM, short(replace_if_present_flag=1))
    end.put(Command.SUBMIT_SM, short(replace_if_present_flag=1))
    bench.advance(2)
    assert [pdu.status for pdu in end.heard] == [Status.ROK, Status.RTHROTTLED]
    (facts,) = bench.events("sms.answered")
    assert (facts["message_id"], facts["after_s"]) == (message_id, 2.0)
