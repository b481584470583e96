"""PDUs: what their octets say, kept so that encoding a decoded PDU gives the same octets.

Nothing here knows what a text means. Three kinds of field are enough for every mandatory part: a
C-octet string (`str`, latin-1, so that every octet survives), one octet (`int`), and a length octet
with as many octets (`bytes`). Optional parameters keep their order on the wire, unknown ones too.
"""

from dataclasses import dataclass, fields
from struct import Struct
from typing import Any, get_type_hints

from fake_carriers.smpp.commands import Command, Status

_HEADER = Struct(">IIII")
_TLV = Struct(">HH")


@dataclass(frozen=True, slots=True)
class Tlv:
    """One optional parameter."""

    tag: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Bind:
    """bind_transmitter, bind_receiver, bind_transceiver."""

    system_id: str
    password: str
    system_type: str = ""
    interface_version: int = 0x34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


@dataclass(frozen=True, slots=True)
class BindResp:
    """The response to any bind."""

    system_id: str = ""


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """submit_sm and deliver_sm, which have one layout."""

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""


@dataclass(frozen=True, slots=True)
class MessageId:
    """submit_sm_resp and deliver_sm_resp."""

    message_id: str = ""


Body = Bind | BindResp | ShortMessage | MessageId

_LAYOUTS: dict[Command, type[Body]] = {
    Command.BIND_RECEIVER: Bind,
    Command.BIND_TRANSMITTER: Bind,
    Command.BIND_TRANSCEIVER: Bind,
    Command.BIND_RECEIVER_RESP: BindResp,
    Command.BIND_TRANSMITTER_RESP: BindResp,
    Command.BIND_TRANSCEIVER_RESP: BindResp,
    Command.SUBMIT_SM: ShortMessage,
    Command.DELIVER_SM: ShortMessage,
    Command.SUBMIT_SM_RESP: MessageId,
    Command.DELIVER_SM_RESP: MessageId,
}


def _kinds(layout: type[Body]) -> tuple[tuple[str, type], ...]:
    hints = get_type_hints(layout)
    return tuple((field.name, hints[field.name]) for field in fields(layout))


_KINDS = {layout: _kinds(layout) for layout in (Bind, BindResp, ShortMessage, MessageId)}


@dataclass(frozen=True, slots=True)
class Pdu:
    """One PDU. A response may have no body (an error response often has none)."""

    command: Command
    sequence: int
    status: int = Status.ROK
    body: Body | None = None
    tlvs: tuple[Tlv, ...] = ()

    def tlv(self, tag: int) -> bytes | None:
        """The value of the first optional parameter with this tag."""
        return next((tlv.value for tlv in self.tlvs if tlv.tag == tag), None)


class PduError(Exception):
    """A frame that is no PDU; `status`, `command_id` and `sequence` are what the answer needs."""

    def __init__(self, status: Status, command_id: int, sequence: int, why: str) -> None:
        super().__init__(why)
        self.status, self.command_id, self.sequence = status, command_id, sequence


class _Malformed(Exception):
    def __init__(self, status: Status, why: str) -> None:
        super().__init__(why)
        self.status = status


def encode(pdu: Pdu) -> bytes:
    """The octets of a PDU. Raises ValueError when a value does not fit its field."""
    layout = _LAYOUTS.get(pdu.command)
    bare_response = pdu.body is None and pdu.command.is_response and not pdu.tlvs
    if not bare_response and type(pdu.body) is not (layout or type(None)):
        raise ValueError(f"{pdu.command.name} cannot have the body {pdu.body!r}")
    octets = bytearray(_HEADER.size)
    if pdu.body is not None:
        for name, kind in _KINDS[type(pdu.body)]:
            octets += _field(name, kind, getattr(pdu.body, name))
    for tlv in pdu.tlvs:
        octets += _TLV.pack(tlv.tag, len(tlv.value)) + tlv.value
    _HEADER.pack_into(octets, 0, len(octets), pdu.command, pdu.status, pdu.sequence)
    return bytes(octets)


def _field(name: str, kind: type, value: Any) -> bytes:
    if kind is str:
        if "\0" in value:
            raise ValueError(f"{name} cannot hold a NUL: {value!r}")
        return str(value).encode("latin-1") + b"\0"
    if kind is int:
        return bytes((value,))
    return bytes((len(value),)) + bytes(value)


def decode(frame: bytes) -> Pdu:
    """The PDU in one whole frame. Raises PduError."""
    if len(frame) < _HEADER.size:
        raise PduError(Status.RINVCMDLEN, 0, 0, f"{len(frame)} octets are less than a header")
    length, command_id, status, sequence = _HEADER.unpack_from(frame)
    if length != len(frame):
        raise PduError(
            Status.RINVCMDLEN, command_id, sequence, f"command_length {length} in {len(frame)} octets"
        )
    try:
        command = Command(command_id)
    except ValueError:
        why = f"command_id 0x{command_id:08X} is unknown here"
        raise PduError(Status.RINVCMDID, command_id, sequence, why) from None
    try:
        body, at = _body(command, frame)
        return Pdu(command, sequence, status, body, _tlvs(frame, at))
    except _Malformed as error:
        raise PduError(error.status, command_id, sequence, f"{command.name}: {error}") from None


def _body(command: Command, frame: bytes) -> tuple[Body | None, int]:
    layout, at = _LAYOUTS.get(command), _HEADER.size
    if layout is None or (command.is_response and len(frame) == at):
        return None, at
    values: dict[str, Any] = {}
    for name, kind in _KINDS[layout]:
        values[name], at = _value(name, kind, frame, at)
    return layout(**values), at


def _value(name: str, kind: type, frame: bytes, at: int) -> tuple[str | int | bytes, int]:
    if kind is str:
        end = frame.find(b"\0", at)
        if end < 0:
            raise _Malformed(Status.RINVCMDLEN, f"{name} has no end")
        return frame[at:end].decode("latin-1"), end + 1
    if at >= len(frame):
        raise _Malformed(Status.RINVCMDLEN, f"{name} is missing")
    if kind is int:
        return frame[at], at + 1
    end = at + 1 + frame[at]
    if end > len(frame):
        raise _Malformed(Status.RINVMSGLEN, f"{name} of {frame[at]} octets goes past the end")
    return frame[at + 1 : end], end


def _tlvs(frame: bytes, at: int) -> tuple[Tlv, ...]:
    tlvs: list[Tlv] = []
    while at < len(frame):
        if at + _TLV.size > len(frame):
            raise _Malformed(Status.RINVCMDLEN, "an optional parameter is cut off")
        tag, length = _TLV.unpack_from(frame, at)
        at += _TLV.size
        if at + length > len(frame):
            raise _Malformed(Status.RINVCMDLEN, f"optional parameter 0x{tag:04X} goes past the end")
        tlvs.append(Tlv(tag, frame[at : at + length]))
        at += length
    return tuple(tlvs)
