"""The master's side of one load test: the country, the workers that meet in it, and how it all ended."""

import logging
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event
from locust.runners import STATE_RUNNING, MasterRunner, Runner

from sim.load.child import Child, ChildLost, Word
from sim.load.measured import Measured
from sim.load.worker import name_of
from sim.verdict import BAD_USAGE, EXIT_CODES

READY_S_MAX = 300.0  # the country: plan the scenario, start the shared parts
MEET_S_MAX = 330.0  # the first time clips are drawn
LEAD_S = 1.5  # from the word `go` to the first moment of the test
ACCOUNT_S_MAX = 25.0  # workers whose test was ended end their conductors first
VERDICT_S_MAX = 600.0  # journal, report
LOOK_S = 0.2

INVALID, CRASHED = EXIT_CODES["invalid"], EXIT_CODES["crashed"]
INTERRUPTED = EXIT_CODES["interrupted"]

log = logging.getLogger("lab113.load")


class Trouble(Exception):
    """Why a test cannot go on, and the exit code that this alone would be."""

    def __init__(self, why: str, exit_code: int) -> None:
        super().__init__(why)
        self.exit_code = exit_code


class Meeting:
    """Lives from `test_start` to the verdict in a greenlet of its own, whatever locust stops meanwhile.

    `over` is true when all is ended; then `exit_code` holds. `stop` interrupts it.
    """

    def __init__(
        self, runner: Runner, country: list[str], joining: dict[str, Any], finish_s_max: float
    ) -> None:
        self.measured = Measured(runner)
        self.exit_code, self.folder, self.over = CRASHED, "", False
        self._runner, self._finish_s_max = runner, finish_s_max
        self._joining = joining
        self._workers: list[str] = []
        self._joined: dict[str, Word] = {}
        self._accounts: dict[str, Word] = {}
        self.calls, self.prometheus = 0, ""
        self._verdict: Word | None = None
        self._trouble: Trouble | None = None
        self._codes = [0]
        self._country_lost = False
        self._news = Event()
        self._country = Child("country", self._hears, self._loses)
        self._life = gevent.spawn(self._live, country)

    # ---- what others tell it

    def stop(self, why: str) -> None:
        """Interrupt it; it is over when its workers have ended and the country has judged.

        Locust itself stops a test whose last worker is lost.
        """
        self._troubled(self._lost() or Trouble(why, INTERRUPTED))

    def join(self, s_max: float | None = None) -> None:
        """Wait until it is over."""
        self._life.join(timeout=s_max)

    def joined(self, worker: str, word: Word) -> None:
        if word["test"] == self._joining["test"]:
            self._joined[worker] = word
            self._news.set()

    def told(self, worker: str, word: Word) -> None:
        if word["test"] != self._joining["test"] or worker not in self._workers:
            return  # late, of a test before
        self._accounts[worker] = word
        if word["error"]:
            self._troubled(Trouble(f"{worker}: {word['error']}", word["exit_code"]))
        self._news.set()

    def _hears(self, word: Word) -> None:
        if "samples" in word or "counts" in word:
            self.measured.add(word)
        if "enough" in word:
            log.info("no more calls: %s", word["enough"])
            self._send("withhold", {})
        if "broken" in word:
            self._troubled(Trouble(word["broken"], 0))
        if "verdict" in word:
            self._verdict = word
        self._news.set()

    def _loses(self, why: str) -> None:
        self._country_lost = True
        if self._verdict is None:
            self._troubled(Trouble(why, CRASHED))

    def _troubled(self, trouble: Trouble) -> None:
        """The first is the reason; the worst of all is the exit code."""
        if self.over:
            return
        log.error("%s", trouble)
        self._codes.append(trouble.exit_code)
        self._trouble = self._trouble or trouble
        self._news.set()

    # ---- its life

    def _live(self, argv: list[str]) -> None:
        try:
            self._country.start(argv, {})
            self._meet()
            self._play()
        except Trouble as trouble:
            if trouble is not self._trouble:
                self._troubled(trouble)
        except Exception as error:
            log.exception("the load test has a mistake")
            self._troubled(Trouble(repr(error), CRASHED))
        try:
            self._end()
        finally:
            self._country.stop()
            self.over = True

    def _meet(self) -> None:
        """Until country and workers are ready, and read the same scenario."""
        self._until(lambda: self._country.has_answered, READY_S_MAX, "the country is not ready")
        try:
            ready = self._country.ready(0)
        except ChildLost as lost:
            raise Trouble(str(lost), CRASHED) from None
        if "refused" in ready:
            raise Trouble(ready["refused"], ready.get("exit_code", BAD_USAGE))
        self.calls, self.folder = ready["calls"], ready["folder"]
        self.prometheus = ready.get("prometheus", "")
        log.info("the country is ready: %d calls, %s", self.calls, self.folder)
        self._until(lambda: self._runner.state == STATE_RUNNING, MEET_S_MAX, "locust is not running")
        self._workers = sorted(self._alive())
        shared = {key: ready[key] for key in ("url", "token", "digest", "live_max")}
        slices = {worker: k for k, worker in enumerate(self._workers)}
        self._send("join", {**self._joining, **shared, "slices": slices, "of": len(slices)})
        self._until(lambda: self._all_in(self._joined), MEET_S_MAX, "not every worker joined")

    def _play(self) -> None:
        """Until every worker's calls have ended."""
        t0 = time.monotonic() + LEAD_S
        self._country.order("begin", t0_monotonic_s=t0, workers=self._workers)
        self.measured.begin(t0)
        self._send("go", {"t0_monotonic_s": t0})
        last_at_s = max(word["last_at_s"] for word in self._joined.values())
        limit_s = LEAD_S + last_at_s + self._finish_s_max
        self._until(lambda: self._all_in(self._accounts), limit_s, "calls still go on")

    def _end(self) -> None:
        """Collect the accounts, have the country judge, settle the exit code."""
        if not self._all_in(self._accounts):
            self._send("end", {})
            self._wait(lambda: self._alive() & set(self._workers) <= set(self._accounts), ACCOUNT_S_MAX)
        if self.folder:  # the country was ready
            if self._accounted != self.calls:
                self._troubled(Trouble(self._missing, INVALID))
            self._have_judged()
            self._codes.append(CRASHED if self._verdict is None else self._verdict["exit_code"])
        self.exit_code = max(self._codes)

    def _have_judged(self) -> None:
        lags = [account.get("hub_lag_s_p99", 0.0) for account in self._accounts.values()]
        self._country.order(
            "end",
            accounts=self._accounts,
            reason=self._reason,
            hub_lag_s_p99=max(lags, default=0.0),
        )
        if self._wait(lambda: self._verdict is not None or self._country_lost, VERDICT_S_MAX):
            self._country.ended(READY_S_MAX)

    @property
    def trouble(self) -> str:
        """Why it did not go as it should; empty when it did."""
        return str(self._trouble or "")

    @property
    def _reason(self) -> str | None:
        if self._trouble is None:
            return None
        return "interrupted" if self._trouble.exit_code == INTERRUPTED else str(self._trouble)

    @property
    def _accounted(self) -> int:
        return sum(
            account["told"] + account["dropped"] + account["withheld"] for account in self._accounts.values()
        )

    @property
    def _missing(self) -> str:
        unended = [call for account in self._accounts.values() for call in account.get("unended", [])]
        named = ", ".join(str(call) for call in sorted(unended)[:10])
        begun = f"; begun and not ended: {len(unended)} (of them {named})" if unended else ""
        return f"{self._accounted} of {self.calls} calls accounted for{begun}"

    # ---- waiting and sending

    def _until(self, is_so: Callable[[], bool], s_max: float, else_: str) -> None:
        """Raises Trouble as soon as there is some."""

        def so_far() -> bool:
            self._look()
            return is_so()

        if not self._wait(so_far, s_max):
            raise Trouble(f"{else_} after {s_max:.0f} s", INVALID)

    def _look(self) -> None:
        if trouble := self._trouble or self._lost():
            raise trouble

    def _lost(self) -> Trouble | None:
        lost = set(self._workers) - set(self._accounts) - self._alive()
        return Trouble(f"worker lost: {', '.join(sorted(lost))}", INVALID) if lost else None

    def _wait(self, is_so: Callable[[], bool], s_max: float) -> bool:
        give_up_at = time.monotonic() + s_max
        while not is_so():
            if time.monotonic() > give_up_at:
                return False
            self._news.wait(LOOK_S)
            self._news.clear()
        return True

    def _all_in(self, words: dict[str, Word]) -> bool:
        return set(self._workers) <= set(words)

    def _alive(self) -> set[str]:
        if not isinstance(self._runner, MasterRunner):
            return {name_of(self._runner)}
        clients = self._runner.clients
        return {client.id for client in clients.ready + clients.spawning + clients.running}

    def _send(self, what: str, data: dict[str, Any]) -> None:
        for worker in self._workers:
            if worker in self._alive():
                self._runner.send_message(what, data, worker)
