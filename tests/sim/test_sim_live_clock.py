"""The live clock: paced by the wall, it waits for real I/O and gives it up cleanly."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import simpy
from sim_rig import call, certain, resolved

from sim.clock import LiveEnvironment, PortError, Process, pause, race, within
from sim.journal import Journal, Record
from sim.modes import modelled_ports
from sim.plan import tell_plan
from sim.resolve import Resolved
from sim.stories import Stage, phone_call

Body = Callable[[LiveEnvironment], Process[Any]]


def live(body: Body, after: Callable[[LiveEnvironment], None] = lambda env: None) -> Any:
    """The body's value, told on the live clock. Nothing may be left waiting."""

    async def run() -> Any:
        env = LiveEnvironment()
        async with asyncio.timeout(20):
            value = await env.run_live(env.process(body(env)))
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        after(env)
        return value

    return asyncio.run(run())


async def answers(value: str, after_s: float = 0.0) -> str:
    await asyncio.sleep(after_s)
    return value


async def fails(error: Exception) -> str:
    await asyncio.sleep(0)
    raise error


def test_scenario_time_is_never_ahead_of_the_wall_and_keeps_its_ratios() -> None:
    at: list[tuple[float, float]] = []

    def body(env: LiveEnvironment) -> Process[None]:
        for _ in range(4):
            yield env.timeout(0.05)
            at.append((env.now, env.wall()))

    begun = time.monotonic()
    live(body)
    assert time.monotonic() - begun >= 0.2
    assert [now for now, _ in at] == pytest.approx([0.05, 0.10, 0.15, 0.20])
    assert all(now <= wall for now, wall in at)


def test_processes_interleave_in_the_order_of_their_times() -> None:
    log: list[str] = []

    def ticks(env: LiveEnvironment, name: str, every_s: float, count: int) -> Process[None]:
        for n in range(1, count + 1):
            yield env.timeout(every_s)
            log.append(f"{name}{n}")

    def body(env: LiveEnvironment) -> Process[None]:
        yield env.all_of([env.process(ticks(env, "a", 0.02, 3)), env.process(ticks(env, "b", 0.035, 2))])

    live(body)
    assert log == ["a1", "b1", "a2", "a3", "b2"]


def test_outside_gives_the_value_and_the_time_it_took() -> None:
    def body(env: LiveEnvironment) -> Process[tuple[str, float]]:
        yield env.timeout(0.02)
        value = yield from env.outside(answers("yes", after_s=0.05))
        return value, env.now

    value, now = live(body)
    assert value == "yes"
    assert now >= 0.07  # the wall's time, not that of the last step


def test_a_real_answer_is_taken_at_once_however_far_the_next_event_is() -> None:
    def body(env: LiveEnvironment) -> Process[int]:
        first, _ = yield from race(env, env.outside(answers("yes", 0.02)), pause(env, 3600))
        return first

    assert live(body) == 0  # or the time-out of `live` strikes


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (PortError("409 the seat is busy"), "409 the seat is busy"),
        (KeyError("url"), "KeyError('url')"),
        (TimeoutError(), "TimeoutError()"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "invalid start byte"),
    ],
)
def test_an_error_outside_is_a_port_error_that_says_it(error: Exception, text: str) -> None:
    def body(env: LiveEnvironment) -> Process[str]:
        with pytest.raises(PortError) as caught:
            yield from env.outside(fails(error))
        return str(caught.value)

    assert text in live(body)


def test_work_that_is_cancelled_from_outside_is_a_port_error_not_an_endless_wait() -> None:
    async def cancels_itself() -> str:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)
        return "never"

    def body(env: LiveEnvironment) -> Process[str]:
        try:
            return (yield from env.outside(cancels_itself()))
        except PortError as error:
            return str(error)

    assert live(body) == "cancelled from outside"


def test_giving_up_cancels_the_real_work() -> None:
    log: list[str] = []

    async def waits_for_ever() -> None:
        log.append("began")
        try:
            await asyncio.Event().wait()
        finally:
            log.append("was cancelled")

    def body(env: LiveEnvironment) -> Process[str | None]:
        value = yield from within(env, 0.03, env.outside(waits_for_ever()))
        yield env.timeout(0.01)
        return value

    assert live(body) is None
    assert log == ["began", "was cancelled"]


def test_work_that_was_given_up_may_fail_without_harm() -> None:
    async def sulks() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise OSError("the socket is gone") from None

    def body(env: LiveEnvironment) -> Process[str]:
        yield from within(env, 0.01, env.outside(sulks()))
        yield env.timeout(0.02)
        return "went on"

    assert live(body) == "went on"


