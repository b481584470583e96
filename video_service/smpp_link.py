"""One SMPP connection: smpplib's client behind a few typed methods. They block, for at most `SOCKET_S`."""

import contextlib
import logging
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smpplib import client, consts, exceptions, smpp

from video_service.smpp_parts import Coded
from video_service.sms_route import Answer, Receipt, Said

log = logging.getLogger("video_service.smpp_link")

SOCKET_S = 3.0
"""Longest wait for a connection, for the answer to a bind, and for the rest of a PDU."""
PDU_OCTETS_MAX = 70_000
TROUBLE = (exceptions.ConnectionError, exceptions.PDUError, OSError, struct.error)
"""What a method raises when the connection is of no use any more."""

_SUBMIT_RESP = 0x80000004
_SLOWER = {0x58: "throttled", 0x14: "queue full"}
_NEVER = {0x01: "message too long", 0x0A: "bad sender", 0x0B: "bad number"}
"""command_status values (SMPP 3.4, 5.1.3) that ask for patience, and those that another try cannot change."""
_RECEIPT = 0x04  # esm_class of a delivery receipt, SMPP 3.4 5.2.12
_STATES = {1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 8: "REJECTD"}


@dataclass(frozen=True)
class Account:
    """Where the SMSC is and who we are there. `sender` is what the caller sees as the sender."""

    host: str
    port: int
    system_id: str
    password: str
    sender: str


class _Unreadable(Exception):
    """A whole PDU that cannot be understood; the connection goes on behind it."""

    def __init__(self, octets: bytes) -> None:
        super().__init__(octets[:80].hex())
        self.octets = octets


class _Client(client.Client):
    """smpplib's client, hardened: a length that cannot be, and PDUs that smpplib does not understand."""

    _octets = b""

    def _recv_exact(self, exact_size: int) -> bytes:
        if not 0 <= exact_size <= PDU_OCTETS_MAX:
            raise exceptions.PDUError(f"a PDU of {exact_size + 4} octets")
        stock: Any = super()
        octets: bytes = stock._recv_exact(exact_size)
        self._octets = octets if exact_size == 4 else self._octets + octets
        return octets

    def read_pdu(self) -> Any:
        stock: Any = super()
        try:
            return stock.read_pdu()
        except (exceptions.ConnectionError, OSError, exceptions.PDUError):
            raise
        except Exception:
            raise _Unreadable(self._octets) from None


class SmppLink:
    """A transceiver. `on_answer` gets (sequence number, answer) of each submit, `on_receipt` each receipt."""

    def __init__(
        self,
        account: Account,
        on_answer: Callable[[int, Answer], None],
        on_receipt: Callable[[Receipt], None],
    ) -> None:
        self._account = account
        self._on_answer = on_answer
        self._on_receipt = on_receipt
        make: Any = _Client
        self._client = make(
            account.host,
            account.port,
            timeout=SOCKET_S,
            allow_unknown_opt_params=True,
            logger_name="video_service.smpplib",
        )
        self._client.set_message_sent_handler(self._on_submit_resp)
        self._client.set_error_pdu_handler(self._on_submit_resp)
        self._client.set_message_received_handler(self._on_deliver)

    def bind(self) -> None:
        """Connect and bind. Raises TROUBLE."""
        self._client.connect()
        try:
            self._client.bind_transceiver(system_id=self._account.system_id, password=self._account.password)
        except _Unreadable as unreadable:
            raise exceptions.PDUError(f"an answer to bind that cannot be read: {unreadable}") from None

    def fileno(self) -> int:
        return int(self._client._socket.fileno())

    def submit(self, number: str, coded: Coded, part: int) -> int:
        """Write one part; returns its sequence number. Raises TROUBLE."""
        alphanumeric = not self._account.sender.isdigit()
        sent = self._client.send_message(
            source_addr_ton=consts.SMPP_TON_ALNUM if alphanumeric else consts.SMPP_TON_INTL,
            source_addr=self._account.sender,
            dest_addr_ton=consts.SMPP_TON_INTL,
            dest_addr_npi=consts.SMPP_NPI_ISDN,
            destination_addr=number.removeprefix("+"),
            short_message=coded.parts[part],
            data_coding=coded.data_coding,
            esm_class=coded.esm_class,
            registered_delivery=True,
        )
        return int(sent.sequence)

    def read(self) -> None:
        """Read one PDU and act on it. Raises TROUBLE; a PDU that stops half-way is such."""
        try:
            self._client.read_once(auto_send_enquire_link=False)
        except _Unreadable as unreadable:
            log.warning("%s:%d sent what is no PDU: %s", self._account.host, self._account.port, unreadable)
            self._make_the_best_of(unreadable.octets)

    def enquire(self) -> None:
        make_pdu: Any = smpp.make_pdu
        self._client.send_pdu(make_pdu("enquire_link", client=self._client))

    def unbind(self) -> None:
        with contextlib.suppress(*TROUBLE, _Unreadable):
            self._client.unbind()

    def drop(self) -> None:
        """Close the socket whatever state it is in (smpplib's `disconnect` complains of a bound one)."""
        if self._client._socket is not None:
            self._client._socket.close()
            self._client._socket = None

    def _make_the_best_of(self, octets: bytes) -> None:
        """A submit_sm_resp whose body is broken says all the same whether the message was taken."""
        if len(octets) >= 16:
            _, command, status, sequence = struct.unpack(">4L", octets[:16])
            if command == _SUBMIT_RESP:
                self._on_answer(sequence, answer(status, _text(octets[16:].split(b"\0")[0])))

    def _on_submit_resp(self, pdu: Any) -> None:
        """submit_sm_resp, with or without an error, or generic_nack: all carry our sequence number."""
        self._on_answer(pdu.sequence, answer(pdu.status, _text(getattr(pdu, "message_id", None))))

    def _on_deliver(self, pdu: Any) -> None:
        if (pdu.esm_class or 0) & 0x3C != _RECEIPT:
            return
        text = _text(pdu.short_message)
        found_id, found_state = re.search(r"\bid:(\S+)", text), re.search(r"\bstat:(\w+)", text)
        carrier_id = _text(pdu.receipted_message_id) or (found_id[1] if found_id else "")
        state = _STATES.get(pdu.message_state) or (found_state[1] if found_state else "UNKNOWN")
        self._on_receipt(Receipt(carrier_id, _text(pdu.source_addr), state))


def answer(status: int, carrier_id: str) -> Answer:
    """What a command_status means for the message."""
    code = f"command_status 0x{status:02x}"
    if status == consts.SMPP_ESME_ROK:
        return Answer(Said.ACCEPTED, carrier_id)
    if status in _SLOWER:
        return Answer(Said.SLOWER, reason=f"{_SLOWER[status]} ({code})")
    if status in _NEVER:
        return Answer(Said.NEVER, reason=f"{_NEVER[status]} ({code})")
    return Answer(Said.REFUSED, reason=f"refused ({code})")


def _text(octets: bytes | None) -> str:
    return (octets or b"").decode("latin-1").rstrip("\0")
