"""The whole part: one network, an SMSC per carrier on a port of its own, and the web side."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fake_carriers.fate import Carrier
from fake_carriers.listener import smpp_listening
from fake_carriers.network import Network
from fake_carriers.smsc import Smsc
from fake_carriers.web import web_app
from stand_alone import Feed, listening


class Timers:
    """Steps to run later on the running loop, until closed."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closed = False

    def after(self, delay_s: float, do: Callable[[], None]) -> asyncio.TimerHandle:
        return self._loop.call_later(delay_s, self._run, do)

    def close(self) -> None:
        self._closed = True

    def _run(self, do: Callable[[], None]) -> None:
        if not self._closed:
            do()


@contextlib.asynccontextmanager
async def serving(
    carriers: Sequence[Carrier],
    *,
    seed: int,
    host: str = "127.0.0.1",
    port: int = 0,
    smpp_ports: Mapping[str, int] | None = None,
) -> AsyncIterator[dict[str, Any]]:
    """Serve while the block runs; yields `{"url", "smpp": {name: "host:port"}}`. Raises PortTaken.

    A carrier without an entry in `smpp_ports` gets a free port.
    """
    ports, timers, feed = smpp_ports or {}, Timers(), Feed()
    network = Network(carriers, seed, timers.after, feed.tell)
    smpp: dict[str, str] = {}
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(timers.close)
        for carrier in carriers:
            smsc = Smsc(carrier.name, network, lambda: datetime.now(UTC))
            opening = smpp_listening(smsc, host, ports.get(carrier.name, 0))
            smpp[carrier.name] = await stack.enter_async_context(opening)
        url = await stack.enter_async_context(listening(web_app(carriers, network, smpp, feed), host, port))
        yield {"url": url, "smpp": smpp}
