"""The mobile network behind all carriers: each message's fate, its way to the handset, its end.

Time is the caller's: `after(seconds, do)` runs a step later, so a test may turn its own clock.
"""

import itertools
import secrets
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from fake_carriers.fate import Carrier, Fate, carrier_of, fate
from fake_carriers.handsets import Arrival, Handset
from fake_carriers.receipts import State
from fake_carriers.submission import Submission
from fake_carriers.text import decode_text

HANDSET_ANSWER_S = 10.0  # a message that arrives just before it expires still gets so long to be acknowledged
PARTS_KEPT = 100_000


class Timer(Protocol):
    def cancel(self) -> None: ...


After = Callable[[float, Callable[[], None]], Timer]
Tell = Callable[..., Any]


@dataclass(eq=False, slots=True)
class Message:
    """One text to a handset, of one or more parts, with one fate: its parts travel together."""

    carrier: Carrier
    fate: Fate
    parts_total: int
    parts: dict[int, "Part"] = field(default_factory=dict)
    expiry: Timer | None = None

    @property
    def first(self) -> "Part":
        return self.parts[min(self.parts)]

    @property
    def text(self) -> str:
        """Octets first, then decoded: a character may straddle two parts."""
        octets = b"".join(self.parts[n].submission.octets for n in sorted(self.parts))
        return decode_text(octets, self.first.submission.request.data_coding)


@dataclass(eq=False, slots=True)
class Part:
    """One submit_sm that was taken. `report` is called once, at its end, when the client is to hear of it."""

    message_id: str
    submission: Submission
    message: Message
    report: Callable[["Part"], None]
    state: State = State.ENROUTE

    @property
    def part(self) -> int:
        return self.submission.place.part if self.submission.place else 1


class Network:
    """Carriers, their messages and the handsets. `tell(event, **facts)` is told of every step."""

    def __init__(self, carriers: Sequence[Carrier], seed: int, after: After, tell: Tell) -> None:
        self._after, self._tell = after, tell
        self._handsets: dict[str, Handset] = {}
        self._gathering: dict[tuple[object, ...], Message] = {}
        # a restarted network must not hand out its old ids again
        self._ids = itertools.count(1 + secrets.randbelow(10**9) * 10**6)
        self.parts: deque[Part] = deque(maxlen=PARTS_KEPT)
        self.set_fate(seed, carriers)

    def set_fate(self, seed: int, carriers: Sequence[Carrier]) -> None:
        """Draw from this seed, for these carriers, counting from zero; what is under way goes on."""
        self.seed, self.carriers = seed, tuple(carriers)
        self._sent_to: Counter[str] = Counter()
        self._sent_by: Counter[str] = Counter()

    def carrier(self, name: str) -> Carrier:
        return next(carrier for carrier in self.carriers if carrier.name == name)

    def handset(self, number: str) -> Handset:
        """The handset of a number (E.164 with plus). Raises ValueError when no carrier has it."""
        carrier_of(self.carriers, number)
        return self._handsets.setdefault(number, Handset())

    def take(self, submission: Submission, report: Callable[[Part], None]) -> Part:
        """Take a submission; it goes no further until `accepted`. Raises ValueError for an unknown number."""
        carrier = carrier_of(self.carriers, submission.number)
        message = self._message(submission, carrier)
        part = Part(str(next(self._ids)), submission, message, report)
        message.parts[part.part] = part
        self.parts.append(part)
        self._told("sms.submitted", part)
        return part

    def accepted(self, part: Part) -> None:
        """The client knows: the part is on its way, and the message with it once all its parts are there."""
        message = part.message
        self._told("sms.accepted", part, drawn_s=message.fate.delay_s)
        if message.fate.delay_s is None:
            part.state = State.LOST
        if len(message.parts) == message.parts_total:
            self._send_off(message, part)
        elif message.expiry is None:
            message.expiry = self._after(part.submission.validity_s, partial(self._expire, message))

    def _message(self, submission: Submission, carrier: Carrier) -> Message:
        """A new message, or the one that waits for this part."""
        place = submission.place
        if place is None or place.parts == 1:
            return Message(carrier, self._draw(carrier, submission.number), 1)
        key = self._key(submission)
        message = self._gathering.get(key)
        if message is None or place.part in message.parts:
            message = Message(carrier, self._draw(carrier, submission.number), place.parts)
            self._gathering[key] = message
        return message

    def _draw(self, carrier: Carrier, number: str) -> Fate:
        drawn = fate(self.seed, carrier, number, self._sent_to[number], self._sent_by[carrier.name])
        self._sent_to[number] += 1
        self._sent_by[carrier.name] += 1
        return drawn

    def _key(self, submission: Submission) -> tuple[object, ...]:
        place = submission.place
        assert place is not None
        return submission.sender, submission.number, place.reference, place.parts

    def _gathered(self, message: Message) -> None:
        if (
            message.parts_total > 1
            and self._gathering.get(key := self._key(message.first.submission)) is message
        ):
            del self._gathering[key]
        if message.expiry:
            message.expiry.cancel()

    def _send_off(self, message: Message, last: Part) -> None:
        self._gathered(message)
        delay_s, again_s = message.fate.delay_s, message.fate.duplicate_after_s
        if delay_s is None:
            return
        validity_s = last.submission.validity_s
        if delay_s <= validity_s:
            self._after(delay_s, partial(self._arrive, message, 1))
            if again_s is not None:
                self._after(delay_s + again_s, partial(self._arrive, message, 2))
            validity_s = max(validity_s, delay_s + HANDSET_ANSWER_S)
        message.expiry = self._after(validity_s, partial(self._expire, message))

    def _arrive(self, message: Message, copy: int) -> None:
        first = message.first
        if first.state is State.EXPIRED:
            return
        arrival_id = first.message_id if copy == 1 else f"{first.message_id}-{copy}"
        arrival = Arrival(
            arrival_id, first.submission.sender, message.text, partial(self._received, message, copy)
        )
        self._handsets.setdefault(first.submission.number, Handset()).arrive(arrival)

    def _received(self, message: Message, copy: int) -> None:
        for _, part in sorted(message.parts.items()):
            self._told("sms.delivered", part, copy=copy)
        if message.first.state is State.ENROUTE:  # a second copy ends nothing
            self._end(message, State.DELIVRD, message.fate.receipt_s)

    def _expire(self, message: Message) -> None:
        self._gathered(message)
        handset = self._handsets.get(message.first.submission.number)
        if handset:
            handset.forget(message.first.message_id)
            handset.forget(f"{message.first.message_id}-2")
        if message.first.state is not State.ENROUTE:
            return
        self._end(message, State.EXPIRED, 0.0)
        for _, part in sorted(message.parts.items()):
            self._told("sms.failed", part, state=State.EXPIRED)

    def _end(self, message: Message, state: State, report_after_s: float) -> None:
        for _, part in sorted(message.parts.items()):
            part.state = state
            self._after(report_after_s, partial(part.report, part))

    def _told(self, event: str, part: Part, **facts: Any) -> None:
        self._tell(
            event,
            number=part.submission.number,
            message_id=part.message_id,
            carrier=part.message.carrier.name,
            part=part.part,
            parts=part.message.parts_total,
            **facts,
        )
