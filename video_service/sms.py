"""Send SMS by SMPP. smpplib blocks, so everything but `send` happens in one thread."""

import asyncio
import contextlib
import logging
import queue
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from video_service.outbox import Message, Outbox, Outcome, back_off_s
from video_service.smpp_link import SOCKET_S, TROUBLE, Account, SmppLink, new_message

log = logging.getLogger("video_service.sms")

ENQUIRE_EVERY_S = 10.0


class SmsClient:
    """The way to the carrier; reconnects for as long as it runs.

    `tell` gets every Outcome, in the event loop that `start` was called in. `state` and `detail` say
    how the connection is.
    """

    def __init__(self, account: Account, tell: Callable[[Outcome], None], tries_max: int) -> None:
        self.state, self.detail = "connecting", ""
        self._account = account
        self._tell = tell
        self._outbox = Outbox(self._tell_loop, tries_max)
        self._incoming: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._ear, self._bell = socket.socketpair()
        self._ear.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="video_service-sms", daemon=True)
        self._stopping = False
        self._heard_at = self._enquired_at = 0.0

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """Unbind and end the thread; messages that are not sent are given up."""
        self._stopping = True
        self._ring()
        await asyncio.to_thread(self._thread.join, 3 * SOCKET_S)
        self._ear.close()
        self._bell.close()

    def send(self, reference: str, number: str, text: str) -> None:
        """Queue one SMS to an E.164 number. Its outcomes carry `reference`."""
        self._incoming.put(new_message(reference, number, text, time.monotonic()))
        self._ring()

    def _run(self) -> None:
        failures = 0
        while not self._stopping:
            link = SmppLink(self._account, self._outbox)
            try:
                link.bind()
                failures = 0
                self._serve(link)
            except TROUBLE as trouble:
                failures += 1
                self._lost(trouble)
            finally:
                link.drop()
            if not self._stopping:
                self._rest(back_off_s(failures))
        self.state = "stopped"

    def _serve(self, link: SmppLink) -> None:
        log.info("bound to the SMSC at %s:%d", self._account.host, self._account.port)
        self.state, self.detail = "bound", ""
        self._heard_at = self._enquired_at = time.monotonic()
        while not self._stopping:
            self._take_incoming()
            while message := self._outbox.next_due(time.monotonic()):
                self._outbox.sent(message, link.submit(message), time.monotonic())
            if self._listen(link, 1.0):
                self._heard_at = time.monotonic()
                link.read()
            self._outbox.late(time.monotonic())
            self._keep_alive(link)
        link.unbind()

    def _keep_alive(self, link: SmppLink) -> None:
        now = time.monotonic()
        if now - self._heard_at > 2 * ENQUIRE_EVERY_S:
            raise TimeoutError(f"silent for {now - self._heard_at:.0f} s")
        if now - max(self._heard_at, self._enquired_at) > ENQUIRE_EVERY_S:
            self._enquired_at = now
            link.enquire()

    def _lost(self, trouble: Exception) -> None:
        detail = f"SMSC at {self._account.host}:{self._account.port}: {str(trouble) or 'connection lost'}"
        if detail != self.detail:
            log.warning("%s; trying again. Is it running, and are --smpp and the password right?", detail)
        self.state, self.detail = "connecting", detail
        self._take_incoming()
        self._outbox.broken(detail, time.monotonic())

    def _rest(self, seconds: float) -> None:
        """Wait before connecting again, but not while a message is due."""
        until = time.monotonic() + seconds
        while not self._stopping and (left_s := until - time.monotonic()) > 0:
            if self._outbox.quiet_s(time.monotonic()) == 0.0:
                return
            self._listen(None, left_s)
            self._take_incoming()

    def _listen(self, link: SmppLink | None, at_most_s: float) -> bool:
        """Wait for the bell, the link, or the outbox; tells whether the link has something to read."""
        quiet_s = self._outbox.quiet_s(time.monotonic())
        watched: list[Any] = [self._ear, link] if link else [self._ear]
        seconds = at_most_s if quiet_s is None else min(at_most_s, quiet_s)
        readable, _, _ = select.select(watched, [], [], seconds)
        if self._ear in readable:
            with contextlib.suppress(BlockingIOError):
                self._ear.recv(4096)
        return link in readable

    def _take_incoming(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._outbox.put(self._incoming.get_nowait())

    def _tell_loop(self, outcome: Outcome) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(self._tell, outcome)

    def _ring(self) -> None:
        with contextlib.suppress(OSError):
            self._bell.send(b"!")
