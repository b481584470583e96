"""The last PDUs that crossed the wire, both ways, as octets."""

from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from fake_carriers.clock import now
from fake_carriers.smpp import Command, PduError, Status, decode

KEPT = 2000


class Crossed(NamedTuple):
    """One PDU on one connection."""

    n: int
    at: float  # Unix time
    carrier: str
    session: int
    direction: str
    octets: bytes


class Ring:
    def __init__(self) -> None:
        self._kept: deque[Crossed] = deque(maxlen=KEPT)
        self._n = 0

    def put(self, carrier: str, session: int, direction: str, octets: bytes) -> None:
        self._n += 1
        self._kept.append(Crossed(self._n, now(), carrier, session, direction, octets))

    def clear(self) -> None:
        """None is kept; the numbers go on."""
        self._kept.clear()

    def since(self, n: int, carrier: str | None, limit: int) -> list[dict[str, Any]]:
        """The oldest `limit` of the kept PDUs after number `n`, or the newest when `n` is 0; in words."""
        found = [c for c in self._kept if c.n > n and carrier in (None, c.carrier)]
        chosen: Sequence[Crossed] = found[:limit] if n else found[-limit:]
        return [{**c._asdict(), **_in_words(c.octets), "octets": c.octets.hex()} for c in chosen]


def _in_words(octets: bytes) -> dict[str, Any]:
    try:
        pdu = decode(octets)
    except PduError as error:
        return {"command": f"malformed: {error}", "status": error.status.name, "sequence": error.sequence}
    names = {int(status): status.name for status in Status}
    return {
        "command": Command(pdu.command).name.lower(),
        "status": names.get(pdu.status, f"0x{pdu.status:08X}"),
        "sequence": pdu.sequence,
    }
