"""One SMPP connection from the SMSC's side, sans-IO: octets in, octets out, time as an argument."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from fake_carriers.breakage import broken
from fake_carriers.delivery import Deliveries, Delivery
from fake_carriers.moods import Behaviour
from fake_carriers.smpp import (
    BadLength,
    Bind,
    BindResp,
    Command,
    Framer,
    Outbind,
    Pdu,
    PduError,
    Status,
    Tag,
    Tlv,
    decode,
    encode,
)
from fake_carriers.submission import Refused
from fake_carriers.throttle import Throttle

BIND_S = 30.0  # a connection that has not bound by then is closed
ENQUIRE_S = 30.0  # so long without a word, and the SMSC asks
UNANSWERED_MAX = 2  # so many unanswered questions, and the link is dead
_INTERFACE_3_4 = 0x34
_SEQUENCE_MAX = 0x7FFFFFFF

_BINDS = (Command.BIND_TRANSMITTER, Command.BIND_RECEIVER, Command.BIND_TRANSCEIVER)
_RECEIVING = (Command.BIND_RECEIVER, Command.BIND_TRANSCEIVER)
_ON_MESSAGES = (
    *(Command.SUBMIT_SM, Command.SUBMIT_MULTI, Command.DATA_SM),
    *(Command.QUERY_SM, Command.CANCEL_SM, Command.REPLACE_SM),
)


class Desk(Protocol):
    """What a session asks of its SMSC."""

    name: str

    @property
    def behaviour(self) -> Behaviour:
        """How the carrier behaves now."""

    def check(self, system_id: str, password: str) -> Status:
        """ROK, or why this account may not bind."""

    def bound(self, session: "Session", now: float) -> None:
        """The session has bound."""

    def ask(self, session: "Session", pdu: Pdu, now: float) -> None:
        """A request about messages; it is answered by `session.answer`, at once or later. Raises Refused."""

    def confirmed(self, delivery: Delivery, status: int, session: "Session", now: float) -> None:
        """The client has answered a deliver_sm."""

    def saw(self, session: "Session", direction: str, octets: bytes) -> None:
        """A PDU has crossed the wire, "in" or "out"."""

    def later(self, seconds: float, do: Callable[[float], None]) -> None:
        """Do something after so long."""

    def clock(self) -> float:
        """What time it is."""

    def breaks(self) -> str:
        """How the next response is to be broken; "" = not at all."""

    def swallow(self, session: "Session", frame: bytes) -> None:
        """The carrier is silent: do it later, or never."""

    def refused(self, session: "Session", pdu: Pdu, status: Status) -> None:
        """A request has been answered with an error before it was looked at."""

    def garbled(self, session: "Session", response: Pdu, how: str) -> None:
        """A response has left broken."""


class Session:
    """The state of one connection; `send` takes octets for the client, `close` ends it after them."""

    def __init__(
        self,
        desk: Desk,
        send: Callable[[bytes], None],
        close: Callable[[], None],
        now: float,
        number: int = 0,
    ) -> None:
        self._desk, self._write, self._close = desk, send, close
        self._framer = Framer()
        self._opened_at = self._heard_at = now
        self._enquiries = 0
        self._sequence = 0
        self.deliveries = Deliveries(self._deliver, desk.clock)
        self.throttle = Throttle()
        self.number = number
        self.peer, self.tls = "", False
        self.bind: Command | None = None
        self.system_id = ""
        self._knows_tlvs = False
        self.submitted = 0
        self.unanswered = 0  # requests about messages that wait for their response
        self.closed = False

    @property
    def door(self) -> str:
        """What events call the way in."""
        return self._desk.name

    @property
    def receives(self) -> bool:
        """Whether deliver_sm may be sent here."""
        return not self.closed and self.bind in _RECEIVING

    def receive(self, data: bytes, now: float) -> None:
        """Octets have come from the client."""
        if self.closed:
            return
        self._heard_at, self._enquiries = now, 0
        try:
            for frame in self._framer.feed(data):
                self._desk.saw(self, "in", frame)
                if self._desk.behaviour.outage == "silent":
                    self._desk.swallow(self, frame)
                else:
                    self.frame(frame, now)
                if self.closed:
                    return
        except BadLength:
            self.send(Pdu(Command.GENERIC_NACK, 0, Status.RINVCMDLEN))
            self.end()

    def tick(self, now: float) -> None:
        """Time has passed: ask whether a silent client lives, drop one that does not."""
        if self.closed or self._desk.behaviour.outage == "silent":
            return
        if self.bind is None:
            if now - self._opened_at >= BIND_S:
                self.end()
        elif now - self._heard_at >= ENQUIRE_S * (self._enquiries + 1):
            if self._enquiries >= UNANSWERED_MAX:
                self.end()
                return
            self._enquiries += 1
            self.send(Pdu(Command.ENQUIRE_LINK, self._next_sequence()))

    def end(self) -> None:
        """Close the connection, once."""
        if not self.closed:
            self.closed = True
            self._close()

    def outbind(self, system_id: str, password: str) -> None:
        """Ask the client at the other end to bind."""
        self.send(Pdu(Command.OUTBIND, self._next_sequence(), Status.ROK, Outbind(system_id, password)))

    # ---- moods

    def hold(self) -> None:
        """The carrier falls silent: nothing more goes out."""
        self.deliveries.held = True

    def wake(self, now: float) -> None:
        """The carrier speaks again."""
        self._heard_at = now
        self.deliveries.resume()

    # ---- in

    def frame(self, frame: bytes, now: float) -> None:
        """Do what a whole frame asks, even for a client that has left while the carrier was silent."""
        try:
            pdu = decode(frame)
        except PduError as error:
            self._malformed(error)
        else:
            if pdu.command.is_response:
                self._response(pdu, now)
            else:
                self._request(pdu, now)

    def _malformed(self, error: PduError) -> None:
        if error.status in (
            Status.RINVMSGLEN,
            Status.RINVDESTFLAG,
        ):  # the header is good: its response says it
            self.send(Pdu(Command(error.command_id).response, error.sequence, error.status))
        elif error.status is Status.RINVCMDID or error.command_id < Command.GENERIC_NACK:
            self.send(Pdu(Command.GENERIC_NACK, error.sequence, error.status))  # a bad response has no answer

    def _response(self, pdu: Pdu, now: float) -> None:
        if pdu.command in (Command.DELIVER_SM_RESP, Command.DATA_SM_RESP, Command.GENERIC_NACK):
            delivery = self.deliveries.answered(pdu.sequence, pdu.status)
            if delivery is not None:
                self._desk.confirmed(delivery, pdu.status, self, now)

    def _request(self, pdu: Pdu, now: float) -> None:
        command = pdu.command
        if command is Command.ENQUIRE_LINK:
            self._answer(Pdu(Command.ENQUIRE_LINK_RESP, pdu.sequence))
        elif command in (Command.OUTBIND, Command.ALERT_NOTIFICATION):
            self.send(Pdu(Command.GENERIC_NACK, pdu.sequence, Status.RINVCMDID))  # an SMSC's own words
        elif command is Command.UNBIND and self.bind is not None:
            self.send(Pdu(Command.UNBIND_RESP, pdu.sequence))
            self.end()
        elif self._desk.behaviour.outage:
            self._refuse(pdu, Status.RSYSERR)
        elif command in _BINDS:
            self._bind(pdu, now)
        elif command in _ON_MESSAGES and self.bind not in (None, Command.BIND_RECEIVER):
            self._ask(pdu, now)
        else:
            self._refuse(pdu, Status.RINVBNDSTS)

    def _bind(self, pdu: Pdu, now: float) -> None:
        assert isinstance(pdu.body, Bind)
        if self.bind is not None:
            self._refuse(pdu, Status.RALYBND)
            return
        status = self._desk.check(pdu.body.system_id, pdu.body.password)
        if status is not Status.ROK:
            self._refuse(pdu, status)
            return
        self.bind, self.system_id = pdu.command, pdu.body.system_id
        self._knows_tlvs = pdu.body.interface_version >= _INTERFACE_3_4
        tlvs = (Tlv(Tag.SC_INTERFACE_VERSION, bytes((_INTERFACE_3_4,))),) if self._knows_tlvs else ()
        self._answer(Pdu(pdu.command.response, pdu.sequence, Status.ROK, BindResp(self._desk.name), tlvs))
        if not self.closed:  # else its client has left while the carrier was silent
            self._desk.bound(self, now)

    def _ask(self, pdu: Pdu, now: float) -> None:
        self.unanswered += 1
        try:
            self._desk.ask(self, pdu, now)
        except Refused as refused:
            self.answer(Pdu(pdu.command.response, pdu.sequence, refused.status), 0.0)

    # ---- out

    def answer(self, response: Pdu, after_s: float, left: Callable[[float], None] | None = None) -> None:
        """The response to a request about messages, so late as the carrier is slow.

        `left` is told when it was held back and has gone out.
        """
        after_s = after_s or self._desk.behaviour.response_s
        if after_s:
            self._desk.later(after_s, partial(self._answer_late, response, left))
        else:
            self.unanswered -= 1
            self._answer(response)

    def _answer_late(self, response: Pdu, left: Callable[[float], None] | None, now: float) -> None:
        self.unanswered -= 1
        if self._answer(response) and left is not None:
            left(now)

    def _refuse(self, pdu: Pdu, status: Status) -> None:
        self._answer(Pdu(pdu.command.response, pdu.sequence, status))
        self._desk.refused(self, pdu, status)

    def _answer(self, response: Pdu) -> bool:
        how = self._desk.breaks()
        left = self._put(broken(encode(response), how) if how else encode(response))
        if how and left:
            self._desk.garbled(self, response, how)
        return left

    def _deliver(self, delivery: Delivery) -> int:
        sequence = self._next_sequence()
        tlvs = delivery.tlvs if self._knows_tlvs else ()  # an older client does not know them
        self.send(Pdu(Command.DELIVER_SM, sequence, Status.ROK, delivery.message, tlvs))
        return sequence

    def send(self, pdu: Pdu) -> None:
        self._put(encode(pdu))

    def _put(self, octets: bytes) -> bool:
        """Whether it has left."""
        if self.closed or self._desk.behaviour.outage == "silent":
            return False
        self._desk.saw(self, "out", octets)
        self._write(octets)
        return True

    def _next_sequence(self) -> int:
        self._sequence = self._sequence % _SEQUENCE_MAX + 1
        return self._sequence
