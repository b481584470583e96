"""A session and its SMSC without a socket: states, rubbish, silent clients."""

import struct
from dataclasses import replace

import pytest
from carriers_lab import NUMBER, QUICK, TELIA_NUMBER, Bench, End, short
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_carriers.session import BIND_S, ENQUIRE_S
from fake_carriers.smpp import (
    AlertNotification,
    Bind,
    BindResp,
    Command,
    Outbind,
    Pdu,
    Query,
    ShortMessage,
    Status,
    SubmitMulti,
    Tag,
    encode,
)

BINDS = (Command.BIND_TRANSMITTER, Command.BIND_RECEIVER, Command.BIND_TRANSCEIVER)


def test_a_bind_is_answered_with_the_carrier_and_the_version() -> None:
    end = End(Bench(), None)
    resp = end.bind(Command.BIND_TRANSMITTER)
    assert (resp.command, resp.sequence, resp.body) == (Command.BIND_TRANSMITTER_RESP, 1, BindResp("telenor"))
    assert resp.tlv(Tag.SC_INTERFACE_VERSION) == b"\x34"
    old = Bind("lab113", "lab113", interface_version=0x33)
    assert End(Bench(), None).ask(Command.BIND_RECEIVER, old).tlvs == ()


@pytest.mark.parametrize("how", BINDS)
def test_every_bind_is_told_and_so_is_its_end(how: Command) -> None:
    bench = Bench()
    end = End(bench, how, carrier="ice")
    end.lose()
    end.lose()
    number = end.session.number
    assert [(name, facts) for _, name, facts in bench.told] == [
        (
            "session.bound",
            {"carrier": "ice", "session": number, "system_id": "lab113", "bind": how.name.lower()},
        ),
        ("session.closed", {"carrier": "ice", "session": number}),
    ]


@pytest.mark.parametrize(
    ("system_id", "password", "status"),
    [
        ("lab113", "wrong", Status.RINVPASWD),
        ("lab113", "æ", Status.RINVPASWD),
        ("lab113", "", Status.RINVPASWD),
        ("nobody", "lab113", Status.RINVSYSID),
        ("", "", Status.RINVSYSID),
    ],
)
def test_a_wrong_account_may_try_again(system_id: str, password: str, status: Status) -> None:
    bench = Bench()
    end = End(bench, None)
    assert end.bind(Command.BIND_TRANSCEIVER, system_id, password).status == status
    refused = {"carrier": "telenor", "session": end.session.number, "status": status.name}
    assert bench.told == [(0.0, "session.refused", refused)]
    assert end.bind(Command.BIND_TRANSCEIVER).status == Status.ROK


def test_what_the_state_forbids() -> None:
    bench = Bench()
    unbound, receiver, bound = End(bench, None), End(bench, Command.BIND_RECEIVER), End(bench)
    assert unbound.submit().status == Status.RINVBNDSTS
    assert unbound.ask(Command.QUERY_SM, Query("1")).status == Status.RINVBNDSTS
    assert unbound.ask(Command.UNBIND).status == Status.RINVBNDSTS
    assert unbound.ask(Command.ENQUIRE_LINK).command is Command.ENQUIRE_LINK_RESP
    assert receiver.submit().status == Status.RINVBNDSTS
    assert receiver.ask(Command.SUBMIT_MULTI, SubmitMulti()).status == Status.RINVBNDSTS
    assert bound.bind(Command.BIND_TRANSCEIVER).status == Status.RALYBND
    assert bound.ask(Command.DELIVER_SM, ShortMessage()).status == Status.RINVBNDSTS
    assert [(facts["number"], facts["status"]) for facts in bench.events("sms.refused")] == [
        (NUMBER, "RINVBNDSTS")
    ] * 2
    refused = {"carrier": "telenor", "session": bound.session.number, "status": "RALYBND"}
    assert bench.events("session.refused") == [refused]
    assert bench.events("sms.submitted") == []


@pytest.mark.parametrize(
    ("command", "body"),
    [(Command.OUTBIND, Outbind("a", "b")), (Command.ALERT_NOTIFICATION, AlertNotification())],
)
def test_an_smsc_s_own_words_are_no_client_s(command: Command, body: Outbind | AlertNotification) -> None:
    end = End(Bench())
    assert end.ask(command, body) == Pdu(Command.GENERIC_NACK, 2, Status.RINVCMDID)
    assert end.submit().status == Status.ROK


def test_unbind_answers_then_closes() -> None:
    end = End(Bench())
    assert end.ask(Command.UNBIND) == Pdu(Command.UNBIND_RESP, 2)
    assert end.closed
    end.say(Pdu(Command.ENQUIRE_LINK, 10))
    assert end.heard == []


def test_what_follows_an_unbind_in_one_write_is_not_done() -> None:
    bench = Bench()
    end = End(bench)
    both = encode(Pdu(Command.UNBIND, 8)) + encode(Pdu(Command.SUBMIT_SM, 9, body=short()))
    end.session.receive(both, bench.now)
    assert [pdu.command for pdu in end.heard] == [Command.UNBIND_RESP]
    assert bench.events("sms.submitted") == []


def test_rubbish_is_answered_and_ends_the_session() -> None:
    end = End(Bench())
    end.session.receive(b"GET / HTTP/1.1\r\n\r\n", 0.0)
    assert end.heard == [Pdu(Command.GENERIC_NACK, 0, Status.RINVCMDLEN)]
    assert end.closed


