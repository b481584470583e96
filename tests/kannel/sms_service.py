"""What stands behind Kannel: a little HTTP server that gets the DLRs, and the messages from handsets."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit


@dataclass(frozen=True)
class Dlr:
    """One delivery report: Kannel's `kind` (1 delivered, 2 failed, 8 taken, ...), and the carrier's id."""

    reference: str
    kind: int
    message_id: str
    smsc: str
    text: str


@dataclass(frozen=True)
class Mo:
    """One message from a handset, as Kannel hands it on."""

    sender: str
    to: str
    text: str
    coding: int
    smsc: str


class SmsService:
    """What has come so far, oldest first."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._dlrs: list[Dlr] = []
        self._mos: list[Mo] = []

    def dlr_url(self, reference: str) -> str:
        # %d kind, %F the carrier's message id, %i smsc, %A the receipt's text: Kannel fills them in
        return f"{self._url}/dlr?{urlencode({'reference': reference})}&kind=%d&id=%F&smsc=%i&text=%A"

    @property
    def mo_url(self) -> str:
        # %p sender, %P receiver, %b the text in its own octets, %c coding, %i smsc
        return f"{self._url}/mo?from=%p&to=%P&text=%b&coding=%c&smsc=%i"

    def dlrs(self, reference: str = "", kinds: tuple[int, ...] = ()) -> list[Dlr]:
        with self._lock:
            found = list(self._dlrs)
        return [dlr for dlr in found if reference in ("", dlr.reference) and (not kinds or dlr.kind in kinds)]

    def mos(self, sender: str = "") -> list[Mo]:
        with self._lock:
            return [mo for mo in self._mos if sender in ("", mo.sender)]

    def _hear(self, path: str) -> None:
        split = urlsplit(path)
        # latin-1 keeps every octet as it came: what %b holds is decoded by its coding
        asked = {key: values[0] for key, values in parse_qs(split.query, True, encoding="latin-1").items()}
        with self._lock:
            if split.path == "/dlr":
                told = {key: value.encode("latin-1").decode() for key, value in asked.items()}
                self._dlrs.append(
                    Dlr(told["reference"], int(told["kind"]), told["id"], told["smsc"], told["text"])
                )
            else:
                coding = int(asked["coding"])
                text = asked["text"].encode("latin-1").decode("utf-16-be" if coding == 2 else "utf-8")
                self._mos.append(Mo(asked["from"], asked["to"], text, coding, asked["smsc"]))


@contextlib.contextmanager
def sms_service() -> Iterator[SmsService]:
    """The service while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                service._hear(self.path)
            except Exception as error:
                self.send_error(500, repr(error))
                raise
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service = SmsService(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="sms-service", daemon=True
    )
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
