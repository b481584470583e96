"""The arrivals of one worker: each call placed at its moment, as one locust user that rings once."""

import time
from typing import Any

import gevent
from gevent.event import AsyncResult
from locust import User, task
from locust.exception import StopUser
from locust.runners import Runner

from sim.checks.metrics import quantile
from sim.load.child import Child, ChildLost, Word

METRIC = "METRIC"  # the type of rows in locust's tables that are not calls
LATENESS = "arrival_lateness"
LOOK_S = 0.5  # how often the wait for a call looks whether it was enough


class NotAsOrdained(Exception):
    """A call that did not end as its scenario ordained."""


class Player:
    """Places the calls of one slice and counts what became of them.

    A call that is due while `live_max` are live is dropped and counted, never delayed; so is what remains
    after `withhold`. `told` counts calls that ended, not calls that began.
    """

    def __init__(self, runner: Runner, conductor: Child, at_s: list[float], live_max: int) -> None:
        self._runner, self._conductor = runner, conductor
        self._at_s, self._live_max = at_s, live_max
        self._pending: dict[int, AsyncResult] = {}
        self._late_s: list[float] = []
        self._enough = False
        self._unended: list[int] = []
        self.told = self.dropped = self.withheld = 0

    def play(self, t0_monotonic_s: float, k: int, n: int) -> None:
        """Place calls k, k + n, k + 2n …, each at its time, and wait until all have ended."""
        for call in sorted(range(k, len(self._at_s), n), key=self._at_s.__getitem__):
            due = t0_monotonic_s + self._at_s[call]  # absolute: never drifts
            while not self._enough and (left := due - time.monotonic()) > 0:
                gevent.sleep(min(left, LOOK_S))
            if self._enough:
                self.withheld += 1
            elif len(self._runner.user_greenlets) >= self._live_max:
                self.dropped += 1
            else:
                (caller,) = self._runner.spawn_users({Caller.__name__: 1})
                assert isinstance(caller, Caller)
                caller.player, caller.call, caller.due_s = self, call, due  # its greenlet has not run yet
        while self._runner.user_greenlets:
            gevent.sleep(0.05)

    def withhold(self) -> None:
        """Place no more calls; those that are live end as they would."""
        self._enough = True

    def ring(self, call: int, due_s: float) -> None:
        """One call from its due moment to its end, as one request of locust's. Raises ChildLost."""
        late_s = time.monotonic() - due_s
        self._late_s.append(late_s)
        log_metric(self._runner, LATENESS, late_s * 1000)
        answer = self._pending[call] = AsyncResult()
        self._conductor.order("tell", call=call)
        word = answer.get()
        self.told += 1
        self._runner.environment.events.request.fire(
            request_type="CALL",
            name=word["line"],
            response_time=(time.monotonic() - due_s) * 1000,
            response_length=0,
            exception=None if word["ok"] else NotAsOrdained(_in_words(word)),
            context={},
        )

    def hears(self, word: Word) -> None:
        """A call has ended. Raises KeyError when it was not ringing: told twice, or never ordered."""
        self._pending.pop(word["told"]).set(word)

    def loses(self, why: str) -> None:
        """The conductor is gone: every live call ends with an error."""
        self._unended = sorted(self._pending)
        for answer in self._pending.values():
            answer.set_exception(ChildLost(why))
        self._pending.clear()

    def account(self) -> dict[str, Any]:
        late_s = sorted(self._late_s)
        return {
            "told": self.told,
            "dropped": self.dropped,
            "withheld": self.withheld,
            "unended": self._unended,
            "arrival_lateness_s_p99": quantile(late_s, 0.99) or 0.0,
            "arrival_lateness_s_max": quantile(late_s, 1.0) or 0.0,
        }


class Caller(User):
    """One call. Locust's count of users is the count of live calls."""

    player: Player
    call: int
    due_s: float

    @task
    def ring(self) -> None:
        try:
            self.player.ring(self.call, self.due_s)
        except Exception as error:
            self.environment.events.user_error.fire(
                user_instance=self, exception=error, tb=error.__traceback__
            )
        raise StopUser  # in a `finally` it would hide the error


def log_metric(runner: Runner, name: str, value: float) -> None:
    """A row of its own in locust's tables, merged from the workers, not in Aggregated."""
    runner.stats.entries[(name, METRIC)].log(value, 0)  # type: ignore[arg-type]  # it adds and compares


def _in_words(word: Word) -> str:
    ended = f"{word['outcome']}, ordained was {word['ordained']}"
    return f"{ended}: {word['detail']}" if word["detail"] else ended
