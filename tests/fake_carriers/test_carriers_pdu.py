"""SMPP octets: nothing lost, nothing crashes, every error has its answer."""

import struct

import pytest
import smpplib.client
import smpplib.smpp

from fake_carriers.smpp import (
    Address,
    AlertNotification,
    BadLength,
    BindResp,
    Body,
    Cancel,
    Command,
    Data,
    DistributionList,
    Framer,
    Outbind,
    Pdu,
    PduError,
    Query,
    QueryResp,
    Replace,
    ShortMessage,
    Status,
    SubmitMulti,
    SubmitMultiResp,
    Tag,
    Tlv,
    Unsuccess,
    decode,
    encode,
)


@pytest.mark.parametrize("length", [0, 15, 70_001, 0xFFFFFFFF])
def test_a_bad_length_is_told_after_the_good_frames(length: int) -> None:
    good = encode(Pdu(Command.ENQUIRE_LINK, 3))
    frames = Framer().feed(good + length.to_bytes(4, "big"))
    assert next(frames) == good
    with pytest.raises(BadLength, match=str(length)):
        next(frames)


def test_an_unknown_command_keeps_its_sequence() -> None:
    with pytest.raises(PduError) as told:
        decode(struct.pack(">IIII", 16, 0x00000111, 0, 4711))
    assert (told.value.status, told.value.sequence) == (Status.RINVCMDID, 4711)


SUBMIT = encode(
    Pdu(Command.SUBMIT_SM, 5, body=ShortMessage(destination_addr="4710000001", short_message=b"hei"))
)


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        (SUBMIT[:20], Status.RINVCMDLEN),  # the source address has no end
        (SUBMIT[:-5], Status.RINVCMDLEN),  # fields are missing
        (SUBMIT[:-1], Status.RINVMSGLEN),  # the text is cut
        (SUBMIT + b"\x04", Status.RINVCMDLEN),  # half a TLV
        (SUBMIT + b"\x04\x24\x00\x09abc", Status.RINVCMDLEN),  # a TLV past the end
        (b"", Status.RINVCMDLEN),
    ],
)
def test_a_cut_pdu_is_refused_with_the_right_status(frame: bytes, status: Status) -> None:
    if frame:
        frame = len(frame).to_bytes(4, "big") + frame[4:]
    with pytest.raises(PduError) as told:
        decode(frame)
    assert told.value.status == status


def test_unknown_optional_parameters_keep_their_order() -> None:
    tlvs = Tlv(0x1403, b"vendor"), Tlv(Tag.MESSAGE_PAYLOAD, b"long"), Tlv(0x1403, b"again")
    assert decode(encode(Pdu(Command.SUBMIT_SM, 1, body=ShortMessage(), tlvs=tlvs))).tlvs == tlvs


def test_an_error_response_may_have_no_body() -> None:
    refused = Pdu(Command.SUBMIT_SM_RESP, 9, Status.RINVDSTADR)
    assert len(encode(refused)) == 16
    assert decode(encode(refused)) == refused


@pytest.mark.parametrize(
    "pdu",
    [
        Pdu(Command.SUBMIT_SM, 1),
        Pdu(Command.ENQUIRE_LINK, 1, body=BindResp("x")),
        Pdu(Command.SUBMIT_SM, 1, body=ShortMessage(short_message=b"x" * 256)),
        Pdu(Command.SUBMIT_SM, 1, body=ShortMessage(source_addr="a\0b")),
        Pdu(Command.SUBMIT_SM, 1, body=ShortMessage(source_addr="€")),
        Pdu(Command.SUBMIT_SM, 1, body=ShortMessage(esm_class=256)),
        Pdu(Command.SUBMIT_SM, 1, body=ShortMessage(), tlvs=(Tlv(0x1403, b"x" * 0x10000),)),
        Pdu(Command.SUBMIT_MULTI, 1, body=SubmitMulti(dest_address=(DistributionList("a"),) * 256)),
        Pdu(Command.SUBMIT_MULTI_RESP, 1, body=SubmitMultiResp("7", (Unsuccess(1, 1, "1", 1 << 32),))),
        Pdu(Command.ENQUIRE_LINK, 1 << 32),
        Pdu(Command.ENQUIRE_LINK_RESP, 1, Status.ROK, BindResp("x")),
    ],
)
def test_a_value_that_does_not_fit_is_not_sent(pdu: Pdu) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each kind of field says it in its own words
        encode(pdu)


