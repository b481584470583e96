"""Whose deliver_sm it is: the session that submitted, another of the account, the next that binds."""

from pathlib import Path

import pytest
from carriers_lab import NOW, NUMBER, OTHER, Bench, End, Phone, body_of, short

from fake_carriers.delivery import AGAIN_S, ANSWER_S, NOT_NOW, OWED_MAX, WINDOW
from fake_carriers.durable import Durable
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


# ---- clients that do not answer


def pass_time(bench: Bench, seconds: int) -> None:
    for _ in range(seconds):
        bench.advance(1)
        bench.country.tick()


def alive(end: End) -> None:
    """It says something, and does not answer its deliver_sm."""
    end.say(Pdu(Command.ENQUIRE_LINK, 4711))


def ids(end: End) -> list[str]:
    return [text.split()[0] for text in end.receipts()]


def test_what_is_not_answered_in_time_goes_to_another_session_and_what_waits_behind_it_too() -> None:
    bench = Bench(simulated=True)
    deaf = End(bench)
    for _ in range(WINDOW + 5):
        deaf.submitted()
    bench.advance(0)
    other = End(bench)
    pass_time(bench, int(ANSWER_S) - 1)
    assert (len(deaf.receipts()), other.receipts()) == (WINDOW, [])
    pass_time(bench, 2)
    assert ids(other) == ids(deaf)
    while other.deliveries():
        other.confirm()
    assert other.session.deliveries.delivered == WINDOW + 5
    assert (len(deaf.receipts()), deaf.session.deliveries.unanswered) == (WINDOW, 0)
    deaf.submitted()  # its next receipt goes to one that answers
    bench.advance(0)
    assert (len(deaf.receipts()), len(other.receipts())) == (WINDOW, 1)
    other.confirm()
    deaf.confirm(n=1)  # too late for that one, and it hears again
    deaf.submitted()
    bench.advance(0)
    assert (len(deaf.receipts()), other.receipts()) == (WINDOW, [])
    assert bench.network.counts["telenor"]["receipts"] == WINDOW + 6


def test_the_only_session_gets_it_again_and_again_with_the_same_id() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    message_id = end.submitted()
    bench.advance(0)
    for n in range(1, 4):
        assert ids(end) == [f"id:{message_id}"] * n
        assert end.session.deliveries.unanswered == 1
        pass_time(bench, int(ANSWER_S))
        alive(end)
    end.confirm()
    pass_time(bench, 61)
    assert end.receipts() == []
    assert bench.network.counts["telenor"]["receipts"] == 1


def test_a_deaf_session_has_a_window_s_worth_and_no_more() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    for _ in range(3 * WINDOW):
        end.submitted()
    for n in range(1, 4):
        pass_time(bench, int(ANSWER_S) + 1)
        alive(end)
        assert end.session.deliveries.unanswered == WINDOW
        assert len(end.deliveries()) == (n + 1) * WINDOW


def test_an_answer_that_comes_late_counts_and_it_does_not_come_a_third_time() -> None:
    bench = Bench(simulated=True)
    slow = End(bench)
    slow.submitted()
    bench.advance(0)
    pass_time(bench, int(ANSWER_S))
    assert len(slow.receipts()) == 2
    slow.confirm(n=1)
    assert bench.network.counts["telenor"]["receipts"] == 1
    pass_time(bench, int(ANSWER_S) + 5)
    alive(slow)
    slow.confirm(n=1)
    pass_time(bench, 2 * int(ANSWER_S))
    assert slow.receipts() == []
    assert bench.network.counts["telenor"]["receipts"] == 1


def test_not_now_too_late_makes_no_copies() -> None:
    bench = Bench(simulated=True)
    slow = End(bench)
    slow.submitted()
    bench.advance(0)
    for _ in range(5):
        pass_time(bench, int(ANSWER_S))
        slow.confirm(Status.RMSGQFUL, n=1)
    bench.advance(AGAIN_S)
    assert len(slow.receipts()) == 1
    assert slow.session.deliveries.unanswered == 1


def test_a_silent_carrier_does_not_wait_for_answers() -> None:
    bench = Bench(simulated=True)
    end, other = End(bench), End(bench)
    end.submitted()
    bench.advance(0)
    bench.mood("outage", how="silent")
    pass_time(bench, 100)
    bench.calm()
    pass_time(bench, 1)
    assert (len(end.receipts()), other.receipts()) == (2, [])


# ---- clients that never come


def test_receipts_that_nobody_fetches_are_bounded_and_those_given_up_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert OWED_MAX == 100_000
    monkeypatch.setattr("fake_carriers.smsc.OWED_MAX", 5)
    store = Durable(tmp_path / "queue.db")
    bench = Bench(simulated=True, store=store, begins_at=NOW)
    end = End(bench, Command.BIND_TRANSMITTER)
    asked = [end.put(Command.SUBMIT_SM, short(destination_addr=f"471000{n:04}")) for n in range(9)]
    store.commit()
    sent = [body.message_id for n in asked if (answer := end.answer(n)) and (body := answer.body)]
    bench.advance(1)
    store.commit()
    assert bench.country.smscs["telenor"].waiting == 5
    assert [facts["message_id"] for facts in bench.events("receipt.dropped")] == sent[:4]
    assert {facts["carrier"] for facts in bench.events("receipt.dropped")} == {"telenor"}
    assert bench.network.counts["telenor"]["dropped"] == 4
    owed = [part.message_id for message in store.load().messages for part in message.parts.values()]
    assert owed == sent[4:]
    assert [text.split()[0][3:] for text in End(bench).receipts()] == sent[4:]
    store.close()


def test_a_session_that_says_not_now_for_ever_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_carriers.smsc.OWED_MAX", 3)
    bench = Bench(simulated=True)
    end = End(bench)
    for n in range(20):
        end.submitted(destination_addr=f"47100000{n:02}")
        bench.advance(0.1)
        end.confirm(Status.RMSGQFUL)
    assert len(bench.events("receipt.dropped")) == 17
    bench.advance(AGAIN_S)
    assert [body_of(pdu).source_addr for pdu in end.deliveries()] == [
        "4710000017",
        "4710000018",
        "4710000019",
    ]


def test_phones_messages_are_bounded_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_carriers.smsc.OWED_MAX", 2)
    bench = Bench(simulated=True)
    for text in ("en", "to", "tre"):
        send_text(bench.country, NUMBER, "113", text, "udh8")
    assert End(bench).receipts() == ["to", "tre"]
    assert (bench.network.counts["telenor"]["dropped"], bench.events("receipt.dropped")) == (1, [])


def test_a_phone_s_message_and_a_receipt_go_the_same_way() -> None:
    bench = Bench(simulated=True)
    sender, receiver = End(bench, Command.BIND_TRANSMITTER), End(bench, Command.BIND_RECEIVER)
    sender.submitted()
    send_text(bench.country, NUMBER, "113", "hallo", "udh8")
    bench.advance(1)
    assert [text[-5:] for text in receiver.receipts()] == ["hallo", "t:hei"]
