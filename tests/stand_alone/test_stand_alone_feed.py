"""The feed: numbered, followed live or late, and honest about what it no longer has."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from stand_alone import Feed


async def take(events: AsyncIterator[dict[str, Any]], count: int) -> list[tuple[int, str]]:
    taken: list[tuple[int, str]] = []
    async with asyncio.timeout(10):
        async for event in events:
            taken.append((event["n"], event["event"]))
            if len(taken) == count:
                break
    return taken


def test_events_are_numbered_and_stamped() -> None:
    async def body() -> None:
        feed, before = Feed(), time.monotonic()
        told = feed.tell("call.placed", call="a", line="113")
        assert told == {**told, "n": 1, "event": "call.placed", "call": "a", "line": "113"}
        assert before <= told["monotonic_s"] <= time.monotonic()
        assert feed.tell("call.ended")["n"] == 2

    asyncio.run(body())


def test_since_gives_what_is_kept_above_a_number() -> None:
    async def body() -> None:
        feed = Feed(keep=3)
        assert feed.since(0) == []
        for name in "abcde":
            feed.tell(name)
        assert [(e["n"], e["event"]) for e in feed.since(3)] == [(4, "d"), (5, "e")]
        assert [e["n"] for e in feed.since(0)] == [3, 4, 5]  # 1 and 2 are gone
        assert feed.since(5) == feed.since(99) == []

    asyncio.run(body())


def test_a_follower_that_joins_late_misses_nothing_kept() -> None:
    async def body() -> None:
        feed = Feed()
        feed.tell("a")
        feed.tell("b")
        following = asyncio.create_task(take(feed.follow(), 4))
        await asyncio.sleep(0)
        feed.tell("c")
        await asyncio.sleep(0)
        feed.tell("d")
        assert await following == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
        assert await take(feed.follow(since=3), 1) == [(4, "d")]

    asyncio.run(body())


def test_a_follower_sees_the_gap_in_the_numbers() -> None:
    async def body() -> None:
        feed = Feed(keep=2)
        feed.tell("a")
        events = feed.follow()
        assert (await anext(events))["n"] == 1
        for name in "bcde":
            feed.tell(name)
        assert await take(events, 2) == [(4, "d"), (5, "e")]

    asyncio.run(body())


def test_every_follower_gets_every_event_once_however_slow_it_is() -> None:
    async def body() -> None:
        feed = Feed()

        async def slow(every: int) -> list[int]:
            numbers = []
            async for event in feed.follow():
                numbers.append(event["n"])
                if event["n"] % every == 0:
                    await asyncio.sleep(0.001)
                if event["n"] == 200:
                    return numbers
            raise AssertionError("a feed never ends")

        async with asyncio.timeout(20):
            followers = [asyncio.create_task(slow(every)) for every in (1000, 7, 50)]
            for n in range(200):
                feed.tell("event")
                if n % 3 == 0:
                    await asyncio.sleep(0)
            assert await asyncio.gather(*followers) == [list(range(1, 201))] * 3

    asyncio.run(body())


def test_a_number_of_an_earlier_life_is_told_from_the_start() -> None:
    async def body() -> list[int]:
        feed, told = Feed(), []
        feed.tell("a")
        feed.tell("b")
        async with asyncio.timeout(5):
            async for event in feed.follow(since=50):
                told.append(event["n"])
                if len(told) == 2:
                    break
        return told

    assert asyncio.run(body()) == [1, 2]
