"""Lean phones in the farm: page, consent and WHIP as the live phone, and their stamps seen by a viewer."""

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import phones_rig
import pytest
from bounded import run

from fake_phones.lean import library

A, B = "1111111111110001", "2222222222220002"

Lab = Callable[[], AbstractAsyncContextManager[Any]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A library of the test's own, with clips of two seconds."""
    monkeypatch.setenv("LAB113_CLIPS", str(tmp_path))
    monkeypatch.setattr(library, "CLIP_S", 2)
    monkeypatch.setattr(library, "KEYFRAME_EVERY_S", 1)


publishing = partial(phones_rig.publishing, kind="lean")


def test_two_phones_on_one_clip_are_each_seen_as_themselves(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await asyncio.gather(publishing(it, control, "p1", A), publishing(it, control, "p2", B))
            await control.do("viewer.watch", **it.viewer("v1", A, "p1"))
            await control.do("viewer.watch", **it.viewer("v2", B, "p2"))
            firsts = [await control.do("viewer.wait_for_camera", viewer=v) for v in ("v1", "v2")]
            assert [first["camera"] for first in firsts] == ["back", "back"]
            assert all(0 < first["latency_s"] < 5 for first in firsts)
            await it.service.order("p1", do="camera", camera="front")
            assert await it.service.answers.get() == {"did": "camera", "camera": "front"}
            await control.do("viewer.wait_for_camera", viewer="v1", camera="front")
            for viewer in ("v1", "v2"):
                left = await control.do("viewer.leave", viewer=viewer)
                assert left["received"] == left["checked"] > 0
                assert left["stray"] == left["unknown"] == 0
            removed = await control.do("phone.remove", phone="p1")
            assert removed["frames_sent"] > 0
            assert removed["packets_sent"] >= 2 * removed["frames_sent"]
            stopped = await control.event("media.stopped", phone="p1")
            assert stopped["pacing_lateness_s_max"] >= stopped["pacing_lateness_s_p99"] >= 0
            assert {"frames_dropped", "keyframes_asked", "packets_nacked"} <= stopped.keys()

    run(body())


def test_a_part_of_another_lean_phones_picture_is_stray(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await publishing(it, control, "p1", A, scene="test-card")
            await publishing(it, control, "p2", B, scene="night-fall")
            await phones_rig.leaks_are_seen(it, control, A, B)

    run(body())


def test_a_lean_phone_whose_stamp_is_covered_is_never_read(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await publishing(it, control, "p1", A, stamp_covered=True)
            await control.do("viewer.watch", **it.viewer("v1", A, "p1"))
            for _ in range(200):
                if (await control.do("farm.totals"))["frames_received"] > 5:
                    break
                await asyncio.sleep(0.05)
            left = await control.do("viewer.leave", viewer="v1")
            assert left["checked"] > 5
            assert left["read"] == left["stray"] == 0

    run(body())


def test_a_size_that_no_clip_can_have_is_refused_when_it_is_needed(lab: Lab) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await control.do("phone.add", **it.phone("p1", A, kind="lean", width=360, height=640))
            with pytest.raises(Exception, match="take 320, 480, 640, 960 or 1280"):
                await control.do("phone.ready", phone="p1")

    run(body())


def test_who_will_not_film_draws_no_clip(lab: Lab, tmp_path: Path) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            await control.do("phone.add", **it.phone("p1", A, kind="lean", films=False))
            await control.do("phone.ready", phone="p1")
            await control.do("phone.open", phone="p1", link=it.service.link("p1"))
            await control.do("phone.consent", phone="p1")
            with pytest.raises(Exception, match="films = false"):
                await control.do("phone.publish", phone="p1")

    run(body())
    assert list(tmp_path.iterdir()) == []


def test_a_volume_of_phones_at_a_sink_that_looks_at_each(tmp_path: Path) -> None:
    """As the programs that `lab113 bench phones` uses, small."""

    async def body() -> None:
        sink = await program("sink", stdin=asyncio.subprocess.PIPE)
        try:
            assert sink.stdout
            ready = json.loads(await sink.stdout.readline())
            words = ["--phones=2", "--seconds=3", "--scene=test-card", "--width=320", "--height=240"]
            volume = await program("volume", ready["whip"], *words, stdin=asyncio.subprocess.DEVNULL)
            told, _ = await volume.communicate()
            measured = json.loads(told)
            assert (volume.returncode, measured["phones"], measured["kind"]) == (0, 2, "lean")
            assert measured["frames_sent"] + measured["frames_dropped"] >= 2 * 3 * 15 * 0.8
            assert measured["packets_unsent"] == 0
            assert measured["cpu_ms_per_media_s"] > 0
            async with httpx.AsyncClient(trust_env=False) as http:
                took = (await http.get(f"{ready['url']}/totals")).json()
            assert took["frames"] >= measured["frames_sent"]
            assert (took["sessions_seen"], took["looks_wrong"], took["frames_unread"]) == (2, 0, 0)
        finally:
            assert sink.stdin
            sink.stdin.close()
            assert await sink.wait() == 0

    run(body(), limit_s=90)


async def program(name: str, *words: str, stdin: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"fake_phones.lean.{name}", *words),
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize("kind", ["live", "lean"])
def test_with_media_blocked_consent_is_given_and_every_datagram_is_lost(lab: Lab, kind: str) -> None:
    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            blocked = {"kind": kind, "scene": "test-card", "media_blocked": True}
            await control.do("phone.add", **it.phone("p1", A, **blocked))
            await control.do("phone.ready", phone="p1")
            await control.do("phone.open", phone="p1", link=it.service.link("p1"))
            await control.do("phone.consent", phone="p1")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await control.do("phone.publish", phone="p1")
            radio = (await control.do("phone.remove", phone="p1"))["radio"]
            assert radio["up_packets"] == radio["up_lost"] > 0
            assert radio.get("down_packets", 0) == radio.get("down_lost", 0)

    run(body())


@pytest.mark.parametrize("later_s", [0.0, 0.01])
def test_a_filming_given_up_while_it_closes_is_closed_all_the_same(lab: Lab, later_s: float) -> None:
    """The operator ends the session, and the story gives up the same moment: as with media blocked."""

    async def body() -> None:
        async with lab() as it, it.controlling() as control:
            blocked = {"kind": "live", "scene": "test-card", "media_blocked": True}
            await control.do("phone.add", **it.phone("p1", A, **blocked))
            await control.do("phone.open", phone="p1", link=it.service.link("p1"))
            await control.do("phone.consent", phone="p1")
            publishing = control.start("phone.publish", phone="p1")
            await asyncio.sleep(0.5)
            await it.service.order("p1", do="end", because="operator")
            await asyncio.sleep(later_s)
            publishing.cancel()
            async with asyncio.timeout(8):
                await control.do("phone.remove", phone="p1")
            await asyncio.wait({publishing})

    run(body())
