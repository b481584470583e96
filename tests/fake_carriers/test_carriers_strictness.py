"""What real carriers refuse, at the edge and just beyond it; a lenient one takes it."""

from typing import Any

import pytest
from carriers_lab import NUMBER, Bench, End, quick_with

from fake_carriers.smpp import Address, Command, Data, ShortMessage, Status, SubmitMulti, Tag, Tlv
from fake_carriers.strictness import must_be_possible
from fake_carriers.submission import Refused
from fake_carriers.text import parts_of

UDH8, UDH16 = b"\x05\x00\x03\x09\x02\x01", b"\x06\x08\x04\x00\x09\x02\x01"


def status_of(**fields: Any) -> Status:
    try:
        must_be_possible(ShortMessage(**fields))
    except Refused as refused:
        return refused.status
    return Status.ROK


@pytest.mark.parametrize(
    ("data_coding", "header", "most"),
    [
        (0x00, b"", 160),
        (0x10, b"", 160),
        (0xF0, b"", 160),
        (0x01, b"", 160),  # ASCII goes as septets too
        (0x03, b"", 140),
        (0x04, b"", 140),
        (0x08, b"", 140),
        (0x00, UDH8, 153),
        (0x00, UDH16, 152),
        (0x08, UDH8, 134),
        (0x08, UDH16, 133),
        (0xF5, UDH8, 134),
    ],
)
def test_a_text_fits_into_one_sms_or_is_refused(data_coding: int, header: bytes, most: int) -> None:
    fields = {"data_coding": data_coding, "esm_class": 0x40 if header else 0}
    assert status_of(short_message=header + b"x" * most, **fields) is Status.ROK
    assert status_of(short_message=header + b"x" * (most + 1), **fields) is Status.RINVMSGLEN


def test_a_header_that_is_none_is_text() -> None:
    octets = b"\xff" * 160
    assert status_of(short_message=octets, esm_class=0x40) is Status.ROK
    assert status_of(short_message=octets + b"x", esm_class=0x40) is Status.RINVMSGLEN


@pytest.mark.parametrize("how", ["udh8", "udh16", "sar", "payload"])
@pytest.mark.parametrize("text", ["x" * 160, "ø€" * 500, "😀" * 300])
def test_what_our_own_splitting_makes_passes(text: str, how: Any) -> None:
    for piece in parts_of(text, 9, how):
        fields = {"esm_class": piece.esm_class, "data_coding": piece.data_coding}
        assert status_of(short_message=piece.short_message, **fields) is Status.ROK


@pytest.mark.parametrize(
    ("type_of_number", "sender", "taken"),
    [
        (5, "Hjelp 113", True),
        (5, "elleve tegn", True),
        (5, "tolv  tegn..", False),
        (5, "Blåbær @$£", True),
        (5, "12345678901", True),
        (5, "123456789012", False),  # so many letters, digits or not
        (5, "Hj\xe3lp", False),
        (5, "Hj`lp", False),
        (5, "[tegn] [ok]", False),  # a bracket takes two
        (5, "\x0e\x0c\x1d 113", True),  # Åøæ in GSM 03.38, as Kannel sends them
        (5, "", True),
        (0, "", True),
        (0, "Hjelp 113", True),
        (0, "tolv  tegn..", False),
        (0, "113", True),
        (1, "123456789012345", True),
        (1, "+123456789012345", True),
        (1, "1234567890123456", False),
        (0, "1234567890123456", False),
    ],
)
def test_a_sender_can_be_shown_or_is_refused(type_of_number: int, sender: str, taken: bool) -> None:
    told = status_of(source_addr_ton=type_of_number, source_addr=sender)
    assert told is (Status.ROK if taken else Status.RINVSRCADR)


def test_the_door_refuses_by_every_command_and_a_lenient_carrier_takes_it() -> None:
    for strict in (True, False):
        bench = Bench(quick_with(strict=strict), simulated=True)
        end = End(bench)
        to = (Address(1, 1, NUMBER[1:]),)
        told = [
            end.submit(short_message=b"x" * 161).status,
            end.submit(source_addr="much too long a name").status,
            end.ask(Command.SUBMIT_MULTI, SubmitMulti(dest_address=to, short_message=b"x" * 161)).status,
            end.ask(Command.DATA_SM, Data(source_addr="1" * 16, destination_addr=NUMBER[1:])).status,
        ]
        refused = ["RINVMSGLEN", "RINVSRCADR", "RINVMSGLEN", "RINVSRCADR"] if strict else []
        assert [Status(status).name for status in told] == (refused or ["ROK"] * 4)
        facts = {"number": NUMBER, "carrier": "telenor", "door": "telenor"}
        assert bench.events("sms.refused") == [{**facts, "status": status} for status in refused]


def test_a_payload_may_be_long() -> None:
    bench = Bench(simulated=True)
    End(bench).submitted(Tlv(Tag.MESSAGE_PAYLOAD, b"x" * 1000), short_message=b"")
    bench.advance(0)
    assert bench.screen() == ["x" * 1000]