def address(ton: int, npi: int, digits: bytes) -> bytes:
    return bytes((ton, npi)) + digits + b"\0"


PHONE = address(1, 1, b"4710000001")


@pytest.mark.parametrize(
    ("command", "body", "octets"),
    [
        (Command.OUTBIND, Outbind("smsc", "secret"), b"smsc\0secret\0"),
        (Command.QUERY_SM, Query("7", 5, 0, "113"), b"7\0" + address(5, 0, b"113")),
        (Command.QUERY_SM_RESP, QueryResp("7", "261122010000000+", 2, 9), b"7\x00261122010000000+\0\x02\x09"),
        (
            Command.CANCEL_SM,
            Cancel("CMT", "7", 5, 0, "113", 1, 1, "4710000001"),
            b"CMT\x007\0" + address(5, 0, b"113") + PHONE,
        ),
        (
            Command.REPLACE_SM,
            Replace("7", 5, 0, "113", "", "000000000500000R", 1, 3, b"hei"),
            b"7\0" + address(5, 0, b"113") + b"\x00000000000500000R\0\x01\x03\x03hei",
        ),
        (
            Command.SUBMIT_MULTI,
            SubmitMulti(
                source_addr="113",
                dest_address=(Address(1, 1, "4710000001"), DistributionList("doctors")),
                registered_delivery=1,
                data_coding=8,
                short_message=b"\0h",
            ),
            b"\0\0\x00113\0\x02\x01" + PHONE + b"\x02doctors\0\0\0\0\0\0\x01\0\x08\0\x02\0h",
        ),
        (
            Command.SUBMIT_MULTI_RESP,
            SubmitMultiResp("7", (Unsuccess(1, 1, "4710000001", 0x01020304),)),
            b"7\0\x01" + PHONE + b"\x01\x02\x03\x04",
        ),
        (
            Command.DATA_SM,
            Data("CMT", 5, 0, "113", 1, 1, "4710000001", 0x40, 1, 8),
            b"CMT\0" + address(5, 0, b"113") + PHONE + b"\x40\x01\x08",
        ),
        (
            Command.ALERT_NOTIFICATION,
            AlertNotification(1, 1, "4710000001", 5, 0, "113"),
            PHONE + address(5, 0, b"113"),
        ),
    ],
)
def test_a_body_stands_on_the_wire_as_the_specification_says(
    command: Command, body: Body, octets: bytes
) -> None:
    frame = struct.pack(">IIII", 16 + len(octets), command, 0, 7) + octets
    assert encode(Pdu(command, 7, body=body)) == frame
    assert decode(frame) == Pdu(command, 7, body=body)


def test_an_unknown_dest_flag_is_refused() -> None:
    octets = encode(Pdu(Command.SUBMIT_MULTI, 7, body=SubmitMulti(dest_address=(DistributionList("a"),))))
    flag = octets.index(b"\x02a\0")
    with pytest.raises(PduError, match="dest_flag 3") as told:
        decode(octets[:flag] + b"\x03" + octets[flag + 1 :])
    assert (told.value.status, told.value.sequence) == (Status.RINVDESTFLAG, 7)


def test_every_request_has_its_response_but_two() -> None:
    without = set()
    for command in Command:
        try:
            assert command.response == command | 0x80000000
        except KeyError:
            without.add(command)
    assert without == {Command.OUTBIND, Command.ALERT_NOTIFICATION}


def test_smpplib_reads_what_we_write() -> None:
    body = ShortMessage(source_addr="113", destination_addr="4710000001", esm_class=4, short_message=b"id:7")
    octets = encode(Pdu(Command.DELIVER_SM, 12, body=body, tlvs=(Tlv(Tag.MESSAGE_STATE, b"\x02"),)))
    client = smpplib.client.Client("127.0.0.1", 1, allow_unknown_opt_params=True)  # never connects
    read = smpplib.smpp.parse_pdu(octets, client=client, allow_unknown_opt_params=False)
    assert (read.command, read.sequence, read.short_message) == ("deliver_sm", 12, b"id:7")
    assert (read.source_addr, read.message_state) == (b"113", 2)
