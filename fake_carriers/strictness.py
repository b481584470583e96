"""What real carriers refuse: a text that does not fit into one SMS, a sender that no phone can show. Pure."""

import re
from functools import lru_cache

from fake_carriers.smpp import ShortMessage, Status
from fake_carriers.submission import Refused
from fake_carriers.text import gsm0338
from fake_carriers.text.coding import ASCII, GSM, alphabet_of
from fake_carriers.text.concatenation import UDH_INDICATOR

OCTETS_MAX, SEPTETS_MAX = 140, 160  # of one SMS, header included (3GPP TS 23.040, 9.2.3.16)
SENDER_SEPTETS_MAX = 11  # of letters (9.1.2.5): ten octets
SENDER_DIGITS_MAX = 15  # E.164

_ALPHANUMERIC = 5  # type of number
_DIGITS = re.compile(r"\+?([0-9]+)")
_GSM_OCTETS = re.compile(r"[\x00-\x1f]")  # letters of GSM 03.38 as Kannel sends them: no character is there


def must_be_possible(request: ShortMessage) -> None:
    """Raises Refused: RINVMSGLEN or RINVSRCADR. A message_payload may be long: the carrier splits it."""
    octets = request.short_message
    if len(octets) > OCTETS_MAX and not _fits(request, octets):  # so few fit in any alphabet
        raise Refused(Status.RINVMSGLEN)
    if not _can_be_shown(request.source_addr_ton, request.source_addr):
        raise Refused(Status.RINVSRCADR)


def _fits(request: ShortMessage, octets: bytes) -> bool:
    """Septets come one to an octet; a header takes whole septets on the air."""
    if alphabet_of(request.data_coding) not in (GSM, ASCII):
        return False
    headed = request.esm_class & UDH_INDICATOR and octets[0] < len(octets)
    header = 1 + octets[0] if headed else 0
    return len(octets) - header + -(-header * 8 // 7) <= SEPTETS_MAX


@lru_cache(maxsize=1024)
def _can_be_shown(type_of_number: int, sender: str) -> bool:
    digits = _DIGITS.fullmatch(sender)
    if digits and type_of_number != _ALPHANUMERIC:
        return len(digits[1]) <= SENDER_DIGITS_MAX
    letters, octets = _GSM_OCTETS.subn("", sender)
    try:
        return len(gsm0338.encode(letters)) + octets <= SENDER_SEPTETS_MAX
    except ValueError:
        return False
