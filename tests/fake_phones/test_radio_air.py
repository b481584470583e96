"""A radio on asyncio's clock: order, a phone's datagrams, an address that is no more."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from bounded import run

from fake_phones import publication
from fake_phones.radio import Conditions, Radio, Step
from fake_phones.radio.air import ON_THE_WAY_MOST, Air
from fake_phones.radio.exchange import PRESS

A = "1111111111110001"

Lab = Callable[[], AbstractAsyncContextManager[Any]]


def both(**conditions: Any) -> tuple[Step, ...]:
    c = Conditions(**conditions)
    return (Step(up=c, down=c),)


def test_packets_arrive_late_in_order_and_each_as_often_as_drawn() -> None:
    async def body() -> None:
        air, arrived = Air(Radio(steps=both(delay_s=0.3, jitter_s=0.01, duplicates=0.2)), 1), []
        air.begin()
        for n in range(200):
            air.carry("up", 100, lambda n=n: arrived.append(n))  # type: ignore[misc]
        assert arrived == []
        last = asyncio.Event()
        air.carry("up", 100, last.set)
        await last.wait()
        assert arrived == sorted(arrived)
        assert 0 <= 200 + air.counts["up_doubled"] - len(arrived) <= 1
        assert 20 < air.counts["up_doubled"] < 65
        air.close()

    run(body())


def test_a_clear_radio_passes_at_once_and_an_endless_one_not_for_ever() -> None:
    async def body() -> None:
        arrived: list[str] = []
        clear, slow = Air(Radio(steps=both()), 1), Air(Radio(steps=both(delay_s=50)), 1)
        clear.carry("down", 100, lambda: arrived.append("now"))
        for _ in range(ON_THE_WAY_MOST + 10):
            slow.carry("up", 100, lambda: arrived.append("late"))
        assert arrived == ["now"]
        assert slow.counts["up_lost"] == 10
        slow.close()
        clear.close()

    run(body())


def test_the_way_of_an_old_address_is_dead_and_words_wait() -> None:
    async def body() -> None:
        air, arrived = Air(Radio(steps=both(delay_s=0.01), new_address_at_s=(0.1,)), 1), []
        air.begin()
        old = air.way()
        old("up", 100, lambda: arrived.append("old"))
        begun = asyncio.get_running_loop().time()
        while air.address() == 0:
            await air.takes(PRESS)
        assert asyncio.get_running_loop().time() - begun >= 0.1
        old("up", 100, lambda: arrived.append("too late"))
        air.way()("up", 100, lambda: arrived.append("new"))
        await air.takes(PRESS)
        assert arrived == ["old", "new"]
        air.black_out(50)
        air.way()("up", 100, lambda: arrived.append("dark"))
        assert air.counts["up_lost"] == 2
        air.close()

    run(body())


async def filming(it: Any, control: Any, radio: Path) -> None:
    await control.do("phone.add", **it.phone("p1", A, radio=str(radio)))
    await control.do("phone.open", phone="p1", link=it.service.link("p1"))
    await control.do("phone.consent", phone="p1")
    await control.do("phone.publish", phone="p1")
    await control.do("viewer.watch", **it.viewer("v1", A, "p1"))


def test_a_phones_datagrams_pass_its_radio_both_ways(lab: Lab, tmp_path: Path) -> None:
    radio = tmp_path / "slow.toml"
    radio.write_text("[[steps]]\nup = { delay_s = 0.2, loss = 0.01 }\ndown = { delay_s = 0.1 }\n")

    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await filming(it, control, radio)
            seen = await control.do("viewer.wait_for_camera", viewer="v1")
            assert seen["latency_s"] > 0.2
            await asyncio.sleep(1)
            counts = (await control.do("phone.remove", phone="p1"))["radio"]
            assert counts["up_packets"] > 20
            assert counts["down_packets"] > 3

    run(body())


def test_a_phone_with_a_new_address_publishes_anew(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publication, "SILENT_AFTER_S", 2.0)  # as a browser, but sooner
    monkeypatch.setattr(publication, "COMES_BACK_WITHIN_S", 0.5)
    radio = tmp_path / "moves.toml"
    radio.write_text("new_address_at_s = [2.5]\n[[steps]]\n")

    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await filming(it, control, radio)
            await control.do("viewer.wait_for_camera", viewer="v1")
            first = it.service.publishers["p1"]
            await control.event("media.lost", phone="p1")
            await control.event("media.recovered", phone="p1")
            assert it.service.publishers["p1"] is not first
            sent = (await control.do("farm.totals"))["frames_sent"]
            await asyncio.sleep(1)
            assert (await control.do("farm.totals"))["frames_sent"] > sent + 5

    run(body())


def test_a_radio_that_is_none_is_said(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            with pytest.raises(Exception, match="did you mean '4g-edge'") as wrong:
                await control.do("phone.add", **it.phone("p1", A, radio="4g-egde"))
            assert wrong.value.kind == "usage"
            for kind, args, said in (
                ("chromium", {"radio": "4g"}, "namespace"),
                ("chromium", {"namespace": "x"}, "origin"),
                ("attached", {"radio": "4g"}, "of its own"),
            ):
                with pytest.raises(Exception, match=said) as wrong:
                    await control.do("phone.add", **it.phone("p1", A, kind=kind, **args))
                assert wrong.value.kind == "usage"

    run(body())
