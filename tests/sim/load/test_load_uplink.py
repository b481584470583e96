"""A conductor's line to its country, over a real socket: who may join, what arrives, who is missed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from sim.call_table import CallSpec
from sim.journal import Record
from sim.load.conductor import Conductor
from sim.load.doors import Doors
from sim.load.figures import Figures
from sim.load.uplink import NoCountry, joined
from sim.load.welcome import Welcome, digest_of
from sim.nation import load_nation
from sim.resolve import resolve
from sim.scenario import NationChoice, Scenario, load_scenario
from stand_alone import listening

CALL = CallSpec(kind="single", at_s=0, line="113", centre="AMK Eksempel")


def welcome(seed: int = 7, drawn_with: int = 7) -> Welcome:
    scenario = Scenario(title="one", nation=NationChoice(centres="one-centre"), calls=(CALL,))
    nation = load_nation("one-centre", Path())
    return Welcome(
        scenario=scenario,
        nation=nation,
        seed=seed,
        digest=digest_of(resolve(scenario, nation, drawn_with)),
        ends={"call-1": "seen"},
        folder=Path("/nowhere"),
        stamp_secret="s",
    )


class Spoken:
    def __init__(self) -> None:
        self.words: list[dict[str, Any]] = []

    def say(self, **word: Any) -> None:
        self.words.append(word)


class Heard:
    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.lost: list[str] = []
        self.heard, self.missed = asyncio.Event(), asyncio.Event()
        self.doors = Doors(welcome(), Figures(), lambda: 0.0, self._take, self._lose)

    def _take(self, told: dict[str, Any]) -> None:
        self.told.append(told)
        self.heard.set()

    def _lose(self, why: str) -> None:
        self.lost.append(why)
        self.missed.set()


@asynccontextmanager
async def country() -> AsyncIterator[tuple[str, Heard]]:
    heard = Heard()
    async with asyncio.timeout(20), listening(heard.doors.application(), "127.0.0.1", 0) as url:
        yield "ws" + url.removeprefix("http"), heard


LOADS = sorted((Path(__file__).parents[3] / "scenarios" / "load").glob("*.toml"))


@pytest.mark.parametrize("path", LOADS, ids=lambda path: path.stem)
def test_a_conductor_lays_out_the_calls_of_every_scenario_that_there_is(path: Path) -> None:
    """New year's eve was laid out wrongly, as a key of the file has another name in the model."""
    scenario, nation = load_scenario(path)
    given = Welcome(**{**dict(welcome()), "scenario": scenario, "nation": nation})
    there = Welcome.model_validate(json.loads(json.dumps(given.as_json())))
    assert there.scenario == scenario
    assert there.nation == nation


def test_a_welcome_that_cannot_be_read_is_told_to_the_country() -> None:
    async def body() -> None:
        async with country() as (url, heard):
            heard.doors.welcome = cast(Any, SimpleNamespace(as_json=lambda: {"seed": "none"}))
            spoken = Spoken()
            await Conductor("w1", 0, 1, 1, cast(Any, spoken)).lives(url, heard.doors.token)
            assert "seed" in spoken.words[0]["refused"]
            left = heard.doors.conductors["w1"].left
            assert left is not None
            assert "seed" in left["workers_died"][0]
            assert heard.lost == []

    asyncio.run(body())


def test_what_is_told_arrives_in_order_and_the_last_words_are_answered() -> None:
    async def body() -> None:
        async with country() as (url, heard):
            async with joined(url, heard.doors.token, "a") as uplink:
                assert uplink.ahead_s == 0.0  # one machine has one CLOCK_MONOTONIC
                assert uplink.welcome.resolved().calls[0].name == "call-1"
                for n in range(50):
                    uplink.record(Record(float(n), "call.due", "call-1"))
                uplink.told("call-1")
                sending = asyncio.create_task(uplink.run())
                await heard.heard.wait()
                uplink.record(Record(99.0, "run.ended"))
                sending.cancel()
                await uplink.leave(lag_s_max=0.5)
            assert [each.get("t_s") for each in heard.told] == [*map(float, range(50)), None, 99.0]
            assert heard.told[50] == {"told": "call-1"}
            conductor = heard.doors.conductors["a"]
            assert (conductor.left, conductor.here, heard.lost) == ({"lag_s_max": 0.5}, False, [])

    asyncio.run(body())


def test_a_conductor_that_goes_without_a_word_is_missed() -> None:
    async def body() -> None:
        async with country() as (url, heard):
            async with joined(url, heard.doors.token, "a"):
                pass
            await heard.missed.wait()
            assert heard.lost == ["the conductor a was lost"]

    asyncio.run(body())


def test_a_stranger_and_a_second_of_the_same_name_are_refused() -> None:
    async def body() -> None:
        async with country() as (url, heard):
            with pytest.raises(NoCountry, match="token is not this run's"):
                async with joined(url, "guessed", "a"):
                    pass
            async with joined(url, heard.doors.token, "a"):
                with pytest.raises(NoCountry, match="a conductor 'a' already"):
                    async with joined(url, heard.doors.token, "a"):
                        pass
        with pytest.raises(NoCountry, match="no country answers there"):
            async with joined(url, heard.doors.token, "a"):
                pass

    asyncio.run(body())


def test_a_gap_in_the_messages_loses_the_conductor() -> None:
    async def body() -> None:
        async with country() as (url, heard):
            async with connect(f"{url}/uplink", max_size=None) as socket:
                await socket.send(json.dumps({"join": "a", "token": heard.doors.token}))
                await socket.recv()
                await socket.send('{"n": 2, "told": [{"told": "call-1"}]}')
                with suppress(ConnectionClosed):
                    await socket.recv()
            await heard.missed.wait()
            assert heard.told == []

    asyncio.run(body())


def test_other_calls_than_the_countrys_are_not_told() -> None:
    with pytest.raises(ValueError, match="use the same version of lab113 on every machine"):
        welcome(drawn_with=8).resolved()
