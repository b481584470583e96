"""The SMPP port of one SMSC, on asyncio."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import cast

from fake_carriers.session import Session
from fake_carriers.smsc import Smsc
from stand_alone.listening import PortTaken, bound

TICK_S = 1.0
CLOSE_S = 5.0


class _Connection(asyncio.Protocol):
    def __init__(self, smsc: Smsc, connections: "set[_Connection]") -> None:
        self._smsc, self._connections = smsc, connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.session = Session(self._smsc, self.transport.write, self._close, time.monotonic())
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        self.session.receive(data, time.monotonic())

    def pause_writing(self) -> None:  # a client that does not read is not read either
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()

    def _close(self) -> None:
        self.transport.close()  # what is written still goes out, unless the client does not read
        asyncio.get_running_loop().call_later(CLOSE_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._smsc.lost(self.session)


@contextlib.asynccontextmanager
async def smpp_listening(smsc: Smsc, host: str, port: int) -> AsyncIterator[str]:
    """Serve the SMSC while the block runs; yields its "host:port". Raises PortTaken."""
    try:
        sock = bound(host, port)
    except PortTaken:
        remedy = f"choose another with --smpp-port {smsc.name}=PORT, or 0 for a free one"
        raise PortTaken(f"SMPP of {smsc.name}: cannot listen on {host}:{port}; {remedy}") from None
    connections: set[_Connection] = set()
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(smsc, connections), sock=sock)
    ticking = asyncio.create_task(_tick(connections))
    try:
        name = f"[{host}]" if ":" in host else host
        yield f"{name}:{sock.getsockname()[1]}"
    finally:
        ticking.cancel()
        server.close()
        for connection in list(connections):
            connection.transport.abort()
        await asyncio.wait({ticking})
        await server.wait_closed()


async def _tick(connections: set[_Connection]) -> None:
    while True:
        await asyncio.sleep(TICK_S)
        for connection in list(connections):
            connection.session.tick(time.monotonic())
