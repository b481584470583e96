"""A session and its SMSC without a socket: states, receipts and their way, the silent client."""

import struct
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from carriers_lab import NUMBER, QUICK, HandClock
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_carriers.handsets import Arrival
from fake_carriers.network import Network
from fake_carriers.session import RECEIPT_WINDOW, Session
from fake_carriers.smpp import (
    Bind,
    BindResp,
    Command,
    Framer,
    MessageId,
    Pdu,
    ShortMessage,
    Status,
    Tag,
    decode,
    encode,
)
from fake_carriers.smsc import Smsc

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Bench:
    """One SMSC, its network, a phone that acknowledges at once."""

    def __init__(self) -> None:
        self.clock, self.told = HandClock(), []  # type: ignore[var-annotated]
        self.network = Network(
            QUICK, 1, self.clock.after, lambda event, **facts: self.told.append((event, facts))
        )
        self.smsc = Smsc("telenor", self.network, lambda: NOW)

    def phone(self, number: str = NUMBER) -> list[str]:
        texts: list[str] = []

        def line(arrival: Arrival | None) -> None:
            assert arrival is not None
            texts.append(arrival.text)
            handset.got(arrival.arrival_id)

        handset = self.network.handset(number)
        handset.connect(line)
        return texts


class End:
    """The client's end of a session."""

    def __init__(self, bench: Bench, mode: Command | None = Command.BIND_TRANSCEIVER) -> None:
        self.bench, self.closed, self._framer = bench, False, Framer()
        self.heard: list[Pdu] = []
        self.session = Session(bench.smsc, self._hear, self._close, now=0.0)
        if mode is not None:
            assert self.ask(mode, Bind("lab113", "lab113")).status == Status.ROK

    def _hear(self, octets: bytes) -> None:
        self.heard += [decode(frame) for frame in self._framer.feed(octets)]

    def _close(self) -> None:
        self.closed = True

    def say(self, pdu: Pdu) -> None:
        self.session.receive(encode(pdu), 0.0)

    def ask(self, command: Command, body: Any = None, sequence: int = 7) -> Pdu:
        self.say(Pdu(command, sequence, body=body))
        return self.heard.pop()

    def submit(self, **fields: Any) -> Pdu:
        body = ShortMessage(**{"destination_addr": "4710000001", "registered_delivery": 1, **fields})
        return self.ask(Command.SUBMIT_SM, body)

    def receipts(self) -> list[Pdu]:
        return [pdu for pdu in self.heard if pdu.command is Command.DELIVER_SM]

    def lose(self) -> None:
        self.bench.smsc.lost(self.session)


def test_a_bind_is_answered_with_the_carrier_and_the_version() -> None:
    resp = End(Bench(), None).ask(Command.BIND_TRANSMITTER, Bind("lab113", "lab113"))
    assert (resp.command, resp.sequence, resp.body) == (Command.BIND_TRANSMITTER_RESP, 7, BindResp("telenor"))
    assert resp.tlv(Tag.SC_INTERFACE_VERSION) == b"\x34"
    old = End(Bench(), None).ask(Command.BIND_RECEIVER, Bind("lab113", "lab113", interface_version=0x33))
    assert old.tlvs == ()


@pytest.mark.parametrize(
    ("bind", "status"),
    [
        (Bind("lab113", "wrong"), Status.RINVPASWD),
        (Bind("lab113", "æ"), Status.RINVPASWD),
        (Bind("nobody", "lab113"), Status.RINVSYSID),
    ],
)
def test_a_wrong_account_may_try_again(bind: Bind, status: Status) -> None:
    end = End(Bench(), None)
    assert end.ask(Command.BIND_TRANSCEIVER, bind).status == status
    assert end.ask(Command.BIND_TRANSCEIVER, Bind("lab113", "lab113")).status == Status.ROK


