"""What became of a call's SMS: counted from what the carriers told, a long one once and not by its parts."""

from dataclasses import dataclass, field
from typing import Any

from sim.journal import Record


@dataclass(slots=True)
class Messages:
    """The messages of one session. `submitted` were taken in, `throttled` sent away to come again.

    `held_up` counts the troubles on the way that the video service told of, such as a try without an answer.
    """

    carrier: str = ""  # whose number the caller has
    submitted: int = 0
    throttled: int = 0
    refused: int = 0
    swallowed: int = 0  # asked of a carrier that was silent
    held_up: int = 0
    accepted: int = 0
    delivered: int = 0  # on the handset, second copies too
    first_submitted_s: float | None = None
    first_delivered_s: float | None = None
    drawn_s: dict[str | None, float | None] = field(default_factory=dict)  # by message; None: none was drawn
    ends: list[str | None] = field(default_factory=list)  # messages that failed, as the carrier says
    drawn_of_first_s: float = 0.0  # the wait of the message that came first

    @property
    def doubled(self) -> int:
        """Messages on the handset beyond the first."""
        return max(0, self.delivered - 1)

    @property
    def failed(self) -> int:
        """Not delivered, and the carrier says so."""
        return len(self.ends)

    @property
    def lost(self) -> int:
        """Accepted, and nobody ever hears of it."""
        never = [message for message, drawn_s in self.drawn_s.items() if drawn_s is None]
        return len([message for message in never if message not in self.ends])

    def take(self, record: Record) -> None:
        """One `sms.` record of the session."""
        facts = record.facts
        if record.actor == "service":
            self.held_up += "next" in facts
            return
        if facts.get("part", 1) != 1:
            return
        match record.event:
            case "sms.submitted":
                self.submitted += 1
                self.carrier = facts.get("carrier", "")
                if self.first_submitted_s is None:
                    self.first_submitted_s = record.t_s
            case "sms.throttled":
                self.throttled += 1
            case "sms.refused":
                self.refused += 1
            case "sms.swallowed":
                self.swallowed += 1
            case "sms.accepted":
                self._accepted(facts)
            case "sms.failed":
                self.ends.append(facts.get("message_id"))
            case "sms.delivered":
                self.delivered += 1
                if self.first_delivered_s is None:
                    self.first_delivered_s = record.t_s
                    self.drawn_of_first_s = self.drawn_s.get(facts.get("message_id")) or 0.0

    def _accepted(self, facts: dict[str, Any]) -> None:
        self.accepted += 1
        self.drawn_s[facts.get("message_id")] = facts.get("drawn_s")
