"""Waiting, racing and limits in time: the same rules on both clocks."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import simpy

from sim.clock import LiveEnvironment, PortError, Process, give_up, pause, race, together, within

Body = Callable[[simpy.Environment], Process[Any]]
TICK_S = 0.01


@pytest.fixture(params=["virtual", "live"])
def tell(request: pytest.FixtureRequest) -> Callable[[Body], Any]:
    return _virtual if request.param == "virtual" else _live


def _virtual(body: Body) -> Any:
    env = simpy.Environment()
    return env.run(until=env.process(body(env)))


def _live(body: Body) -> Any:
    async def run() -> Any:
        env = LiveEnvironment()
        async with asyncio.timeout(20):
            return await env.run_live(env.process(body(env)))

    return asyncio.run(run())


def work(env: simpy.Environment, log: list[str], name: str, ticks: int, error: str = "") -> Process[str]:
    """Wait, then return the name or fail; the log tells how it went."""
    try:
        yield env.timeout(ticks * TICK_S)
    except simpy.Interrupt:
        log.append(f"{name} given up at {round(env.now / TICK_S)}")
        raise
    log.append(f"{name} done")
    if error:
        raise PortError(error)
    return name


def test_the_first_wins_and_the_others_are_given_up(tell: Callable[[Body], Any]) -> None:
    log: list[str] = []

    def body(env: simpy.Environment) -> Process[Any]:
        won = yield from race(env, work(env, log, "a", 3), work(env, log, "b", 1), work(env, log, "c", 2))
        yield env.timeout(5 * TICK_S)
        return won

    assert tell(body) == (1, "b")
    assert log == ["b done", "a given up at 1", "c given up at 1"]


def test_of_simultaneous_works_the_leftmost_wins(tell: Callable[[Body], Any]) -> None:
    log: list[str] = []

    def body(env: simpy.Environment) -> Process[Any]:
        return (yield from race(env, work(env, log, "a", 2), work(env, log, "b", 2)))

    assert tell(body) == (0, "a")


def test_an_error_of_the_first_is_raised_and_the_others_are_given_up(tell: Callable[[Body], Any]) -> None:
    log: list[str] = []

    def body(env: simpy.Environment) -> Process[Any]:
        with pytest.raises(PortError, match="no answer"):
            yield from race(env, work(env, log, "a", 3), work(env, log, "b", 1, error="no answer"))
        yield env.timeout(5 * TICK_S)

    tell(body)
    assert log == ["b done", "a given up at 1"]


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_in_the_same_instant_as_the_winner_harms_nobody(
    tell: Callable[[Body], Any], failing: int
) -> None:
    """Two requests of real parts may well end in one step: one answered, one refused."""
    log: list[str] = []

    def body(env: simpy.Environment) -> Process[Any]:
        both = simpy.Event(env)

        def side(n: int) -> Process[str]:
            yield both
            if n == failing:
                raise PortError("refused")
            return "answered"

        def trigger() -> Process[None]:
            yield env.timeout(TICK_S)
            both.succeed()

        trigger_process = env.process(trigger())
        try:
            won = yield from race(env, side(0), side(1))
        except PortError as error:
            won = str(error)
        yield trigger_process
        log.append("went on")
        return won

    expected = "refused" if failing == 0 else (0, "answered")
    assert tell(body) == expected
    assert log == ["went on"]


def test_a_loser_that_has_just_failed_is_not_taken_for_the_winner(tell: Callable[[Body], Any]) -> None:
    """The right one ends, then the left one fails, both before the race is resumed."""

    def body(env: simpy.Environment) -> Process[Any]:
        left = env.event()

        def fails() -> Process[str]:
            yield left
            raise PortError("too late to matter")

        def wins() -> Process[str]:
            yield env.timeout(TICK_S)
            left.succeed()
            return "won"

        won = yield from race(env, fails(), wins())
        yield env.timeout(TICK_S)
        return won

    assert tell(body) == (1, "won")


def test_races_nest_and_giving_up_reaches_the_innermost(tell: Callable[[Body], Any]) -> None:
    log: list[str] = []

    def body(env: simpy.Environment) -> Process[Any]:
        inner = race(env, work(env, log, "a", 9), within(env, 9 * TICK_S, work(env, log, "b", 9)))
        won = yield from race(env, inner, work(env, log, "c", 1))
        yield env.timeout(20 * TICK_S)
        return won

    assert tell(body) == (1, "c")
    assert sorted(log) == ["a given up at 1", "b given up at 1", "c done"]


def test_interrupting_a_race_gives_up_all_sides(tell: Callable[[Body], Any]) -> None:
    log: list[str] = []

    def body(env: simpy.Environment) -> Process[Any]:
        racing = env.process(race(env, work(env, log, "a", 5), work(env, log, "b", 6)))
        yield env.timeout(2 * TICK_S)
        give_up(racing)
        yield env.timeout(10 * TICK_S)

    tell(body)
    assert log == ["a given up at 2", "b given up at 2"]


def test_within_gives_the_value_or_none(tell: Callable[[Body], Any]) -> None:
    log: list[str] = []

    def body(env: simpy.Environment) -> Process[Any]:
        early = yield from within(env, 3 * TICK_S, work(env, log, "early", 1))
        late = yield from within(env, 3 * TICK_S, work(env, log, "late", 5))
        exact = yield from within(env, 3 * TICK_S, work(env, log, "exact", 3))
        return early, late, exact, round(env.now / TICK_S)

    assert tell(body) == ("early", None, "exact", 1 + 3 + 3)
    assert log == ["early done", "late given up at 4", "exact done"]


def test_together_waits_for_all(tell: Callable[[Body], Any]) -> None:
    log: list[str] = []

    def body(env: simpy.Environment) -> Process[Any]:
        yield from together(env, work(env, log, "a", 3), work(env, log, "b", 1))
        return round(env.now / TICK_S)

    assert tell(body) == 3
    assert log == ["b done", "a done"]


def test_together_raises_the_first_error_and_gives_up_the_others(tell: Callable[[Body], Any]) -> None:
    log: list[str] = []

    def body(env: simpy.Environment) -> Process[Any]:
        with pytest.raises(PortError, match="no answer"):
            yield from together(
                env,
                work(env, log, "a", 3),
                work(env, log, "b", 1, "no answer"),
                work(env, log, "c", 1, "nor c"),
            )
        yield env.timeout(5 * TICK_S)

    tell(body)
    assert log == ["b done", "c done", "a given up at 1"]


@pytest.mark.parametrize("how", [together, race])
def test_works_that_are_given_up_from_above_harm_nobody(
    tell: Callable[[Body], Any], how: Callable[..., Process[Any]]
) -> None:
    """Each ends with an interrupt, or worse, and nobody is left who waits for them."""
    log: list[str] = []

    def sulks(env: simpy.Environment) -> Process[None]:
        try:
            yield env.event()
        except simpy.Interrupt:
            raise PortError("the part is gone, too") from None

    def body(env: simpy.Environment) -> Process[Any]:
        inner = together(env, sulks(env), work(env, log, "b", 9))
        works = how(env, sulks(env), work(env, log, "a", 9), inner)
        told = yield from within(env, 2 * TICK_S, works)
        yield env.timeout(20 * TICK_S)
        return told

    assert tell(body) is None
    assert log == ["a given up at 2", "b given up at 2"]


def test_a_pause_is_never_negative(tell: Callable[[Body], Any]) -> None:
    def body(env: simpy.Environment) -> Process[Any]:
        yield from pause(env, TICK_S)
        yield from pause(env, -5.0)
        return env.now

    assert tell(body) == TICK_S


def test_a_bug_in_a_story_is_not_swallowed(tell: Callable[[Body], Any]) -> None:
    def body(env: simpy.Environment) -> Process[Any]:
        yield from race(env, _bug(env), pause(env, TICK_S))

    with pytest.raises(ZeroDivisionError):
        tell(body)


def _bug(env: simpy.Environment) -> Process[float]:
    yield env.timeout(0)
    return 1 / 0
