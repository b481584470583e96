"""Delivery receipts: what the SMSC tells the client about the end of its message. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fake_carriers.smpp import ShortMessage, Tag, Tlv
from fake_carriers.submission import Submission
from fake_carriers.text.gsm0338 import encode

RECEIPT = 0x04  # esm_class: this deliver_sm is a delivery receipt
_TEXT_LENGTH = 20


class State(StrEnum):
    """Where a message is; LOST is known to the lab only: a client never hears of it."""

    ENROUTE = "ENROUTE"
    DELIVRD = "DELIVRD"
    EXPIRED = "EXPIRED"
    LOST = "LOST"


_MESSAGE_STATE = {State.DELIVRD: 2, State.EXPIRED: 3}  # SMPP 3.4, 5.2.28


@dataclass(frozen=True, slots=True)
class Receipt:
    """The body and the optional parameters of one deliver_sm."""

    message: ShortMessage
    tlvs: tuple[Tlv, ...]


def wanted(submission: Submission, state: State) -> bool:
    """Whether the client asked to hear of this end: registered_delivery 1 all, 2 failures only."""
    asked = submission.request.registered_delivery & 0x03
    return asked == 1 or (asked == 2 and state is not State.DELIVRD)


def receipt_of(
    submission: Submission, message_id: str, state: State, submitted: datetime, done: datetime
) -> Receipt:
    """The receipt of a message that ended as `state`: addresses swapped, text format and TLVs."""
    request, delivered = submission.request, state is State.DELIVRD
    text = (
        f"id:{message_id} sub:001 dlvrd:{int(delivered):03} submit date:{submitted:%y%m%d%H%M} "
        f"done date:{done:%y%m%d%H%M} stat:{state} err:{0 if delivered else 1:03} text:"
    )
    message = ShortMessage(
        source_addr_ton=request.dest_addr_ton,
        source_addr_npi=request.dest_addr_npi,
        source_addr=request.destination_addr,
        dest_addr_ton=request.source_addr_ton,
        dest_addr_npi=request.source_addr_npi,
        destination_addr=request.source_addr,
        esm_class=RECEIPT,
        short_message=encode(text) + _start(submission.text),
    )
    return Receipt(
        message,
        (
            Tlv(Tag.RECEIPTED_MESSAGE_ID, message_id.encode("ascii") + b"\0"),
            Tlv(Tag.MESSAGE_STATE, bytes((_MESSAGE_STATE[state],))),
        ),
    )


def _start(text: str) -> bytes:
    """The first characters in GSM 03.38, a question mark for what it lacks."""

    def octets(character: str) -> bytes:
        try:
            return encode(character)
        except ValueError:
            return b"?"

    return b"".join(octets(character) for character in text[:_TEXT_LENGTH])
