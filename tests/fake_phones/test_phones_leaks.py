"""A farm and a service that leaks a part of one picture into another: the viewer tells, with both names."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import bounded
import numpy as np
import pytest
from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay
from av import VideoFrame

from fake_phones.stamp import Strip
from fake_phones.stamp.mixing import Mixing

A, B = "1111111111110001", "2222222222220002"
SHARE = Strip.of(320, 180).share

Lab = Callable[[], AbstractAsyncContextManager[Any]]


run = partial(bounded.run, limit_s=60)


async def publishing(lab: Any, control: Any, name: str, stamp: str, scene: str) -> None:
    await control.do("phone.add", **lab.phone(name, stamp, scene=scene))
    await control.do("phone.open", phone=name, link=lab.service.link(name))
    await control.do("phone.consent", phone=name)
    await control.do("phone.publish", phone=name)


class Leaking(MediaStreamTrack):
    """A transcoding leg: one picture decoded, with a part of the other laid into it."""

    kind = "video"

    def __init__(self, mine: MediaStreamTrack, other: MediaStreamTrack, mixing: Mixing) -> None:
        super().__init__()
        self._mine, self._other, self._mixing = mine, other, mixing

    async def recv(self) -> VideoFrame:
        mine, other = await asyncio.gather(self._mine.recv(), self._other.recv())
        assert isinstance(mine, VideoFrame)
        assert isinstance(other, VideoFrame)
        pictures = [np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8) for frame in (mine, other)]
        height = mine.height
        pictures[0][:height] = self._mixing.of(pictures[0][:height], pictures[1][:height], SHARE)
        mixed = VideoFrame.from_ndarray(pictures[0], format="yuv420p")
        mixed.pts, mixed.time_base = mine.pts, mine.time_base
        return mixed


@pytest.mark.parametrize("mixing", [Mixing("blend", 0.45), Mixing("tile", 0.2)], ids=str)
def test_a_part_of_another_phones_picture_is_stray(lab: Lab, mixing: Mixing) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await publishing(it, control, "p1", A, "test-card")
            await publishing(it, control, "p2", B, "night-fall")
            relay = MediaRelay()
            mine, other = (relay.subscribe(it.service.pictures[p]) for p in ("p1", "p2"))
            it.service.pictures["leaking"] = Leaking(mine, other, mixing)
            await control.do("viewer.watch", **it.viewer("v1", A, "leaking"))
            stray = await control.event("frame.stray", viewer="v1", seen=B)
            assert stray["mine"] == A
            assert stray["why"] == ("blended" if mixing.mix == "blend" else "content")
            left = await control.do("viewer.leave", viewer="v1")
            assert left["stray"] == left["partial"] > 0
            assert left["stills"] == []

    run(body())


def test_a_clean_picture_raises_nothing_beside_others(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await publishing(it, control, "p1", A, "test-card")
            await publishing(it, control, "p2", B, "night-fall")
            await control.do("viewer.watch", **it.viewer("v1", A, "p1"))
            await control.do("viewer.wait_for_camera", viewer="v1")
            await it.service.order("p1", do="camera", camera="front")
            await control.do("viewer.wait_for_camera", viewer="v1", camera="front")
            await asyncio.sleep(3)
            left = await control.do("viewer.leave", viewer="v1")
            assert left["read"] > 15
            assert left["stray"] == left["partial"] == 0

    run(body())
