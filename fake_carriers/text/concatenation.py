"""Where a part stands in a long SMS: user data header (3GPP TS 23.040, 9.2.3.24) or SAR parameters."""

from dataclasses import dataclass

from fake_carriers.smpp import Data, Pdu, ShortMessage, SubmitMulti, Tag

UDH_INDICATOR = 0x40  # in esm_class
_EIGHT_BIT, _SIXTEEN_BIT = 0x00, 0x08  # information elements: 8-bit and 16-bit reference


@dataclass(frozen=True, slots=True)
class Place:
    """Part `part` of `parts` (1 to 255) of the long message that its sender calls `reference`."""

    reference: int
    parts: int
    part: int


def place_of(pdu: Pdu) -> tuple[Place | None, bytes]:
    """Where the part stands, and its octets without the header; a place that cannot be is no place.

    For submit_sm, deliver_sm, submit_multi and data_sm. The octets are the short_message, or the
    message_payload when that is present.
    """
    assert isinstance(pdu.body, ShortMessage | SubmitMulti | Data)
    octets = pdu.tlv(Tag.MESSAGE_PAYLOAD) if pdu.tlvs else None
    if octets is None:
        octets = b"" if isinstance(pdu.body, Data) else pdu.body.short_message
    place = _by_sar(pdu) if pdu.tlvs else None
    if pdu.body.esm_class & UDH_INDICATOR and octets and octets[0] < len(octets):
        header, octets = octets[1 : 1 + octets[0]], octets[1 + octets[0] :]
        place = _by_header(header) or place
    return place, octets


def _by_header(header: bytes) -> Place | None:
    while len(header) >= 2:
        element, length = header[0], header[1]
        value, header = header[2 : 2 + length], header[2 + length :]
        if element == _EIGHT_BIT and len(value) == length == 3:
            return _possible(value[0], value[1], value[2])
        if element == _SIXTEEN_BIT and len(value) == length == 4:
            return _possible(int.from_bytes(value[:2], "big"), value[2], value[3])
    return None


def _by_sar(pdu: Pdu) -> Place | None:
    tags = Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM
    values = [int.from_bytes(value, "big") for tag in tags if (value := pdu.tlv(tag))]
    return _possible(*values) if len(values) == len(tags) else None


def _possible(reference: int, parts: int, part: int) -> Place | None:
    return Place(reference, parts, part) if 1 <= part <= parts <= 255 else None
