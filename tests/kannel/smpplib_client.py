"""smpplib as a service's developer uses it: a bound transceiver that keeps what comes to it."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import smpplib.client
import smpplib.consts
import smpplib.gsm

ANSWER_S = 10.0
NUMBER = "+4710000001"


class Client(smpplib.client.Client):
    """One connection; `responses` to submits and what was `delivered` to it, oldest first."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        super().__init__(host, int(port), timeout=1, allow_unknown_opt_params=True)
        self.responses: list[Any] = []
        self.delivered: list[Any] = []
        self.set_message_sent_handler(lambda pdu: self.responses.append(pdu))
        self.set_error_pdu_handler(lambda pdu: None)  # a refusal comes to the handler above as well
        self.set_message_received_handler(self._keep)

    def _keep(self, pdu: Any) -> int:
        self.delivered.append(pdu)
        return int(smpplib.consts.SMPP_ESME_ROK)

    def go(self) -> None:
        """Close the connection, bound or not."""
        self.state = smpplib.consts.SMPP_CLIENT_STATE_OPEN  # else smpplib warns that it was bound
        self.disconnect()

    def until(self, what: str, done: Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + ANSWER_S
        while not done():
            if time.monotonic() > give_up_at:
                pytest.fail(f"waited {ANSWER_S:g} s in vain: {what}")
            with contextlib.suppress(TimeoutError):
                self.read_once(auto_send_enquire_link=False)

    def submit_text(self, text: str, to: str = NUMBER, **fields: Any) -> list[str]:
        """Send a text as smpplib cuts it; the message ids of its parts, "" for one that was refused."""
        parts, coding, esm_class = smpplib.gsm.make_parts(text)
        before = len(self.responses)
        for part in parts:
            self.send_message(
                source_addr_ton=smpplib.consts.SMPP_TON_ALNUM,
                source_addr="113",
                dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
                destination_addr=to,
                short_message=part,
                data_coding=coding,
                esm_class=esm_class,
                **{"registered_delivery": True, **fields},
            )
        self.until("submit_sm_resp", lambda: len(self.responses) >= before + len(parts))
        return [(pdu.message_id or b"").decode() for pdu in self.responses[before:]]


@contextlib.contextmanager
def smpplib_client(address: str) -> Iterator[Client]:
    """Bound to "host:port" while the block runs; at its end the connection closes without an unbind."""
    client = Client(address)
    client.connect()
    client.bind_transceiver(system_id="lab113", password="lab113")
    try:
        yield client
    finally:
        client.go()
