"""One bound connection of a drive: its window, its answers."""

import asyncio
import re
import time
from struct import Struct
from typing import Protocol

from fake_carriers.drive.load import Load
from fake_carriers.drive.tally import Tally, status_name
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

_MESSAGE_TYPE, _RECEIPT = 0x3C, 0x04  # in esm_class
_RECEIPT_ID = re.compile(rb"id:(\S+)")
_HEADER = Struct(">4xIII")
_DELIVER_SM_RESP = Struct(">IIIIx")
_ANSWERS = (Command.SUBMIT_SM_RESP, Command.GENERIC_NACK)


class DriveError(Exception):
    """The load cannot begin; the text says where and why."""


class Drive(Protocol):
    """What the sessions of a drive share."""

    load: Load
    tally: Tally

    def due(self, now: float) -> int:
        """How many submit_sm may go now."""

    def next_submit(self, sequence: int) -> bytes:
        """The octets of the next submit_sm, counted as submitted."""


class Session(asyncio.Protocol):
    """`bound` ends with the bind's answer (DriveError when it is refused), `closed` with the connection."""

    transport: asyncio.Transport

    def __init__(self, drive: Drive) -> None:
        loop = asyncio.get_running_loop()
        self.bound: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._drive, self._framer = drive, Framer()
        self._sequence = 1
        self._unanswered: set[int] = set()
        self._out: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        bind = Bind(self._drive.load.system_id, self._drive.load.password)
        transport.write(encode(Pdu(Command.BIND_TRANSCEIVER, self._sequence, body=bind)))

    def connection_lost(self, error: Exception | None) -> None:
        self._drive.tally.lost += len(self._unanswered)
        self.closed.set_result(None)
        self._refused("the connection was closed before the bind was answered")

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        try:
            for frame in self._framer.feed(data):
                self._frame(frame, now)
        except BadLength:
            self.transport.abort()
        self.send(now)

    def send(self, now: float) -> None:
        """Send the answers that wait, and as many submit_sm as the window and the rate allow."""
        if self.transport.is_closing():
            return
        if self.bound.done():
            room = self._drive.load.window - len(self._unanswered)
            for _ in range(min(room, self._drive.due(now))):
                self._sequence += 1
                self._unanswered.add(self._sequence)
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
        if command in _ANSWERS and sequence in self._unanswered:
            self._unanswered.remove(sequence)
            self._drive.tally.answered(status, frame[16:].partition(b"\0")[0], now)
        elif command == Command.DELIVER_SM:
            self._deliver(frame, sequence, now)
        elif command == Command.ENQUIRE_LINK:
            self._out.append(encode(Pdu(Command.ENQUIRE_LINK_RESP, sequence)))
        elif command == Command.UNBIND:
            self.transport.write(encode(Pdu(Command.UNBIND_RESP, sequence)))
            self.transport.close()
        elif command in (Command.BIND_TRANSCEIVER_RESP, Command.GENERIC_NACK) and not self.bound.done():
            self._bind_answered(status)

    def _bind_answered(self, status: int) -> None:
        if status == Status.ROK:
            self.bound.set_result(None)
        else:
            self._refused(f"the bind was refused: {status_name(status)}; see --system-id and --password")

    def _refused(self, why: str) -> None:
        if not self.bound.done():
            self.bound.set_exception(DriveError(why))

    def _deliver(self, frame: bytes, sequence: int, now: float) -> None:
        self._out.append(_DELIVER_SM_RESP.pack(17, Command.DELIVER_SM_RESP, Status.ROK, sequence))
        try:
            message_id = _receipted_id(decode(frame))
        except PduError:  # broken on purpose by a mood: answered, counted for nothing
            return
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
