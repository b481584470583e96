"""A locust worker's side of a load test: its conductor, its slice of the calls, its account.

The local runner is its own master: the same messages, which locust hands over in the process.
"""

from typing import Any
from urllib.parse import urlsplit

import gevent
from gevent.event import AsyncResult
from locust.runners import Runner, WorkerRunner

from sim.load.child import Child, ChildLost, Word, program
from sim.load.lag import HubLag
from sim.load.player import Player
from sim.verdict import EXIT_CODES
from stand_alone import is_loopback

READY_S_MAX = 300.0
BEGIN_S_MAX = 30.0
END_S_MAX = 60.0

INVALID, CRASHED = EXIT_CODES["invalid"], EXIT_CODES["crashed"]


class Worker:
    """`join` makes a conductor, `go` plays, `end` ends it; the master always hears the account."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._work: gevent.Greenlet | None = None
        self._player: Player | None = None
        self._go: AsyncResult = AsyncResult()
        self._begun: AsyncResult = AsyncResult()
        self._ending = False
        for name, hear in (("join", self._join), ("go", self._went), ("withhold", self._withhold)):
            runner.register_message(name, hear)
        runner.register_message("end", lambda **_: self.end("the master ended the test", wait=False))

    def end(self, why: str, wait: bool = True) -> None:
        """End the test if it still goes on; when waiting, nothing of it is left after."""
        work = self._work
        if work is None or work.ready():
            return
        self._break(ChildLost(why))
        if wait:
            work.join(timeout=END_S_MAX)

    def _break(self, error: Exception) -> None:
        """Raise it where the test stands, unless that is ending already."""
        if self._work is not None and not self._ending:
            self._ending = True
            self._work.kill(error, block=False)

    def _join(self, msg: Any, **_: Any) -> None:
        self.end("a new test begins")
        self._go, self._begun, self._ending = AsyncResult(), AsyncResult(), False
        self._work = gevent.spawn(self._live, msg.data)

    def _went(self, msg: Any, **_: Any) -> None:
        self._go.set(msg.data)

    def _withhold(self, **_: Any) -> None:
        if self._player is not None:
            self._player.withhold()

    def _live(self, joining: dict[str, Any]) -> None:
        """The whole test; whatever happens, the conductor is ended and the master hears the account."""
        conductor = Child("conductor", self._heard, lambda why: self._break(_Died(why)))
        account: dict[str, Any] = {"told": 0, "dropped": 0, "withheld": 0, "error": None, "exit_code": 0}
        lag = HubLag()
        self._player = None
        try:
            self._play(conductor, joining)
        except _Died as died:
            account |= {"error": str(died), "exit_code": CRASHED}
        except Exception as error:
            account |= {"error": str(error) or repr(error), "exit_code": INVALID}
        finally:
            self._ending = True
            lag.stop()
            if self._player is not None:
                self._player.loses(account["error"] or "the test has ended")
            conductor.stop()
        account |= lag.figures() | (self._player.account() if self._player is not None else {})
        self._send("told", joining, account)

    def _play(self, conductor: Child, joining: dict[str, Any]) -> None:
        hello = self._started(conductor, joining)
        if hello["digest"] != joining["digest"]:
            raise ChildLost(f"the conductor reads another scenario ({hello['digest']}) than the country")
        at_s = hello["at_s"]
        self._send("joined", joining, {"last_at_s": max(at_s, default=0.0)})
        go = self._go.get()
        k, n = joining["slices"][self._name], joining["of"]
        share = max(1, -(-joining["live_max"] // n))
        self._player = Player(self._runner, conductor, at_s, share)
        conductor.order("begin", t0_monotonic_s=go["t0_monotonic_s"])
        try:
            t0_monotonic_s = self._begun.get(timeout=BEGIN_S_MAX)
        except gevent.Timeout:
            raise ChildLost(f"the conductor did not begin within {BEGIN_S_MAX:g} s") from None
        self._player.play(t0_monotonic_s, k, n)
        conductor.order("end")
        code = conductor.ended(END_S_MAX)
        if code is None:
            raise _Died(f"the conductor did not end within {END_S_MAX:g} s of its last call")
        if code != 0:
            raise _Died(f"the conductor ended with code {code} after its last call")

    def _started(self, conductor: Child, joining: dict[str, Any]) -> Word:
        argv = [
            *program("sim.load.conductor", "LAB113_LOAD_CONDUCTOR"),
            *("--country", self._reached(joining["url"]), "--name", self._name),
            *("--slice", str(joining["slices"][self._name]), "--of", str(joining["of"])),
            *("--farm-workers", str(joining["farm_workers"])),
        ]
        try:
            conductor.start(argv, {"LAB113_LOAD_TOKEN": joining["token"]})
            hello = conductor.ready(READY_S_MAX)
        except ChildLost as lost:
            raise _Died(str(lost)) from None
        if "refused" in hello:
            raise ChildLost(f"the conductor refuses: {hello['refused']}")
        return hello

    def _reached(self, url: str) -> str:
        """The country's address as this machine sees it: where the master is, unless that is here."""
        there = self._runner.master_host if isinstance(self._runner, WorkerRunner) else "127.0.0.1"
        parts = urlsplit(url)
        if is_loopback(there) or is_loopback(parts.hostname or ""):
            return url
        host = f"[{there}]" if ":" in there else there
        return parts._replace(netloc=f"{host}:{parts.port}").geturl()

    def _heard(self, word: Word) -> None:
        if "told" in word and self._player is not None:
            self._player.hears(word)
        elif "begun" in word:
            self._begun.set(word["begun"]["t0_monotonic_s"])
        elif "broken" in word:
            self._break(_Died(word["broken"]))

    @property
    def _name(self) -> str:
        return name_of(self._runner)

    def _send(self, what: str, joining: dict[str, Any], word: dict[str, Any]) -> None:
        self._runner.send_message(what, {"test": joining["test"], **word})


class _Died(Exception):
    """The conductor, or something of it, is dead."""


def name_of(runner: Runner) -> str:
    """What master and country call a worker."""
    return str(runner.client_id) if isinstance(runner, WorkerRunner) else "local"
