"""The mandatory part of each PDU, its fields named and ordered as in the specification (chapter 4).

The type of a field says how it stands on the wire (`fields.py`): `str` a C-octet string, `int` one octet,
`FourOctets` an integer of four, `bytes` a length octet with as many octets, a tuple a count with its items.
"""

from dataclasses import dataclass
from typing import Annotated

from fake_carriers.smpp.commands import Command

FourOctets = Annotated[int, "four octets"]


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
class Outbind:
    """outbind: the SMSC asks a client to bind as a receiver."""

    system_id: str
    password: str


@dataclass(slots=True)  # frozen would treble the time to make one
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
    """submit_sm_resp, deliver_sm_resp and data_sm_resp."""

    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A destination of a submit_multi that is one phone (dest_flag 1)."""

    dest_addr_ton: int
    dest_addr_npi: int
    destination_addr: str


@dataclass(frozen=True, slots=True)
class DistributionList:
    """A destination of a submit_multi that is a list kept by the SMSC (dest_flag 2)."""

    dl_name: str


@dataclass(frozen=True, slots=True)
class SubmitMulti:
    """submit_multi: one message for up to 255 destinations."""

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_address: tuple[Address | DistributionList, ...] = ()
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
class Unsuccess:
    """A destination of a submit_multi that was not taken, and why."""

    dest_addr_ton: int
    dest_addr_npi: int
    destination_addr: str
    error_status_code: FourOctets


@dataclass(frozen=True, slots=True)
class SubmitMultiResp:
    """submit_multi_resp: one message_id for all, and the destinations that were not taken."""

    message_id: str = ""
    unsuccess_sme: tuple[Unsuccess, ...] = ()


@dataclass(frozen=True, slots=True)
class Data:
    """data_sm; its text is in the optional parameter message_payload."""

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """query_sm."""

    message_id: str
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""


@dataclass(frozen=True, slots=True)
class QueryResp:
    """query_sm_resp; `final_date` is empty until the message has ended."""

    message_id: str = ""
    final_date: str = ""
    message_state: int = 0
    error_code: int = 0


@dataclass(frozen=True, slots=True)
class Cancel:
    """cancel_sm; an empty `message_id` means all messages of this service_type, source and destination."""

    service_type: str = ""
    message_id: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""


@dataclass(frozen=True, slots=True)
class Replace:
    """replace_sm."""

    message_id: str
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""


@dataclass(frozen=True, slots=True)
class AlertNotification:
    """alert_notification: a phone that was absent is there again."""

    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    esme_addr_ton: int = 0
    esme_addr_npi: int = 0
    esme_addr: str = ""


Body = (
    Bind
    | BindResp
    | Outbind
    | ShortMessage
    | MessageId
    | SubmitMulti
    | SubmitMultiResp
    | Data
    | Query
    | QueryResp
    | Cancel
    | Replace
    | AlertNotification
)

BODIES: dict[Command, type[Body]] = {
    Command.BIND_RECEIVER: Bind,
    Command.BIND_TRANSMITTER: Bind,
    Command.BIND_TRANSCEIVER: Bind,
    Command.BIND_RECEIVER_RESP: BindResp,
    Command.BIND_TRANSMITTER_RESP: BindResp,
    Command.BIND_TRANSCEIVER_RESP: BindResp,
    Command.OUTBIND: Outbind,
    Command.SUBMIT_SM: ShortMessage,
    Command.SUBMIT_SM_RESP: MessageId,
    Command.DELIVER_SM: ShortMessage,
    Command.DELIVER_SM_RESP: MessageId,
    Command.SUBMIT_MULTI: SubmitMulti,
    Command.SUBMIT_MULTI_RESP: SubmitMultiResp,
    Command.DATA_SM: Data,
    Command.DATA_SM_RESP: MessageId,
    Command.QUERY_SM: Query,
    Command.QUERY_SM_RESP: QueryResp,
    Command.CANCEL_SM: Cancel,
    Command.REPLACE_SM: Replace,
    Command.ALERT_NOTIFICATION: AlertNotification,
}
