"""Wrongs on purpose: each really shows a viewer something foreign, and is taken back."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from vs_rig import KEY, Eye, lab

from video_service.compose import blended, tiled

DARK, LIGHT = 50, 200


def test_sessions_mixed_really_mixes_and_can_be_taken_back(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, unsafe_faults=True) as it:
            _, _, dark = await it.live(level=DARK, call="a")
            _, _, light = await it.live(level=LIGHT, call="b")
            fault = await it.http.post("/unsafe/faults", json={"kind": "sessions_mixed"})
            assert fault.status_code == 200
            await asyncio.gather(dark.until_level(LIGHT), light.until_level(DARK))
            assert (await it.http.get("/unsafe/faults")).json()["frames"] > 0
            assert (await it.http.post("/unsafe/faults", json={"kind": "none"})).status_code == 200
            await asyncio.gather(dark.until_level(DARK), light.until_level(LIGHT))
            assert (await it.http.get("/unsafe/faults")).json()["frames"] == 0
            assert (await it.http.post("/unsafe/faults", json={"kind": "war"})).status_code == 422
            bare = {"Authorization": ""}
            assert (
                await it.http.post("/unsafe/faults", json={"kind": "none"}, headers=bare)
            ).status_code == 401

    asyncio.run(body())


def test_without_the_flag_there_are_no_faults(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path) as it:
            assert (await it.http.post("/unsafe/faults", json={"kind": "sessions_mixed"})).status_code == 404
            assert it.http.headers["authorization"] == f"Bearer {KEY}"

    asyncio.run(body())


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_single_foreign_frames_come_between_ones_own(tmp_path: Path, codec: str) -> None:
    async def body() -> None:
        async with lab(tmp_path, unsafe_faults=True) as it:
            _, _, dark = await it.live(level=DARK, codec=codec, call="a")
            _, _, light = await it.live(level=LIGHT, codec=codec, call="b")
            fault = {"kind": "leaked_frames", "every": 100_000, "at_least": 1000}
            assert (await it.http.post("/unsafe/faults", json=fault)).status_code == 200

            async def foreign_then_own(eye: Eye, mine: int, other: int) -> None:
                for _ in range(2):  # single ones: in between one's own go on
                    await eye.until_level(other)
                    await eye.until_level(mine)

            await asyncio.gather(foreign_then_own(dark, DARK, LIGHT), foreign_then_own(light, LIGHT, DARK))
            assert (await it.http.get("/unsafe/faults")).json()["frames"] >= 4

    asyncio.run(body())


def test_after_the_first_ones_only_every_so_manieth_is_leaked(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, unsafe_faults=True) as it:
            await it.live(level=DARK, call="a")
            await it.live(level=LIGHT, call="b")
            await it.http.post("/unsafe/faults", json={"kind": "leaked_frames", "at_least": 1})
            await asyncio.sleep(3)
            assert (await it.http.get("/unsafe/faults")).json() == {"frames": 1}

    asyncio.run(body())


@pytest.mark.parametrize(("kind", "share", "level"), [("leaked_blend", 0.4, 110), ("leaked_area", 0.4, 110)])
def test_a_picture_in_part_another_one(tmp_path: Path, kind: str, share: float, level: int) -> None:
    async def body() -> None:
        async with lab(tmp_path, unsafe_faults=True) as it:
            _, _, dark = await it.live(level=DARK, call="a")
            await it.live(level=LIGHT, call="b")
            await it.http.post("/unsafe/faults", json={"kind": kind, "share": share})
            await dark.until_level(level)
            assert (await it.http.get("/unsafe/faults")).json()["frames"] > 0
            await it.http.post("/unsafe/faults", json={"kind": "none"})
            await dark.until_level(DARK)

    asyncio.run(body())


def test_a_tile_covers_its_share_and_no_strip_at_the_bottom() -> None:
    mine, theirs = np.full((540, 640), 50, np.uint8), np.full((540, 640), 200, np.uint8)
    made = tiled(0.2)(mine, theirs)
    foreign = made[:360] == 200
    assert abs(foreign.mean() - 0.2) < 0.01
    assert not foreign[180:].any()
    assert abs((made[360:] == 200).mean() - 0.2) < 0.01  # the colours go with it


def test_a_blend_keeps_its_shares() -> None:
    mine, theirs = np.full((6, 4), 100, np.uint8), np.full((6, 4), 200, np.uint8)
    assert (blended(0.45)(mine, theirs) == 145).all()
