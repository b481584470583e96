"""Alphabets and long messages."""

import gsm0338 as oracle
import pytest
import smpplib.gsm
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_carriers.smpp import Command, Data, Pdu, ShortMessage, SubmitMulti, Tag, Tlv, decode, encode
from fake_carriers.text import (
    How,
    Part,
    Place,
    decode_text,
    encode_text,
    encoding_of,
    gsm0338,
    is_binary,
    parts_of,
    parts_of_octets,
    place_of,
)

GSM_CHARACTERS = sorted(map(chr, gsm0338._OCTETS))
GSM_TEXT = st.text(st.sampled_from(GSM_CHARACTERS))
MARKS: tuple[How, ...] = ("udh8", "udh16", "sar", "payload")


@settings(deadline=None)
@given(GSM_TEXT)
def test_gsm_text_survives(text: str) -> None:
    assert decode_text(encode_text(text, 0), 0) == text


@settings(deadline=None)
@given(st.text(), st.sampled_from([0x08, 0x18]))
def test_ucs2_text_survives(text: str, data_coding: int) -> None:
    assert decode_text(encode_text(text, data_coding), data_coding) == text


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=255)))
def test_latin1_text_survives(text: str) -> None:
    assert decode_text(encode_text(text, 3), 3) == text


@settings(deadline=None)
@given(st.binary(max_size=160), st.integers(0, 255))
def test_no_octets_and_no_data_coding_crash(octets: bytes, data_coding: int) -> None:
    assert isinstance(decode_text(octets, data_coding), str)


def test_the_alphabet_is_whole() -> None:
    assert len(gsm0338._OCTETS) == 127 + 10
    assert gsm0338.encode("æøåÆØÅ") == bytes((0x1D, 0x0C, 0x0F, 0x1C, 0x0B, 0x0E))
    assert gsm0338.encode("€{") == b"\x1b\x65\x1b\x28"
    assert gsm0338.decode(b"\x1b\x41\x1b") == "A "
    assert gsm0338.decode(b"a\x1b\x1be") == "a e"  # an escape after an escape is a space too
    assert gsm0338.decode(b"\xff") == "\ufffd"


def test_smpplib_agrees_on_the_alphabet() -> None:
    text = "Åpne lenken: €5 [æøå] ~^{}|\\ @£$¥ Δ ¡¿ Ñ"
    assert gsm0338.decode(smpplib.gsm.gsm_encode(text)) == text


def test_gsm0338_agrees_on_every_character_and_every_octet() -> None:
    codec = oracle.Codec()
    for character in GSM_CHARACTERS:
        assert gsm0338.encode(character) == codec.encode(character)[0]
    for octets in [bytes((code,)) for code in range(128) if code != 0x1B] + [
        bytes((0x1B, code)) for code in gsm0338._EXTENSION
    ]:
        assert gsm0338.decode(octets) == codec.decode(octets)[0]


@settings(deadline=None)
@given(st.text(st.sampled_from([*GSM_CHARACTERS, "Ж", "ê", "\x1b", "`"]), max_size=20))
def test_gsm0338_agrees_on_what_the_alphabet_lacks(text: str) -> None:
    codec = oracle.Codec()
    try:
        theirs: bytes | None = codec.encode(text)[0]
    except UnicodeEncodeError:
        theirs = None
    try:
        ours: bytes | None = gsm0338.encode(text)
    except ValueError:
        ours = None
    assert ours == theirs or "\x1b" in text  # it lets a bare escape pass; no character is written so
    assert encoding_of(text) == ("UCS2" if ours is None else "GSM7")


def test_a_missing_character_is_named_or_a_question_mark() -> None:
    with pytest.raises(ValueError, match="Ж"):
        encode_text("Hei Ж", 0)
    assert gsm0338.encode("Hei Ж€", "replace") == b"Hei ?\x1be"


def test_which_data_coding_is_binary() -> None:
    binary = {coding for coding in range(256) if is_binary(coding)}
    assert binary == {0x02, 0x04, *range(0x14, 0x18), *range(0xF4, 0xF8)}
    for coding in binary:
        assert decode_text(bytes(range(256)), coding) == bytes(range(256)).decode("latin-1")
    for coding in (0x00, 0x10, 0x11, 0xF0, 0xF1, 0xF2, 0xF3):
        assert decode_text(b"\x1b\x65", coding) == "€"


def submit(octets: bytes, esm_class: int = 0, tlvs: tuple[Tlv, ...] = ()) -> Pdu:
    return Pdu(Command.SUBMIT_SM, 1, body=ShortMessage(esm_class=esm_class, short_message=octets), tlvs=tlvs)


@pytest.mark.parametrize(
    ("octets", "place", "text"),
    [
        (b"\x05\x00\x03\x2a\x02\x01hei", Place(0x2A, 2, 1), b"hei"),
        (b"\x06\x08\x04\x12\x34\x03\x03hei", Place(0x1234, 3, 3), b"hei"),
        (b"\x08\x24\x01\x01\x00\x03\x07\x02\x02hei", Place(7, 2, 2), b"hei"),  # another element first
        (b"\x05\x00\x03\x2a\x02\x03hei", None, b"hei"),  # part 3 of 2
        (b"\x05\x00\x03\x2a\x00\x00hei", None, b"hei"),
        (b"\x05\x00\x09\x2a\x02\x01hei", None, b"hei"),  # an element past the header
        (b"\x09hei", None, b"\x09hei"),  # a header past the end is no header
        (b"", None, b""),
    ],
)
def test_the_header_says_where_a_part_stands(octets: bytes, place: Place | None, text: bytes) -> None:
    assert place_of(submit(octets, esm_class=0x40)) == (place, text)


