"""An SMPP client that packs its own octets: what no finished client sends, and independent of our codec."""

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

ANSWER_S = 10.0
RESPONSE_BIT = 0x80000000
GENERIC_NACK, QUERY_SM, SUBMIT_SM, DELIVER_SM, UNBIND = 0x80000000, 0x03, 0x04, 0x05, 0x06
BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER, OUTBIND = 0x01, 0x02, 0x09, 0x0B
REPLACE_SM, CANCEL_SM, ENQUIRE_LINK, SUBMIT_MULTI, DATA_SM = 0x07, 0x08, 0x15, 0x21, 0x103
UDH, MESSAGE_PAYLOAD = 0x40, 0x0424
FROM = b"\0\0" + b"113\0"  # type of number, numbering plan, address


@dataclass(frozen=True)
class RawPdu:
    """One PDU as it came."""

    command_id: int
    status: int
    sequence: int
    body: bytes


def text(value: str) -> bytes:
    """A C-octet string."""
    return value.encode("ascii") + b"\0"


def address(number: str) -> bytes:
    """An international number with its type and plan."""
    return b"\1\1" + text(number.removeprefix("+"))


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


def submission(
    to: str, octets: bytes, *, esm_class: int = 0, registered: int = 1, data_coding: int = 0
) -> bytes:
    """The body of a submit_sm."""
    head = b"\0" + FROM + address(to) + bytes((esm_class, 0, 0)) + b"\0\0"
    return head + bytes((registered, 0, data_coding, 0, len(octets))) + octets


class RawClient:
    """One connection. Every deliver_sm and enquire_link that comes is answered and kept in `came`."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket, self._buffer, self._sequence = sock, b"", 0
        self.came: list[RawPdu] = []

    def bind(self, command_id: int = BIND_TRANSCEIVER, system_id: str = "lab113") -> RawPdu:
        return self.ask(command_id, text(system_id) + text("lab113") + text("raw") + b"\x34\0\0\0")

    def ask(self, command_id: int, body: bytes = b"") -> RawPdu:
        """Send a request; the PDU with its sequence number that comes back."""
        sequence = self.send(command_id, body)
        return self.next_that(
            "answers", lambda pdu: pdu.sequence == sequence and pdu.command_id >= RESPONSE_BIT
        )

    def send(self, command_id: int, body: bytes = b"", status: int = 0, sequence: int | None = None) -> int:
        if sequence is None:
            self._sequence += 1
            sequence = self._sequence
        self._socket.sendall(struct.pack(">IIII", 16 + len(body), command_id, status, sequence) + body)
        return sequence

    def next_that(self, what: str, fits: Callable[[RawPdu], bool], within_s: float = ANSWER_S) -> RawPdu:
        """The next PDU that fits; what else comes is answered and kept."""
        give_up_at = time.monotonic() + within_s
        while True:
            pdu = self._read(what, give_up_at)
            if pdu.command_id == DELIVER_SM:
                self.send(DELIVER_SM | RESPONSE_BIT, b"\0", sequence=pdu.sequence)
            elif pdu.command_id == ENQUIRE_LINK:
                self.send(ENQUIRE_LINK | RESPONSE_BIT, sequence=pdu.sequence)
            self.came.append(pdu)
            if fits(pdu):
                return pdu

    def gather(self, command_id: int, n: int) -> None:
        """Read until `n` PDUs of a command have come in all."""
        while (came := sum(pdu.command_id == command_id for pdu in self.came)) < n:
            self.next_that(
                f"is number {came + 1} of 0x{command_id:X}", lambda pdu: pdu.command_id == command_id
            )

    def _read(self, what: str, give_up_at: float) -> RawPdu:
        while len(self._buffer) < 16 or len(self._buffer) < int.from_bytes(self._buffer[:4], "big"):
            self._socket.settimeout(max(0.01, give_up_at - time.monotonic()))
            try:
                octets = self._socket.recv(65536)
            except TimeoutError:
                pytest.fail(f"no PDU that {what}; came: {self.came}")
            if not octets:
                pytest.fail(f"the carrier closed before a PDU that {what}; came: {self.came}")
            self._buffer += octets
        length, command_id, status, sequence = struct.unpack_from(">IIII", self._buffer)
        body, self._buffer = self._buffer[16:length], self._buffer[length:]
        return RawPdu(command_id, status, sequence, body)


@contextlib.contextmanager
def raw_client(to: str) -> Iterator[RawClient]:
    """Connected to "host:port" while the block runs; not bound."""
    host, _, port = to.rpartition(":")
    with socket.create_connection((host, int(port)), ANSWER_S) as sock:
        yield RawClient(sock)
