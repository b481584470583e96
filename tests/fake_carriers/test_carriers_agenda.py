"""What is to be done when."""

import asyncio
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_carriers import serving
from fake_carriers.agenda import Agenda
from fake_carriers.clock import now as clock_now
from fake_carriers.serving import _Clockwork


def test_steps_are_done_in_the_order_of_their_time_and_then_as_they_were_put() -> None:
    agenda, done = Agenda(), []
    for name, at in (("b", 2.0), ("a", 1.0), ("c", 2.0), ("d", 9.0)):
        agenda.at(at, lambda now, name=name: done.append((name, now)))
    assert agenda.run(0.5) == 1.0
    assert agenda.run(5.0) == 9.0
    assert done == [("a", 5.0), ("b", 5.0), ("c", 5.0)]
    assert len(agenda) == 1
    assert agenda.run(9.0) is None


def test_a_step_may_put_another_that_is_due_at_once() -> None:
    agenda, done = Agenda(), []  # type: ignore[var-annotated]
    agenda.at(1.0, lambda now: agenda.at(now, done.append))
    assert agenda.run(1.0) == 1.0
    assert done == []  # its turn is the next
    assert agenda.run(1.0) is None
    assert done == [1.0]


def test_a_step_that_puts_itself_at_now_keeps_no_other_from_its_turn() -> None:
    agenda, done = Agenda(), []  # type: ignore[var-annotated]
    turns = 0

    def again(now: float) -> None:
        nonlocal turns
        turns += 1
        assert turns < 100
        agenda.at(now, again)
        agenda.at(now - 1.0, again)

    agenda.at(1.0, again)
    agenda.at(1.0, done.append)
    for _ in range(3):
        assert agenda.run(1.0) is not None
    assert done == [1.0]
    assert turns == 1 + 2 + 4


def test_the_clock_is_told_of_each_new_earliest_time() -> None:
    woken: list[float] = []
    agenda = Agenda(woken.append)
    for at in (5.0, 7.0, 3.0, 3.0):
        agenda.at(at, lambda now: None)
    assert woken == [5.0, 3.0]


def test_a_step_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> list[float]:
        clockwork, done = _Clockwork(), []

        def fail(at: float) -> None:
            raise RuntimeError("a step")

        for step in (fail, done.append, fail, done.append):
            clockwork.agenda.at(clock_now(), step)
        async with asyncio.timeout(10):
            while len(done) < 2:  # noqa: ASYNC110 - bounded by the time-out
                await asyncio.sleep(0.001)
        clockwork.stop()
        return done

    assert len(asyncio.run(body())) == 2
    assert [record.getMessage() for record in caplog.records] == ["a step of the agenda failed"] * 2


@given(st.lists(st.floats(0, 100)), st.lists(st.floats(0, 100)))
def test_nothing_is_done_early_late_or_twice(times: list[float], looks: list[float]) -> None:
    agenda, done = Agenda(), []
    for at in times:
        agenda.at(at, partial(lambda at, now: done.append((at, now)), at))
    before = -1.0
    for now in sorted(looks):
        agenda.run(now)
        assert all(at <= then <= now for at, then in done)
        assert sorted(at for at, _ in done) == sorted(at for at in times if at <= now)
        before = now
    assert len(agenda) == sum(at > before for at in times)


def test_a_tick_that_fails_is_not_the_last(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Country:
        ticks = 0

        def tick(self) -> None:
            self.ticks += 1
            raise RuntimeError("a tick")

    async def body() -> None:
        monkeypatch.setattr(serving, "TICK_S", 0.001)
        country: Any = Country()
        ticking = asyncio.create_task(serving._tick(country))
        async with asyncio.timeout(10):
            while country.ticks < 3:  # noqa: ASYNC110 - bounded by the time-out
                await asyncio.sleep(0.001)
        ticking.cancel()
        await asyncio.wait({ticking})

    asyncio.run(body())
    assert {record.getMessage() for record in caplog.records} == {"a tick failed"}