def test_a_header_is_one_only_when_the_flag_says_so() -> None:
    octets = b"\x05\x00\x03\x2a\x02\x01hei"
    assert place_of(submit(octets)) == (None, octets)


def test_sar_parameters_and_payload() -> None:
    sar = (
        Tlv(Tag.SAR_MSG_REF_NUM, b"\x01\x02"),
        Tlv(Tag.SAR_TOTAL_SEGMENTS, b"\x02"),
        Tlv(Tag.SAR_SEGMENT_SEQNUM, b"\x01"),
    )
    assert place_of(submit(b"hei", tlvs=sar)) == (Place(0x102, 2, 1), b"hei")
    assert place_of(submit(b"hei", tlvs=sar[:2])) == (None, b"hei")
    assert place_of(submit(b"", tlvs=(Tlv(Tag.MESSAGE_PAYLOAD, b"x" * 900),))) == (None, b"x" * 900)


@settings(deadline=None)
@given(st.binary(max_size=40), st.integers(0, 255))
def test_no_header_crashes(octets: bytes, esm_class: int) -> None:
    place, rest = place_of(submit(octets, esm_class))
    assert octets.endswith(rest)
    assert place is None or 1 <= place.part <= place.parts


def test_a_place_in_other_requests() -> None:
    octets, payload = b"\x05\x00\x03\x2a\x02\x01hei", Tlv(Tag.MESSAGE_PAYLOAD, b"hei")
    multi = Pdu(Command.SUBMIT_MULTI, 1, body=SubmitMulti(esm_class=0x40, short_message=octets))
    assert place_of(multi) == (Place(0x2A, 2, 1), b"hei")
    assert place_of(Pdu(Command.DATA_SM, 1, body=Data(), tlvs=(payload,))) == (None, b"hei")
    assert place_of(Pdu(Command.DATA_SM, 1, body=Data(esm_class=0x40))) == (None, b"")


def deliver(part: Part) -> Pdu:
    body = ShortMessage(
        esm_class=part.esm_class, data_coding=part.data_coding, short_message=part.short_message
    )
    return decode(encode(Pdu(Command.DELIVER_SM, 1, body=body, tlvs=part.tlvs)))


def joined(parts: list[Part], reference: int, sixteen_bit: bool) -> bytes:
    """The octets of a text as a receiver joins them; every part must say its place rightly."""
    octets = b""
    for n, part in enumerate(parts, start=1):
        place, piece = place_of(deliver(part))
        if len(parts) == 1:
            assert place is None
        else:
            assert place == Place(reference & (0xFFFF if sixteen_bit else 0xFF), len(parts), n)
        octets += piece
    return octets


@pytest.mark.parametrize(
    ("character", "how", "length", "parts"),
    [
        ("a", "udh8", 160, [160]),
        ("a", "udh8", 161, [153, 8]),
        ("a", "udh8", 306, [153, 153]),
        ("a", "udh16", 160, [160]),
        ("a", "udh16", 161, [152, 9]),
        ("a", "sar", 161, [153, 8]),
        ("a", "payload", 161, [161]),
        ("€", "udh8", 80, [160]),
        ("€", "udh8", 81, [152, 10]),  # 153 septets would cut an escape sequence
        ("Ж", "udh8", 70, [140]),
        ("Ж", "udh8", 71, [134, 8]),
        ("Ж", "udh16", 71, [132, 10]),
        ("Ж", "sar", 71, [134, 8]),
        ("🚑", "udh8", 35, [140]),
        ("🚑", "udh8", 36, [132, 12]),  # 67 characters would cut a surrogate pair
        ("🚑", "udh16", 36, [132, 12]),
        ("a", "udh8", 0, [0]),
    ],
)
def test_a_text_is_cut_where_a_phone_cuts_it(character: str, how: How, length: int, parts: list[int]) -> None:
    cut = parts_of(character * length, 7, how)
    assert [len(place_of(deliver(part))[1]) for part in cut] == parts


@settings(deadline=None)
@given(
    st.text(max_size=300) | GSM_TEXT.map(lambda text: text * 20) | st.text("🚑æ", min_size=60, max_size=300),
    st.integers(0, 0xFFFF),
    st.sampled_from(MARKS),
)
def test_the_parts_of_a_text_make_the_text(text: str, reference: int, how: How) -> None:
    parts = parts_of(text, reference, how)
    joint = joined(parts, reference, how in ("udh16", "sar"))
    assert decode_text(joint, parts[0].data_coding) == text
    pieces = [place_of(deliver(part))[1] for part in parts]
    assert "".join(decode_text(piece, parts[0].data_coding) for piece in pieces) == text  # nothing was cut
    assert {part.data_coding for part in parts} == {0 if encoding_of(text) == "GSM7" else 8}


@settings(deadline=None)
@given(st.binary(max_size=900), st.integers(0, 255), st.sampled_from(MARKS))
def test_the_parts_of_any_octets_make_the_octets(octets: bytes, data_coding: int, how: How) -> None:
    parts = parts_of_octets(octets, data_coding, 7, how)
    assert joined(parts, 7, sixteen_bit=False) == octets
    if how != "payload":
        assert all(len(part.short_message) <= 160 for part in parts)
    if is_binary(data_coding):
        assert all(len(part.short_message) <= 140 for part in parts)


def test_too_much_text_is_refused() -> None:
    assert len(parts_of("a" * 255 * 153, 1, "udh8")) == 255
    with pytest.raises(ValueError, match="256 parts"):
        parts_of("a" * (255 * 153 + 1), 1, "udh8")
    with pytest.raises(ValueError, match="65536 octets"):
        parts_of("a" * 0x10000, 1, "payload")
    with pytest.raises(ValueError, match="surrogate"):
        parts_of("\ud83d", 1, "udh8")
