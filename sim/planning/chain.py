"""From answer to picture, stage by stage: what operator, machines, carrier and caller take for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from draws import Lognormal

STAGES = ("sent", "arrived", "opened", "consented", "picture")
"""What a request comes to, in this order: its SMS is sent, is on the handset, its link is open, the caller
has agreed, the first frame is seen.
"""
EVENTS = ("sms.submitted", "sms.delivered", "link.opened", "consent.given", "frame.first")
"""The journal's words for them."""
SENT, ARRIVED, OPENED, CONSENTED, PICTURE = range(len(STAGES))

_NO_TIME = Lognormal(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Chain:
    """Seconds that each takes after the one before, from the answer on; an SMS takes what its carrier does
    (`carriers.Subscribers`).
    """

    asks: Lognormal = _NO_TIME
    replies: Lognormal = _NO_TIME
    sends: Lognormal = _NO_TIME
    request: Lognormal = _NO_TIME
    opens: Lognormal = _NO_TIME
    consents: Lognormal = _NO_TIME
    connects: Lognormal = _NO_TIME

    def asked_s(self, draws: Sequence[float]) -> float:
        """From the answer to the request: place and need come first, then the caller's yes; a draw each."""
        return sum(one.at(u) for one, u in zip((self.asks, self.replies, self.sends), draws, strict=False))

    def moments_s(self, draws: Sequence[float], sms_s: float) -> tuple[float, ...]:
        """When each stage is reached, after the request; a draw in (0, 1) for each wait."""
        sent = self.request.at(draws[0])
        arrived = sent + sms_s
        opened = arrived + self.opens.at(draws[1])
        consented = opened + self.consents.at(draws[2])
        return sent, arrived, opened, consented, consented + self.connects.at(draws[3])


AT_ONCE = Chain()
