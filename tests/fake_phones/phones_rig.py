"""What the farm's tests share: a phone brought so far that it films, and a relay that leaks."""

import asyncio
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay
from av import VideoFrame

from fake_phones.stamp import Strip
from fake_phones.stamp.mixing import Mixing

SHARE = Strip.of(320, 180).share


async def publishing(lab: Any, control: Any, name: str, stamp: str, **args: Any) -> None:
    """A phone from switched on to filming; its token is its name."""
    await control.do("phone.add", **lab.phone(name, stamp, **args))
    await control.do("phone.ready", phone=name)
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


async def leaks_are_seen(lab: Any, control: Any, mine: str, other: str) -> None:
    """Phones p1 and p2 film with these stamps; parts of p2's picture in p1's are strays that name both.

    Of a blend of 45 % the cells would keep a tenth of their contrast: on a busy machine the codec then turns
    some over, and which word the frame gets (blended, cut, other session) is its luck.
    """
    relay = MediaRelay()
    for mixing, why in ((Mixing("blend", 0.3), "blended"), (Mixing("tile", 0.2), "content")):
        pictures = (relay.subscribe(lab.service.pictures[phone]) for phone in ("p1", "p2"))
        lab.service.pictures[why] = Leaking(*pictures, mixing)
        await control.do("viewer.watch", **lab.viewer(why, mine, why))
    for why in ("blended", "content"):
        stray = await control.event("frame.stray", viewer=why, seen=other)
        assert (stray["mine"], stray["why"]) == (mine, why), stray
        left = await control.do("viewer.leave", viewer=why)
        assert left["stray"] == left["partial"] > 0
        assert left["stills"] == []