def test_what_the_state_forbids() -> None:
    bench = Bench()
    unbound, receiver, bound = End(bench, None), End(bench, Command.BIND_RECEIVER), End(bench)
    assert unbound.submit().status == Status.RINVBNDSTS
    assert unbound.ask(Command.UNBIND).status == Status.RINVBNDSTS
    assert unbound.ask(Command.ENQUIRE_LINK).command is Command.ENQUIRE_LINK_RESP
    assert receiver.submit().status == Status.RINVBNDSTS
    assert bound.ask(Command.BIND_TRANSCEIVER, Bind("lab113", "lab113")).status == Status.RALYBND
    assert bound.ask(Command.DELIVER_SM, ShortMessage()).status == Status.RINVBNDSTS
    assert bench.told == []


def test_unbind_answers_then_closes() -> None:
    end = End(Bench())
    assert end.ask(Command.UNBIND, sequence=9) == Pdu(Command.UNBIND_RESP, 9)
    assert end.closed
    end.say(Pdu(Command.ENQUIRE_LINK, 10))
    assert end.heard == []


def test_rubbish_is_answered_and_ends_the_session() -> None:
    end = End(Bench())
    end.session.receive(b"GET / HTTP/1.1\r\n\r\n", 0.0)
    assert end.heard == [Pdu(Command.GENERIC_NACK, 0, Status.RINVCMDLEN)]
    assert end.closed


def test_an_unknown_command_is_answered_and_the_session_goes_on() -> None:
    end = End(Bench())
    end.session.receive(struct.pack(">IIII", 16, 0x00000021, 0, 4711), 0.0)
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


@pytest.mark.parametrize("number", ["4719000001", "lege", ""])
def test_an_unknown_number_is_refused(number: str) -> None:
    bench = Bench()
    assert End(bench).submit(destination_addr=number).status == Status.RINVDSTADR
    assert bench.told == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=10), st.booleans())
def test_random_octets_never_crash_a_session(chunks: list[bytes], framed: bool) -> None:
    end = End(Bench())
    for chunk in chunks:
        end.session.receive((len(chunk) + 4).to_bytes(4, "big") + chunk if framed else chunk, 0.0)


def test_the_receipt_tells_the_end() -> None:
    bench = Bench()
    texts, end = bench.phone(), End(bench)
    resp = end.submit(
        source_addr="113", source_addr_ton=3, source_addr_npi=1, dest_addr_ton=1, short_message=b"Hei \x1be!"
    )
    assert isinstance(resp.body, MessageId)
    bench.clock.advance(1)
    assert texts == ["Hei €!"]
    (receipt,) = end.receipts()
    message = receipt.body
    assert isinstance(message, ShortMessage)
    assert (message.esm_class, message.source_addr, message.source_addr_ton) == (4, "4710000001", 1)
    assert (message.destination_addr, message.dest_addr_ton, message.dest_addr_npi) == ("113", 3, 1)
    assert message.short_message == (
        f"id:{resp.body.message_id} sub:001 dlvrd:001 submit date:2601020304 done date:2601020304 "
        "stat:DELIVRD err:000 text:Hei \x1be!"
    ).encode("ascii")
    assert receipt.tlv(Tag.RECEIPTED_MESSAGE_ID) == resp.body.message_id.encode() + b"\0"
    assert receipt.tlv(Tag.MESSAGE_STATE) == b"\x02"


@pytest.mark.parametrize(("asked", "delivered", "expired"), [(0, 0, 0), (1, 1, 1), (2, 0, 1)])
def test_receipts_come_when_asked_for(asked: int, delivered: int, expired: int) -> None:
    bench = Bench()
    bench.phone()
    end = End(bench)
    end.submit(registered_delivery=asked)
    bench.clock.advance(1)
    assert len(end.receipts()) == delivered
    end.submit(destination_addr="4711000009", registered_delivery=asked)
    bench.clock.advance(901)
    assert len(end.receipts()) == delivered + expired
    states = [facts["state"] for event, facts in bench.told if event == "sms.failed"]
    assert states == ["EXPIRED"]


