"""A text as SMPP carries it: GSM 7 bit where that can write it, else UCS-2; long ones in parts. Pure."""

from dataclasses import dataclass
from typing import Any

from smpplib import consts, gsm


@dataclass(frozen=True)
class Coded:
    """`parts` are the short_message of each submit, with their header when there are several."""

    parts: list[bytes]
    data_coding: int
    esm_class: int


def coded(text: str, reference: int) -> Coded:
    """Code a text. By `reference` (one octet) the phone puts parts together: it is the same for all copies.

    No part ends within a character, as smpplib's own do: a phone may show each part by itself.
    """
    gsm_encode: Any = gsm.gsm_encode
    try:
        letters: list[bytes] = [gsm_encode(letter) for letter in text]
        coding, whole, piece = consts.SMPP_ENCODING_DEFAULT, consts.SEVENBIT_LENGTH, consts.SEVENBIT_PART_SIZE
    except UnicodeError:
        letters = [letter.encode("utf-16-be") for letter in text]
        coding, whole, piece = consts.SMPP_ENCODING_ISO10646, consts.UCS2_LENGTH, consts.UCS2_PART_SIZE
    octets = b"".join(letters)
    if len(octets) <= whole:
        return Coded([octets], coding, consts.SMPP_MSGTYPE_DEFAULT)
    pieces = _pieces(letters, piece)
    header = b"\x05\x00\x03" + bytes([reference, len(pieces)])  # UDH, 8-bit reference (3GPP TS 23.040)
    parts = [header + bytes([n]) + octets for n, octets in enumerate(pieces, 1)]
    return Coded(parts, coding, consts.SMPP_GSMFEAT_UDHI)


def _pieces(letters: list[bytes], size: int) -> list[bytes]:
    pieces = [b""]
    for letter in letters:
        if len(pieces[-1]) + len(letter) > size:
            pieces.append(b"")
        pieces[-1] += letter
    return pieces
