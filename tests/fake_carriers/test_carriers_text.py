"""Alphabets and long messages."""

import pytest
import smpplib.gsm
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_carriers.smpp import Command, Pdu, ShortMessage, Tag, Tlv
from fake_carriers.text import Place, decode_text, encode_text, gsm0338, place_of

GSM_TEXT = st.text(st.sampled_from(sorted(gsm0338._OCTETS)))


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
    assert gsm0338.decode(b"\xff") == "\ufffd"


def test_smpplib_agrees_on_the_alphabet() -> None:
    text = "Åpne lenken: €5 [æøå] ~^{}|\\ @£$¥ Δ ¡¿ Ñ"
    assert gsm0338.decode(smpplib.gsm.gsm_encode(text)) == text


def test_a_missing_character_is_named() -> None:
    with pytest.raises(ValueError, match="Ж"):
        encode_text("Hei Ж", 0)


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
