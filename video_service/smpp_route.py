"""Send by SMPP. smpplib blocks, so each connection lives in a thread; all reports come in the event loop."""

import asyncio
import contextlib
import logging
import queue
import select
import socket
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from video_service.message import Message
from video_service.smpp_link import SOCKET_S, Account, SmppLink
from video_service.smpp_parts import Coded, coded
from video_service.sms_route import Answer, Receipt, Reports

log = logging.getLogger("video_service.smpp_route")

ENQUIRE_EVERY_S = 10.0
SILENT_AFTER_S = 5.0
"""An enquire_link without an answer for so long: the SMSC is silent; it is asked again."""
DROP_AFTER_S = 20.0
"""A connection on which nothing was heard for so long is given up for a new one."""
TICK_S = 1.0
CONNECT_AGAIN_S = (0.5, 1.0, 2.0)


@dataclass(frozen=True)
class _Order:
    token: int
    number: str
    coded: Coded
    part: int


class SmppRoute:
    """One SMSC; reconnects for as long as it runs."""

    minds_silence = True

    def __init__(self, account: Account) -> None:
        self.name = f"SMSC at {account.host}:{account.port}"
        self._account = account
        self._ear, self._bell = socket.socketpair()
        self._ear.setblocking(False)
        self._bell.setblocking(False)
        self._thread = threading.Thread(target=self._run, name=f"video_service {self.name}", daemon=True)
        self._stopping = self._doubted = False
        self._heard_at = self._enquired_at = 0.0
        self._trouble = ""
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()  # of the connection that is up

    def parts(self, text: str) -> int:
        return len(coded(text, 0).parts)

    def start(self, reports: Reports) -> None:
        self._reports = reports
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """Unbind and end the thread."""
        self._stopping = True
        self._ring()
        await asyncio.to_thread(self._thread.join, 3 * SOCKET_S)
        self._ear.close()
        self._bell.close()

    def submit(self, token: int, message: Message, part: int) -> None:
        reference = zlib.crc32(message.id.encode()) % 256
        self._orders.put(_Order(token, message.number, coded(message.text, reference), part))
        self._ring()

    def doubt(self) -> None:
        self._doubted = True
        self._ring()

    # ---- in the event loop, on behalf of the thread

    def _bound(self, orders: queue.SimpleQueue[_Order]) -> None:
        self._orders = orders
        self._reports.up()

    # ---- in the thread

    def _run(self) -> None:
        failures = 0
        while not self._stopping:
            sequences: dict[int, int] = {}
            link = SmppLink(self._account, self._on_answer(sequences), self._on_receipt)
            try:
                link.bind()
                failures = 0
                self._serve(link, sequences)
            except (
                Exception
            ) as trouble:  # whatever it is: this thread must not end, and a new connection may do
                failures += 1
                self._lost(trouble)
            finally:
                link.drop()
            if not self._stopping:
                self._rest(CONNECT_AGAIN_S[min(failures, len(CONNECT_AGAIN_S)) - 1])

    def _serve(self, link: SmppLink, sequences: dict[int, int]) -> None:
        """`sequences`: the token of each sequence number that awaits an answer on this connection."""
        log.info("bound to the %s", self.name)
        self._trouble = ""
        orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()  # what was meant for a lost one dies with it
        self._heard_at = self._enquired_at = time.monotonic()
        self._report(self._bound, orders)
        while not self._stopping:
            with contextlib.suppress(queue.Empty):
                while order := orders.get_nowait():
                    sequences[link.submit(order.number, order.coded, order.part)] = order.token
            if self._listen(link, TICK_S):
                link.read()
                self._heard_at = time.monotonic()
                self._report(self._reports.heard)
            self._keep_alive(link)
        if not self._is_asked:
            link.unbind()

    def _keep_alive(self, link: SmppLink) -> None:
        now = time.monotonic()
        doubted, self._doubted = self._doubted, False
        is_asked, is_silent = self._is_asked, now - self._enquired_at > SILENT_AFTER_S
        if now - self._heard_at > DROP_AFTER_S:
            raise TimeoutError(f"silent for {now - self._heard_at:.0f} s")
        if is_asked and is_silent:
            self._report(self._reports.silent)
        if is_silent if is_asked else (doubted or now - self._heard_at > ENQUIRE_EVERY_S):
            self._enquired_at = now
            link.enquire()

    @property
    def _is_asked(self) -> bool:
        """Whether an enquire_link awaits its answer."""
        return self._enquired_at > self._heard_at

    def _lost(self, trouble: Exception) -> None:
        detail = str(trouble.args[0] if trouble.args else "") or "connection lost"
        if detail != self._trouble:
            log.warning(
                "%s: %s; trying again. Is it running, and are --smpp and the password right?",
                self.name,
                detail,
            )
        self._trouble = detail
        self._report(self._reports.down, detail)

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left_s := until - time.monotonic()) > 0:
            self._listen(None, left_s)

    def _listen(self, link: SmppLink | None, at_most_s: float) -> bool:
        """Wait for the bell or the link; tells whether the link has something to read."""
        poll = select.poll()  # `select` fails when the process has more than 1024 sockets
        poll.register(self._ear, select.POLLIN)
        if link:
            poll.register(link, select.POLLIN)
        readable = {number for number, _ in poll.poll(at_most_s * 1000)}
        if self._ear.fileno() in readable:
            with contextlib.suppress(BlockingIOError):
                self._ear.recv(4096)
        return link is not None and link.fileno() in readable

    def _on_answer(self, sequences: dict[int, int]) -> Callable[[int, Answer], None]:
        def tell(sequence: int, answer: Answer) -> None:
            token = sequences.pop(sequence, None)
            if token is not None:
                self._report(self._reports.answered, token, answer)

        return tell

    def _on_receipt(self, receipt: Receipt) -> None:
        self._report(self._reports.receipt, receipt)

    def _report(self, what: Callable[..., None], *facts: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
            self._loop.call_soon_threadsafe(what, *facts)

    def _ring(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it rings already
            self._bell.send(b"!")
