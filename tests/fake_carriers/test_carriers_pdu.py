"""SMPP octets: nothing lost, nothing crashes, every error has its answer."""

import struct
from typing import Any

import pytest
import smpplib.client
import smpplib.smpp
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_carriers.smpp import (
    BadLength,
    Bind,
    BindResp,
    Command,
    Framer,
    MessageId,
    Pdu,
    PduError,
    ShortMessage,
    Status,
    Tag,
    Tlv,
    decode,
    encode,
)

OCTET = st.integers(0, 255)
STRING = st.text(st.characters(max_codepoint=255, exclude_characters="\0"), max_size=30)
OCTETS = st.binary(max_size=255)
TLVS = st.lists(st.builds(Tlv, st.integers(0, 0xFFFF), st.binary(max_size=300)), max_size=4).map(tuple)
KINDS: dict[type, Any] = {str: STRING, int: OCTET, bytes: OCTETS}
BODIES = {
    Command.BIND_TRANSMITTER: Bind,
    Command.BIND_RECEIVER: Bind,
    Command.BIND_TRANSCEIVER: Bind,
    Command.BIND_TRANSCEIVER_RESP: BindResp,
    Command.SUBMIT_SM: ShortMessage,
    Command.DELIVER_SM: ShortMessage,
    Command.SUBMIT_SM_RESP: MessageId,
    Command.DELIVER_SM_RESP: MessageId,
}
UINT32 = st.integers(0, 0xFFFFFFFF)


def bodies(layout: type) -> st.SearchStrategy[Any]:
    return st.builds(layout, **{name: KINDS[kind] for name, kind in layout.__annotations__.items()})


PDUS = (
    st.sampled_from(list(Command))
    .flatmap(
        lambda command: st.builds(
            Pdu,
            command=st.just(command),
            sequence=UINT32,
            status=UINT32,
            body=bodies(BODIES[command]) if command in BODIES else st.none(),
            tlvs=TLVS if command in BODIES or not command.is_response else st.just(()),
        )
    )
    .filter(lambda pdu: pdu.body is not None or not pdu.command.is_response or pdu.tlvs == ())
)


@settings(deadline=None)
@given(PDUS)
def test_a_pdu_survives_the_wire(pdu: Pdu) -> None:
    assert decode(encode(pdu)) == pdu


@settings(deadline=None)
@given(PDUS)
def test_octets_survive_decoding(pdu: Pdu) -> None:
    octets = encode(pdu)
    assert encode(decode(octets)) == octets


@settings(deadline=None)
@given(st.lists(PDUS, max_size=5), st.data())
def test_frames_come_out_whole_however_they_are_cut(pdus: list[Pdu], data: st.DataObject) -> None:
    stream = b"".join(map(encode, pdus))
    framer, frames = Framer(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        frames += list(framer.feed(stream[:cut]))
        stream = stream[cut:]
    assert [decode(frame) for frame in frames] == pdus


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_random_octets_never_crash(octets: bytes) -> None:
    try:
        for frame in Framer().feed(octets):
            assert encode(decode(frame)) == frame
    except (BadLength, PduError):
        pass


@settings(deadline=None)
@given(st.sampled_from(list(Command)), st.binary(max_size=200))
def test_a_random_body_decodes_byte_exact_or_is_refused(command: Command, body: bytes) -> None:
    frame = struct.pack(">IIII", 16 + len(body), command, 0, 7) + body
    try:
        read: Pdu | PduError = decode(frame)
    except PduError as error:
        read = error
    if isinstance(read, PduError):
        assert (read.sequence, read.command_id) == (7, command)
        assert read.status in (Status.RINVCMDLEN, Status.RINVMSGLEN)
    else:
        assert encode(read) == frame


@pytest.mark.parametrize("length", [0, 15, 70_001, 0xFFFFFFFF])
def test_a_bad_length_is_told_after_the_good_frames(length: int) -> None:
    good = encode(Pdu(Command.ENQUIRE_LINK, 3))
    frames = Framer().feed(good + length.to_bytes(4, "big"))
    assert next(frames) == good
    with pytest.raises(BadLength, match=str(length)):
        next(frames)


def test_an_unknown_command_keeps_its_sequence() -> None:
    with pytest.raises(PduError) as told:
        decode(struct.pack(">IIII", 16, 0x00000103, 0, 4711))
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
    ],
)
def test_a_value_that_does_not_fit_is_not_sent(pdu: Pdu) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each kind of field says it in its own words
        encode(pdu)


def test_smpplib_reads_what_we_write() -> None:
    body = ShortMessage(source_addr="113", destination_addr="4710000001", esm_class=4, short_message=b"id:7")
    octets = encode(Pdu(Command.DELIVER_SM, 12, body=body, tlvs=(Tlv(Tag.MESSAGE_STATE, b"\x02"),)))
    client = smpplib.client.Client("127.0.0.1", 1, allow_unknown_opt_params=True)  # never connects
    read = smpplib.smpp.parse_pdu(octets, client=client, allow_unknown_opt_params=False)
    assert (read.command, read.sequence, read.short_message) == ("deliver_sm", 12, b"id:7")
    assert (read.source_addr, read.message_state) == (b"113", 2)