def test_what_came_whole_before_the_rubbish_is_done() -> None:
    bench = Bench()
    end = End(bench)
    end.session.receive(encode(Pdu(Command.SUBMIT_SM, 9, body=short())) + b"rubbish", bench.now)
    assert [(pdu.command, pdu.status) for pdu in end.heard] == [
        (Command.SUBMIT_SM_RESP, Status.ROK),
        (Command.GENERIC_NACK, Status.RINVCMDLEN),
    ]


def test_an_unknown_command_is_answered_and_the_session_goes_on() -> None:
    end = End(Bench())
    end.session.receive(struct.pack(">IIII", 16, 0x00000111, 0, 4711), 0.0)  # broadcast_sm, of SMPP 5
    assert end.heard.pop() == Pdu(Command.GENERIC_NACK, 4711, Status.RINVCMDID)
    assert end.submit().status == Status.ROK


def test_a_cut_submission_is_answered_and_the_session_goes_on() -> None:
    end = End(Bench())
    octets = encode(Pdu(Command.SUBMIT_SM, 5, body=ShortMessage(short_message=b"hei")))
    cut = (len(octets) - 1).to_bytes(4, "big") + octets[4:-1]
    end.session.receive(cut, 0.0)
    assert end.heard.pop() == Pdu(Command.SUBMIT_SM_RESP, 5, Status.RINVMSGLEN)
    end.session.receive((20).to_bytes(4, "big") + octets[4:16] + b"abcd", 0.0)
    assert end.heard.pop() == Pdu(Command.GENERIC_NACK, 5, Status.RINVCMDLEN)
    assert end.submit().status == Status.ROK


def test_a_bad_response_has_no_answer() -> None:
    end = End(Bench())
    end.session.receive(struct.pack(">IIII4s", 20, Command.DELIVER_SM_RESP, 0, 1, b"\x01abc"), 0.0)
    for command in (Command.SUBMIT_SM_RESP, Command.DELIVER_SM_RESP, Command.GENERIC_NACK):
        end.say(Pdu(command, 4711))  # to nothing that was asked
    assert end.heard == []


@pytest.mark.parametrize("number", ["4719000001", "lege", ""])
def test_an_unknown_number_is_refused(number: str) -> None:
    bench = Bench()
    assert End(bench).submit(destination_addr=number).status == Status.RINVDSTADR
    assert bench.events("sms.submitted") == []


@pytest.mark.parametrize("bound", [None, *BINDS])
@settings(max_examples=40)
@given(st.lists(st.binary(max_size=60), max_size=10), st.booleans())
def test_random_octets_never_crash_a_session(
    bound: Command | None, chunks: list[bytes], framed: bool
) -> None:
    end = End(Bench(), bound)
    for chunk in chunks:
        end.session.receive((len(chunk) + 4).to_bytes(4, "big") + chunk if framed else chunk, 0.0)


def test_a_carrier_takes_messages_for_all_carriers_numbers() -> None:
    bench = Bench(simulated=True)
    end = End(bench, carrier="ice")
    message_id = end.submitted(destination_addr=TELIA_NUMBER[1:])
    bench.advance(0)
    (part,) = bench.network.parts.find(message_id)
    assert (part.message.carrier, part.client.door) == ("telia", "ice")
    assert (bench.screen(TELIA_NUMBER), end.states()) == (["hei"], ["DELIVRD"])


# ---- silent clients


def tick(bench: Bench, end: End, seconds: int) -> None:
    for _ in range(seconds):
        bench.advance(1.0)
        end.session.tick(bench.now)


def test_the_smsc_asks_a_silent_client_and_drops_a_dead_one() -> None:
    bench = Bench()
    end = End(bench)
    tick(bench, end, 61)
    assert [pdu.command for pdu in end.heard] == [Command.ENQUIRE_LINK] * 2
    end.say(Pdu(Command.ENQUIRE_LINK_RESP, end.heard[-1].sequence))
    tick(bench, end, int(3 * ENQUIRE_S) - 1)
    assert (len(end.heard), end.closed) == (4, False)
    tick(bench, end, 1)
    assert (len(end.heard), end.closed) == (4, True)


def test_a_client_that_talks_is_not_asked() -> None:
    bench = Bench()
    end = End(bench)
    for _ in range(5):
        tick(bench, end, int(ENQUIRE_S) - 1)
        end.say(Pdu(Command.ENQUIRE_LINK, 99))
    assert {pdu.command for pdu in end.heard} == {Command.ENQUIRE_LINK_RESP}


def test_a_connection_that_never_binds_is_closed() -> None:
    bench = Bench()
    end = End(bench, None)
    tick(bench, end, int(BIND_S) - 1)
    end.bind(Command.BIND_TRANSCEIVER, password="wrong")  # trying is not enough
    assert not end.closed
    tick(bench, end, 1)
    assert end.closed


def test_sequence_numbers_wrap() -> None:
    end = End(Bench())
    end.session._sequence = 0x7FFFFFFE
    assert [end.session._next_sequence() for _ in range(3)] == [0x7FFFFFFF, 1, 2]


def test_the_account_follows_the_overrides() -> None:
    bench = Bench()
    bench.network.set_fate(1, (replace(QUICK[0], password="new"), *QUICK[1:]))
    assert End(bench, None).bind(Command.BIND_TRANSCEIVER).status == Status.RINVPASWD
    assert End(bench, None).bind(Command.BIND_TRANSCEIVER, password="new").status == Status.ROK


def test_a_response_to_a_slow_request_is_not_sent_to_a_client_that_left() -> None:
    bench = Bench()
    bench.mood("slow", response_s=5.0)
    end = End(bench)
    end.put(Command.SUBMIT_SM, short())
    end.lose()
    bench.advance(10)
    assert end.heard == []