def test_answers_that_come_together_are_all_taken_and_time_does_not_run_back() -> None:
    seen: list[float] = []

    def asks(env: LiveEnvironment, n: int) -> Process[None]:
        yield env.timeout(0.001 * n)
        yield from env.outside(answers("yes", after_s=0.02))
        seen.append(env.now)

    def body(env: LiveEnvironment) -> Process[None]:
        yield env.all_of([env.process(asks(env, n)) for n in range(20)])

    live(body)
    assert len(seen) == 20
    assert seen == sorted(seen)


def test_lag_is_the_worst_lateness_of_a_step() -> None:
    def body(env: LiveEnvironment) -> Process[None]:
        blocked = env.process(pause(env, 0.01))
        time.sleep(0.1)  # a slow step: nobody else can do anything
        yield blocked

    live(body, after=lambda env: pytest.fail(f"{env.lag_s_max}") if env.lag_s_max < 0.08 else None)


def test_a_story_that_fails_is_raised() -> None:
    def body(env: LiveEnvironment) -> Process[None]:
        yield env.timeout(0.01)
        raise KeyError("bug")

    with pytest.raises(KeyError, match="bug"):
        live(body)


def test_closing_gives_up_what_is_still_waited_for() -> None:
    async def broken_off() -> list[str]:
        log: list[str] = []

        async def waits() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                log.append("was cancelled")

        env = LiveEnvironment()
        story = env.process(env.outside(waits()))
        telling = asyncio.create_task(env.run_live(story))
        await asyncio.sleep(0.02)
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await env.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return log

    assert asyncio.run(_bounded(broken_off())) == ["was cancelled"]


async def _bounded(work: Coroutine[Any, Any, list[str]]) -> list[str]:
    async with asyncio.timeout(20):
        return await work


def quick() -> Resolved:
    """A seen call with a doctor and a refused one, in a few tenths of a second."""
    waits = {
        "picks_up_after_s": 0.02,
        "asks_video_after_s": 0.03,
        "sends_link_after_s": 0.01,
        "holds_video_s": 0.2,
        "talks_on_s": 0.04,
    }
    people = {"replies_after_s": 0.01, "opens_link_after_s": 0.02, "consents_after_s": 0.01}
    doctor = {"role": "doctor", "at_s": 0.02, "joins_after_s": 0.03}
    made = resolved(
        call(people, {**waits, "switches_camera_at_s": [0.05], "invites": [doctor]}),
        call({**people, "approves": False}, waits, at_s=0.01),
        country=certain(),
        limits={"linger_s": 1.0},
    )
    took = {"median": 0.02, "p95": 0.02}
    nation = made.nation
    machines = {
        name: getattr(nation.models, name).model_copy(update=took)
        for name in type(nation.models).model_fields
    }
    carriers = tuple(c.model_copy(update={"delay_s_median": 0.02}) for c in made.carriers)
    return Resolved(
        scenario=made.scenario,
        seed=made.seed,
        nation=nation.model_copy(update={"models": nation.models.model_copy(update=machines)}),
        centres=made.centres,
        carriers=carriers,
        routes=made.routes,
        week_s=made.week_s,
        calls=made.calls,
    )


def told_live(made: Resolved) -> list[Record]:
    async def run() -> list[Record]:
        env = LiveEnvironment()
        with Journal(lambda: env.now, env.wall) as journal:
            stage = Stage(env, modelled_ports(env, journal, made), journal, made.waits)
            journal.record("run.begun", mode="plan", seed=made.seed)
            calls: list[simpy.Event] = [env.process(phone_call(stage, each)) for each in made.calls]
            await env.run_live(env.all_of(calls))
            journal.record("run.ended")
            return journal.records

    return asyncio.run(run())


def test_the_same_story_has_the_same_trace_on_both_clocks() -> None:
    def told(records: list[Record]) -> list[object]:
        measured = ("waited_s",)  # what the wall has to say
        return [
            (r.t_s, r.event, r.call, r.actor, {k: v for k, v in r.facts.items() if k not in measured})
            for r in records
        ]

    made = quick()
    plan, lived = tell_plan(made), told_live(made)
    assert told(lived) == told(plan)
    assert len(plan) > 40
    assert all(r.wall_s is None for r in plan)
    assert all(r.wall_s is not None and r.wall_s >= r.t_s for r in lived)
    assert sum(r.event == "frame.first" for r in plan) == 3  # back, front, and the doctor's
