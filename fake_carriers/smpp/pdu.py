"""PDUs: what their octets say, kept so that encoding a decoded PDU gives the same octets.

Nothing here knows what a text means. Optional parameters keep their order on the wire, unknown ones too.
"""

import struct
from dataclasses import dataclass, field
from struct import Struct

from fake_carriers.smpp import fields
from fake_carriers.smpp.bodies import BODIES, Body
from fake_carriers.smpp.commands import Command, Status

_HEADER = Struct(">IIII")
_TLV = Struct(">HH")
_COMMANDS = {int(command): command for command in Command}


@dataclass(frozen=True, slots=True)
class Tlv:
    """One optional parameter."""

    tag: int
    value: bytes


@dataclass(slots=True)  # frozen would treble the time to make one
class Pdu:
    """One PDU. A response may have no body (an error response often has none)."""

    command: Command
    sequence: int
    status: int = Status.ROK
    body: Body | None = None
    tlvs: tuple[Tlv, ...] = ()
    frame: bytes = field(default=b"", compare=False, repr=False)  # what it was decoded from

    def tlv(self, tag: int) -> bytes | None:
        """The value of the first optional parameter with this tag."""
        for tlv in self.tlvs:
            if tlv.tag == tag:
                return tlv.value
        return None


class PduError(Exception):
    """A frame that is no PDU; `status`, `command_id` and `sequence` are what the answer needs."""

    def __init__(self, status: Status, command_id: int, sequence: int, why: str) -> None:
        super().__init__(why)
        self.status, self.command_id, self.sequence = status, command_id, sequence


def encode(pdu: Pdu) -> bytes:
    """The octets of a PDU. Raises ValueError when a value does not fit its field."""
    if type(pdu.body) is not BODIES.get(pdu.command, type(None)) and not _bare_response(pdu):
        raise ValueError(f"{pdu.command.name} cannot have the body {pdu.body!r}")
    octets = b"" if pdu.body is None else fields.write(pdu.body)
    try:
        if pdu.tlvs:
            octets += b"".join([_TLV.pack(tlv.tag, len(tlv.value)) + tlv.value for tlv in pdu.tlvs])
        return _HEADER.pack(_HEADER.size + len(octets), pdu.command, pdu.status, pdu.sequence) + octets
    except struct.error as error:
        raise ValueError(f"{pdu.command.name}: a number of the header or of a TLV: {error}") from None


def _bare_response(pdu: Pdu) -> bool:
    return pdu.body is None and pdu.command.is_response and not pdu.tlvs


def decode(frame: bytes) -> Pdu:
    """The PDU in one whole frame. Raises PduError."""
    if len(frame) < _HEADER.size:
        raise PduError(Status.RINVCMDLEN, 0, 0, f"{len(frame)} octets are less than a header")
    length, command_id, status, sequence = _HEADER.unpack_from(frame)
    if length != len(frame):
        why = f"command_length {length} in {len(frame)} octets"
        raise PduError(Status.RINVCMDLEN, command_id, sequence, why)
    command = _COMMANDS.get(command_id)
    if command is None:
        why = f"command_id 0x{command_id:08X} is unknown here"
        raise PduError(Status.RINVCMDID, command_id, sequence, why)
    try:
        body, at = _body(command, frame)
        return Pdu(command, sequence, status, body, _tlvs(frame, at) if at < length else (), frame)
    except fields.Malformed as error:
        raise PduError(error.status, command_id, sequence, f"{command.name}: {error}") from None


def _body(command: Command, frame: bytes) -> tuple[Body | None, int]:
    layout, at = BODIES.get(command), _HEADER.size
    if layout is None or (len(frame) == at and command.is_response):
        return None, at
    return fields.read(layout, frame, at)


def _tlvs(frame: bytes, at: int) -> tuple[Tlv, ...]:
    tlvs: list[Tlv] = []
    while at < len(frame):
        if at + _TLV.size > len(frame):
            raise fields.Malformed(Status.RINVCMDLEN, "an optional parameter is cut off")
        tag, length = _TLV.unpack_from(frame, at)
        at += _TLV.size
        if at + length > len(frame):
            raise fields.Malformed(Status.RINVCMDLEN, f"optional parameter 0x{tag:04X} goes past the end")
        tlvs.append(Tlv(tag, frame[at : at + length]))
        at += length
    return tuple(tlvs)
