"""What a client hears of its message: the receipt's text and parameters, who asks for which, whose it is."""

import re
from dataclasses import replace

import pytest
from carriers_lab import (
    NOW,
    NUMBER,
    OTHER,
    TELENOR,
    Bench,
    End,
    Phone,
    body_of,
    quick_with,
)

from fake_carriers.receipts import decimal_id, shown_id
from fake_carriers.smpp import Command, Pdu, Query, QueryResp, Status, Tag
from fake_carriers.state import State

STATES = {
    "undeliverable": State.UNDELIV,
    "expired": State.EXPIRED,
    "rejected": State.REJECTD,
    "accepted_only": State.ACCEPTD,
    "unknown": State.UNKNOWN,
}


def test_the_receipt_tells_the_end() -> None:
    bench = Bench(begins_at=NOW)
    phone, end = Phone(bench), End(bench)
    text = b"Hei \x1be! \x0cnsker du hjelp, ring 113"
    message_id = end.submitted(source_addr_ton=3, source_addr_npi=1, short_message=text)
    bench.advance(1)
    assert phone.texts == ["Hei €! ønsker du hjelp, ring 113"]
    (receipt,) = end.deliveries()
    message = body_of(receipt)
    assert (message.esm_class, message.source_addr, message.source_addr_ton) == (4, NUMBER[1:], 1)
    assert (message.destination_addr, message.dest_addr_ton, message.dest_addr_npi) == ("113", 3, 1)
    assert message.short_message == (
        f"id:{message_id} sub:001 dlvrd:001 submit date:2601020304 done date:2601020304 "
        "stat:DELIVRD err:000 text:Hei \x1be! \x0cnsker du hje"
    ).encode("ascii")
    assert receipt.tlv(Tag.RECEIPTED_MESSAGE_ID) == message_id.encode() + b"\0"
    assert receipt.tlv(Tag.MESSAGE_STATE) == b"\x02"


def test_the_dates_are_when_it_was_submitted_and_when_it_ended() -> None:
    bench = Bench(quick_with(receipt_s_min=300.0, receipt_s_max=300.0), begins_at=NOW)
    end = End(bench)
    end.submitted()
    bench.advance(120)
    Phone(bench)
    bench.advance(600)
    assert "submit date:2601020304 done date:2601020306 " in end.receipts()[0]


@pytest.mark.parametrize(("share", "state"), STATES.items())
def test_every_end_state_has_its_receipt(share: str, state: State) -> None:
    bench = Bench(quick_with(**{share: 1.0}), simulated=True)
    end = End(bench)
    end.submitted()
    bench.advance(1)
    (receipt,) = end.deliveries()
    assert receipt.tlv(Tag.MESSAGE_STATE) == bytes((state,))
    (text,) = end.receipts()
    assert f" stat:{state.name} err:{'000' if state.arrives else '001'} " in text
    assert " dlvrd:000 " in text


@pytest.mark.parametrize(("asked", "delivered", "failed"), [(0, 0, 0), (1, 1, 1), (2, 0, 1), (3, 0, 0)])
def test_receipts_come_when_asked_for(asked: int, delivered: int, failed: int) -> None:
    bench = Bench()
    Phone(bench)
    end = End(bench)
    end.submitted(registered_delivery=asked)
    bench.advance(1)
    assert len(end.receipts()) == delivered
    end.submitted(destination_addr=OTHER[1:], registered_delivery=asked)
    bench.advance(901)
    assert len(end.receipts()) == delivered + failed
    assert [facts["state"] for facts in bench.events("sms.failed")] == ["EXPIRED"]


@pytest.mark.parametrize("share", STATES)
def test_failures_only_are_failures_only(share: str) -> None:
    bench = Bench(quick_with(**{share: 1.0}), simulated=True)
    end = End(bench)
    end.submitted(registered_delivery=2)
    bench.advance(1)
    assert end.states() == ([] if STATES[share].arrives else [STATES[share].name])


def test_a_lost_message_has_no_receipt_at_all() -> None:
    bench = Bench(quick_with(loss=1.0), simulated=True)
    end = End(bench)
    end.submitted(registered_delivery=0x11)
    bench.advance(2000)
    assert end.heard == []


