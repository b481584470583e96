"""A deliver_sm for a client: a receipt, or a message from a phone."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fake_carriers.message import Part
from fake_carriers.originated import Originated
from fake_carriers.smpp import ShortMessage, Status, Tlv

WINDOW = 50  # on their way to one session without an answer
ANSWER_S = 30.0  # so long a client has to answer; then it goes another way, or comes again
LATE_MAX = 10 * WINDOW  # of those that went another way, so many of one session may still be answered
AGAIN_S = 5.0  # when the client says "not now"
OWED_MAX = 100_000  # that one carrier still has to bring to its clients; beyond it the oldest is given up

NOT_NOW = (Status.RSYSERR, Status.RMSGQFUL, Status.RTHROTTLED, Status.RX_T_APPN)


@dataclass(eq=False, slots=True)
class Delivery:
    """The body and the optional parameters of one deliver_sm.

    `part` is the one whose end a receipt tells, `originated` the message from a phone that it brings.
    """

    message: ShortMessage
    tlvs: tuple[Tlv, ...] = ()
    part: Part | None = None
    originated: Originated | None = None
    over: bool = False  # answered, or given up: wherever it still stands in a queue, it is void


class Deliveries:
    """What one session has to deliver, and what its client has not answered yet. Sans-IO.

    `send` puts a delivery on the wire and returns its sequence number.
    """

    def __init__(self, send: Callable[[Delivery], int], clock: Callable[[], float]) -> None:
        self._send, self._clock = send, clock
        self._queue: deque[Delivery] = deque()
        self._unanswered: dict[int, tuple[Delivery, float]] = {}  # and when it was sent, oldest first
        self._late: dict[int, Delivery] = {}
        self.held = False
        self.deaf = False  # it has let a time-out pass, and has not answered any since
        self.delivered = 0

    @property
    def unanswered(self) -> int:
        return len(self._unanswered)

    @property
    def load(self) -> tuple[bool, int]:
        """Of two sessions the one with less is the better one."""
        return self.deaf, len(self._unanswered) + len(self._queue)

    def put(self, delivery: Delivery) -> None:
        """Send it, at once or when the window has room."""
        self._queue.append(delivery)
        self.pump()

    def answered(self, sequence: int, status: int) -> Delivery | None:
        """The client has answered this one; None when it was not asked, or says "not now" too late."""
        waited = self._unanswered.pop(sequence, None)
        late = self._late.pop(sequence, None)
        found = waited[0] if waited else late
        if found is not None:
            self.deaf = False
            self.delivered += 1
        self.pump()
        return None if late is not None and status in NOT_NOW else found

    def pump(self) -> None:
        while self._queue and len(self._unanswered) < WINDOW and not self.held:
            delivery = self._queue.popleft()
            if not delivery.over:
                self._unanswered[self._send(delivery)] = delivery, self._clock()

    def overdue(self) -> list[Delivery]:
        """What has had no answer for ANSWER_S, oldest first: it is no more this session's."""
        sent_before = self._clock() - ANSWER_S
        late = [sequence for sequence, (_, sent_at) in self._unanswered.items() if sent_at <= sent_before]
        for sequence in late:
            self._late[sequence] = self._unanswered.pop(sequence)[0]
        while len(self._late) > LATE_MAX:
            del self._late[next(iter(self._late))]
        self.deaf = self.deaf or bool(late)
        return [self._late[sequence] for sequence in late]

    def take_queue(self) -> list[Delivery]:
        """What waits for room in the window: it is no more this session's."""
        queue, self._queue = self._queue, deque()
        return list(queue)

    def resume(self) -> None:
        """The carrier speaks again; what was not answered is sent again: nobody heard the answer."""
        self._queue.extendleft(delivery for delivery, _ in reversed(self._unanswered.values()))
        self._unanswered.clear()
        self.held = False
        self.pump()

    def take_back(self) -> Iterator[Delivery]:
        """The connection is gone: what the client has not answered, oldest first."""
        left = [*(delivery for delivery, _ in self._unanswered.values()), *self._queue]
        self._unanswered.clear()
        self._queue.clear()
        return iter(left)
