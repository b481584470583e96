"""What the tests of fake_carriers share: quick carriers, a clock to turn by hand, an SMPP client."""

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import smpplib.client
import smpplib.consts

from fake_carriers.carriers import load_carriers
from fake_carriers.fate import Carrier
from fake_carriers.serving import serving

TELENOR, TELIA, ICE = load_carriers()
NUMBER = "+4710000001"


def quick(carrier: Carrier, **changed: Any) -> Carrier:
    """The carrier without waits and without losses."""
    calm = {"delay_s_max": 0.0, "loss": 0.0, "duplicates": 0.0, "receipt_s_min": 0.0, "receipt_s_max": 0.0}
    return replace(carrier, **{**calm, **changed})


QUICK = (quick(TELENOR), quick(TELIA), quick(ICE))


class HandClock:
    """`after` for a Network; time passes when `advance` says so."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._steps: list[tuple[float, int, Callable[[], None]]] = []
        self._cancelled: set[int] = set()
        self._n = itertools.count()

    def after(self, delay_s: float, do: Callable[[], None]) -> "_Step":
        n = next(self._n)
        heapq.heappush(self._steps, (self.now_s + delay_s, n, do))
        return _Step(self._cancelled, n)

    def advance(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while self._steps and self._steps[0][0] <= until_s:
            self.now_s, n, do = heapq.heappop(self._steps)
            if n not in self._cancelled:
                do()
        self.now_s = until_s


class _Step:
    def __init__(self, cancelled: set[int], n: int) -> None:
        self._cancelled, self._n = cancelled, n

    def cancel(self) -> None:
        self._cancelled.add(self._n)


class Client:
    """A bound smpplib client that keeps what comes to it."""

    def __init__(self, address: str, **bind: Any) -> None:
        host, port = address.rsplit(":", 1)
        self.smpp = smpplib.client.Client(host, int(port), timeout=10, allow_unknown_opt_params=True)
        self.receipts: list[Any] = []
        self.sent: list[Any] = []
        self.statuses: list[int] = []
        self.smpp.set_message_received_handler(self._received)
        self.smpp.set_message_sent_handler(lambda pdu: self.sent.append(pdu))
        self.smpp.set_error_pdu_handler(lambda pdu: self.statuses.append(pdu.status))
        self.smpp.connect()
        mode = bind.pop("mode", "transceiver")
        try:
            self.bind_resp = getattr(self.smpp, f"bind_{mode}")(
                **{"system_id": "lab113", "password": "lab113", **bind}
            )
        except BaseException:
            self.kill()
            raise

    def _received(self, pdu: Any) -> int:
        self.receipts.append(pdu)
        return int(smpplib.consts.SMPP_ESME_ROK)

    def submit(self, octets: bytes, to: str = NUMBER, **fields: Any) -> None:
        """Send a submit_sm; the response comes with `until`."""
        self.smpp.send_message(
            **{
                "source_addr_ton": smpplib.consts.SMPP_TON_ALNUM,
                "source_addr": "113",
                "dest_addr_ton": smpplib.consts.SMPP_TON_INTL,
                "destination_addr": to,
                "short_message": octets,
                "registered_delivery": True,
                **fields,
            }
        )

    def until(self, done: Callable[[], bool]) -> None:
        """Read PDUs until something holds; the socket's time-out bounds each wait."""
        while not done():
            self.smpp.read_once(auto_send_enquire_link=False)

    def submitted(self, octets: bytes, **fields: Any) -> str:
        """Submit, and wait for the message id."""
        n = len(self.sent) + len(self.statuses)
        self.submit(octets, **fields)
        self.until(lambda: len(self.sent) + len(self.statuses) > n)
        return str(self.sent[-1].message_id.decode())

    def kill(self) -> None:
        """Go without a word."""
        self.smpp.state = smpplib.consts.SMPP_CLIENT_STATE_OPEN
        self.smpp.disconnect()


@contextlib.asynccontextmanager
async def bound_client(address: str, **bind: Any) -> AsyncIterator[Client]:
    """A client of the lab in this very loop: smpplib blocks, so it works in threads."""
    client = await asyncio.to_thread(Client, address, **bind)
    try:
        yield client
    finally:
        client.kill()


@contextlib.asynccontextmanager
async def quick_serving(**options: Any) -> AsyncIterator[dict[str, Any]]:
    async with serving(options.pop("carriers", QUICK), seed=options.pop("seed", 1), **options) as facts:
        yield facts
