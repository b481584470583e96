"""A message on its way: its parts, who sent them, and one fate for all of them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fake_carriers.fate import Fate
from fake_carriers.state import State
from fake_carriers.submission import Submission
from fake_carriers.text import decode_text


@dataclass(frozen=True, slots=True)
class Client:
    """Who submitted: an account at a `door` (a carrier's SMSC by name, or "gateway").

    `session` is the SMPP connection (0 after a restart); `note` is what a gateway's client wants back.
    """

    door: str
    account: str
    session: int = 0
    note: str = ""


@dataclass(eq=False, slots=True)
class Message:
    """One text to a handset, of one or more parts that travel together."""

    carrier: str
    fate: Fate
    parts_total: int
    begins_at: float  # it is not on its way before
    expires_at: float
    retry_s: tuple[float, ...] = ()
    parts: dict[int, "Part"] = field(default_factory=dict)
    coming: int = 1  # the copy that is on its way; 0: none any more
    tries: int = 0  # of this copy, that did not reach the handset
    turn_at: float | None = None  # when it is its turn; what was planned for another time is void

    @property
    def over(self) -> bool:
        """It has its end; a second copy may still be on its way."""
        return self.coming != 1

    @property
    def arrival_id(self) -> str:
        """The handset's name for the copy that is on its way."""
        shown = self.first.message_id
        return shown if self.coming < 2 else f"{shown}-{self.coming}"

    @property
    def first(self) -> "Part":
        return self.parts[1] if self.parts_total == 1 else self.parts[min(self.parts)]

    @property
    def complete(self) -> bool:
        return len(self.parts) == self.parts_total

    @property
    def number(self) -> str:
        return self.first.submission.number

    @property
    def octets(self) -> bytes:
        if self.parts_total == 1:
            return self.first.submission.octets
        return b"".join(self.parts[n].submission.octets for n in sorted(self.parts))

    @property
    def text(self) -> str:
        """Octets first, then decoded: a character may straddle two parts."""
        return decode_text(self.octets, self.first.submission.request.data_coding)


@dataclass(eq=False, slots=True)
class Part:
    """One submit that was taken, for one destination. Parts of a submit_multi share their `message_id`."""

    row: int  # its number in the store
    message_id: str
    submission: Submission
    message: Message
    client: Client
    submitted_at: float  # Unix time, for the receipt
    state: State = State.ENROUTE
    ended_at: float | None = None  # Unix time
    reported: bool = False  # the client knows its end, or need not

    @property
    def part(self) -> int:
        return self.submission.place.part if self.submission.place else 1

    def facts(self) -> Mapping[str, object]:
        """What every event says of it."""
        return {
            "number": self.submission.number,
            "message_id": self.message_id,
            "carrier": self.message.carrier,
            "door": self.client.door,
            "part": self.part,
            "parts": self.message.parts_total,
        }
