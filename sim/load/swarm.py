"""A load test inside locust: its events wired to the meeting (master, local) and to the worker.

Locust owns the arrivals, when; the country and the conductors are child programs that own the rest.
"""

import json
import logging
import os
import signal
import sys
from typing import Any

import gevent
import locust.runners
import locust.stats
from locust import LoadTestShape, events
from locust.dispatch import UsersDispatcher
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner
from locust.web import WebUI

from sim.guard import Refused
from sim.load.meeting import CRASHED, Meeting
from sim.load.options import add_options, country_argv, guarded, hide_the_key
from sim.load.player import LATENESS, METRIC
from sim.load.shown import in_the_report, on_the_web
from sim.load.worker import Worker
from sim.verdict import BAD_USAGE

PROGRESS_EVERY_S = 5.0
MASTER_LOST_S = 12  # a worker without its master ends; locust's own limit is a minute
OVER_S_MAX = 700.0  # the verdict comes before, or never

log = logging.getLogger("lab113.load")


class KeepOpen(LoadTestShape):
    """Keeps the test open until the meeting is over. Constant: locust never touches the callers itself."""

    swarm: "Swarm"

    def tick(self) -> tuple[int, float] | None:
        return None if self.swarm.is_over else (0, 1)


class OneDispatch(UsersDispatcher):
    """Locust dispatches users once, none of them. Else a worker that comes late would have it do so again,
    and it would stop every live call as one user too many (also without `--enable-rebalancing`)."""

    @property
    def dispatch_in_progress(self) -> bool:
        return True


class Swarm:
    """What one locust process is to a load test, for as long as it lives; a test may start many times."""

    def __init__(self, environment: Environment, runner: Runner) -> None:
        self.meeting: Meeting | None = None  # of the latest test
        self._goes_on = False
        self._environment, self._runner = environment, runner
        options: Any = environment.parsed_options
        self._options = options
        self._tests = self._worst = 0
        self._progress_fd: int | None = options.progress_fd
        if isinstance(runner, WorkerRunner):
            environment.process_exit_code = 0  # the master's is the one that counts
        else:
            environment.process_exit_code = CRASHED if options.headless else 0  # no verdict yet
            environment.dispatcher_class = OneDispatch
            hide_the_key(options)
            runner.register_message("joined", self._joined)
            runner.register_message("told", self._told)
            environment.events.test_start.add_listener(self._starts)
            environment.events.test_stopping.add_listener(lambda **_: self._interrupt())
        self._worker = None if isinstance(runner, MasterRunner) else Worker(runner)
        environment.events.test_stop.add_listener(lambda **_: self._stops())
        environment.events.quitting.add_listener(lambda **_: self._stops())

    @property
    def is_over(self) -> bool:
        """Whether the test that locust believes to run is over."""
        return self._goes_on and self.meeting is not None and self.meeting.over

    def _starts(self, **_: Any) -> None:
        try:
            guarded(self._options)
        except Refused as error:
            log.error("%s", error)
            self._settle(BAD_USAGE)
            gevent.spawn(self._runner.quit if self._options.headless else self._runner.stop)
            return
        self._tests += 1
        joining = {"test": self._tests, "farm_workers": self._options.farm_workers}
        argv = country_argv(self._options)
        self.meeting = Meeting(self._runner, argv, joining, self._options.finish_s_max)
        self._goes_on = True
        gevent.spawn(self._tell_progress, self.meeting)

    def _interrupt(self) -> None:
        if self._goes_on and self.meeting is not None:
            self.meeting.stop("interrupted")

    def _stops(self) -> None:
        """Nothing of the test is left after."""
        if self._goes_on and self.meeting is not None:
            self.meeting.stop("interrupted")
            self.meeting.join(OVER_S_MAX)
            self._goes_on = False
            self._settle(self.meeting.exit_code)
            self._say_progress(self.meeting)
        if self._worker is not None:
            self._worker.end("the test was stopped")

    def _settle(self, exit_code: int) -> None:
        """The worst of all tests of this process."""
        self._worst = max(self._worst, exit_code)
        self._environment.process_exit_code = self._worst

    def _joined(self, msg: Any, **_: Any) -> None:
        if self.meeting is not None:
            self.meeting.joined(msg.node_id, msg.data)

    def _told(self, msg: Any, **_: Any) -> None:
        if self.meeting is not None:
            self.meeting.told(msg.node_id, msg.data)

    def _tell_progress(self, meeting: Meeting) -> None:
        while self._progress_fd is not None and not meeting.over:
            self._say_progress(meeting)
            gevent.sleep(PROGRESS_EVERY_S)

    def _say_progress(self, meeting: Meeting) -> None:
        """To `lab113 load`; when that is gone, the test is not wanted any more."""
        if self._progress_fd is None:
            return
        try:
            os.write(self._progress_fd, json.dumps(self._progress(meeting)).encode() + b"\n")
        except OSError:
            self._progress_fd = None
            meeting.stop("interrupted")

    def _progress(self, meeting: Meeting) -> dict[str, Any]:
        stats = self._runner.stats
        lateness = stats.entries[(LATENESS, METRIC)]
        return {
            "t_s": round(meeting.measured.t_s, 1),
            "calls": meeting.calls,
            "arrived": lateness.num_requests,
            "live": self._runner.user_count,
            "seen": meeting.measured.counts["seen"],
            "failed": stats.total.num_failures,
            "arrival_lateness_ms_p99": lateness.get_response_time_percentile(0.99),
            "folder": meeting.folder,
            "prometheus": meeting.prometheus,
            "over": meeting.over,
            "exit_code": meeting.exit_code,
            "trouble": meeting.trouble,
        }


def bucket(response_time: float) -> float:
    """Percentiles to a tenth of a millisecond; locust's own have two digits."""
    return round(response_time, 1)


@events.init_command_line_parser.add_listener
def _options(parser: Any, **_: Any) -> None:
    add_options(parser)


@events.init.add_listener
def _init(environment: Environment, runner: Runner, web_ui: WebUI | None, **_: Any) -> None:
    options: Any = environment.parsed_options
    if options.headless and not isinstance(runner, WorkerRunner):
        try:
            guarded(options)
        except Refused as error:
            print(error, file=sys.stderr)
            sys.exit(BAD_USAGE)
        # headless, locust hears it only after the test
        gevent.signal_handler(signal.SIGTERM, os.kill, os.getpid(), signal.SIGINT)
    locust.stats.bucket_response_time = bucket  # type: ignore[assignment]  # keys may be any number
    locust.runners.MASTER_HEARTBEAT_TIMEOUT = MASTER_LOST_S
    swarm = KeepOpen.swarm = Swarm(environment, runner)
    in_the_report(lambda: swarm.meeting.measured if swarm.meeting else None)
    if web_ui is not None:
        on_the_web(web_ui, lambda: swarm.meeting.measured if swarm.meeting else None)
