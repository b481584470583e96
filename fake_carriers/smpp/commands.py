"""The numbers of SMPP 3.4 that the lab uses (specification v3.4 issue 1.2, chapter 5)."""

from enum import IntEnum

RESPONSE_BIT = 0x80000000


class Command(IntEnum):
    """command_id; a response is its request with the top bit set."""

    BIND_RECEIVER = 0x00000001
    BIND_TRANSMITTER = 0x00000002
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    BIND_TRANSCEIVER = 0x00000009
    ENQUIRE_LINK = 0x00000015
    GENERIC_NACK = 0x80000000
    BIND_RECEIVER_RESP = 0x80000001
    BIND_TRANSMITTER_RESP = 0x80000002
    SUBMIT_SM_RESP = 0x80000004
    DELIVER_SM_RESP = 0x80000005
    UNBIND_RESP = 0x80000006
    BIND_TRANSCEIVER_RESP = 0x80000009
    ENQUIRE_LINK_RESP = 0x80000015

    @property
    def is_response(self) -> bool:
        return self >= RESPONSE_BIT

    @property
    def response(self) -> "Command":
        """The command that answers this request."""
        return Command(self | RESPONSE_BIT)


class Status(IntEnum):
    """command_status: the ESME_ codes."""

    ROK = 0x00
    RINVMSGLEN = 0x01
    RINVCMDLEN = 0x02
    RINVCMDID = 0x03
    RINVBNDSTS = 0x04
    RALYBND = 0x05
    RINVDSTADR = 0x0B
    RINVPASWD = 0x0E
    RINVSYSID = 0x0F
    RINVSCHED = 0x61
    RINVEXPIRY = 0x62


class Tag(IntEnum):
    """Tags of the optional parameters (TLVs) that the lab reads or writes."""

    RECEIPTED_MESSAGE_ID = 0x001E
    SAR_MSG_REF_NUM = 0x020C
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    SC_INTERFACE_VERSION = 0x0210
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427
