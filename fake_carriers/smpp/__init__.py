"""SMPP 3.4, sans-IO: octets to PDUs and back, one octet for one octet."""

from fake_carriers.smpp.commands import Command, Status, Tag
from fake_carriers.smpp.framing import BadLength, Framer
from fake_carriers.smpp.pdu import Bind, BindResp, MessageId, Pdu, PduError, ShortMessage, Tlv, decode, encode

__all__ = [
    "BadLength",
    "Bind",
    "BindResp",
    "Command",
    "Framer",
    "MessageId",
    "Pdu",
    "PduError",
    "ShortMessage",
    "Status",
    "Tag",
    "Tlv",
    "decode",
    "encode",
]
