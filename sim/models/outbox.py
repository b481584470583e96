"""How the video service sends its SMS, in the small: by routes in order, and again until one is taken.

The numbers, and how it slows down, are those of `video_service`; another service has its own.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from math import inf
from typing import cast

import simpy

from sim.call import Call
from sim.clock import Process
from sim.models.carrier import ModelledCarrier
from sim.models.smsc import CUT, Answer, ModelledSmsc
from video_service.outbox import ANSWER_WITHIN_S, BACK_OFF_S, GIVE_UP_S
from video_service.pace import Pace

_SLOWER = ("RTHROTTLED", "RMSGQFUL")
_SLOWER_BY_HTTP = ("RTHROTTLED",)  # 429; a full queue is 503, as a refusal is
_NEVER = ("RINVDSTADR", "RINVSRCADR", "RINVMSGLEN")  # no other try can change these


class _Route:
    """One way to a carrier: its pace, and whether it has fallen silent."""

    def __init__(self, smsc: ModelledSmsc, env: simpy.Environment) -> None:
        self.smsc, self.env = smsc, env
        self.silent = False
        self.pace = Pace()
        self._under_way = 0
        self._moved = env.event()

    def opens(self) -> Process[None]:
        """Wait until one more submit may go out, and count it."""
        while (opens_at := self.pace.opens_at(self._under_way)) > self.env.now:
            yield self._moved if opens_at == inf else self.env.timeout(opens_at - self.env.now)
        self._under_way += 1

    def is_free(self) -> None:
        """A submit is not waited for any more."""
        self._under_way -= 1
        moved, self._moved = self._moved, self.env.event()
        moved.succeed()


class ModelledOutbox:
    """Sends over SMPP by `routes`; without, through the HTTP gateway, which finds the number's carrier."""

    def __init__(self, carriers: ModelledCarrier, routes: Sequence[str]) -> None:
        self._carriers, self._env, self._by_number = carriers, carriers.env, not routes
        self._slower = _SLOWER if routes else _SLOWER_BY_HTTP
        self._names = list(routes) or list(carriers.names)
        self._routes = {name: _Route(ModelledSmsc(name, carriers), self._env) for name in self._names}

    def send(self, call: Call, text: str, settled: simpy.Event, failed: Callable[[], None]) -> None:
        """Until it is `settled`, which a carrier that takes it does too; or it has `failed`: nobody would."""
        self._env.process(self._sends(call, text, settled, failed))

    def _sends(
        self, call: Call, text: str, settled: simpy.Event, failed: Callable[[], None]
    ) -> Process[None]:
        begun, tries = self._env.now, Counter[str]()
        while not settled.triggered:
            if self._env.now >= begun + GIVE_UP_S:
                self._tell(call, f"gave up after {GIVE_UP_S:g} s", final=True)
                failed()
                return
            ways = self._ways(call, tries)
            if not ways:
                yield self._env.timeout(1.0) | settled
                continue
            route = ways[0]
            yield from route.opens()
            if settled.triggered:
                route.is_free()
                return
            status = yield from self._tries(call, text, route, tries[route.smsc.name], settled)
            if settled.triggered or status in self._slower:
                continue
            if status in _NEVER:
                self._tell(call, f"{route.smsc.name}: {status}", final=True)
                failed()
                return
            tries[route.smsc.name] += 1
            yield from self._goes_on(call, route, tries, status, settled)

    def _tries(
        self, call: Call, text: str, route: _Route, tries: int, settled: simpy.Event
    ) -> Process[str | None]:
        """One submit; the status of the answer, None when there is none in time. A late one still counts."""
        within_s = ANSWER_WITHIN_S[min(tries, len(ANSWER_WITHIN_S) - 1)]

        def answered(event: simpy.Event) -> None:
            answer = cast(Answer, event.value)
            route.silent = False
            if answer.status in self._slower:
                route.pace.slower(self._env.now, None)
            elif answer.status == "ROK":
                route.pace.accepted()
                if not settled.triggered:
                    settled.succeed()

        answer = route.smsc.submit(call, text)
        assert answer.callbacks is not None
        answer.callbacks.append(answered)
        yield answer | settled | self._env.timeout(within_s)
        route.is_free()
        return cast(Answer, answer.value).status if answer.processed else None

    def _goes_on(
        self, call: Call, route: _Route, tries: Counter[str], status: str | None, settled: simpy.Event
    ) -> Process[None]:
        """After a failed try: at once by another route, or by the same a little later."""
        name = route.smsc.name
        route.silent = status is None
        ways = self._ways(call, tries)
        pause_s = BACK_OFF_S[min(tries[name], len(BACK_OFF_S)) - 1] if route in ways else 0.0
        because = {None: "no answer in time", CUT: "the connection broke"}.get(status, status)
        self._tell(call, f"{name}: {because}", final=False, to=ways[0].smsc.name if ways else "none is left")
        yield self._env.timeout(pause_s) | settled

    def _ways(self, call: Call, tries: Counter[str]) -> list[_Route]:
        """Of the routes in use those that failed this message least often, in order."""
        if self._by_number:
            return [self._routes[self._carriers.name_of(call.caller.number)]]
        usable = [name for name in self._names if self._is_usable(name)]
        fewest = min((tries[name] for name in usable), default=0)
        return [self._routes[name] for name in usable if tries[name] == fewest]

    def _is_usable(self, name: str) -> bool:
        """A route that dropped the line is down; of a silent one the service knows when it answers again."""
        outage = self._carriers.behaviour(name).outage
        return outage != "drop" and not (outage == "silent" and self._routes[name].silent)

    def _tell(self, call: Call, reason: str, *, final: bool, to: str = "") -> None:
        facts = {"reason": reason, "final": final, **({"next": to} if to else {})}
        self._carriers.record(call, "sms.failed", actor="service", **facts)
