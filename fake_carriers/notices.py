"""What a carrier's door tells, and counts, of submits that were not taken, or answered late."""

from collections.abc import Sequence

from fake_carriers.ledger import Tell
from fake_carriers.message import Part
from fake_carriers.network import Network
from fake_carriers.smpp import Status


class Notices:
    """Of one carrier, by whose name they are counted. `door` is the SMSC or "gateway", as in every event."""

    def __init__(self, counted_as: str, network: Network, tell: Tell) -> None:
        self._counted_as, self._network, self._tell = counted_as, network, tell

    def refused(self, number: str, status: int, door: str) -> None:
        """A destination was answered with an error; throttling tells of itself."""
        self._told("sms.refused", number, door, status=Status(status).name)

    def throttled(self, number: str, reason: str, door: str) -> None:
        self._told("sms.throttled", number, door, reason=reason)

    def swallowed(self, number: str, kept: bool, door: str) -> None:
        """A submit has no answer; `kept`: it is done later, and answered then."""
        self._told("sms.swallowed", number, door, kept=kept)

    def answered(self, parts: Sequence[Part], asked_at: float, now: float) -> None:
        """The response for these parts was held back and has left now."""
        for part in parts:
            self._told(
                "sms.answered",
                part.submission.number,
                part.client.door,
                message_id=part.message_id,
                after_s=round(now - asked_at, 3),
            )

    def _told(self, event: str, number: str, door: str, **facts: object) -> None:
        try:
            carrier = self._network.carrier_of(number).name
        except ValueError:
            carrier = None
        self._network.counts[self._counted_as][event] += 1
        self._tell(event, number=number, carrier=carrier, door=door, **facts)
