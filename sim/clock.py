"""The two clocks. On the virtual one SimPy jumps; on the live one it is paced by the wall.

The border is visible in the code: `yield` waits in scenario time, `await` waits on a socket.
"""

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import suppress
from typing import Any, TypeVar, cast

import simpy

T = TypeVar("T")
E = TypeVar("E", bound=simpy.Event)

Process = Generator[simpy.Event, Any, T]

_IDLE_S_MAX = 3600.0


class PortError(Exception):
    """What a port could not do, in one text. SimPy re-creates exceptions from `args`: keep it to one."""


class LiveEnvironment(simpy.Environment):
    """SimPy's kernel, paced by the wall clock, so that processes can wait for real I/O.

    Must be made inside a running asyncio loop. `lag_s_max` is the worst lateness of a step so far.
    """

    def __init__(self) -> None:
        super().__init__()
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self.started_at = self._loop.time()  # CLOCK_MONOTONIC: the run's t0
        self.lag_s_max = 0.0
        self._outside: set[asyncio.Task[Any]] = set()

    def begin(self, t0: float | None = None) -> None:
        """Set the run's t0, after what had to be made ready: now, or a moment of CLOCK_MONOTONIC to come.

        Time begins anew at 0.
        """
        self.started_at = self._loop.time() if t0 is None else t0
        self._now, self.lag_s_max = 0.0, 0.0

    def wall(self) -> float:
        """Seconds of wall time since the run's t0."""
        return self._loop.time() - self.started_at

    async def run_live(self, until: simpy.Event) -> Any:
        """Step through the events at their time until `until` is processed; return its value."""
        while not until.processed:
            late_s = self.wall() - self.peek()
            if late_s >= 0:
                self.lag_s_max = max(self.lag_s_max, late_s)
                self.step()
                await asyncio.sleep(0)  # let real I/O breathe
            else:
                self._woken.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), min(-late_s, _IDLE_S_MAX))
        return until.value

    def outside(self, work: Coroutine[Any, Any, T]) -> Process[T]:
        """Wait for real I/O; give it up when the process is interrupted. Raises PortError."""
        done, task = self.event(), self._loop.create_task(work)
        self._outside.add(task)
        task.add_done_callback(self._outside.discard)
        task.add_done_callback(lambda task: self._settle(done, task))
        try:
            return cast(T, (yield done))
        finally:
            done.defused = True
            task.cancel()

    async def close(self) -> None:
        """Give up all real I/O that is still waited for; call it when the story is over or broken off."""
        left = list(self._outside)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _settle(self, done: simpy.Event, task: asyncio.Task[Any]) -> None:
        error = PortError("cancelled from outside") if task.cancelled() else task.exception()
        if done.defused:  # given up: nobody waits any more
            return
        self._now = max(self._now, min(self.wall(), self.peek()))  # time never runs back
        if error is None:
            done.succeed(task.result())
        else:
            done.fail(error if isinstance(error, PortError) else PortError(repr(error)))
        self._woken.set()


def race(env: simpy.Environment, *works: Process[Any]) -> Process[tuple[int, Any]]:
    """Tell several works at once; return (index, value) of the first that ends, interrupt the others.

    Of several that have ended when the first is noticed, the leftmost. Raises what the first raised; what
    becomes of the others no longer matters.
    """
    told = [unheard(env.process(_until_interrupted(work))) for work in works]
    try:
        yield unheard(env.any_of(told))
        first = next(i for i, process in enumerate(told) if process.triggered and process.ok)
        return first, told[first].value
    finally:
        give_up(*told)


def together(env: simpy.Environment, *works: Process[Any]) -> Process[None]:
    """Tell several works at once until all have ended. Raises what the first raises, gives up the others."""
    told = [unheard(env.process(work)) for work in works]
    try:
        yield unheard(env.all_of(told))
    finally:
        give_up(*told)


def within(env: simpy.Environment, seconds: float, work: Process[T]) -> Process[T | None]:
    """The work's value, or None when it is not done within `seconds`; the work is then given up."""
    first, value = yield from race(env, work, pause(env, seconds))
    return value if first == 0 else None


def pause(env: simpy.Environment, seconds: float) -> Process[None]:
    """Wait for `seconds` of scenario time."""
    yield env.timeout(max(0.0, seconds))


def unheard(event: E) -> E:
    """An event whose failure is told to who waits for it; when nobody does (any more), to nobody."""
    event.defused = True
    return event


def give_up(*processes: simpy.Process) -> None:
    """Interrupt those that still run; nobody is told how they end."""
    for process in processes:
        if unheard(process).is_alive:
            process.interrupt()


def _until_interrupted(work: Process[T]) -> Process[T | None]:
    try:
        return (yield from work)
    except simpy.Interrupt:
        return None
