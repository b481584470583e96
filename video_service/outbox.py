"""Which SMS is sent when, how often it is tried, and what became of it. Pure: `now` is an argument."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

BACK_OFF_S = (0.5, 1.0, 2.0, 4.0, 8.0)
ANSWER_WITHIN_S = 5.0
"""A submit_sm that is not answered by then counts as a failed try (an SMSC that hangs)."""
THROTTLED_PAUSE_S = 0.25
THROTTLED_FOR_S = 60.0
"""A carrier that says "slower" is not down: such answers use up no try, for this long."""
WINDOW = 10
RECEIPTS_KEPT = 10_000

OK, THROTTLED, QUEUE_FULL = 0x00, 0x58, 0x14
NEVER_ACCEPTED = {0x01: "message too long", 0x0A: "bad sender", 0x0B: "bad number"}
"""SMPP 3.4 command_status values that another try cannot change."""
DELIVERED, ON_ITS_WAY = 2, (1, 6)
"""SMPP 3.4 message_state values (5.2.28)."""


def back_off_s(tries: int) -> float:
    """How long to wait after so many failed tries."""
    return BACK_OFF_S[min(tries, len(BACK_OFF_S)) - 1] if tries else 0.0


@dataclass(eq=False)
class Message:
    """One SMS: its parts as they go on the wire, and how far it has come."""

    reference: str
    number: str
    parts: list[bytes]
    data_coding: int
    esm_class: int
    put_at: float
    due_at: float
    tries: int = 0
    waiting_for: set[int] = field(default_factory=set)
    answer_by: float = 0.0
    carrier_ids: list[str] = field(default_factory=list)
    undelivered: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Outcome:
    """What happened to the SMS of `reference`: an event of the contract and its facts.

    `sms.failed` says `final = True` when it was never accepted and will not be tried again.
    """

    reference: str
    event: str
    facts: dict[str, Any]


class Outbox:
    """Messages on their way to the SMSC. `tell` gets every Outcome."""

    def __init__(self, tell: Callable[[Outcome], None], tries_max: int) -> None:
        self._tell = tell
        self._tries_max = tries_max
        self._waiting: list[Message] = []
        self._sent: dict[int, Message] = {}
        self._accepted: dict[str, Message] = {}
        self._accepted_order: deque[str] = deque()
        self._window = WINDOW
        self._pause_until = 0.0

    def put(self, message: Message) -> None:
        self._waiting.append(message)

    def next_due(self, now: float) -> Message | None:
        """The message to submit now, if any; `sent` or `broken` must follow."""
        if now < self._pause_until or len(self._sent) >= self._window:
            return None
        return next((message for message in self._waiting if message.due_at <= now), None)

    def quiet_s(self, now: float) -> float | None:
        """Seconds until something is due by time alone; None: nothing is waiting."""
        times = [message.answer_by for message in self._sent.values()]
        if len(self._sent) < self._window:
            times += [max(message.due_at, self._pause_until) for message in self._waiting]
        return max(0.0, min(times) - now) if times else None

    def sent(self, message: Message, sequence_numbers: Iterable[int], now: float) -> None:
        """All parts are on the wire, under these numbers."""
        self._waiting.remove(message)
        message.waiting_for = set(sequence_numbers)
        message.answer_by = now + ANSWER_WITHIN_S
        message.carrier_ids.clear()
        self._sent.update(dict.fromkeys(message.waiting_for, message))
        self._tell(Outcome(message.reference, "sms.submitted", {"try": message.tries + 1}))

    def answered(self, sequence_number: int, status: int, carrier_id: str, now: float) -> None:
        """The SMSC answered one part."""
        message = self._sent.pop(sequence_number, None)
        if message is None:  # later than ANSWER_WITHIN_S: another try is under way
            return
        message.waiting_for.discard(sequence_number)
        if status != OK:
            self._refused(message, status, now)
            return
        message.carrier_ids.append(carrier_id)
        if not message.waiting_for:
            self._window = min(WINDOW, self._window + 1)
            self._expect_receipts(message)
            self._tell(Outcome(message.reference, "sms.accepted", {"carrier_ids": list(message.carrier_ids)}))

    def receipt(self, carrier_id: str, message_state: int) -> None:
        """The carrier tells what became of a part. Delivered when all parts are."""
        message = self._accepted.get(carrier_id)
        if message is None or carrier_id not in message.undelivered or message_state in ON_ITS_WAY:
            return
        if message_state != DELIVERED:
            message.undelivered.clear()
            facts = {"reason": f"not delivered (message_state {message_state})", "final": False}
            self._tell(Outcome(message.reference, "sms.failed", facts))
            return
        message.undelivered.discard(carrier_id)
        if not message.undelivered:
            self._tell(Outcome(message.reference, "sms.delivered", {}))

    def broken(self, reason: str, now: float) -> None:
        """There is no connection: whatever was sent or is due has failed a try."""
        due = [message for message in self._waiting if message.due_at <= now]
        for message in [*dict.fromkeys(self._sent.values()), *due]:
            self._failed_try(message, reason, now)

    def late(self, now: float) -> bool:
        """Fail the tries that got no answer in time; tells whether there were any."""
        late = [message for message in dict.fromkeys(self._sent.values()) if message.answer_by <= now]
        for message in late:
            self._failed_try(message, f"no answer within {ANSWER_WITHIN_S:g} s", now)
        return bool(late)

    def _refused(self, message: Message, status: int, now: float) -> None:
        if status in (THROTTLED, QUEUE_FULL) and now < message.put_at + THROTTLED_FOR_S:
            self._window = max(1, self._window // 2)
            self._pause_until = now + THROTTLED_PAUSE_S
            self._forget(message)
            message.due_at = self._pause_until
            self._waiting.insert(0, message)
        elif status in NEVER_ACCEPTED:
            self._forget(message)
            self._fail(message, f"{NEVER_ACCEPTED[status]} (command_status 0x{status:02x})")
        else:
            self._failed_try(message, f"refused (command_status 0x{status:02x})", now)

    def _failed_try(self, message: Message, reason: str, now: float) -> None:
        self._forget(message)
        message.tries += 1
        if message.tries >= self._tries_max:
            self._fail(message, f"{reason}; gave up after {message.tries} tries")
        else:
            message.due_at = now + back_off_s(message.tries)
            self._waiting.append(message)

    def _fail(self, message: Message, reason: str) -> None:
        self._tell(Outcome(message.reference, "sms.failed", {"reason": reason, "final": True}))

    def _forget(self, message: Message) -> None:
        if message in self._waiting:
            self._waiting.remove(message)
        for sequence_number in message.waiting_for:
            self._sent.pop(sequence_number, None)
        message.waiting_for = set()

    def _expect_receipts(self, message: Message) -> None:
        message.undelivered = set(message.carrier_ids)
        for carrier_id in message.carrier_ids:
            self._accepted[carrier_id] = message
            self._accepted_order.append(carrier_id)
        while len(self._accepted_order) > RECEIPTS_KEPT:
            self._accepted.pop(self._accepted_order.popleft(), None)
