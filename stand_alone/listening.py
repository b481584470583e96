"""Serve an ASGI application on a port for as long as a block runs."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn


class PortTaken(Exception):
    """The address cannot be bound; the text names it and the remedy."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:  # the program's own loop minds the signals
        yield

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().serve(sockets)
        except SystemExit:  # uvicorn ends the whole program when an application does not start
            raise RuntimeError("the web application did not start; its log says why") from None


def bound(host: str, port: int) -> socket.socket:
    """A listening TCP socket on `host`:`port` (0 = a free one). Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # with the protocol named asyncio turns Nagle off; without, every kept-alive answer waits 40 ms
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(512)
    except OSError as error:
        sock.close()
        raise PortTaken(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another port, or 0 for a free one"
        ) from None
    sock.setblocking(False)
    return sock


@contextlib.asynccontextmanager
async def listening(app: Any, host: str, port: int) -> AsyncIterator[str]:
    """Serve `app` while the block runs; yields its base URL. Raises PortTaken."""
    sock = bound(host, port)
    config = uvicorn.Config(
        app, log_level="warning", lifespan="on", timeout_graceful_shutdown=1, ws_ping_interval=None
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        while not server.started:
            if serving.done():
                serving.result()
                raise RuntimeError("the web server ended at once")
            await asyncio.sleep(0.01)
        name = f"[{host}]" if ":" in host else host
        yield f"http://{name}:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.wait({serving}, timeout=5)
        if not serving.done():
            serving.cancel()
            await asyncio.wait({serving}, timeout=5)
        sock.close()
