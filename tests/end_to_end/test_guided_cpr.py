"""An operator guides a caller: what she said is counted back from the video that her centre gets."""

import asyncio
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import httpx
import pytest
from aiortc import MediaStreamTrack, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

import lean_rtc
from fake_phones.scenes import Picture as Pixels
from fake_phones.scenes.measured import Rhythm, compressions
from fake_phones.stamp import StampReader
from sim.call import Call
from sim.clock import Process, race
from sim.journal import Record
from sim.live.bindings import Bindings
from sim.live.lab import lab
from sim.ports import Picture
from sim.resolve import resolve
from sim.scenario import load_scenario
from sim.stories import Stage, told_all

SCENARIO = Path(__file__).parents[2] / "scenarios" / "guidance" / "cpr.toml"
FPS, SIZE = 15, (640, 360)
EASED = FPS  # frames until hands, told to press deeper, do


class Seen(NamedTuple):
    """A decoded picture, by the frame number in its stamp."""

    frame: int
    pixels: Pixels


@pytest.mark.long
def test_the_rate_that_is_told_is_the_rate_that_is_counted(tmp_path: Path) -> None:
    seen, records = asyncio.run(told_and_watched(tmp_path))
    changed = {r.facts["parameter"]: r.facts["frame"] for r in records if r.event == "scene.changed"}
    assert list(changed) == ["compressions_per_min", "depth_m"]
    before = counted(seen, 0, changed["compressions_per_min"])
    after = counted(seen, changed["depth_m"] + EASED, max(picture.frame for picture in seen))
    print(f"{len(seen)} pictures: {before} before, {after} after")
    assert before.seen
    assert after.seen
    assert before.per_min == pytest.approx(90, abs=2)
    assert after.per_min == pytest.approx(110, abs=2)
    assert after.moves_px > before.moves_px


def counted(seen: list[Seen], first: int, end: int) -> Rhythm:
    """The rhythm from this frame to that; one that was not seen: the one before it stood still."""
    by_frame = {picture.frame: picture.pixels for picture in seen if first <= picture.frame < end}
    frames, last = [], by_frame[min(by_frame)]
    for frame in range(min(by_frame), end):
        last = by_frame.get(frame, last)
        frames.append(last)
    return compressions(frames, FPS)


async def told_and_watched(folder: Path) -> tuple[list[Seen], list[Record]]:
    """The scenario told with real parts, and somebody else of the centre who keeps what comes."""
    resolved = resolve(*load_scenario(SCENARIO))
    seen: list[Seen] = []

    async with asyncio.timeout(120), lab(resolved, folder, Bindings()) as ready:
        watching = ready.env.process(watches(ready.stage, resolved.calls[0], seen))
        stories = ready.env.process(told_all(ready.stage, resolved.calls, ()))
        await ready.env.run_live(stories & watching)
        return seen, ready.stage.journal.records


def watches(stage: Stage, call: Call, seen: list[Seen]) -> Process[None]:
    env: Any = stage.env
    yield from stage.ports.iccs.hear(call, "media.connected")
    picture = yield from stage.ports.desk.invite(call, "counter")
    over = stage.ports.iccs.hear(call, "video.ended")
    yield from race(env, over, env.outside(watched(picture, seen)))


async def watched(picture: Picture, seen: list[Seen]) -> None:
    pc = lean_rtc.peer_connection()
    coming: asyncio.Future[MediaStreamTrack] = asyncio.get_running_loop().create_future()
    pc.on("track", coming.set_result)
    pc.addTransceiver("video", direction="recvonly")
    await pc.setLocalDescription(await pc.createOffer())
    headers = {"Authorization": f"Bearer {picture.whep_token}", "Content-Type": "application/sdp"}
    try:
        async with httpx.AsyncClient() as http:
            answer = await http.post(picture.whep_url, content=pc.localDescription.sdp, headers=headers)
        await pc.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        await keep(await coming, seen)
    finally:
        await pc.close()


async def keep(track: MediaStreamTrack, seen: list[Seen]) -> None:
    reader = StampReader(*SIZE)
    while True:
        try:
            frame: Any = await track.recv()
        except MediaStreamError:
            return
        stamp = reader.read(frame.to_ndarray(format="gray")).stamp
        if stamp is not None:
            pixels = frame.to_ndarray(format="bgr24")
            seen.append(Seen(stamp.frame, cv2.resize(pixels, (320, 180), interpolation=cv2.INTER_AREA)))
