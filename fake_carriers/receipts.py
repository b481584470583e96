"""Delivery receipts: what the SMSC tells the client about its message. Pure."""

from datetime import UTC, datetime
from functools import lru_cache

from fake_carriers.delivery import Delivery
from fake_carriers.fate import Carrier
from fake_carriers.message import Part
from fake_carriers.smpp import ShortMessage, Tag, Tlv
from fake_carriers.state import State
from fake_carriers.text.gsm0338 import encode

RECEIPT, INTERMEDIATE = 0x04, 0x20  # esm_class of the two kinds of deliver_sm (SMPP 3.4, 5.2.12)

_INTERMEDIATE_ASKED = 0x10  # registered_delivery (5.2.17)
_TEXT_LENGTH = 20


def wanted(part: Part) -> bool:
    """Whether the client asked to hear of this state: registered_delivery 1 all, 2 failures only."""
    asked = part.submission.request.registered_delivery
    if part.state is State.ENROUTE:
        return bool(asked & _INTERMEDIATE_ASKED)
    return asked & 0x03 == 1 or (asked & 0x03 == 2 and not part.state.arrives)


def shown_id(message_id: str, carrier: Carrier, *, receipt: bool) -> str:
    """A message id as the carrier writes it: decimal, hexadecimal, or one here and the other there."""
    decimal = carrier.message_ids == "decimal" or (carrier.message_ids == "mixed" and receipt)
    return message_id if decimal else f"{int(message_id):X}"


def decimal_id(text: str, carrier: Carrier) -> str:
    """The message id that the client means; itself when it is none."""
    try:
        return text if carrier.message_ids == "decimal" else str(int(text, 16))
    except ValueError:
        return text


def receipt_of(part: Part, carrier: Carrier, now: float) -> Delivery:
    """What is told of a part in its state: addresses swapped, the usual text, and the TLVs."""
    request, state = part.submission.request, part.state
    message_id = shown_id(part.message_id, carrier, receipt=True)
    done = now if part.ended_at is None else part.ended_at
    message = ShortMessage(
        source_addr_ton=request.dest_addr_ton,
        source_addr_npi=request.dest_addr_npi,
        source_addr=request.destination_addr,
        dest_addr_ton=request.source_addr_ton,
        dest_addr_npi=request.source_addr_npi,
        destination_addr=request.source_addr,
        esm_class=INTERMEDIATE if state is State.ENROUTE else RECEIPT,
        short_message=(
            f"id:{message_id} sub:001 dlvrd:{int(state is State.DELIVRD):03} "
            f"submit date:{_minute(part.submitted_at)} done date:{_minute(done)} "
            f"stat:{state.name} err:{0 if state.arrives else 1:03} text:"
        ).encode("ascii")
        + _start(part),
    )
    if not carrier.receipt_tlvs:
        return Delivery(message, (), part)
    tlvs = (
        Tlv(Tag.RECEIPTED_MESSAGE_ID, message_id.encode("ascii") + b"\0"),
        Tlv(Tag.MESSAGE_STATE, bytes((state,))),
    )
    return Delivery(message, tlvs, part)


def _minute(at: float) -> str:
    return _minute_written(int(at // 60))


@lru_cache(maxsize=1024)
def _minute_written(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%y%m%d%H%M}"


def _start(part: Part) -> bytes:
    """The first characters in GSM 03.38, a question mark for what it lacks."""
    return encode(part.submission.text[:_TEXT_LENGTH], "replace")
