"""What a client asks for in a submit_sm, data_sm or submit_multi, read once and checked. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from fake_carriers.smpp import (
    Address,
    Command,
    Data,
    DistributionList,
    Pdu,
    ShortMessage,
    Status,
    SubmitMulti,
    Tag,
    Tlv,
)
from fake_carriers.text import Place, decode_text, place_of

VALIDITY_S_MAX = 900.0  # the SMSC keeps a message for 15 min at most, and when the client does not say
SCHEDULED_S_MAX = 7 * 86400.0

_INTERNATIONAL, _NATIONAL = 1, 2  # types of number
_TIME = re.compile(r"[0-9]{12}([0-9])([0-9]{2})([-+R])")
_ADDRESS = re.compile(r"(?:\+|00)?([0-9]+)")
_NORWEGIAN = re.compile("[0-9]{8}")  # as it is dialled within the country
_DIGITS = re.compile("[0-9]+")
SUBMITS = (Command.SUBMIT_SM, Command.DATA_SM, Command.SUBMIT_MULTI)
ADDRESSED = ("service_type", "source_addr_ton", "source_addr_npi", "source_addr")


class Refused(Exception):
    """The SMSC does not do what it was asked; `status` goes into the response. `told`: an event says why."""

    def __init__(self, status: Status, told: bool = False) -> None:
        super().__init__(status.name)
        self.status, self.told = status, told


@dataclass(slots=True)  # frozen would treble the time to make one
class Submission:
    """One message part for one destination. `request` keeps the addresses as they came, for the receipt.

    Both from when it was submitted: it may be sent on its way after `scheduled_s`, and expires after
    `validity_s`.
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


def submission_of(pdu: Pdu, now: float, scheduled_s: float = 0.0) -> Submission:
    """Read a submit_sm at `now` (Unix time). Raises Refused for what this SMSC cannot do.

    `scheduled_s` from now it may be sent on its way when it does not say itself (of a replace_sm).
    """
    request = pdu.body
    assert isinstance(request, ShortMessage)
    place, octets = place_of(pdu)
    number = number_of(request.destination_addr, request.dest_addr_ton)
    asked_s = seconds_until(request.schedule_delivery_time, now, Status.RINVSCHED)
    waits_s = min(asked_s or scheduled_s, SCHEDULED_S_MAX)
    validity_s = _validity_s(pdu, request, now, waits_s)
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


def number_of(address: str, type_of_number: int = _INTERNATIONAL) -> str:
    """E.164 with plus; gateways send the digits without it (Kannel), with it, or after 00. Raises Refused.

    A national number is one of Norway: eight digits, and nothing else is one.
    """
    if type_of_number == _NATIONAL:
        if not _NORWEGIAN.fullmatch(address):
            raise Refused(Status.RINVDSTADR)
        return f"+47{address}"
    digits = _ADDRESS.fullmatch(address)
    if not digits:
        raise Refused(Status.RINVDSTADR)
    return f"+{digits[1]}"


def destinations_of(pdu: Pdu) -> list[str]:
    """Whom a submit is for, each as E.164 with plus when it can be read so, else as it was sent."""
    match pdu.body:
        case ShortMessage() | Data() as one:
            return [shown_number(one)]
        case SubmitMulti() as many:
            return [shown_number(to) for to in many.dest_address]
    return []


def shown_number(to: ShortMessage | Data | Address | DistributionList) -> str:
    """A destination as events say it."""
    if isinstance(to, DistributionList):
        return to.dl_name
    try:
        return number_of(to.destination_addr, to.dest_addr_ton)
    except Refused:
        return to.destination_addr


def _validity_s(pdu: Pdu, request: ShortMessage, now: float, scheduled_s: float) -> float:
    """From now (SMPP 3.4, 5.2.16), at most VALIDITY_S_MAX from when it is scheduled. Raises Refused."""
    last_s = scheduled_s + VALIDITY_S_MAX
    if not request.validity_period and not pdu.tlvs:
        return last_s
    asked_s = seconds_until(request.validity_period, now, Status.RINVEXPIRY) or _time_to_live_s(pdu) or last_s
    if asked_s <= scheduled_s:  # it would be over before it begins
        raise Refused(Status.RINVEXPIRY)
    return float(min(asked_s, last_s))


def _time_to_live_s(pdu: Pdu) -> int:
    value = pdu.tlv(Tag.QOS_TIME_TO_LIVE)
    return int.from_bytes(value, "big") if value else 0  # as many octets as the client likes


def seconds_until(field: str, now: float, wrong: Status) -> float | None:
    """Seconds from `now` to a time (SMPP 3.4, 7.1.1: absolute, or relative with R); None: empty.

    Raises Refused(`wrong`) when malformed or past.
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
    return left.total_seconds()


def _relative(field: str) -> timedelta:
    years, months, days, hours, minutes, seconds = (int(field[at : at + 2]) for at in range(0, 12, 2))
    return timedelta(days=365 * years + 30 * months + days, hours=hours, minutes=minutes, seconds=seconds)


def _absolute(field: str, parts: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(field[at : at + 2]) for at in range(0, 12, 2))
    quarters = int(parts[2]) * (1 if parts[3] == "+" else -1)
    zone = timezone(timedelta(minutes=15 * quarters))
    moment = datetime(2000 + year, month, day, hour, minute, second, int(parts[1]) * 100_000, zone)
    return moment.astimezone(UTC)
