"""What a submit_sm, a data_sm and a submit_multi ask for."""

from typing import Any

import pytest
from carriers_lab import NOW
from hypothesis import given
from hypothesis import strategies as st

from fake_carriers.smpp import (
    Address,
    Command,
    Data,
    DistributionList,
    Pdu,
    ShortMessage,
    Status,
    SubmitMulti,
    Tag,
    Tlv,
)
from fake_carriers.submission import (
    SCHEDULED_S_MAX,
    VALIDITY_S_MAX,
    Refused,
    Submission,
    destinations_of,
    seconds_until,
    single,
    submission_of,
)
from fake_carriers.text import Place


def submitted(*tlvs: Tlv, **fields: Any) -> Submission:
    body = ShortMessage(**{"destination_addr": "4710000001", **fields})
    return submission_of(Pdu(Command.SUBMIT_SM, 1, body=body, tlvs=tlvs), NOW)


@pytest.mark.parametrize("address", ["4710000001", "+4710000001", "004710000001"])
def test_a_number_is_e164_however_it_came(address: str) -> None:
    assert submitted(destination_addr=address).number == "+4710000001"


@pytest.mark.parametrize("address", ["", "+", "47 10000001", "lege", "+47²"])
def test_what_is_no_number_is_refused(address: str) -> None:
    with pytest.raises(Refused) as refused:
        submitted(destination_addr=address)
    assert refused.value.status is Status.RINVDSTADR


def test_a_national_number_is_norway_s() -> None:
    assert submitted(destination_addr="10000001", dest_addr_ton=2).number == "+4710000001"
    assert submitted(destination_addr="10000001", dest_addr_ton=1).number == "+10000001"
    for address in ("4710000001", "+4710000001", "004710000001", "113", "1000000x", ""):
        with pytest.raises(Refused) as refused:
            submitted(destination_addr=address, dest_addr_ton=2)
        assert refused.value.status is Status.RINVDSTADR


def test_whom_a_submit_is_for() -> None:
    one = ShortMessage(destination_addr="10000001", dest_addr_ton=2)
    many = (Address(1, 1, "4710000002"), DistributionList("legene"), Address(1, 1, "lege"))
    assert destinations_of(Pdu(Command.SUBMIT_SM, 1, body=one)) == ["+4710000001"]
    assert destinations_of(Pdu(Command.DATA_SM, 1, body=Data(destination_addr="lege"))) == ["lege"]
    assert destinations_of(Pdu(Command.SUBMIT_MULTI, 1, body=SubmitMulti(dest_address=many))) == [
        "+4710000002",
        "legene",
        "lege",
    ]
    assert destinations_of(Pdu(Command.ENQUIRE_LINK, 1)) == []


def test_the_sender_shows_as_on_a_phone() -> None:
    assert submitted(source_addr="4710000002", source_addr_ton=1).sender == "+4710000002"
    assert submitted(source_addr="Hjelp 113", source_addr_ton=5).sender == "Hjelp 113"
    assert submitted(source_addr="Hjelp", source_addr_ton=1).sender == "Hjelp"
    assert submitted(source_addr="113", source_addr_ton=3).sender == "113"


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("", 900),
        ("000000000030000R", 30),
        ("000000000200000R", 120),
        ("000002000000000R", 900),  # the SMSC keeps nothing longer
        ("260102030505000+", 60),
        ("260102040505004+", 60),  # an hour ahead of UTC
        ("260102020505004-", 60),
    ],
)
def test_a_validity_is_read(field: str, seconds: float) -> None:
    assert submitted(validity_period=field).validity_s == seconds


@pytest.mark.parametrize(
    "field",
    [
        "soon",
        "000000000000000R",
        "260102030405000+",
        "269902030505000+",
        "260102030505099+",
        "25" + "0" * 13 + "+",
    ],
)
def test_a_time_that_is_none_is_refused(field: str) -> None:
    with pytest.raises(Refused) as refused:
        submitted(validity_period=field)
    assert refused.value.status is Status.RINVEXPIRY
    with pytest.raises(Refused) as refused:
        submitted(schedule_delivery_time=field)
    assert refused.value.status is Status.RINVSCHED


def test_a_message_may_be_for_later() -> None:
    later = submitted(schedule_delivery_time="260102040405000+")
    assert (later.scheduled_s, later.validity_s) == (3600, 3600 + VALIDITY_S_MAX)
    assert submitted(schedule_delivery_time="990000000000000R").scheduled_s == SCHEDULED_S_MAX


def test_an_explicit_validity_counts_from_the_submission() -> None:
    """SMPP 3.4, 5.2.16."""
    hour = {"schedule_delivery_time": "000000010000000R"}
    assert submitted(**hour, validity_period="000000010010000R").validity_s == 3610
    assert submitted(**hour, validity_period="260102040410000+").validity_s == 3605
    assert submitted(**hour, validity_period="000001000000000R").validity_s == 3600 + VALIDITY_S_MAX
    for too_short in ("000000010000000R", "000000000030000R"):
        with pytest.raises(Refused) as refused:
            submitted(**hour, validity_period=too_short)
        assert refused.value.status is Status.RINVEXPIRY


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ((30).to_bytes(4, "big"), 30),
        ((4000).to_bytes(4, "big"), 900),
        (bytes(4), 900),
        (b"", 900),
        (b"\xff" * 300, 900),  # a number that no float holds
    ],
)
def test_a_time_to_live_is_a_validity_too(value: bytes, seconds: float) -> None:
    assert submitted(Tlv(Tag.QOS_TIME_TO_LIVE, value)).validity_s == seconds
    both = submitted(Tlv(Tag.QOS_TIME_TO_LIVE, value), validity_period="000000000010000R")
    assert both.validity_s == 10


def test_a_payload_beats_the_short_message() -> None:
    assert submitted(Tlv(Tag.MESSAGE_PAYLOAD, b"long"), short_message=b"short").text == "long"


def test_the_header_is_no_text() -> None:
    part = submitted(short_message=b"\x05\x00\x03\x09\x02\x01hei", esm_class=0x40)
    assert (part.text, part.place) == ("hei", Place(9, 2, 1))


def test_a_data_sm_says_what_a_submit_sm_says() -> None:
    body = Data(
        source_addr="113", destination_addr="4710000001", registered_delivery=1, data_coding=8, esm_class=3
    )
    pdu = Pdu(Command.DATA_SM, 5, body=body, tlvs=(Tlv(Tag.MESSAGE_PAYLOAD, "æ".encode("utf-16-be")),))
    read = submission_of(single(pdu), NOW)
    assert (read.text, read.number, read.sender) == ("æ", "+4710000001", "113")
    assert (read.request.registered_delivery, read.request.esm_class) == (1, 3)


def test_a_submit_multi_is_a_submit_sm_to_each() -> None:
    to = Address(1, 1, "4710000002")
    body = SubmitMulti(source_addr="113", dest_address=(to,), registered_delivery=2, short_message=b"hei")
    read = submission_of(single(Pdu(Command.SUBMIT_MULTI, 5, body=body), to), NOW)
    assert (read.text, read.number, read.sender) == ("hei", "+4710000002", "113")
    assert (read.request.dest_addr_ton, read.request.registered_delivery) == (1, 2)


@given(st.text(st.sampled_from("0123456789+-R"), max_size=17))
def test_no_time_crashes(field: str) -> None:
    try:
        seconds = seconds_until(field, NOW, Status.RINVSCHED)
    except Refused:
        return
    assert seconds is None or seconds > 0
