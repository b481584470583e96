"""Whose deliver_sm it is: the session that submitted, another of the account, the next that binds."""

import pytest
from carriers_lab import NUMBER, OTHER, Bench, End, Phone, body_of

from fake_carriers.delivery import AGAIN_S, NOT_NOW, WINDOW
from fake_carriers.phone import send_text
from fake_carriers.smpp import Bind, Command, Pdu, Status, Tag


def test_a_receipt_goes_to_the_session_that_submitted() -> None:
    bench = Bench()
    Phone(bench)
    first, second, third = End(bench), End(bench), End(bench)
    second.submitted()
    bench.advance(1)
    assert [len(end.receipts()) for end in (first, second, third)] == [0, 1, 0]


def test_a_receipt_goes_to_another_session_when_the_submitter_cannot_take_it() -> None:
    bench = Bench()
    Phone(bench)
    sender, receiver = End(bench, Command.BIND_TRANSMITTER), End(bench, Command.BIND_RECEIVER)
    sender.submitted()
    bench.advance(1)
    assert (len(sender.receipts()), len(receiver.receipts())) == (0, 1)


def test_a_receipt_goes_to_the_least_busy_of_the_others() -> None:
    bench = Bench(simulated=True)
    sender = End(bench, Command.BIND_TRANSMITTER)
    receivers = [End(bench, Command.BIND_RECEIVER) for _ in range(3)]
    for _ in range(9):
        sender.submitted()
    bench.advance(1)
    assert [len(end.receipts()) for end in receivers] == [3, 3, 3]


def test_a_receipt_of_one_carrier_is_no_other_s() -> None:
    bench = Bench(simulated=True)
    sender, other = End(bench, Command.BIND_TRANSMITTER), End(bench, carrier="ice")
    sender.submitted()
    bench.advance(1)
    assert other.receipts() == []
    assert bench.country.smscs["telenor"].waiting == 1


def test_a_receipt_waits_until_somebody_binds() -> None:
    bench = Bench()
    Phone(bench)
    sender = End(bench, Command.BIND_TRANSMITTER)
    sender.submitted()
    sender.lose()
    bench.advance(1)
    assert End(bench, Command.BIND_TRANSMITTER).receipts() == []
    later = End(bench, None)
    later.say(Pdu(Command.BIND_RECEIVER, 1, body=Bind("lab113", "lab113")))
    assert [pdu.command for pdu in later.heard] == [Command.BIND_RECEIVER_RESP, Command.DELIVER_SM]
    assert End(bench, Command.BIND_RECEIVER).receipts() == []


def test_unconfirmed_receipts_of_a_lost_client_go_another_way() -> None:
    bench = Bench()
    Phone(bench)
    end = End(bench)
    for _ in range(WINDOW + 5):
        end.submitted()
    bench.advance(1)
    told = end.deliveries()
    assert len(told) == WINDOW  # the window is full
    end.confirm(n=3)
    assert len(end.deliveries()) == WINDOW
    other = End(bench, Command.BIND_RECEIVER)
    end.lose()
    while other.deliveries():
        told += other.deliveries()
        other.confirm()
    ids = [pdu.tlv(Tag.RECEIPTED_MESSAGE_ID) for pdu in told[WINDOW:]]
    assert len(set(ids)) == len(ids) == WINDOW + 2  # all but the three that were confirmed
    assert not set(ids) & {pdu.tlv(Tag.RECEIPTED_MESSAGE_ID) for pdu in told[:3]}


@pytest.mark.parametrize("status", NOT_NOW)
def test_a_client_that_says_not_now_is_asked_again(status: Status) -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    end.submitted()
    bench.advance(1)
    for _ in range(3):
        assert end.states() == ["DELIVRD"]
        end.confirm(status)
        bench.advance(AGAIN_S - 0.1)
        assert end.receipts() == []
        bench.advance(0.1)
    end.confirm()
    bench.advance(100)
    assert end.receipts() == []
    assert bench.network.counts["telenor"]["receipts"] == 1


def test_not_now_of_a_client_that_then_leaves_is_asked_of_the_next() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    end.submitted()
    bench.advance(1)
    end.confirm(Status.RMSGQFUL)
    end.lose()
    bench.advance(AGAIN_S)
    assert End(bench).states() == ["DELIVRD"]


def test_the_window_of_one_session_holds_up_no_other() -> None:
    bench = Bench(simulated=True)
    deaf, other = End(bench), End(bench)
    for _ in range(WINDOW + 20):
        deaf.submitted()
    other.submitted(destination_addr=OTHER[1:])
    bench.advance(1)
    assert (len(deaf.receipts()), len(other.receipts())) == (WINDOW, 1)
    assert deaf.session.deliveries.unanswered == WINDOW


def test_a_client_that_never_answers_its_receipts_gets_them_again_when_it_comes_back() -> None:
    bench = Bench(simulated=True)
    deaf = End(bench)
    message_id = deaf.submitted()
    bench.advance(1)
    deaf.lose()
    back = End(bench)
    assert [text.split()[0] for text in back.receipts()] == [f"id:{message_id}"]


def test_answers_to_receipts_that_a_silent_carrier_did_not_hear_do_not_stop_the_next_ones() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    for _ in range(WINDOW):
        end.submitted()
    bench.advance(1)
    bench.mood("outage", how="silent")
    end.confirm()  # into the void
    bench.calm()
    end.confirm()
    end.submitted(destination_addr=OTHER[1:])
    bench.advance(1)
    assert [body_of(pdu).source_addr for pdu in end.deliveries()] == [OTHER[1:]]


def test_a_phone_s_message_and_a_receipt_go_the_same_way() -> None:
    bench = Bench(simulated=True)
    sender, receiver = End(bench, Command.BIND_TRANSMITTER), End(bench, Command.BIND_RECEIVER)
    sender.submitted()
    send_text(bench.country, NUMBER, "113", "hallo", "udh8")
    bench.advance(1)
    assert [text[-5:] for text in receiver.receipts()] == ["hallo", "t:hei"]
