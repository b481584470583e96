"""One SMPP connection: smpplib's client behind a few typed methods. They block, for at most `SOCKET_S`."""

import contextlib
import re
import struct
import time
from dataclasses import dataclass
from typing import Any

from smpplib import client, consts, exceptions, gsm, smpp

from video_service.outbox import Message, Outbox

SOCKET_S = 3.0
"""Longest wait for a connection, for the answer to a bind, and for the rest of a PDU."""
TROUBLE = (
    exceptions.ConnectionError,
    exceptions.PDUError,
    exceptions.UnknownCommandError,
    OSError,
    struct.error,
)
"""What a method raises when the connection is of no use any more."""

_RECEIPT = 0x04  # esm_class of a delivery receipt, SMPP 3.4 5.2.12
_STATES = {"ENROUTE": 1, "DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "ACCEPTD": 6}
_UNKNOWN, _REJECTED = 7, 8


@dataclass(frozen=True)
class Account:
    """Where the SMSC is and who we are there. `sender` is what the caller sees as the sender."""

    host: str
    port: int
    system_id: str
    password: str
    sender: str


def new_message(reference: str, number: str, text: str, now: float) -> Message:
    """An SMS as it goes on the wire: GSM 7 bit where that can write it, in parts when it is long."""
    make_parts: Any = gsm.make_parts
    parts, data_coding, esm_class = make_parts(text)
    return Message(reference, number, parts, data_coding, esm_class, put_at=now, due_at=now)


class SmppLink:
    """A transceiver. What the SMSC says about our messages goes into `outbox`."""

    def __init__(self, account: Account, outbox: Outbox) -> None:
        self._account = account
        self._outbox = outbox
        make: Any = client.Client
        self._client = make(
            account.host,
            account.port,
            timeout=SOCKET_S,
            allow_unknown_opt_params=True,
            logger_name="video_service.smpplib",
        )
        self._client.set_message_sent_handler(self._on_answer)
        self._client.set_error_pdu_handler(self._on_error)
        self._client.set_message_received_handler(self._on_deliver)

    def bind(self) -> None:
        """Connect and bind. Raises TROUBLE."""
        self._client.connect()
        self._client.bind_transceiver(system_id=self._account.system_id, password=self._account.password)

    def fileno(self) -> int:
        return int(self._client._socket.fileno())

    def submit(self, message: Message) -> list[int]:
        """Write all parts; returns their sequence numbers. Raises TROUBLE."""
        alphanumeric = not self._account.sender.isdigit()
        return [
            self._client.send_message(
                source_addr_ton=consts.SMPP_TON_ALNUM if alphanumeric else consts.SMPP_TON_INTL,
                source_addr=self._account.sender,
                dest_addr_ton=consts.SMPP_TON_INTL,
                dest_addr_npi=consts.SMPP_NPI_ISDN,
                destination_addr=message.number.removeprefix("+"),
                short_message=part,
                data_coding=message.data_coding,
                esm_class=message.esm_class,
                registered_delivery=True,
            ).sequence
            for part in message.parts
        ]

    def read(self) -> None:
        """Read one PDU and act on it. Raises TROUBLE; a PDU that stops half-way is such."""
        self._client.read_once(auto_send_enquire_link=False)

    def enquire(self) -> None:
        make_pdu: Any = smpp.make_pdu
        self._client.send_pdu(make_pdu("enquire_link", client=self._client))

    def unbind(self) -> None:
        with contextlib.suppress(*TROUBLE):
            self._client.unbind()

    def drop(self) -> None:
        """Close the socket whatever state it is in (smpplib's `disconnect` complains of a bound one)."""
        if self._client._socket is not None:
            self._client._socket.close()
            self._client._socket = None

    def _on_answer(self, pdu: Any) -> None:
        if pdu.status == consts.SMPP_ESME_ROK:
            self._outbox.answered(pdu.sequence, pdu.status, _text(pdu.message_id), time.monotonic())

    def _on_error(self, pdu: Any) -> None:
        """submit_sm_resp with an error, or generic_nack: both carry our sequence number."""
        self._outbox.answered(pdu.sequence, pdu.status, "", time.monotonic())

    def _on_deliver(self, pdu: Any) -> None:
        if (pdu.esm_class or 0) & 0x3C != _RECEIPT:
            return
        text = _text(pdu.short_message)
        found_id, found_state = re.search(r"\bid:(\S+)", text), re.search(r"\bstat:(\w+)", text)
        carrier_id = _text(pdu.receipted_message_id) or (found_id[1] if found_id else "")
        state = pdu.message_state or (_STATES.get(found_state[1], _REJECTED) if found_state else _UNKNOWN)
        self._outbox.receipt(carrier_id, state)


def _text(octets: bytes | None) -> str:
    return (octets or b"").decode("latin-1").rstrip("\0")
