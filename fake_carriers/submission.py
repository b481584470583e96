"""What a client asks for in a submit_sm, data_sm or submit_multi, read once and checked. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from fake_carriers.smpp import Pdu, ShortMessage, Status, Tag, Tlv
from fake_carriers.smpp.bodies import Address, Data, SubmitMulti
from fake_carriers.text import Place, decode_text, place_of

VALIDITY_S_MAX = 900.0  # the SMSC keeps a message for 15 min at most, and when the client does not say
SCHEDULED_S_MAX = 7 * 86400.0

_INTERNATIONAL = 1  # type of number
_TIME = re.compile(r"[0-9]{12}([0-9])([0-9]{2})([-+R])")
_ADDRESS = re.compile(r"(?:\+|00)?([0-9]+)")
_DIGITS = re.compile("[0-9]+")
ADDRESSED = ("service_type", "source_addr_ton", "source_addr_npi", "source_addr")


class Refused(Exception):
    """The SMSC does not do what it was asked; `status` goes into the response."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


@dataclass(frozen=True, slots=True)
class Submission:
    """One message part for one destination. `request` keeps the addresses as they came, for the receipt.

    It may be sent on its way `scheduled_s` from when it was submitted, and is kept `validity_s` after that.
    """

    request: ShortMessage
    tlvs: tuple[Tlv, ...]
    sender: str
    number: str
    octets: bytes
    place: Place | None
    validity_s: float
    scheduled_s: float
    frame: bytes = b""  # the submit_sm as it came

    @property
    def text(self) -> str:
        """The text of this part alone; a character cut between two parts shows as U+FFFD."""
        return decode_text(self.octets, self.request.data_coding)


def submission_of(pdu: Pdu, now: float) -> Submission:
    """Read a submit_sm at `now` (Unix time). Raises Refused for what this SMSC cannot do."""
    request = pdu.body
    assert isinstance(request, ShortMessage)
    place, octets = place_of(pdu)
    number = number_of(request.destination_addr)
    scheduled_s = seconds_until(request.schedule_delivery_time, now, Status.RINVSCHED)
    validity_s = seconds_until(request.validity_period, now, Status.RINVEXPIRY)
    if validity_s is None:
        validity_s = _time_to_live_s(pdu)
    waits_s = min(scheduled_s or 0.0, SCHEDULED_S_MAX)
    sender = sender_of(request)
    return Submission(request, pdu.tlvs, sender, number, octets, place, validity_s, waits_s, pdu.frame)


def single(pdu: Pdu, destination: Address | None = None) -> Pdu:
    """A data_sm, or a submit_multi to one of its destinations, as the submit_sm that says the same."""
    body = pdu.body
    if isinstance(body, SubmitMulti):
        assert destination is not None
        same = [*ADDRESSED, "esm_class", "protocol_id", "priority_flag", "schedule_delivery_time"]
        same += ["validity_period", "registered_delivery", "replace_if_present_flag", "data_coding"]
        request = ShortMessage(
            **{name: getattr(body, name) for name in (*same, "sm_default_msg_id", "short_message")},
            dest_addr_ton=destination.dest_addr_ton,
            dest_addr_npi=destination.dest_addr_npi,
            destination_addr=destination.destination_addr,
        )
    else:
        assert isinstance(body, Data)
        names = [*ADDRESSED, "dest_addr_ton", "dest_addr_npi", "destination_addr"]
        names += ["esm_class", "registered_delivery", "data_coding"]
        request = ShortMessage(**{name: getattr(body, name) for name in names})
    return Pdu(pdu.command, pdu.sequence, pdu.status, request, pdu.tlvs)


def sender_of(request: ShortMessage) -> str:
    """The sender as a phone shows it: E.164 with plus, or letters."""
    international = request.source_addr_ton == _INTERNATIONAL and _DIGITS.fullmatch(request.source_addr)
    return f"+{request.source_addr}" if international else request.source_addr


def number_of(address: str) -> str:
    """E.164 with plus; gateways send the digits without it (Kannel), with it, or after 00. Raises Refused."""
    digits = _ADDRESS.fullmatch(address)
    if not digits:
        raise Refused(Status.RINVDSTADR)
    return f"+{digits[1]}"


def _time_to_live_s(pdu: Pdu) -> float:
    value = pdu.tlv(Tag.QOS_TIME_TO_LIVE) if pdu.tlvs else None
    asked_s = int.from_bytes(value, "big") if value else 0  # as many octets as the client likes
    return float(min(asked_s or VALIDITY_S_MAX, VALIDITY_S_MAX))


def seconds_until(field: str, now: float, wrong: Status) -> float | None:
    """Seconds from `now` to a time (SMPP 3.4, 7.1.1: absolute, or relative with R); None: empty.

    A validity_period is at most VALIDITY_S_MAX. Raises Refused(`wrong`) when malformed or past.
    """
    if not field:
        return None
    parts = _TIME.fullmatch(field)
    if not parts:
        raise Refused(wrong)
    try:
        left = (
            _relative(field)
            if parts[3] == "R"
            else _absolute(field, parts) - datetime.fromtimestamp(now, UTC)
        )
    except (ValueError, OverflowError):
        raise Refused(wrong) from None
    if left <= timedelta(0):
        raise Refused(wrong)
    left_s = left.total_seconds()
    return min(left_s, VALIDITY_S_MAX) if wrong is Status.RINVEXPIRY else left_s


def _relative(field: str) -> timedelta:
    years, months, days, hours, minutes, seconds = (int(field[at : at + 2]) for at in range(0, 12, 2))
    return timedelta(days=365 * years + 30 * months + days, hours=hours, minutes=minutes, seconds=seconds)


def _absolute(field: str, parts: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(field[at : at + 2]) for at in range(0, 12, 2))
    quarters = int(parts[2]) * (1 if parts[3] == "+" else -1)
    zone = timezone(timedelta(minutes=15 * quarters))
    moment = datetime(2000 + year, month, day, hour, minute, second, int(parts[1]) * 100_000, zone)
    return moment.astimezone(UTC)
