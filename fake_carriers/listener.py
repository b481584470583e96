"""The SMPP ports of one SMSC, plain and TLS, and its own calls to clients (outbind), on asyncio."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import cast

from fake_carriers.clock import now
from fake_carriers.session import Session
from fake_carriers.smsc import Smsc
from stand_alone.listening import PortTaken, bound

CLOSE_S = 5.0
CONNECT_S = 5.0


class _Connection(asyncio.Protocol):
    session: Session | None = None

    def __init__(self, smsc: Smsc, connections: "set[_Connection]", calling: bool = False) -> None:
        self._smsc, self._connections, self._calling = smsc, connections, calling
        self._written: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if not self._smsc.answers_calls:
            if not self._calling:
                self._smsc.turned_away()
            self.transport.abort()
            return
        self._connections.add(self)
        self.session = self._smsc.opened(self._write, self._close, now())
        peer = transport.get_extra_info("peername")
        self.session.peer = f"{peer[0]}:{peer[1]}" if peer else ""
        self.session.tls = transport.get_extra_info("ssl_object") is not None
        if self._calling:
            self.session.outbind(*self._smsc.account)

    def _write(self, octets: bytes) -> None:
        """What is said in one turn of the loop goes out together: a write costs as much as an answer."""
        if not self._written:
            asyncio.get_running_loop().call_soon(self._flush)
        self._written.append(octets)

    def _flush(self) -> None:
        written, self._written = self._written, []
        if written:
            self.transport.write(b"".join(written))

    def data_received(self, data: bytes) -> None:
        if self.session is not None:
            self.session.receive(data, now())

    def pause_writing(self) -> None:  # a client that does not read is not read either
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()

    def _close(self) -> None:
        self._flush()
        self.transport.close()  # what is written still goes out, unless the client does not read
        asyncio.get_running_loop().call_later(CLOSE_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self.session is not None:
            self._smsc.lost(self.session, now())


class Lines:
    """Every connection of one SMSC, whoever called whom."""

    def __init__(self, smsc: Smsc) -> None:
        self._smsc = smsc
        self._connections: set[_Connection] = set()

    @contextlib.asynccontextmanager
    async def listening(
        self, host: str, port: int, option: str, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[str]:
        """Serve while the block runs; yields its "host:port". Raises PortTaken, which names the `option`."""
        try:
            sock = bound(host, port)
        except PortTaken as error:
            why = str(error).partition("; ")[0]
            remedy = f"choose another with {option} {self._smsc.name}=PORT, or 0 for a free one"
            raise PortTaken(f"SMPP of {self._smsc.name}: {why}; {remedy}") from None
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Connection(self._smsc, self._connections), sock=sock, ssl=tls
        )
        try:
            name = f"[{host}]" if ":" in host else host
            yield f"{name}:{sock.getsockname()[1]}"
        finally:
            server.close()
            for connection in list(self._connections):
                connection.transport.abort()
            await server.wait_closed()

    async def call(self, host: str, port: int) -> None:
        """Connect to a client and ask it to bind. Raises OSError or TimeoutError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_S):
            await loop.create_connection(
                lambda: _Connection(self._smsc, self._connections, calling=True), host, port
            )
