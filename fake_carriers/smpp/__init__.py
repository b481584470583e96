"""SMPP 3.4, sans-IO: octets to PDUs and back, one octet for one octet."""

from fake_carriers.smpp.bodies import (
    Address,
    AlertNotification,
    Bind,
    BindResp,
    Body,
    Cancel,
    Data,
    DistributionList,
    MessageId,
    Outbind,
    Query,
    QueryResp,
    Replace,
    ShortMessage,
    SubmitMulti,
    SubmitMultiResp,
    Unsuccess,
)
from fake_carriers.smpp.commands import Command, Status, Tag
from fake_carriers.smpp.framing import BadLength, Framer
from fake_carriers.smpp.pdu import Pdu, PduError, Tlv, decode, encode

__all__ = [
    "Address",
    "AlertNotification",
    "BadLength",
    "Bind",
    "BindResp",
    "Body",
    "Cancel",
    "Command",
    "Data",
    "DistributionList",
    "Framer",
    "MessageId",
    "Outbind",
    "Pdu",
    "PduError",
    "Query",
    "QueryResp",
    "Replace",
    "ShortMessage",
    "Status",
    "SubmitMulti",
    "SubmitMultiResp",
    "Tag",
    "Tlv",
    "Unsuccess",
    "decode",
    "encode",
]
