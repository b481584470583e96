"""A text in parts, as a phone sends it: each part fits into one SMS, and says where it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from fake_carriers.smpp import Tag, Tlv
from fake_carriers.text.coding import GSM, UCS2, alphabet_of, encode_text, encoding_of
from fake_carriers.text.concatenation import UDH_INDICATOR

How = Literal["udh8", "udh16", "sar", "payload"]

_SMS_OCTETS = 140  # of user data, header included (3GPP TS 23.040, 9.2.3.16)
_HEADER_OCTETS = {"udh8": 6, "udh16": 7, "sar": 6}  # SAR becomes an 8-bit header on the air
_PARTS_MAX = 255
_PAYLOAD_OCTETS_MAX = 0xFFFF

_ESCAPE_SEQUENCES = re.compile(rb"\x1b?.", re.DOTALL)  # what must not be cut, per alphabet
_SURROGATE_PAIRS = re.compile(rb"[\xd8-\xdb].[\xdc-\xdf].|..?", re.DOTALL)
_OCTETS = re.compile(rb".", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """What one submit_sm or deliver_sm says of a text: three of its fields and its optional parameters."""

    esm_class: int
    data_coding: int
    short_message: bytes
    tlvs: tuple[Tlv, ...] = ()


def parts_of(text: str, reference: int, how: How) -> list[Part]:
    """The parts of a text, in GSM 03.38 when that has every character, else in UCS2.

    `how` marks the parts of a text that does not fit into one SMS: a header with an 8-bit or a 16-bit
    reference, the SAR parameters, or no parts but one message_payload. Raises ValueError when there are too
    many parts, and for half a surrogate pair.
    """
    data_coding = GSM if encoding_of(text) == "GSM7" else UCS2
    return parts_of_octets(encode_text(text, data_coding), data_coding, reference, how)


def parts_of_octets(octets: bytes, data_coding: int, reference: int, how: How) -> list[Part]:
    """The parts of octets that are in `data_coding` already; else as `parts_of`."""
    if len(octets) <= _room(data_coding, header=0):
        return [Part(0, data_coding, octets)]
    if how == "payload":
        if len(octets) > _PAYLOAD_OCTETS_MAX:
            raise ValueError(f"{len(octets)} octets: a message_payload has {_PAYLOAD_OCTETS_MAX} at most")
        return [Part(0, data_coding, b"", (Tlv(Tag.MESSAGE_PAYLOAD, octets),))]
    pieces = list(_pieces(octets, data_coding, _room(data_coding, _HEADER_OCTETS[how])))
    if len(pieces) > _PARTS_MAX:
        raise ValueError(f"{len(pieces)} parts: a long SMS has {_PARTS_MAX} at most; send it as a payload")
    return [
        _part(piece, data_coding, reference, len(pieces), n, how) for n, piece in enumerate(pieces, start=1)
    ]


def _room(data_coding: int, header: int) -> int:
    """How many octets of `short_message` fit: in GSM 03.38 each is a septet on the air."""
    left = _SMS_OCTETS - header
    return left * 8 // 7 if alphabet_of(data_coding) == GSM else left


def _pieces(octets: bytes, data_coding: int, room: int) -> Iterator[bytes]:
    whole = {GSM: _ESCAPE_SEQUENCES, UCS2: _SURROGATE_PAIRS}.get(alphabet_of(data_coding), _OCTETS)
    piece = b""
    for unit in whole.findall(octets):
        if len(piece) + len(unit) > room:
            yield piece
            piece = b""
        piece += unit
    yield piece


def _part(piece: bytes, data_coding: int, reference: int, parts: int, n: int, how: How) -> Part:
    if how == "udh8":
        header = bytes((5, 0x00, 3, reference & 0xFF, parts, n))
        return Part(UDH_INDICATOR, data_coding, header + piece)
    sixteen_bit = (reference & 0xFFFF).to_bytes(2, "big")
    if how == "udh16":
        header = bytes((6, 0x08, 4, *sixteen_bit, parts, n))
        return Part(UDH_INDICATOR, data_coding, header + piece)
    tlvs = (
        Tlv(Tag.SAR_MSG_REF_NUM, sixteen_bit),
        Tlv(Tag.SAR_TOTAL_SEGMENTS, bytes((parts,))),
        Tlv(Tag.SAR_SEGMENT_SEQNUM, bytes((n,))),
    )
    return Part(0, data_coding, piece, tlvs)