def test_a_receipt_goes_to_the_session_that_submitted() -> None:
    bench = Bench()
    bench.phone()
    first, second = End(bench), End(bench)
    second.submit()
    bench.clock.advance(1)
    assert (len(first.receipts()), len(second.receipts())) == (0, 1)


def test_a_receipt_goes_to_another_session_when_the_submitter_cannot_take_it() -> None:
    bench = Bench()
    bench.phone()
    sender, receiver = End(bench, Command.BIND_TRANSMITTER), End(bench, Command.BIND_RECEIVER)
    sender.submit()
    bench.clock.advance(1)
    assert (len(sender.receipts()), len(receiver.receipts())) == (0, 1)


def test_a_receipt_waits_until_somebody_binds() -> None:
    bench = Bench()
    bench.phone()
    sender = End(bench, Command.BIND_TRANSMITTER)
    sender.submit()
    sender.lose()
    bench.clock.advance(1)
    assert End(bench, Command.BIND_TRANSMITTER).receipts() == []
    later = End(bench, None)
    later.say(Pdu(Command.BIND_RECEIVER, 1, body=Bind("lab113", "lab113")))
    assert [pdu.command for pdu in later.heard] == [Command.BIND_RECEIVER_RESP, Command.DELIVER_SM]
    assert End(bench, Command.BIND_RECEIVER).receipts() == []


def test_unconfirmed_receipts_of_a_lost_client_go_another_way() -> None:
    bench = Bench()
    bench.phone()
    end = End(bench)
    for _ in range(RECEIPT_WINDOW + 5):
        end.submit()
    bench.clock.advance(1)
    assert len(end.receipts()) == RECEIPT_WINDOW  # the window is full
    for receipt in end.receipts()[:3]:
        end.say(Pdu(Command.DELIVER_SM_RESP, receipt.sequence, body=MessageId()))
    told = end.receipts()
    assert len(told) == RECEIPT_WINDOW + 3
    other = End(bench, Command.BIND_RECEIVER)
    end.lose()
    for receipt in other.receipts():
        other.say(Pdu(Command.DELIVER_SM_RESP, receipt.sequence, body=MessageId()))
    ids = [pdu.tlv(Tag.RECEIPTED_MESSAGE_ID) for pdu in other.receipts()]
    assert len(set(ids)) == len(ids) == RECEIPT_WINDOW + 2  # all but the three that were confirmed
    assert not set(ids) & {pdu.tlv(Tag.RECEIPTED_MESSAGE_ID) for pdu in told[:3]}


def test_the_smsc_asks_a_silent_client_and_drops_a_dead_one() -> None:
    end = End(Bench())
    for second in range(61):
        end.session.tick(float(second))
    assert [pdu.command for pdu in end.heard] == [Command.ENQUIRE_LINK] * 2
    end.session.receive(encode(Pdu(Command.ENQUIRE_LINK_RESP, end.heard[-1].sequence)), 61.0)
    for second in range(61, 151):
        end.session.tick(float(second))
    assert (len(end.heard), end.closed) == (4, False)
    end.session.tick(151.0)
    assert (len(end.heard), end.closed) == (4, True)


def test_a_connection_that_never_binds_is_closed() -> None:
    end = End(Bench(), None)
    end.session.tick(29.0)
    assert not end.closed
    end.session.tick(30.0)
    assert end.closed


def test_sequence_numbers_wrap() -> None:
    end = End(Bench())
    end.session._sequence = 0x7FFFFFFE
    assert [end.session._next_sequence() for _ in range(3)] == [0x7FFFFFFF, 1, 2]


def test_the_account_follows_the_overrides() -> None:
    bench = Bench()
    bench.network.set_fate(1, (replace(QUICK[0], password="new"), *QUICK[1:]))
    assert End(bench, None).ask(Command.BIND_TRANSCEIVER, Bind("lab113", "lab113")).status == Status.RINVPASWD
    assert End(bench, None).ask(Command.BIND_TRANSCEIVER, Bind("lab113", "new")).status == Status.ROK
