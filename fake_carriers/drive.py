"""`python -m fake_carriers.drive HOST:PORT`: a client that loads a message centre and says what came of it.

It stands apart from the server on purpose: what it counts, it has seen on the wire.
"""

import asyncio
import re
import time
from collections import Counter, deque
from dataclasses import dataclass
from struct import Struct
from typing import Any

from fake_carriers.smpp import (
    BadLength,
    Bind,
    Command,
    Framer,
    Pdu,
    PduError,
    ShortMessage,
    Status,
    Tag,
    decode,
    encode,
)
from fake_carriers.text import parts_of

TICK_S = 0.01
_CLOSE_S = 1.0
_NATIONAL_DIGITS = 8
_INTERNATIONAL, _ISDN, _ALPHANUMERIC = 1, 1, 5  # types of number, numbering plan
_MESSAGE_TYPE, _RECEIPT = 0x3C, 0x04  # in esm_class
_RECEIPT_ID = re.compile(rb"id:(\S+)")
_HEADER = Struct(">4xIII")
_DELIVER_SM_RESP = Struct(">IIIIx")
_NACKS = (Command.SUBMIT_SM_RESP, Command.GENERIC_NACK)


class DriveError(Exception):
    """The load cannot begin; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Load:
    """What to submit. `rate` is submit_sm/s over all sessions, 0 = as fast as the windows allow."""

    messages: int = 10_000
    sessions: int = 4
    window: int = 50
    numbers: int = 1_000
    prefix: str = "+4710"
    receipts: bool = True
    system_id: str = "lab113"
    password: str = "lab113"
    text: str = "Hei fra 113: åpne lenken for å vise video. https://video.example/s/0123456789abcdef"
    rate: float = 0.0
    limit_s: float = 120.0


class Submits:
    """submit_sm after submit_sm: encoded once, then only sequence number and destination change."""

    def __init__(self, load: Load) -> None:
        self._digits = _NATIONAL_DIGITS + len("+47") - len(load.prefix)
        self._numbers = load.numbers
        (part,) = parts_of(load.text, 0, "payload")
        destination = load.prefix[1:] + "0" * self._digits
        body = ShortMessage(
            source_addr_ton=_ALPHANUMERIC,
            source_addr="113",
            dest_addr_ton=_INTERNATIONAL,
            dest_addr_npi=_ISDN,
            destination_addr=destination,
            esm_class=part.esm_class,
            registered_delivery=int(load.receipts),
            data_coding=part.data_coding,
            short_message=part.short_message,
        )
        octets = encode(Pdu(Command.SUBMIT_SM, 0, body=body, tlvs=part.tlvs))
        end = octets.index(destination.encode() + b"\0") + len(destination)
        self._head, self._middle, self._tail = octets[:12], octets[16 : end - self._digits], octets[end:]

    def octets(self, n: int, sequence: int) -> bytes:
        """The n-th message, n from 0; the destinations take turns."""
        digits = str(n % self._numbers).zfill(self._digits).encode() if self._digits else b""
        return b"".join((self._head, sequence.to_bytes(4, "big"), self._middle, digits, self._tail))


class Tally:
    """What was submitted and what came back. Pure: `now` is an argument, in seconds."""

    def __init__(self) -> None:
        self.submitted = self.accepted = self.receipts = self.receipts_doubled = 0
        self.lost = 0  # submitted on a connection that went before the response came
        self.refused: Counter[int] = Counter()
        self.begun_s = self.answered_s = self.receipted_s = 0.0
        self._awaited: set[bytes] = set()  # accepted, no receipt yet
        self._receipted: set[bytes] = set()

    @property
    def unanswered(self) -> int:
        return self.submitted - self.accepted - self.refused.total()

    def answered(self, status: int, message_id: bytes, now: float) -> None:
        """A submit_sm has its response."""
        self.answered_s = now
        if status != Status.ROK:
            self.refused[status] += 1
            return
        self.accepted += 1
        if message_id in self._receipted:  # the receipt was faster
            self._count_receipt(now)
        else:
            self._awaited.add(message_id)

    def receipted(self, message_id: bytes, now: float) -> None:
        """A receipt has come; of a message that is not ours it changes nothing."""
        if message_id in self._receipted:
            self.receipts_doubled += 1
            return
        self._receipted.add(message_id)
        if message_id in self._awaited:
            self._awaited.remove(message_id)
            self._count_receipt(now)

    def _count_receipt(self, now: float) -> None:
        self.receipts += 1
        self.receipted_s = now

    def complete(self, load: Load) -> bool:
        """Whether all is submitted and nothing more is to come."""
        if self.submitted < load.messages or self.unanswered > self.lost:
            return False
        return not (load.receipts and self._awaited)

    def report(self, now: float) -> dict[str, Any]:
        return {
            "submitted": self.submitted,
            "accepted": self.accepted,
            "refused": {_name(status): n for status, n in sorted(self.refused.items())},
            "receipts": self.receipts,
            "receipts_doubled": self.receipts_doubled,
            "unanswered": self.unanswered,
            "elapsed_s": round(now - self.begun_s, 3),
            "submit_sm_per_s": _per_s(self.accepted, self.answered_s - self.begun_s),
            "submit_sm_per_s_with_receipts": _per_s(self.receipts, self.receipted_s - self.begun_s),
        }


def _name(status: int) -> str:
    try:
        return Status(status).name
    except ValueError:
        return f"0x{status:08X}"


def _per_s(n: int, seconds: float) -> float:
    return round(n / seconds, 1) if n and seconds > 0 else 0.0


class Drive:
    """One load under way: what its sessions share."""

    def __init__(self, load: Load) -> None:
        self.load, self.tally, self._submits = load, Tally(), Submits(load)
        self.sessions: deque[Session] = deque()

    @property
    def over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.tally.complete(self.load) or all(session.closed.done() for session in self.sessions)

    def begin(self, now: float) -> None:
        self.tally.begun_s = now

    def may_submit(self, now: float) -> int:
        """How many submit_sm are due and not yet sent."""
        tally, rate = self.tally, self.load.rate
        due = min(self.load.messages, int((now - tally.begun_s) * rate) + 1) if rate else self.load.messages
        return due - tally.submitted if tally.begun_s else 0

    def next_submit(self, sequence: int) -> bytes:
        octets = self._submits.octets(self.tally.submitted, sequence)
        self.tally.submitted += 1
        return octets

    def tick(self, now: float) -> None:
        """Let each session submit what is due, another one first each time."""
        self.sessions.rotate(1)
        for session in self.sessions:
            session.submit(now)


class Session(asyncio.Protocol):
    """One bound connection."""

    transport: asyncio.Transport

    def __init__(self, drive: Drive) -> None:
        loop = asyncio.get_running_loop()
        self.bound: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._drive, self._framer = drive, Framer()
        self._sequence = 1
        self._pending: set[int] = set()
        self._out: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        load = self._drive.load
        bind = Bind(load.system_id, load.password)
        transport.write(encode(Pdu(Command.BIND_TRANSCEIVER, self._sequence, body=bind)))

    def connection_lost(self, error: Exception | None) -> None:
        self._drive.tally.lost += len(self._pending)
        self.closed.set_result(None)
        self._refuse_bind("the connection was closed before the bind was answered")

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        try:
            for frame in self._framer.feed(data):
                self._frame(frame, now)
        except BadLength:
            self.transport.abort()
            return
        self.submit(now)

    def submit(self, now: float) -> None:
        """Send the answers that wait, and as many submit_sm as the window and the rate allow."""
        if self.transport.is_closing():
            return
        room = self._drive.load.window - len(self._pending)
        for _ in range(min(room, self._drive.may_submit(now))):
            self._sequence += 1
            self._pending.add(self._sequence)
            self._out.append(self._drive.next_submit(self._sequence))
        if self._out:
            self.transport.write(b"".join(self._out))
            self._out.clear()

    def end(self) -> None:
        """Unbind, and close without waiting for the answer."""
        if not self.transport.is_closing():
            self.transport.write(encode(Pdu(Command.UNBIND, self._sequence + 1)))
            self.transport.close()

    def _frame(self, frame: bytes, now: float) -> None:
        command, status, sequence = _HEADER.unpack_from(frame)
        if command in _NACKS and sequence in self._pending:
            self._pending.remove(sequence)
            self._drive.tally.answered(status, frame[16:].partition(b"\0")[0], now)
        elif command == Command.DELIVER_SM:
            self._deliver(frame, sequence, now)
        elif command == Command.ENQUIRE_LINK:
            self._out.append(encode(Pdu(Command.ENQUIRE_LINK_RESP, sequence)))
        elif command == Command.UNBIND:
            self.transport.write(encode(Pdu(Command.UNBIND_RESP, sequence)))
            self.transport.close()
        elif not self.bound.done():
            self._bind_answered(status)

    def _bind_answered(self, status: int) -> None:
        if status == Status.ROK:
            self.bound.set_result(None)
        else:
            self._refuse_bind(f"the bind was refused: {_name(status)}; see --system-id and --password")

    def _refuse_bind(self, why: str) -> None:
        if not self.bound.done():
            self.bound.set_exception(DriveError(why))

    def _deliver(self, frame: bytes, sequence: int, now: float) -> None:
        self._out.append(_DELIVER_SM_RESP.pack(17, Command.DELIVER_SM_RESP, Status.ROK, sequence))
        try:
            pdu = decode(frame)
        except PduError:
            return
        message_id = _receipted_id(pdu)
        if message_id is not None:
            self._drive.tally.receipted(message_id, now)


def _receipted_id(pdu: Pdu) -> bytes | None:
    """The message_id that a delivery receipt is about, from its optional parameter or else its text."""
    assert isinstance(pdu.body, ShortMessage)
    if pdu.body.esm_class & _MESSAGE_TYPE != _RECEIPT:
        return None
    told = pdu.tlv(Tag.RECEIPTED_MESSAGE_ID)
    if told is not None:
        return told.rstrip(b"\0")
    in_text = _RECEIPT_ID.match(pdu.body.short_message)
    return in_text[1] if in_text else None
