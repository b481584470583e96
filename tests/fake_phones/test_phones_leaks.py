"""A farm and a service that leaks a part of one picture into another: the viewer tells, with both names."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import bounded
import pytest
from phones_rig import leaks_are_seen, publishing

A, B = "1111111111110001", "2222222222220002"

Lab = Callable[..., AbstractAsyncContextManager[Any]]


run = partial(bounded.run, limit_s=60)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_part_of_another_phones_picture_is_stray(lab: Lab, workers: int) -> None:
    """Of two workers each has one of the phones: what the other one filmed is on the board of both."""

    async def body() -> None:
        async with lab(workers) as it, it.controlling() as control:
            await publishing(it, control, "p1", A, scene="test-card")
            await publishing(it, control, "p2", B, scene="night-fall")
            await leaks_are_seen(it, control, A, B)

    run(body())


def test_a_clean_picture_raises_nothing_beside_others(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await publishing(it, control, "p1", A, scene="test-card")
            await publishing(it, control, "p2", B, scene="night-fall")
            await control.do("viewer.watch", **it.viewer("v1", A, "p1"))
            await control.do("viewer.wait_for_camera", viewer="v1")
            await it.service.order("p1", do="camera", camera="front")
            await control.do("viewer.wait_for_camera", viewer="v1", camera="front")
            await asyncio.sleep(3)
            left = await control.do("viewer.leave", viewer="v1")
            assert left["read"] > 15
            assert left["stray"] == left["partial"] == 0

    run(body())
