"""What a phone sends: messages of its own, and its location when it rings for help."""

import itertools
from collections.abc import Sequence

from fake_carriers.aml import DATA_CODING, Position, sms_octets, sms_text, subscriber_of
from fake_carriers.country import Country
from fake_carriers.delivery import Delivery
from fake_carriers.smpp import ShortMessage
from fake_carriers.text import How, parts_of, parts_of_octets
from fake_carriers.text import Part as Piece
from fake_carriers.text.concatenation import UDH_INDICATOR

_INTERNATIONAL, _NETWORK_SPECIFIC, _ISDN = 1, 3, 1
_references = itertools.count(1)


class SwitchedOff(Exception):
    """A phone that is off or out of coverage sends nothing."""


def send_text(country: Country, number: str, to: str, text: str, how: How) -> int:
    """The phone sends a text; the number of its parts. Raises ValueError, SwitchedOff."""
    return _send(country, number, to, parts_of(text, next(_references), how))


def send_octets(country: Country, number: str, to: str, octets: bytes, data_coding: int, how: How) -> int:
    """The phone sends what is no text; the number of its parts. Raises ValueError, SwitchedOff."""
    return _send(country, number, to, parts_of_octets(octets, data_coding, next(_references), how))


def send_location(country: Country, number: str, to: str, position: Position) -> str:
    """The phone sends its location as a data SMS; the text in it. Raises ValueError, SwitchedOff."""
    text = sms_text(position, subscriber_of(number))
    _send(country, number, to, [Piece(UDH_INDICATOR, DATA_CODING, sms_octets(text))])
    return text


def _send(country: Country, number: str, to: str, pieces: Sequence[Piece]) -> int:
    network = country.network
    if not network.handset(number).reachable:
        remedy = "switch it on: PUT" if network.handset(number).can_be_on else "connect a phone to WS"
        raise SwitchedOff(f"{number} is off or out of coverage; {remedy} /handsets/{number}")
    network.handset(number).heard_at = country.clock()
    smsc = country.smscs[network.carrier_of(number).name]
    digits = to.removeprefix("+")
    for piece in pieces:
        message = ShortMessage(
            source_addr_ton=_INTERNATIONAL,
            source_addr_npi=_ISDN,
            source_addr=number.removeprefix("+"),
            dest_addr_ton=_INTERNATIONAL if to.startswith("+") else _NETWORK_SPECIFIC,
            dest_addr_npi=_ISDN,
            destination_addr=digits,
            esm_class=piece.esm_class,
            data_coding=piece.data_coding,
            short_message=piece.short_message,
        )
        originated = network.originate(smsc.name, message, piece.tlvs, country.clock())
        smsc.originate(Delivery(message, piece.tlvs, originated=originated))
    return len(pieces)
