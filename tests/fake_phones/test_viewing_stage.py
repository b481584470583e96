"""Viewers that do not decode everything, over real sockets: all is seen, and with loss nothing wrong."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from bounded import run

from fake_phones import commands
from fake_phones.gallery import Gallery
from fake_phones.lean import library
from fake_phones.stamp.register import Register
from fake_phones.viewer import Viewer
from fake_phones.viewing.stage import serving
from fake_phones.witness import Filmed
from stand_alone import Feed

LOOKED_S = 1.5
FPS = 15


@pytest.fixture(autouse=True, scope="module")
def _quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A library of these tests' own, with clips of two seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB113_CLIPS", str(tmp_path_factory.mktemp("clips")))
        patch.setattr(library, "CLIP_S", 2)
        patch.setattr(library, "KEYFRAME_EVERY_S", 1)
        yield


@asynccontextmanager
async def watching(viewers: int, loss: float, *, swapped: bool = False) -> AsyncIterator[list[Viewer]]:
    """So many, each shown a film of its own; with `swapped` each is shown the next one's."""
    stamps = [secrets.randbits(64) for _ in range(viewers)]
    gallery = Gallery(Feed(1000), Register(stamps), Filmed())
    made: list[Viewer] = []

    async def watch(n: int, whep: str) -> None:
        shown = stamps[(n + swapped) % viewers]
        url = f"{whep}?stamp={shown:016x}&loss={loss}&width=320&height=240"
        asked: dict[str, Any] = {"stamp": f"{stamps[n]:016x}", "whep_url": url, "whep_token": "x"}
        size: dict[str, Any] = {"width": 320, "height": 240, "decode": "budget"}
        viewer = gallery.viewer(
            commands.ViewerWatch(id=n, do="viewer.watch", viewer=f"v{n}", **asked, **size)
        )
        made.append(viewer)
        await viewer.watch(url, "x", 20)

    async with serving("127.0.0.1", 0, scene="test-card") as at:
        try:
            await asyncio.gather(*(watch(n, at["whep"]) for n in range(viewers)))
            yield made
        finally:
            await asyncio.gather(*(viewer.leave() for viewer in made))
            await gallery.close()


def test_on_a_clean_line_every_stamp_is_read_and_key_frames_are_decoded() -> None:
    async def body() -> None:
        async with watching(3, 0.0) as viewers:
            firsts = [await viewer.wait_for_camera("back") for viewer in viewers]
            assert all(0 <= (first.latency_s or -1) < 5 for first in firsts)
            await asyncio.sleep(LOOKED_S)
            for viewer in viewers:
                told = await viewer.leave()
                assert told["received"] == told["checked"] == told["read"] == told["coded"] > 4
                assert told["decoded"] > 0
                assert (told["stray"], told["contradicted"], told["suspicious"]) == (0, 0, 0)
                assert sum(told["latency_ms"].values()) == told["read"]

    run(body())


@pytest.mark.long
def test_with_loss_no_frame_is_wrong_and_the_picture_goes_on() -> None:
    async def body() -> None:
        async with watching(6, 0.03) as viewers:
            for viewer in viewers:
                await viewer.wait_for_camera(None)
            await asyncio.sleep(4 * LOOKED_S)
            told = [await viewer.leave() for viewer in viewers]
            assert all(each["received"] == each["read"] == each["coded"] for each in told)
            assert all(each["stray"] == each["contradicted"] == each["repeated"] == 0 for each in told)
            # most of what is lost comes when it is asked for again
            assert sum(each["received"] for each in told) > 0.7 * len(told) * 4 * LOOKED_S * FPS

    run(body())


@pytest.mark.long
def test_another_ones_film_is_stray_frame_by_frame() -> None:
    async def body() -> None:
        async with watching(2, 0.0, swapped=True) as viewers:
            await asyncio.sleep(LOOKED_S)
            for viewer in viewers:
                told = await viewer.leave()
                assert told["stray"] == told["received"] >= told["decoded"] > 0

    run(body())
