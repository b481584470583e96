"""What a carrier takes in: rates, windows, queues, submit_multi and data_sm."""

from typing import Any

from carriers_lab import NUMBER, OTHER, TELIA_NUMBER, Bench, End, Phone, quick_with, short

from fake_carriers.smpp import (
    Address,
    Command,
    Data,
    DistributionList,
    MessageId,
    Pdu,
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