def test_the_first_vain_try_has_an_intermediate_notification() -> None:
    bench = Bench()
    end = End(bench)
    message_id = end.submitted(registered_delivery=0x11)
    bench.advance(100)
    (told,) = end.deliveries()
    assert (body_of(told).esm_class, told.tlv(Tag.MESSAGE_STATE)) == (0x20, bytes((State.ENROUTE,)))
    assert end.receipts()[0].startswith(f"id:{message_id} ")
    assert end.states() == ["ENROUTE"]
    end.confirm()
    Phone(bench)
    assert [body_of(pdu).esm_class for pdu in end.deliveries()] == [4]
    assert end.states() == ["DELIVRD"]


def test_an_intermediate_notification_alone_may_be_asked_for() -> None:
    bench = Bench()
    end = End(bench)
    end.submitted(registered_delivery=0x10)
    bench.advance(1000)
    assert end.states() == ["ENROUTE"]


def test_a_phone_that_is_reached_at_once_needs_no_intermediate_notification() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    end.submitted(registered_delivery=0x11)
    bench.advance(1)
    assert end.states() == ["DELIVRD"]


def test_each_part_has_its_receipt() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    ids = [
        end.submitted(esm_class=0x40, short_message=bytes((5, 0, 3, 9, 2, n)) + text)
        for n, text in ((1, b"en "), (2, b"to"))
    ]
    bench.advance(1)
    assert [re.search(r"id:(\S+) .*text:(.*)", text)[1] for text in end.receipts()] == ids  # type: ignore[index]
    assert [text[-3:] for text in end.receipts()] == ["en ", ":to"]


def test_a_ucs2_text_is_told_as_far_as_gsm_goes() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    end.submitted(data_coding=8, short_message="Ж €å 😀.".encode("utf-16-be"))
    bench.advance(1)
    assert body_of(end.deliveries()[0]).short_message.endswith(b"text:? \x1be\x0f ?.")


def test_receipts_without_parameters() -> None:
    bench = Bench(quick_with(receipt_tlvs=False), simulated=True)
    end = End(bench)
    message_id = end.submitted()
    bench.advance(1)
    assert [pdu.tlvs for pdu in end.deliveries()] == [()]
    assert end.receipts()[0].startswith(f"id:{message_id} ")


@pytest.mark.parametrize("kind", ["decimal", "hex", "mixed"])
def test_ids_as_the_carrier_writes_them(kind: str) -> None:
    bench = Bench(quick_with(message_ids=kind), simulated=True)
    end = End(bench)
    told = end.submitted()
    bench.advance(1)
    (receipt,) = end.deliveries()
    known = receipt.tlv(Tag.RECEIPTED_MESSAGE_ID)
    assert known is not None
    in_receipt = known[:-1].decode()
    assert end.receipts()[0].startswith(f"id:{in_receipt} ")
    (part,) = bench.network.parts
    decimal, hexadecimal = part.message_id, f"{int(part.message_id):X}"
    expected = {
        "decimal": (decimal, decimal),
        "hex": (hexadecimal, hexadecimal),
        "mixed": (hexadecimal, decimal),
    }
    assert (told, in_receipt) == expected[kind]
    answer = end.ask(Command.QUERY_SM, Query(told, source_addr="113"))
    assert isinstance(answer.body, QueryResp)
    assert (answer.status, answer.body.message_id) == (Status.ROK, told)


def test_an_id_there_and_back() -> None:
    for kind in ("decimal", "hex"):
        carrier = replace(TELENOR, message_ids=kind)
        assert decimal_id(shown_id("123456789012345", carrier, receipt=False), carrier) == "123456789012345"
        assert decimal_id("no id", carrier) == "no id"
    assert decimal_id("F" * 10_000, replace(TELENOR, message_ids="hex")) == "F" * 10_000


def test_the_receipt_is_late_as_the_carrier_is() -> None:
    bench = Bench(quick_with(receipt_s_min=3.0, receipt_s_max=3.0), simulated=True)
    end = End(bench)
    end.submitted()
    bench.advance(2.9)
    assert bench.screen() == ["hei"]
    assert end.receipts() == []
    bench.advance(0.1)
    assert end.states() == ["DELIVRD"]


def test_a_receipt_that_the_client_refuses_for_good_is_told_once() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    end.submitted()
    bench.advance(1)
    end.confirm(Status.RX_R_APPN)
    bench.advance(1000)
    assert end.heard == []


def test_a_nack_is_an_answer_too() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    end.submitted()
    bench.advance(1)
    (receipt,) = end.deliveries()
    end.say(Pdu(Command.GENERIC_NACK, receipt.sequence, Status.RINVCMDID))
    assert end.session.deliveries.unanswered == 0
