"""What a drive submits, and the octets of it. Pure."""

import re
from dataclasses import dataclass

from fake_carriers.smpp import Command, Pdu, ShortMessage, encode
from fake_carriers.text import parts_of

_DIGITS = 8  # of a Norwegian number
_INTERNATIONAL, _ISDN, _ALPHANUMERIC = 1, 1, 5  # types of number, numbering plan
_LAB_PREFIX = re.compile(r"\+471[0-9]{0,6}")


@dataclass(frozen=True, slots=True)
class Load:
    """What to submit, and how. Raises ValueError for what cannot be submitted.

    `window`: how many submit_sm each session leaves unanswered. `numbers`: how many different destinations,
    from `prefix` and zeros on. `rate`: submit_sm/s over all sessions, 0 = as fast as the windows allow.
    """

    messages: int = 10_000
    sessions: int = 4
    window: int = 50
    numbers: int = 1_000
    prefix: str = "+4710"
    receipts: bool = True
    system_id: str = "lab113"
    password: str = "lab113"
    text: str = "Hei fra 113: åpne lenken for å vise video. https://video.example/s/0123456789abcdef"
    rate: float = 0.0
    limit_s: float = 120.0

    def __post_init__(self) -> None:
        for name in ("messages", "sessions", "window", "numbers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)}: at least 1")
        if self.rate < 0 or self.limit_s <= 0:
            raise ValueError(f"rate {self.rate}, limit_s {self.limit_s}: a rate from 0 on, a limit above 0")
        if not _LAB_PREFIX.fullmatch(self.prefix):
            raise ValueError(f"prefix {self.prefix!r}: the lab's numbers begin with +471 and have 8 digits")
        if self.numbers > 10**self.digits:
            raise ValueError(f"numbers: {self.numbers}: {self.prefix} leaves {10**self.digits}; shorten it")

    @property
    def digits(self) -> int:
        """How many digits follow the prefix."""
        return _DIGITS - len(self.prefix.removeprefix("+47"))


class Submits:
    """submit_sm after submit_sm: encoded once, then only sequence number and destination change."""

    def __init__(self, load: Load) -> None:
        self._numbers, self._digits = load.numbers, load.digits
        (part,) = parts_of(load.text, 0, "payload")
        destination = load.prefix[1:] + "0" * load.digits
        body = ShortMessage(
            source_addr_ton=_ALPHANUMERIC,
            source_addr="113",
            dest_addr_ton=_INTERNATIONAL,
            dest_addr_npi=_ISDN,
            destination_addr=destination,
            esm_class=part.esm_class,
            registered_delivery=int(load.receipts),
            data_coding=part.data_coding,
            short_message=part.short_message,
        )
        octets = encode(Pdu(Command.SUBMIT_SM, 0, body=body, tlvs=part.tlvs))
        end = octets.index(destination.encode() + b"\0") + len(destination)
        self._head, self._middle, self._tail = octets[:12], octets[16 : end - load.digits], octets[end:]

    def octets(self, n: int, sequence: int) -> bytes:
        """The n-th submit_sm, n from 0; the destinations take turns."""
        digits = str(n % self._numbers).zfill(self._digits).encode()
        return b"".join((self._head, sequence.to_bytes(4, "big"), self._middle, digits, self._tail))
