"""One SMPP connection from the SMSC's side, sans-IO: octets in, octets out, time as an argument."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

from fake_carriers.network import Part
from fake_carriers.receipts import Receipt
from fake_carriers.smpp import (
    BadLength,
    Bind,
    BindResp,
    Command,
    Framer,
    MessageId,
    Pdu,
    PduError,
    Status,
    Tag,
    Tlv,
    decode,
    encode,
)
from fake_carriers.smpp.commands import RESPONSE_BIT
from fake_carriers.submission import Refused

BIND_S = 30.0  # a connection that has not bound by then is closed
ENQUIRE_S = 30.0  # so long without a word, and the SMSC asks
UNANSWERED_MAX = 2  # so many unanswered questions, and the link is dead
RECEIPT_WINDOW = 10  # receipts on their way without an answer
_INTERFACE_3_4 = 0x34
_SEQUENCE_MAX = 0x7FFFFFFF

_BINDS = (Command.BIND_TRANSMITTER, Command.BIND_RECEIVER, Command.BIND_TRANSCEIVER)


class Desk(Protocol):
    """What a session asks of its SMSC."""

    name: str

    def check(self, system_id: str, password: str) -> Status:
        """ROK, or why this account may not bind."""

    def bound(self, session: "Session") -> None:
        """The session has bound."""

    def take(self, session: "Session", pdu: Pdu) -> Part:
        """Take a submit_sm. Raises Refused."""

    def accepted(self, part: Part) -> None:
        """The response has been sent: the message may go on its way."""


class Session:
    """The state of one connection; `send` takes octets for the client, `close` ends it after them."""

    def __init__(
        self, desk: Desk, send: Callable[[bytes], None], close: Callable[[], None], now: float
    ) -> None:
        self._desk, self._write, self._close = desk, send, close
        self._framer = Framer()
        self._opened_at = self._heard_at = now
        self._unanswered = 0
        self._sequence = 0
        self._queue: deque[Receipt] = deque()
        self._unconfirmed: dict[int, Receipt] = {}
        self.bind: Command | None = None
        self.system_id = ""
        self.closed = False

    @property
    def receives(self) -> bool:
        """Whether receipts may be sent here."""
        return not self.closed and self.bind in (Command.BIND_RECEIVER, Command.BIND_TRANSCEIVER)

    def receive(self, data: bytes, now: float) -> None:
        """Octets have come from the client."""
        if self.closed:
            return
        self._heard_at, self._unanswered = now, 0
        try:
            for frame in self._framer.feed(data):
                self._frame(frame)
                if self.closed:
                    return
        except BadLength:
            self._send(Pdu(Command.GENERIC_NACK, 0, Status.RINVCMDLEN))
            self.end()

    def tick(self, now: float) -> None:
        """Time has passed: ask whether a silent client lives, drop one that does not."""
        if self.closed:
            return
        if self.bind is None:
            if now - self._opened_at >= BIND_S:
                self.end()
        elif now - self._heard_at >= ENQUIRE_S * (self._unanswered + 1):
            if self._unanswered >= UNANSWERED_MAX:
                self.end()
                return
            self._unanswered += 1
            self._send(Pdu(Command.ENQUIRE_LINK, self._next_sequence()))

    def deliver(self, receipt: Receipt) -> None:
        """Send a receipt, at once or when the window has room."""
        self._queue.append(receipt)
        self._pump()

    def end(self) -> None:
        """Close the connection, once."""
        if not self.closed:
            self.closed = True
            self._close()

    def unconfirmed(self) -> list[Receipt]:
        """Take back the receipts that the client has not answered, oldest first."""
        left = [*self._unconfirmed.values(), *self._queue]
        self._unconfirmed.clear()
        self._queue.clear()
        return left

    def _pump(self) -> None:
        while self._queue and len(self._unconfirmed) < RECEIPT_WINDOW:
            receipt = self._queue.popleft()
            sequence = self._next_sequence()
            self._unconfirmed[sequence] = receipt
            self._send(Pdu(Command.DELIVER_SM, sequence, Status.ROK, receipt.message, receipt.tlvs))

    def _frame(self, frame: bytes) -> None:
        try:
            pdu = decode(frame)
        except PduError as error:
            self._malformed(error)
        else:
            if pdu.command.is_response:
                self._response(pdu)
            else:
                self._request(pdu)

    def _malformed(self, error: PduError) -> None:
        if error.status is Status.RINVMSGLEN:  # the header is good: the command's own response says it
            self._send(Pdu(Command(error.command_id | RESPONSE_BIT), error.sequence, error.status))
        elif (
            error.status is Status.RINVCMDID or error.command_id < RESPONSE_BIT
        ):  # a bad response has no answer
            self._send(Pdu(Command.GENERIC_NACK, error.sequence, error.status))

    def _response(self, pdu: Pdu) -> None:
        if pdu.command in (Command.DELIVER_SM_RESP, Command.GENERIC_NACK):
            self._unconfirmed.pop(pdu.sequence, None)
            self._pump()

    def _request(self, pdu: Pdu) -> None:
        if pdu.command in _BINDS:
            self._bind(pdu)
        elif pdu.command is Command.ENQUIRE_LINK:
            self._send(Pdu(Command.ENQUIRE_LINK_RESP, pdu.sequence))
        elif pdu.command is Command.UNBIND:
            self._unbind(pdu)
        elif pdu.command is Command.SUBMIT_SM and self.bind not in (None, Command.BIND_RECEIVER):
            self._submit(pdu)
        else:
            self._refuse(pdu, Status.RINVBNDSTS)

    def _bind(self, pdu: Pdu) -> None:
        assert isinstance(pdu.body, Bind)
        if self.bind is not None:
            self._refuse(pdu, Status.RALYBND)
            return
        status = self._desk.check(pdu.body.system_id, pdu.body.password)
        if status is not Status.ROK:
            self._refuse(pdu, status)
            return
        self.bind, self.system_id = pdu.command, pdu.body.system_id
        knows_tlvs = pdu.body.interface_version >= _INTERFACE_3_4
        tlvs = (Tlv(Tag.SC_INTERFACE_VERSION, bytes((_INTERFACE_3_4,))),) if knows_tlvs else ()
        self._send(Pdu(pdu.command.response, pdu.sequence, Status.ROK, BindResp(self._desk.name), tlvs))
        self._desk.bound(self)

    def _unbind(self, pdu: Pdu) -> None:
        if self.bind is None:
            self._refuse(pdu, Status.RINVBNDSTS)
            return
        self._send(Pdu(Command.UNBIND_RESP, pdu.sequence))
        self.end()

    def _submit(self, pdu: Pdu) -> None:
        try:
            part = self._desk.take(self, pdu)
        except Refused as refused:
            self._refuse(pdu, refused.status)
            return
        self._send(Pdu(Command.SUBMIT_SM_RESP, pdu.sequence, Status.ROK, MessageId(part.message_id)))
        self._desk.accepted(part)

    def _refuse(self, pdu: Pdu, status: Status) -> None:
        self._send(Pdu(pdu.command.response, pdu.sequence, status))

    def _send(self, pdu: Pdu) -> None:
        self._write(encode(pdu))

    def _next_sequence(self) -> int:
        self._sequence = self._sequence % _SEQUENCE_MAX + 1
        return self._sequence
