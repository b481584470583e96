"""What a client asks for in a submit_sm, read once and checked. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from fake_carriers.smpp import Pdu, ShortMessage, Status
from fake_carriers.text import Place, decode_text, place_of

VALIDITY_S_MAX = 900.0  # the SMSC keeps a message for 15 min at most, and when the client does not say

_INTERNATIONAL = 1  # type of number
_TIME = re.compile(r"[0-9]{12}([0-9])([0-9]{2})([-+R])")


class Refused(Exception):
    """The SMSC does not take the message; `status` goes into the response."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


@dataclass(frozen=True, slots=True)
class Submission:
    """One submit_sm. `request` keeps the addresses as they came, for the receipt."""

    request: ShortMessage
    sender: str
    number: str
    octets: bytes
    place: Place | None
    validity_s: float

    @property
    def text(self) -> str:
        """The text of this part alone; a character cut between two parts shows as U+FFFD."""
        return decode_text(self.octets, self.request.data_coding)


def submission_of(pdu: Pdu, now: datetime) -> Submission:
    """Read a submit_sm. Raises Refused for what this SMSC cannot do."""
    request = pdu.body
    assert isinstance(request, ShortMessage)
    if request.schedule_delivery_time:
        raise Refused(Status.RINVSCHED)
    place, octets = place_of(pdu)
    sender, number = _sender(request), _number(request.destination_addr)
    return Submission(request, sender, number, octets, place, validity_s(request.validity_period, now))


def _sender(request: ShortMessage) -> str:
    international = request.source_addr_ton == _INTERNATIONAL and re.fullmatch("[0-9]+", request.source_addr)
    return f"+{request.source_addr}" if international else request.source_addr


def _number(address: str) -> str:
    """E.164 with plus; gateways send the digits without it (Kannel), with it, or after 00."""
    digits = re.fullmatch(r"(?:\+|00)?([0-9]+)", address)
    if not digits:
        raise Refused(Status.RINVDSTADR)
    return f"+{digits[1]}"


def validity_s(field: str, now: datetime) -> float:
    """Seconds that a validity_period (SMPP 3.4, 7.1.1: absolute, or relative with R) leaves from `now`.

    At most VALIDITY_S_MAX, which is also what an empty one means. Raises Refused when malformed or past.
    """
    if not field:
        return VALIDITY_S_MAX
    parts = _TIME.fullmatch(field)
    if not parts:
        raise Refused(Status.RINVEXPIRY)
    try:
        left = _relative(field) if parts[3] == "R" else _absolute(field, parts) - now
    except (ValueError, OverflowError):
        raise Refused(Status.RINVEXPIRY) from None
    if left <= timedelta(0):
        raise Refused(Status.RINVEXPIRY)
    return min(left.total_seconds(), VALIDITY_S_MAX)


def _relative(field: str) -> timedelta:
    years, months, days, hours, minutes, seconds = (int(field[at : at + 2]) for at in range(0, 12, 2))
    return timedelta(days=365 * years + 30 * months + days, hours=hours, minutes=minutes, seconds=seconds)


def _absolute(field: str, parts: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(field[at : at + 2]) for at in range(0, 12, 2))
    quarters = int(parts[2]) * (1 if parts[3] == "+" else -1)
    zone = timezone(timedelta(minutes=15 * quarters))
    moment = datetime(2000 + year, month, day, hour, minute, second, int(parts[1]) * 100_000, zone)
    return moment.astimezone(UTC)
