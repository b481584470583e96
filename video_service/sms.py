"""Send SMS: the outbox, driven by the clock and by what its routes report. All in the event loop."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence

from video_service.message import Message
from video_service.outbox import Outbox, Outcome
from video_service.route import Route
from video_service.sms_route import Answer, Receipt, SmsRoute


class SmsSender:
    """`routes` in order of preference. `tell` gets every Outcome, a moment after it happened."""

    def __init__(self, routes: Sequence[SmsRoute], tell: Callable[[Outcome], None], give_up_s: float) -> None:
        self._routes = list(routes)
        known = [Route(route.name, route.minds_silence) for route in routes]
        self.outbox = Outbox(self._tell_soon, known, give_up_s)
        self._tell = tell
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        for number, route in enumerate(self._routes):
            route.start(_Reports(self, number))

    async def stop(self) -> None:
        """Messages that are not sent are given up."""
        if self._timer:
            self._timer.cancel()
        await asyncio.gather(*(route.stop() for route in self._routes))

    def send(self, reference: str, number: str, text: str, because: str) -> None:
        """Send one SMS to an E.164 number. Its outcomes carry `reference`."""
        now = time.monotonic()
        message = Message(secrets.token_hex(8), reference, number, text, because, now)
        self.outbox.put(message, self._routes[0].parts(text), now)
        self.go_on()

    def settle(self, reference: str) -> None:
        """What was sent for `reference` need not be tried again."""
        self.outbox.settle(reference)

    def go_on(self) -> None:
        """Do what is to be done now, and see when time alone brings more."""
        for route in self.outbox.look(time.monotonic()):
            self._routes[route].doubt()
        while submit := self.outbox.next_submit(time.monotonic()):
            self._routes[submit.route].submit(submit.token, submit.part.message, submit.part.index)
        if self._timer:
            self._timer.cancel()
        quiet_s = self.outbox.quiet_s(time.monotonic())
        self._timer = None if quiet_s is None else self._loop.call_later(quiet_s, self.go_on)

    def _tell_soon(self, outcome: Outcome) -> None:
        self._loop.call_soon(self._tell, outcome)  # not from within the outbox: a database may fail


class _Reports:
    """What one route tells, for the outbox (sms_route.Reports)."""

    def __init__(self, sender: SmsSender, route: int) -> None:
        self._sender, self._outbox, self._route = sender, sender.outbox, route

    def up(self) -> None:
        self._outbox.up(self._route, time.monotonic())
        self._sender.go_on()

    def heard(self) -> None:
        self._outbox.heard(self._route, time.monotonic())
        self._sender.go_on()

    def silent(self) -> None:
        self._outbox.silent(self._route)
        self._sender.go_on()

    def refusing(self, reason: str) -> None:
        self._outbox.refusing(self._route, reason)
        self._sender.go_on()

    def down(self, reason: str) -> None:
        self._outbox.down(self._route, reason, time.monotonic())
        self._sender.go_on()

    def answered(self, token: int, answer: Answer) -> None:
        self._outbox.answered(token, answer, time.monotonic())
        self._sender.go_on()

    def receipt(self, receipt: Receipt) -> None:
        self._outbox.receipt(self._route, receipt, time.monotonic())
        self._sender.go_on()
