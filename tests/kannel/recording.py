"""A TCP relay between a client and a carrier that keeps every octet, with its direction and its time."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEADER = struct.Struct(">IIII")
CONNECT_S = 5.0


@dataclass(frozen=True)
class Chunk:
    """What one read gave: to the carrier (`to_carrier`), or from it."""

    at_s: float  # CLOCK_MONOTONIC
    to_carrier: bool
    octets: bytes


@dataclass(frozen=True)
class Header:
    """One PDU as its first sixteen octets tell it; framed here, without the codec under test."""

    to_carrier: bool
    length: int
    command_id: int
    status: int
    sequence: int


@dataclass
class Recording:
    """One connection: what crossed, in the order in which the relay saw it."""

    chunks: list[Chunk] = field(default_factory=list)

    def octets(self, to_carrier: bool) -> bytes:
        return b"".join(chunk.octets for chunk in list(self.chunks) if chunk.to_carrier == to_carrier)

    def headers(self, to_carrier: bool) -> list[Header]:
        """The PDUs of one direction, in order."""
        octets, found, at = self.octets(to_carrier), [], 0
        while at + _HEADER.size <= len(octets):
            length, command_id, status, sequence = _HEADER.unpack_from(octets, at)
            if length < _HEADER.size or at + length > len(octets):
                break
            found.append(Header(to_carrier, length, command_id, status, sequence))
            at += length
        return found


class Relay:
    """Listens on `address`; every connection to it goes on to the carrier and is recorded."""

    def __init__(self, listener: socket.socket, target: str) -> None:
        self._listener = listener
        host, _, port = target.rpartition(":")
        self._target = host, int(port)
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._closed = False
        self.recordings: list[Recording] = []
        self.port = int(listener.getsockname()[1])
        self.address = f"127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Cut every connection, both ends, without a word (RST)."""
        with self._lock:
            cut, self._open = self._open, []
        for each in cut:
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                each.shutdown(socket.SHUT_RD)
            each.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self._listener.close()
        self.cut()

    def run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                carrier = socket.create_connection(self._target, CONNECT_S)
            except OSError:
                client.close()
                continue
            carrier.settimeout(None)
            recording = Recording()
            with self._lock:
                if self._closed:
                    client.close()
                    carrier.close()
                    return
                self._open += [client, carrier]
                self.recordings.append(recording)
            for source, sink, to_carrier in ((client, carrier, True), (carrier, client, False)):
                arguments = (recording, source, sink, to_carrier)
                threading.Thread(target=self._copy, args=arguments, name="relay", daemon=True).start()

    def _copy(
        self, recording: Recording, source: socket.socket, sink: socket.socket, to_carrier: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while octets := source.recv(65536):
                with self._lock:
                    recording.chunks.append(Chunk(time.monotonic(), to_carrier, octets))
                sink.sendall(octets)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def relay(target: str) -> Iterator[Relay]:
    """A recording relay to `target` ("host:port") while the block runs."""
    listener = socket.create_server(("127.0.0.1", 0))
    running = Relay(listener, target)
    accepting = threading.Thread(target=running.run, name="relay", daemon=True)
    accepting.start()
    try:
        yield running
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the accept
        running.close()
        accepting.join(5)
