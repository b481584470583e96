"""What a data_coding makes of octets (SMPP 3.4, 5.2.19; from 0x10 on as in 3GPP TS 23.038, chapter 4)."""

from typing import Literal

from fake_carriers.text import gsm0338

GSM, ASCII, LATIN1, BINARY, UCS2 = 0x00, 0x01, 0x03, 0x04, 0x08

_CODECS = {ASCII: "ascii", LATIN1: "latin-1", BINARY: "latin-1", UCS2: "utf-16-be"}


def alphabet_of(data_coding: int) -> int:
    """The plainest data_coding with the same alphabet: GSM, ASCII, LATIN1, BINARY (8-bit) or UCS2.

    The UCS2 group is `data_coding & 0xEC == 0x08` (0x08 and 0x18 among them). 8-bit are 0x02, 0x04 and the
    class-marked groups 0x14 to 0x17 and 0xF4 to 0xF7. What is none of these is GSM (0x10, 0xF0, ...).
    """
    if data_coding & 0xEC == UCS2:
        return UCS2
    if data_coding in (0x02, 0x04) or data_coding & 0xFC in (0x14, 0xF4):
        return BINARY
    return data_coding if data_coding in (ASCII, LATIN1) else GSM


def is_binary(data_coding: int) -> bool:
    """Whether the octets are data for an application, not a text for a person."""
    return alphabet_of(data_coding) == BINARY


def decode_text(octets: bytes, data_coding: int) -> str:
    """The text of the octets; never raises, whatever the data_coding. Binary is read as latin-1."""
    codec = _CODECS.get(alphabet_of(data_coding))
    return octets.decode(codec, errors="replace") if codec else gsm0338.decode(octets)


def encode_text(text: str, data_coding: int) -> bytes:
    """The octets of the text. Raises ValueError when the alphabet lacks a character."""
    codec = _CODECS.get(alphabet_of(data_coding))
    return text.encode(codec) if codec else gsm0338.encode(text)


def encoding_of(text: str) -> Literal["GSM7", "UCS2"]:
    """The encoding that a phone picks: GSM 03.38 when it has every character, else UCS2."""
    try:
        gsm0338.encode(text)
    except ValueError:
        return "UCS2"
    return "GSM7"
