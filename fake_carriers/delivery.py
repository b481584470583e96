"""A deliver_sm for a client: a receipt, or a message from a phone."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fake_carriers.message import Part
from fake_carriers.smpp import ShortMessage, Status, Tlv

WINDOW = 50  # on their way without an answer
AGAIN_S = 5.0  # when the client says "not now"

NOT_NOW = (Status.RSYSERR, Status.RMSGQFUL, Status.RTHROTTLED, Status.RX_T_APPN)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The body and the optional parameters of one deliver_sm; `part` is the one whose end a receipt tells."""

    message: ShortMessage
    tlvs: tuple[Tlv, ...] = ()
    part: Part | None = None


class Deliveries:
    """What one session has to deliver, and what its client has not answered yet. Sans-IO.

    `send` puts a delivery on the wire and returns its sequence number.
    """

    def __init__(self, send: Callable[[Delivery], int]) -> None:
        self._send = send
        self._queue: deque[Delivery] = deque()
        self._unanswered: dict[int, Delivery] = {}
        self.held = False
        self.delivered = 0

    @property
    def unanswered(self) -> int:
        return len(self._unanswered)

    def put(self, delivery: Delivery) -> None:
        """Send it, at once or when the window has room."""
        self._queue.append(delivery)
        self.pump()

    def answered(self, sequence: int) -> Delivery | None:
        """The client has answered this one; None when it was not asked."""
        found = self._unanswered.pop(sequence, None)
        self.delivered += found is not None
        self.pump()
        return found

    def pump(self) -> None:
        while self._queue and len(self._unanswered) < WINDOW and not self.held:
            delivery = self._queue.popleft()
            self._unanswered[self._send(delivery)] = delivery

    def resume(self) -> None:
        """The carrier speaks again; what was not answered is sent again: nobody heard the answer."""
        self._queue.extendleft(reversed(self._unanswered.values()))
        self._unanswered.clear()
        self.held = False
        self.pump()

    def take_back(self) -> Iterator[Delivery]:
        """The connection is gone: what the client has not answered, oldest first."""
        left = [*self._unanswered.values(), *self._queue]
        self._unanswered.clear()
        self._queue.clear()
        return iter(left)
